package sched

import "sync/atomic"

// ringSize is the number of actors a run ring holds: enough that the backlog behind it is
// touched on overload only, small enough (2 KiB) to stay in the first-level cache. Past
// it an actor waits in the executor's inbox or backlog.
const ringSize = 256

// ring is a bounded queue of runnable actors: one producer, the owning executor, and many
// consumers, the owner and thieves. Its size is a power of two, so that it divides 2^32.
//
//	Q1  0 <= tail-head <= size, in uint32 arithmetic (the indexes wrap).
//	Q2  Only the owner stores tail. head moves only by CAS, by one.
//	Q3  The owner fills a slot only after it read nil from it: a consumer keeps the slot
//	    between winning head and storing nil.
//
// Publication: push stores the slot, then tail. pop loads tail, then the slot, so a
// consumer that sees tail n+1 sees slot n and all the owner did before.
//
// No ABA: a consumer holds h only while head == h; slot h is refilled at index h+size,
// which needs head > h, and then its CAS fails. (A consumer asleep for exactly 2^32 pops
// would be fooled; at 10 million a second that is a sleep of 7 minutes between two
// adjacent instructions that ends on one exact index.)
//
// Who delays whom: a consumer stopped between its CAS and its store of nil makes push fail
// once the ring comes round to that slot, and the owner falls back to its inbox. Nobody
// waits.
type ring struct {
	slots []atomic.Pointer[actor]
	mask  uint32
	_     [cacheLine - 32]byte
	head  atomic.Uint32 // consumers
	_     [cacheLine - 4]byte
	tail  atomic.Uint32 // the owner
	_     [cacheLine - 4]byte
}

// init makes the ring empty, with size slots, a power of two, and both indexes at start.
func (q *ring) init(size int, start uint32) {
	q.slots = make([]atomic.Pointer[actor], size)
	q.mask = uint32(size - 1)
	q.head.Store(start)
	q.tail.Store(start)
}

// push adds a at the end and reports whether there was room. Owner only.
func (q *ring) push(a *actor) bool {
	n := q.tail.Load()
	slot := &q.slots[n&q.mask]
	if n-q.head.Load() > q.mask || slot.Load() != nil { // full, or Q3 not met yet
		return false
	}
	slot.Store(a)
	q.tail.Store(n + 1) // publishes slot n; partner: pop's load of tail
	return true
}

// pop removes the first actor, or returns nil when the ring is empty.
func (q *ring) pop() *actor {
	for {
		h := q.head.Load()
		if h == q.tail.Load() {
			return nil // empty at this load
		}
		slot := &q.slots[h&q.mask]
		a := slot.Load() // a guess until the CAS
		if a != nil && q.head.CompareAndSwap(h, h+1) {
			slot.Store(nil) // hands the slot back (Q3)
			return a
		}
	}
}

// len is about how many actors wait. It never is below zero: head is loaded first and
// only grows up to tail.
func (q *ring) len() int {
	h := q.head.Load()
	return int(q.tail.Load() - h)
}
