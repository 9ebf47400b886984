//go:build !linux

package sched

import "time"

// Without a CPU clock of another thread, turns are measured by the wall.

func osThread() int32                       { return 0 }
func ownCPU() (time.Duration, bool)         { return 0, false }
func threadCPU(int32) (time.Duration, bool) { return 0, false }
