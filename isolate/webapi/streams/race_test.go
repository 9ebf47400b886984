//go:build race

package streams

// raceEnabled says that the race detector changes allocations.
const raceEnabled = true
