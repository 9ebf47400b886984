package sched

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"gannet/core"
)

// Options are what a Scheduler can be told. The zero value is right for a server.
type Options struct {
	// Executors is how many actors run at once. 0 means GOMAXPROCS at the time of New.
	Executors int
	// TurnTasks and TurnTime are how much of one actor an executor runs before another
	// actor that waits gets its turn: 0 means 64 tasks and 2 ms. A task is never
	// interrupted for it.
	TurnTasks int
	TurnTime  time.Duration
	// WallOnly measures turns by the wall instead of by their thread's CPU clock, and
	// leaves executors free to move between threads. See the package comment.
	WallOnly bool
	// Clock is the clock of limits and budgets; nil means the system's.
	Clock core.Clock
	// Log gets panics of tasks; nil means slog.Default().
	Log *slog.Logger
}

// Scheduler runs actors on executors. It implements core.Scheduler.
type Scheduler struct {
	lot       lot
	dog       watchdog
	executors []*executor

	turnTasks int
	turnTime  int64
	clock     clock
	cpu       cpuMeter // nil: turns are measured by the wall
	log       *slog.Logger

	wakes, interrupts, panics, drops atomic.Uint64

	draining, stopping atomic.Bool
	quiet              chan struct{} // capacity 1: an executor parked while draining
	abort, done        chan struct{}
	beginClose         sync.Once
	beginAbort         sync.Once
	wg                 sync.WaitGroup // executors
}

var _ core.Scheduler = (*Scheduler)(nil)

// New returns a scheduler that runs, until Close.
func New(o Options) *Scheduler {
	s := newStopped(o)
	s.start()
	return s
}

// newStopped makes a scheduler whose executors do not run, for tests that step them.
func newStopped(o Options) *Scheduler {
	if o.Executors <= 0 {
		o.Executors = runtime.GOMAXPROCS(0)
	}
	if o.TurnTasks <= 0 {
		o.TurnTasks = 64
	}
	if o.TurnTime <= 0 {
		o.TurnTime = 2 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Scheduler{
		turnTasks: o.TurnTasks,
		turnTime:  int64(o.TurnTime),
		clock:     newClock(o.Clock),
		log:       o.Log,
		quiet:     make(chan struct{}, 1),
		abort:     make(chan struct{}),
		done:      make(chan struct{}),
	}
	if _, ok := ownCPU(); ok && !o.WallOnly {
		s.cpu = osCPU{}
	}
	s.lot.init(o.Executors)
	s.dog.init(s, s.clock.core)
	for id := range o.Executors {
		e := &executor{id: id, s: s, wake: make(chan struct{}, 1)}
		e.q.ring.init(ringSize, 0)
		e.turn.s = s
		s.executors = append(s.executors, e)
	}
	return s
}

func (s *Scheduler) start() {
	s.wg.Add(len(s.executors))
	for _, e := range s.executors {
		go e.run()
	}
	go s.dog.run()
}

// NewActor implements core.Scheduler.
func (s *Scheduler) NewActor(o core.ActorOptions) core.Actor { return s.newActor(o) }

// place puts an actor that has just become runnable on a run queue, and returns whose. Of
// two executors it takes the one with less to do: one is that which ran the actor last,
// the other any.
func (s *Scheduler) place(a *actor) int {
	id := 0
	if n := len(s.executors); n > 1 {
		id = int(rand.Uint32N(uint32(n)))
		if last := int(a.last.Load()); last >= 0 && last != id &&
			s.executors[last].load() <= s.executors[id].load() {
			id = last
		}
	}
	s.executors[id].q.submit(a)
	return id
}

// load is how much an executor has to do, for placement.
func (e *executor) load() int {
	n := e.q.len()
	if e.active.Load() {
		n++
	}
	return n
}

// wakeFor is S2 to S4 of lot, after work was published in the queue of executor id. If
// that is empty again, someone awake has taken the work and is answerable for it.
func (s *Scheduler) wakeFor(id int) {
	if s.stopping.Load() {
		s.sweep() // nobody else will come for what was published after the stop
		return
	}
	if s.lot.searching.Load() > 0 || s.executors[id].q.empty() { // S2
		return
	}
	s.wakeOne(id)
}

func (s *Scheduler) wakeOne(prefer int) {
	id, ok := s.lot.claim(prefer) // S3
	if !ok {
		return
	}
	s.lot.searching.Add(1) // S4
	s.wakes.Add(1)
	s.executors[id].wake <- struct{}{} // never blocks: one token per cleared bit
}

// anyWork reports whether any run queue holds an actor.
func (s *Scheduler) anyWork() bool {
	for _, e := range s.executors {
		if !e.q.empty() {
			return true
		}
	}
	return false
}

// Close ends the scheduler: it lets everything run that is posted, until nothing waits or
// ctx is done. From then on tasks that wait and tasks posted later are dropped, and turns
// that are armed are interrupted. It returns nil when every goroutine has ended, and
// ctx.Err() when it gave up; then turns may still go on, and calling Close again waits for
// them. It must not be called from a task.
func (s *Scheduler) Close(ctx context.Context) error {
	s.beginClose.Do(func() { go s.shutDown() })
	select {
	case <-s.done:
		return nil
	default:
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.beginAbort.Do(func() { close(s.abort) })
		return ctx.Err()
	}
}

// shutDown is Close's goroutine; it ends by closing done.
func (s *Scheduler) shutDown() {
	defer close(s.done)
	s.draining.Store(true) // then look; partner: parked, which looks after an announcement
	for aborted := false; !aborted && (s.lot.asleep() < len(s.executors) || s.anyWork()); {
		if s.anyWork() {
			s.wakeOne(0) // a batch that was never flushed
		}
		select {
		case <-s.quiet:
		case <-s.abort:
			aborted = true
		}
	}
	s.stopping.Store(true)
	for id, e := range s.executors {
		if s.lot.retract(id) {
			s.lot.searching.Add(1)
			e.wake <- struct{}{}
		}
	}
	s.sweep()
	joined := make(chan struct{})
	go func() { s.wg.Wait(); close(joined) }()
	select {
	case <-joined:
	case <-s.abort:
		for _, e := range s.executors {
			e.turn.expire()
		}
		<-joined
	}
	s.sweep() // posts that raced with the stop
	close(s.dog.quit)
	<-s.dog.done
}

// parked is told by every executor that is about to sleep.
func (s *Scheduler) parked() {
	if s.draining.Load() {
		select {
		case s.quiet <- struct{}{}:
		default:
		}
	}
}

// sweep ends all actors that wait in run queues.
func (s *Scheduler) sweep() {
	for _, e := range s.executors {
		e.q.drain((*actor).Kill)
	}
}

// interrupt calls an actor's Interrupt, on the watchdog's goroutine.
func (s *Scheduler) interrupt(a *actor) {
	if a == nil || a.interrupt == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			s.panicked("interrupt", v)
		}
	}()
	a.interrupt()
}

// panicked counts and logs a recovered panic. It is called by the deferred function, so
// the stack still has the place.
func (s *Scheduler) panicked(where string, v any) {
	s.panics.Add(1)
	s.log.Error("sched: panic in a task", "in", where, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
}
