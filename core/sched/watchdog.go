package sched

import (
	"math"
	"sync/atomic"
	"time"

	"gannet/core"
)

// never is later than every time.
const never = int64(math.MaxInt64)

// minRecheck is how soon a turn that was off the processor is looked at again, at the
// earliest, in nanoseconds: it bounds both the watchdog's own cost and how late it is for
// a turn that was just below its limit.
const minRecheck = int64(time.Millisecond)

// watchdog interrupts turns that are over their limit of CPU time. It does not tick: it
// sleeps until the earliest moment at which a turn it knows of can be over its limit. On
// a busy server with limits of a second it wakes once a second; when nothing has run for
// longer than a limit, never.
//
// next is that moment, or never. The protocol with Arm:
//
//	Arm:  store the turn word; then if next is later than the turn's deadline, lower it by
//	      CAS and set the alarm.
//	scan: store never in next; then look at every turn word; then lower next to the
//	      earliest deadline found, and set the alarm.
//
// A turn armed before the scan stored never is seen by the scan; one armed after it lowers
// next itself. So next is never later than the deadline of an armed turn that nobody is
// about to announce. An alarm may ring too early (its turn is long over): that is one scan.
type watchdog struct {
	next atomic.Int64
	_    [cacheLine - 8]byte

	s     *Scheduler
	alarm alarm
	quit  chan struct{}
	done  chan struct{}

	scans     atomic.Uint64
	lateTotal atomic.Int64 // nanoseconds, over all scans
	lateMax   atomic.Int64
}

func (d *watchdog) init(s *Scheduler, clock core.Clock) {
	d.s = s
	d.next.Store(never)
	d.alarm.init(clock)
	d.quit = make(chan struct{})
	d.done = make(chan struct{})
}

// expect sees that a scan happens at or before at.
func (d *watchdog) expect(at int64) {
	if d.next.Load() <= at {
		return // nearly always
	}
	d.lower(at)
}

func (d *watchdog) lower(at int64) {
	for {
		next := d.next.Load()
		if next <= at {
			return // whoever stored next sets the alarm
		}
		if d.next.CompareAndSwap(next, at) {
			break
		}
	}
	// Alarms are set by several goroutines in any order, so each goes on until the one it
	// set is the one that counts: the last setter has then seen the lowest next. A scan in
	// between, which stores never, sets its own afterwards.
	for {
		next := d.next.Load()
		if next == never {
			return
		}
		d.alarm.set(time.Duration(next - d.s.clock.now()))
		if d.next.Load() == next {
			return
		}
	}
}

// run is the watchdog's goroutine. Scheduler.Close ends it and waits for done.
func (d *watchdog) run() {
	defer close(d.done)
	for {
		select {
		case <-d.alarm.timer():
		case <-d.alarm.ring:
		case <-d.quit:
			d.alarm.stop()
			return
		}
		d.scan()
	}
}

// scan looks at every turn once.
func (d *watchdog) scan() {
	planned := d.next.Swap(never)
	now := d.s.clock.now()
	d.scans.Add(1)
	if late := now - planned; late > 0 {
		d.lateTotal.Add(late)
		d.lateMax.Store(max(d.lateMax.Load(), late))
	}
	next := never
	for _, e := range d.s.executors {
		next = min(next, e.turn.check(now))
	}
	if next != never {
		d.lower(next)
	}
}

// alarm wakes the watchdog: one runtime timer that is set again and again without
// allocating, or timers of an injected clock.
type alarm struct {
	clock core.Clock // nil: the system's
	t     *time.Timer
	ring  chan struct{} // from an injected clock
}

func (a *alarm) init(clock core.Clock) {
	a.clock = clock
	a.ring = make(chan struct{}, 1)
	if clock == nil {
		a.t = time.NewTimer(time.Hour)
		a.t.Stop()
	}
}

func (a *alarm) timer() <-chan time.Time {
	if a.t == nil {
		return nil
	}
	return a.t.C
}

// set makes the alarm go off in d. With an injected clock, alarms set before go off too.
func (a *alarm) set(d time.Duration) {
	d = max(d, 0)
	if a.t != nil {
		a.t.Reset(d)
		return
	}
	a.clock.AfterFunc(d, func() {
		select {
		case a.ring <- struct{}{}:
		default: // one scan looks at all turns
		}
	})
}

func (a *alarm) stop() {
	if a.t != nil {
		a.t.Stop()
	}
}
