//go:build race

package sched

// raceEnabled turns allocation gates off and makes hammers shorter.
const raceEnabled = true
