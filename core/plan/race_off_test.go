//go:build !race

package plan

// raceEnabled skips allocation gates: the race detector allocates on its own.
const raceEnabled = false
