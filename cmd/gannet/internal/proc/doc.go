// Package proc settles the process with its machine: how much memory the collector may let
// the heap grow to, and which signals mean what.
//
// GOMAXPROCS is left to Go's runtime, which follows the CPU quota of a cgroup. So is the soft
// limit of open files: package os raises it to the hard one at start and gives children the
// old one back.
//
// SetMemoryLimit is called once, before anything else runs; Signals may be used by one
// goroutine. Start at SetMemoryLimit.
package proc
