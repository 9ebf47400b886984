package sched

import (
	"sync/atomic"

	"gannet/core"
)

// actor is a core.Actor: a mailbox and the right to run it, in one word.
//
// head is the mailbox as a stack of tasks, newest first, and the actor's state:
//
//	&idleMark  idle: no task, no owner, in no run queue
//	nil        owned (queued or running), and nothing new has been posted
//	task…      owned, with tasks posted since the owner last looked
//	&deadMark  dead, for ever
//
// rest is what an owner took from head and has not run yet, oldest first, or &deadMark.
//
//	A1  idle -> owned by the CAS of the post that finds idleMark. That poster, and it alone,
//	    puts the actor on a run queue. So an actor is on one queue at most, and at most one
//	    executor runs it.
//	A2  owned -> idle by the owner's CAS from nil, with rest empty. A task posted before it
//	    makes the CAS fail; one posted after it finds idleMark.
//	A3  A task leaves head by the owner's CAS to nil, or by Kill's swap; it leaves rest by
//	    the owner's CAS to its successor, or by Kill's swap. Whoever's operation it was
//	    runs it or drops it: exactly one of Run and Drop.
//	A4  head and rest never leave &deadMark.
//
// FIFO: one goroutine's posts are on the stack in order; taking reverses it; rest is
// refilled only when it is empty.
//
// No ABA: a post needs only that its Link be the head it replaces. The owner's CAS of rest
// from t to t.Link competes with Kill's swap alone, which is final, so rest cannot be t
// again in between.
//
// Who delays whom: posts retry when other posts won. The owner and Kill finish in a bounded
// number of steps, but for the owner's one CAS per concurrent post when it takes. Nothing
// waits for a stopped poster: a task is either posted or not. (A Vyukov queue would spare
// the reversal, but a producer stopped between its two stores hides all later tasks.)
type actor struct {
	head  atomic.Pointer[core.Task]
	depth atomic.Int32 // tasks posted and not yet taken to be run or dropped
	_     [cacheLine - 16]byte

	// Written by the owner, a turn at a time.
	rest     atomic.Pointer[core.Task]
	next     atomic.Pointer[actor] // run queue link, see runq
	chainLen int32                 // see runq
	last     atomic.Int32          // the executor that ran it last, where its data is warm

	s         *Scheduler
	interrupt func()
}

var idleMark, deadMark = new(core.Task), new(core.Task)

func (s *Scheduler) newActor(o core.ActorOptions) *actor {
	a := &actor{s: s, interrupt: o.Interrupt}
	a.head.Store(idleMark)
	a.last.Store(-1)
	return a
}

// Post implements core.Actor.
func (a *actor) Post(t *core.Task) {
	if a.put(t) {
		a.s.wakeFor(a.s.place(a))
	}
}

// put adds t to the mailbox, and reports whether the caller now has to place the actor.
func (a *actor) put(t *core.Task) bool {
	a.depth.Add(1)
	for {
		old := a.head.Load()
		switch old {
		case deadMark:
			a.drop(t)
			return false
		case idleMark:
			t.Link.Store(nil)
		default:
			t.Link.Store(old)
		}
		if a.head.CompareAndSwap(old, t) {
			return old == idleMark // A1
		}
	}
}

// take returns the next task to run. Owner only. When it returns nil the actor is idle or
// dead, and the caller no longer its owner.
func (a *actor) take() *core.Task {
	for {
		t := a.rest.Load()
		if t == nil {
			if !a.refill() {
				return nil
			}
			continue
		}
		if t == deadMark {
			return nil
		}
		next := t.Link.Load()
		if a.rest.CompareAndSwap(t, next) {
			if next != nil {
				t.Link.Store(nil) // a task must not keep the next one alive
			}
			a.depth.Add(-1)
			return t
		}
	}
}

// refill moves head to rest, which is empty, or ends the ownership.
func (a *actor) refill() bool {
	stack := a.head.Load()
	for {
		switch stack {
		case deadMark:
			return false
		case nil:
			if a.head.CompareAndSwap(nil, idleMark) { // A2
				return false
			}
		default:
			if a.head.CompareAndSwap(stack, nil) {
				first := reversed(stack)
				if !a.rest.CompareAndSwap(nil, first) { // killed in between
					a.dropAll(first)
					return false
				}
				return true
			}
		}
		stack = a.head.Load()
	}
}

// more reports whether a task waits. Owner only.
func (a *actor) more() bool {
	if t := a.rest.Load(); t != nil {
		return t != deadMark
	}
	t := a.head.Load()
	return t != nil && t != deadMark
}

// Kill implements core.Actor.
func (a *actor) Kill() {
	newer := a.head.Swap(deadMark)
	older := a.rest.Swap(deadMark)
	if older != deadMark {
		a.dropAll(older)
	}
	if newer != deadMark && newer != idleMark {
		a.dropAll(reversed(newer))
	}
}

// Depth implements core.Actor.
func (a *actor) Depth() int { return int(a.depth.Load()) }

// dropAll drops a chain the caller took, oldest first.
func (a *actor) dropAll(t *core.Task) {
	for t != nil {
		next := t.Link.Load()
		t.Link.Store(nil)
		a.drop(t) // the task is its owner's again
		t = next
	}
}

// drop drops one task. A panic ends here: it would otherwise be the poster's, which may be
// an event loop.
func (a *actor) drop(t *core.Task) {
	a.depth.Add(-1)
	a.s.drops.Add(1)
	defer func() {
		if v := recover(); v != nil {
			a.s.panicked("drop", v)
		}
	}()
	t.Runner.Drop()
}

// reversed turns a stack into a chain, oldest first.
func reversed(stack *core.Task) *core.Task {
	var chain *core.Task
	for t := stack; t != nil; {
		next := t.Link.Load()
		t.Link.Store(chain)
		chain, t = t, next
	}
	return chain
}
