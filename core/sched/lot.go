package sched

import (
	"math/bits"
	"sync/atomic"
)

// lot is where executors without work wait. An executor is running, or searching, or
// parked; this file and executor.search hold the whole protocol.
//
// Submit (Post, Flush, and an executor that made several actors visible in its own queue):
//
//	S1  publish the actor in a run queue;
//	S2  return if searching > 0;
//	S3  clear one bit of parked by CAS; return if there is none;
//	S4  searching++ on behalf of the executor whose bit it was, and send it its token.
//
// Sleep (an executor that searches and finds nothing):
//
//	P1  announce: set its bit in parked;
//	P2  searching--;
//	P3  look again at every run queue (and at stop); if there is something, clear its own
//	    bit and search again (searching++), or, when a waker was faster, take the token;
//	P4  otherwise receive the token.
//
// Find (an executor that searches and finds something):
//
//	F1  take it from the queue;
//	F2  searching--, and if it was the last one, look at every run queue, and if there is
//	    something, do S2 to S4.
//
// Why no work is left with everyone asleep. Go's atomics are sequentially consistent, so
// either S2's load is before P2's decrement or after it. After it, and with no other
// searcher: the bit of P1 is there for S3. Before it: S1 is before P3, which sees the
// actor. If S2 saw a searcher that then left by F2, that one, or the last of those it was
// counted with, looks again after S1. The searcher counted by S4 is real: its token is on
// the way, and it leaves by P2 or F2 as any other.
//
// Why few wake-ups: while one executor searches, nobody is woken; a burst wakes one, which
// wakes the next as long as it leaves work behind. TestParkingModel walks through every
// interleaving of a small instance of exactly these steps, and of broken variants, which
// it must catch.
type lot struct {
	searching atomic.Int32
	_         [cacheLine - 4]byte
	parked    []atomic.Uint64 // bit i%64 of word i/64: executor i sleeps, or is about to
}

func (l *lot) init(executors int) {
	l.parked = make([]atomic.Uint64, (executors+63)/64)
}

// announce is P1.
func (l *lot) announce(id int) { l.parked[id/64].Or(1 << (id % 64)) }

// retract clears the bit of executor id and reports whether the caller did it: the one who
// does sends the token, or, for the executor itself, goes on.
func (l *lot) retract(id int) bool {
	bit := uint64(1) << (id % 64)
	return l.parked[id/64].And(^bit)&bit != 0
}

// claim is S3: it clears the bit of prefer, or else of any sleeper, and returns whose it was.
func (l *lot) claim(prefer int) (id int, ok bool) {
	if l.parked[prefer/64].Load()&(1<<(prefer%64)) != 0 && l.retract(prefer) {
		return prefer, true
	}
	for i := range l.parked {
		w := &l.parked[i]
		for v := w.Load(); v != 0; v = w.Load() {
			if id := i*64 + bits.TrailingZeros64(v); l.retract(id) {
				return id, true
			}
		}
	}
	return 0, false
}

// asleep is how many bits are set.
func (l *lot) asleep() int {
	n := 0
	for i := range l.parked {
		n += bits.OnesCount64(l.parked[i].Load())
	}
	return n
}
