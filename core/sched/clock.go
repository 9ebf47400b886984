package sched

import (
	"runtime"
	"time"

	"gannet/core"
)

// clock counts nanoseconds from shortly before the scheduler was made. They are positive,
// and shifted left by two still fit an int64 for 70 years.
type clock struct {
	core  core.Clock // nil: the system's monotonic clock, at half the price (21 ns)
	epoch time.Time
}

func newClock(c core.Clock) clock {
	if _, ok := c.(core.SystemClock); ok {
		c = nil
	}
	k := clock{core: c}
	if c == nil {
		k.epoch = time.Now().Add(-time.Second)
	} else {
		k.epoch = c.Now().Add(-time.Second)
	}
	return k
}

func (c *clock) now() int64 {
	if c.core == nil {
		return int64(time.Since(c.epoch))
	}
	return int64(c.core.Now().Sub(c.epoch))
}

// cpuMeter measures the CPU time of threads. Tests replace it.
type cpuMeter interface {
	lock()                                 // locks the calling goroutine to its thread
	unlock()                               // and undoes that
	thread() int32                         // the calling thread; 0 if it cannot be measured
	own() (time.Duration, bool)            // CPU time of the calling thread
	of(thread int32) (time.Duration, bool) // CPU time of another one
}

type osCPU struct{}

func (osCPU) lock()                            { runtime.LockOSThread() }
func (osCPU) unlock()                          { runtime.UnlockOSThread() }
func (osCPU) thread() int32                    { return osThread() }
func (osCPU) own() (time.Duration, bool)       { return ownCPU() }
func (osCPU) of(t int32) (time.Duration, bool) { return threadCPU(t) }
