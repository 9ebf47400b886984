package sched

import (
	"runtime"
	"sync/atomic"
	"time"
)

// The turn word is on the path of every event: 0 allocations, and under 50 ns for Arm
// (BenchmarkArmDisarm). So Arm reads the clock once, and asks the kernel for CPU time once
// a millisecond at most.

// turn is an executor's word to the watchdog, and the core.Turn its tasks see.
//
// word holds when the turn was armed, in nanoseconds of the scheduler's clock, and its
// state in the low two bits. Arm times strictly increase, so they number the turns.
//
//	T1  idle -> armed: the executor, in Arm. armed -> idle: the executor's CAS, in Disarm.
//	T2  armed -> interrupting: the watchdog's CAS, from the very word it judged.
//	T3  interrupting -> fired: the watchdog, after Interrupt has returned.
//	T4  fired -> idle: the executor, in Disarm, which waits for fired once it lost T1's CAS.
//	T5  limit, baseWall, baseCPU, thread and actor are stored before word turns armed, and
//	    not changed until it is idle again. So if T2's CAS succeeds, what the watchdog read
//	    between its load of word and the CAS belonged to that turn.
//
// Who delays whom: a watchdog stopped between T2 and T3 holds up the executor in Disarm.
// That happens to turns over their limit only, and Interrupt does not block.
type turn struct {
	word     atomic.Int64
	limit    atomic.Int64 // nanoseconds of CPU
	baseWall atomic.Int64 // when baseCPU was read: at most sampleEvery before the turn
	baseCPU  atomic.Int64 // the thread's CPU time then
	thread   atomic.Int32 // the thread the executor is locked to; 0: measure by the wall
	actor    atomic.Pointer[actor]
	_        [cacheLine - 48]byte

	s *Scheduler
	// The executor's own.
	pinned bool
	now    int64 // the clock when it was last read in this turn; 0: not since budgetSpent
	seen   int64 // the clock when it was last read at all
	armed  int64 // when the last Arm was
	first  int64 // when the first Arm of this turn was; 0: none yet
}

const (
	turnIdle = iota
	turnArmed
	turnInterrupting
	turnFired
	turnState = 3 // mask
)

func turnWord(armed, state int64) int64 { return armed<<2 | state }

// sampleEvery is how old a thread's CPU sample may be when a turn is armed, and the
// shortest turn whose CPU time is asked for, in nanoseconds. It bounds the error of a
// measurement: see doc.go. A sample costs 0.2 µs, so this is 0.02 % of the time.
const sampleEvery = int64(time.Millisecond)

// maxLimit keeps sums of times and limits far from overflow: 9 years.
const maxLimit = int64(1) << 58

// Arm implements core.Turn.
func (t *turn) Arm(limit time.Duration) {
	if t.word.Load()&turnState != turnIdle {
		panic("BUG: sched: Arm of an armed turn")
	}
	if !t.pinned {
		t.pin()
	}
	now := max(t.s.clock.now(), t.armed+1)
	if now-t.baseWall.Load() > sampleEvery {
		t.sample(now)
	}
	l := min(max(int64(limit), 0), maxLimit)
	if t.limit.Load() != l { // a load is cheaper than a store, and limits rarely change
		t.limit.Store(l)
	}
	t.armed, t.now, t.seen = now, now, now
	if t.first == 0 {
		t.first = now
	}
	t.word.Store(turnWord(now, turnArmed)) // publishes the turn, then:
	t.s.dog.expect(now + l)
}

// Disarm implements core.Turn.
func (t *turn) Disarm() (used time.Duration, fired bool) {
	w := t.word.Load()
	if w&turnState == turnIdle {
		return 0, false
	}
	arm := t.armed
	if !t.word.CompareAndSwap(turnWord(arm, turnArmed), turnWord(arm, turnIdle)) {
		t.settle(arm)
		fired = true
	}
	now := t.s.clock.now()
	t.now, t.seen = now, now
	wall := now - arm
	if wall < sampleEvery || t.thread.Load() == 0 {
		return time.Duration(wall), fired
	}
	baseWall, baseCPU := t.baseWall.Load(), t.baseCPU.Load()
	if !t.sample(now) {
		return time.Duration(wall), fired
	}
	return time.Duration(cpuSince(arm, now, baseWall, baseCPU, t.baseCPU.Load())), fired
}

