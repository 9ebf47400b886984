package sched

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"
)

// executor runs actors: a goroutine and its run queue. There is one per P. Everything
// it does between two actors is here; 0 allocations, BenchmarkPostRun.
type executor struct {
	q    runq
	turn turn

	id     int
	s      *Scheduler
	wake   chan struct{} // the token of lot's S4; capacity 1, at most one is on the way
	active atomic.Bool   // a turn is under way; for placement, may lag

	yielded int64 // when the executor last let other goroutines run; 0: it has just woken

	stats executorStats
}

// executorStats has one writer, the executor.
type executorStats struct {
	runs, turns, steals, parks, overflows, yields atomic.Uint64
}

func bump(c *atomic.Uint64, n uint64) { c.Store(c.Load() + n) }

// run is the executor's goroutine. Scheduler.Close ends it and waits.
func (e *executor) run() {
	returned := false
	defer func() {
		if !returned {
			// A task called runtime.Goexit, which cannot be recovered. The executor goes
			// on in a new goroutine; turnOf has ended the actor.
			e.turn.unpin()
			e.active.Store(false)
			go e.run()
			return
		}
		e.s.wg.Done()
	}()
	e.loop()
	returned = true
}

func (e *executor) loop() {
	for {
		a := e.next()
		if a == nil {
			if a = e.search(); a == nil {
				return
			}
			e.yielded = 0
		}
		e.work(a)
		e.yield()
	}
}

// yieldEvery is how long an executor works before it offers its P to other goroutines: the
// event loops, timers, the collector. Go itself would take it away after 10 ms only; with
// every executor busy with turns of 20 to 300 µs, a goroutine that slept for 1 ms woke 19 ms
// late (median; two cores), and with this 1.2 to 1.6 ms. Locking again costs 0.3 µs.
const yieldEvery = int64(time.Millisecond)

// yield lets other goroutines run if it is time. The executor is unlocked meanwhile: a
// locked goroutine that yields costs two switches of threads.
func (e *executor) yield() {
	now := e.turn.seen
	if e.yielded == 0 {
		e.yielded = now
	}
	if now-e.yielded < yieldEvery {
		return
	}
	e.turn.unpin()
	bump(&e.stats.yields, 1)
	runtime.Gosched()
	e.yielded = e.s.clock.now()
}

// next takes the first actor of the executor's own queue.
func (e *executor) next() *actor {
	a, published := e.q.take()
	if published && !e.q.empty() {
		e.s.wakeFor(e.id) // they were out of thieves' sight while they were moved
	}
	return a
}

// work gives a one turn, and further ones for as long as it wants them and nobody else
// waits here; then it goes to the back of the queue.
func (e *executor) work(a *actor) {
	e.active.Store(true)
	for e.turnOf(a) {
		if e.s.stopping.Load() {
			a.Kill()
			break
		}
		if e.q.empty() {
			e.yield()
			continue // the back of an empty queue is its front
		}
		e.requeue(a)
		break
	}
	e.active.Store(false)
}

// requeue puts a behind everything that waits here already.
func (e *executor) requeue(a *actor) {
	if e.q.backlog.Load() != nil || e.q.inbox.Load() != nil {
		e.q.fill(&e.q)
	}
	if e.q.backlog.Load() != nil || !e.q.ring.push(a) {
		bump(&e.stats.overflows, 1)
		e.q.submit(a)
	}
	e.s.wakeFor(e.id)
}

// turnOf runs tasks of a up to the turn budget, and reports whether the executor still owns
// a. A panic of a task ends the actor, not the executor.
func (e *executor) turnOf(a *actor) (again bool) {
	finished := false
	n := 0
	e.turn.begin(a)
	defer func() {
		if !finished {
			if v := recover(); v != nil {
				e.s.panicked("run", v)
			} // else runtime.Goexit
			a.Kill()
			again = false
		}
		e.turn.end()
		bump(&e.stats.runs, uint64(n))
		bump(&e.stats.turns, 1)
	}()
	if a.last.Load() != int32(e.id) {
		a.last.Store(int32(e.id))
	}
	for {
		t := a.take()
		if t == nil {
			again = false
			break
		}
		n++
		t.Runner.Run(&e.turn)
		if e.turn.word.Load()&turnState != turnIdle {
			e.turn.Disarm()
		}
		if e.budgetSpent(n) && a.more() {
			again = true
			break
		}
	}
	finished = true
	return again
}

// budgetSpent reports whether the turn has had its share after n tasks. It reads the clock
// only if the task did not, and then not for the first one, whose time is not counted:
// most turns are one task.
func (e *executor) budgetSpent(n int) bool {
	t := &e.turn
	if n >= e.s.turnTasks || e.s.stopping.Load() {
		return true
	}
	now := t.now
	t.now = 0
	if now == 0 {
		now = e.s.clock.now()
		t.seen = now
	}
	if t.first == 0 {
		t.first = now
	}
	return now-t.first >= e.s.turnTime
}

// searchRounds is how many times an executor looks at all queues before it parks, and
// searchPause how many loads of its own inbox lie between two looks: together 0.3 µs. Go's
// scheduler spins by itself before a thread sleeps, so more is waste: 1, 4 and 20 rounds
// cost 1.5, 2.0 and 3.4 µs of CPU for a lone post and its answer, and are all the same to
// BenchmarkPingPong.
const (
	searchRounds = 2
	searchPause  = 100
)

// search finds an actor elsewhere, or waits for one. It returns nil when the scheduler
// stops. The letters are those of lot.
func (e *executor) search() *actor {
	s := e.s
	e.turn.unpin()
	e.turn.actor.Store(nil) // it may be the last reference to a whole isolate
	s.lot.searching.Add(1)
	for {
		for round := range searchRounds {
			for i := 0; round > 0 && i < searchPause && e.q.inbox.Load() == nil; i++ {
			}
			if a := e.look(); a != nil {
				if s.lot.searching.Add(-1) == 0 && s.anyWork() { // F2
					s.wakeOne(e.id)
				}
				return a
			}
		}
		s.lot.announce(e.id)      // P1
		s.lot.searching.Add(-1)   // P2
		stop := s.stopping.Load() // P3
		if stop || s.anyWork() {
			if s.lot.retract(e.id) {
				if stop {
					return nil
				}
				s.lot.searching.Add(1)
				continue
			}
			// A waker was faster: its token comes, and it has counted us as searching.
		} else {
			bump(&e.stats.parks, 1)
			s.parked()
		}
		<-e.wake // P4
		if s.stopping.Load() {
			s.lot.searching.Add(-1)
			return nil
		}
	}
}

// look takes an actor from the executor's own queue or from another's, beginning with a
// random one so that thieves spread.
func (e *executor) look() *actor {
	if a, _ := e.q.take(); a != nil {
		return a
	}
	all := e.s.executors
	if len(all) == 1 {
		return nil
	}
	at := int(rand.Uint32N(uint32(len(all))))
	for range all {
		if at++; at == len(all) {
			at = 0
		}
		v := all[at]
		if v == e || v.q.empty() || !e.q.steal(&v.q) {
			continue
		}
		bump(&e.stats.steals, 1)
		if a, _ := e.q.take(); a != nil {
			return a
		}
	}
	return nil
}
