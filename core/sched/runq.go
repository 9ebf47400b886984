package sched

import "sync/atomic"

// cacheLine separates words that different cores write, in bytes: twice the line of amd64
// and arm64, because both prefetch the neighbour.
const cacheLine = 128

// runq holds the runnable actors of one executor, in three parts that an actor passes in
// this order, so that the whole is first in, first out but for steals:
//
//	inbox    a stack that anybody pushes to, and that is only ever taken as a whole;
//	backlog  what of a taken inbox did not fit into the ring, as a chain in order;
//	ring     what runs next.
//
// Invariants:
//
//	R1  An actor is in at most one runq, once: only its owner puts it there, and being
//	    queued is what owning means (see actor).
//	R2  Only the owning executor stores a chain into backlog, and only when it holds nil;
//	    everybody else may only swap nil into it. So the owner's plain Store loses nothing.
//	R3  When the owner's take returns nil, backlog is nil, and stays so until the owner takes
//	    or steals again. So a thief's leftovers have a place.
//	R4  actor.next and actor.chainLen belong to whoever took the chain; the atomic that
//	    published the chain orders them.
//
// No ABA in the inbox: nobody pops one actor by CAS. A push needs only that head be the
// actor it linked to; if that was taken and pushed again meanwhile, it is a head again.
//
// Who delays whom: a push can be delayed by other pushes only (each failure is another's
// success). Taking is one swap. A chain in the hands of an executor that the operating
// system has stopped waits with it: the window is the few instructions between swap and
// push, and what it costs is the chain's delay, never an actor lost.
type runq struct {
	inbox   atomic.Pointer[actor]
	waiting atomic.Int32 // actors in inbox and backlog; may run ahead or behind for an instant
	_       [cacheLine - 16]byte
	backlog atomic.Pointer[actor]
	_       [cacheLine - 8]byte
	ring    ring
}

// submit puts a at the end, from any goroutine. Whoever does so looks for sleepers
// afterwards (see lot).
func (q *runq) submit(a *actor) {
	q.waiting.Add(1)
	for {
		head := q.inbox.Load()
		a.next.Store(head)
		if q.inbox.CompareAndSwap(head, a) {
			return
		}
	}
}

// take returns the next actor, or nil, and whether it published others on the way: moved
// them to where thieves see them after they were in nobody's sight. Owner only.
func (q *runq) take() (a *actor, published bool) {
	if q.backlog.Load() != nil || q.inbox.Load() != nil {
		published = q.fill(q)
	}
	if a = q.ring.pop(); a == nil {
		// Not empty yet, if a stopped thief holds the slot that the ring has come round to.
		a = q.first()
	}
	return a, published
}

// first takes the first actor of the backlog. Owner only.
func (q *runq) first() *actor {
	if q.backlog.Load() == nil {
		return nil
	}
	a := q.backlog.Swap(nil)
	if a == nil {
		return nil // a thief was faster
	}
	if rest := a.next.Load(); rest != nil {
		a.next.Store(nil)
		rest.chainLen = a.chainLen - 1
		q.backlog.Store(rest) // R2
	}
	q.waiting.Add(-1)
	return a
}

// fill moves what waits in from's inbox or backlog to q's ring and backlog, and reports
// whether it moved anything. The caller owns q; q's backlog is empty unless from is q.
func (q *runq) fill(from *runq) bool {
	chain := from.backlog.Swap(nil)
	if chain == nil {
		if chain = inOrder(from.inbox.Swap(nil)); chain == nil {
			return false
		}
	}
	total := chain.chainLen
	rest, restLen := chain, total
	for rest != nil {
		next := rest.next.Load()
		rest.next.Store(nil)    // an actor, and all its heap, must not be kept alive by another
		if !q.ring.push(rest) { // once pushed, it may be anybody's
			rest.next.Store(next)
			break
		}
		rest = next
		restLen--
	}
	if rest != nil {
		rest.chainLen = restLen
		q.backlog.Store(rest) // R2
	}
	if from == q {
		q.waiting.Add(restLen - total)
	} else {
		from.waiting.Add(-total)
		q.waiting.Add(restLen)
	}
	return true
}

// inOrder turns a stack taken from an inbox into a chain, oldest first, and counts it.
func inOrder(stack *actor) *actor {
	var chain *actor
	var n int32
	for a := stack; a != nil; {
		next := a.next.Load()
		a.next.Store(chain)
		chain = a
		a = next
		n++
	}
	if chain != nil {
		chain.chainLen = n
	}
	return chain
}

// steal moves work of victim to q, whose take has just returned nil, and reports whether
// there was any: half
// of the ring, or all of the inbox or backlog, since their owner cannot have got to them.
func (q *runq) steal(victim *runq) bool {
	stolen := false
	for n := (victim.ring.len() + 1) / 2; n > 0; n-- {
		a := victim.ring.pop()
		if a == nil {
			break
		}
		stolen = true
		if !q.ring.push(a) { // Q3: another thief still holds the slot
			q.submit(a)
		}
	}
	return stolen || q.fill(victim)
}

// drain removes every actor, from any goroutine; it is for when the scheduler stops.
func (q *runq) drain(each func(*actor)) {
	for a := q.ring.pop(); a != nil; a = q.ring.pop() {
		each(a)
	}
	for _, chain := range [...]*actor{q.backlog.Swap(nil), q.inbox.Swap(nil)} {
		for a := chain; a != nil; {
			next := a.next.Load()
			a.next.Store(nil)
			q.waiting.Add(-1)
			each(a)
			a = next
		}
	}
}

// empty reports whether there is nothing to run. Every load is of a word that is written
// by the publication, which is what the parking protocol asks for.
func (q *runq) empty() bool {
	return q.inbox.Load() == nil && q.backlog.Load() == nil && q.ring.len() == 0
}

// len is about how many actors wait.
func (q *runq) len() int { return q.ring.len() + int(q.waiting.Load()) }
