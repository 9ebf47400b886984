package sched

import "time"

// Stats is what a scheduler has done so far, and what it is doing.
type Stats struct {
	Runs       uint64 // tasks run
	Drops      uint64 // tasks dropped
	Turns      uint64 // turns of actors
	Steals     uint64 // times an executor took another's work
	Parks      uint64 // times an executor went to sleep
	Wakes      uint64 // times a sleeping executor was woken
	Yields     uint64 // times a busy executor let other goroutines run
	Overflows  uint64 // actors that found their executor's ring full at the end of a turn
	Panics     uint64 // panics recovered, in Run, Drop and Interrupt
	Interrupts uint64 // turns interrupted at their limit, or by Close

	WatchdogScans     uint64
	WatchdogLateTotal time.Duration // how long after the planned time scans began, summed
	WatchdogLateMax   time.Duration

	Searching int   // executors that look for work
	Parked    int   // executors asleep
	Queued    []int // about how many actors wait, by executor
}

// Stats may be called from any goroutine. The figures are read one after the other.
func (s *Scheduler) Stats() Stats {
	st := Stats{
		Drops:             s.drops.Load(),
		Wakes:             s.wakes.Load(),
		Panics:            s.panics.Load(),
		Interrupts:        s.interrupts.Load(),
		WatchdogScans:     s.dog.scans.Load(),
		WatchdogLateTotal: time.Duration(s.dog.lateTotal.Load()),
		WatchdogLateMax:   time.Duration(s.dog.lateMax.Load()),
		Searching:         int(s.lot.searching.Load()),
		Parked:            s.lot.asleep(),
		Queued:            make([]int, len(s.executors)),
	}
	for i, e := range s.executors {
		st.Runs += e.stats.runs.Load()
		st.Turns += e.stats.turns.Load()
		st.Steals += e.stats.steals.Load()
		st.Parks += e.stats.parks.Load()
		st.Yields += e.stats.yields.Load()
		st.Overflows += e.stats.overflows.Load()
		st.Queued[i] = max(e.q.len(), 0)
	}
	return st
}
