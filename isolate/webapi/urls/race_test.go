//go:build race

package urls

// raceEnabled says that the race detector, which allocates, is on.
const raceEnabled = true