// settle waits until the watchdog, which has begun to interrupt the turn, is done with it.
func (t *turn) settle(arm int64) {
	for i := 0; t.word.Load() != turnWord(arm, turnFired); i++ {
		if i > 100 { // it lost its processor in the middle
			runtime.Gosched()
		}
	}
	t.word.Store(turnWord(arm, turnIdle))
}

// cpuSince estimates the CPU time a turn armed at arm has used at now, from the thread's
// CPU time at baseWall, shortly before arm, and at now. What lies between baseWall and
// arm counts as spent, so the estimate errs towards less.
func cpuSince(arm, now, baseWall, baseCPU, cpu int64) int64 {
	return min(max(cpu-baseCPU-(arm-baseWall), 0), now-arm)
}

// begin and end frame one turn of a on the executor.
func (t *turn) begin(a *actor) {
	t.now, t.first = 0, 0
	if t.actor.Load() != a {
		t.actor.Store(a)
	}
}

func (t *turn) end() { t.Disarm() }

// pin locks the executor to its thread, so that the thread's CPU clock is the turn's.
func (t *turn) pin() {
	t.pinned = true
	if t.s.cpu == nil {
		return
	}
	t.s.cpu.lock()
	t.thread.Store(t.s.cpu.thread())
	t.sample(t.s.clock.now())
}

// unpin undoes pin, before the executor waits: a locked goroutine that waits costs two
// switches of threads.
func (t *turn) unpin() {
	if !t.pinned {
		return
	}
	t.pinned = false
	if t.s.cpu == nil {
		return
	}
	t.thread.Store(0)
	t.s.cpu.unlock()
}

// sample reads the CPU clock of the executor's own thread.
func (t *turn) sample(now int64) bool {
	if t.s.cpu == nil {
		t.baseWall.Store(now)
		return false
	}
	c, ok := t.s.cpu.own()
	t.baseWall.Store(now)
	if !ok {
		t.thread.Store(0)
		return false
	}
	t.baseCPU.Store(int64(c))
	return true
}

// check is the watchdog's look at the turn: it interrupts it if it is over its limit, and
// returns when to look again, or never.
func (t *turn) check(now int64) int64 {
	w := t.word.Load()
	if w&turnState != turnArmed {
		return never
	}
	arm, limit := w>>2, t.limit.Load()
	if now < arm+limit {
		return arm + limit // CPU time passes no faster than time
	}
	if thread := t.thread.Load(); thread != 0 && limit > 0 {
		if c, ok := t.s.cpu.of(thread); ok {
			used := cpuSince(arm, now, t.baseWall.Load(), t.baseCPU.Load(), int64(c))
			if used < limit {
				return now + max(limit-used, minRecheck)
			}
		}
	}
	if !t.word.CompareAndSwap(w, turnWord(arm, turnInterrupting)) { // T2
		return never // it ended; a later turn has spoken for itself in Arm
	}
	t.s.interrupts.Add(1)
	t.s.interrupt(t.actor.Load())
	t.word.Store(turnWord(arm, turnFired))
	return never
}

// expire makes the turn due at once, whatever its limit; it is for Close.
func (t *turn) expire() {
	w := t.word.Load()
	arm := w >> 2
	if w&turnState != turnArmed || !t.word.CompareAndSwap(w, turnWord(arm, turnInterrupting)) {
		return
	}
	t.s.interrupts.Add(1)
	t.s.interrupt(t.actor.Load())
	t.word.Store(turnWord(arm, turnFired))
}
