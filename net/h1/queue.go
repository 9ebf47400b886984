package h1

import "sync/atomic"

// streamQueue hands streams with news to the goroutine that serves their connection:
// many producers, one consumer, lock-free. It is a stack that the consumer takes as a
// whole and turns round, so it is first in, first out per producer.
//
//	Q1  A stream is in at most one queue, once: stream.notify pushes only when its news
//	    were none, and the consumer takes the stream out before it takes its news.
//	Q2  stream.queued is written by the producer before the CAS that publishes it, and
//	    read by the consumer after the Swap that took it.
//
// No ABA: nodes are only ever taken all at once. A producer is delayed by other producers
// only while one of them succeeds.
type streamQueue struct{ top atomic.Pointer[stream] }

// push adds s and reports whether the queue was empty: the edge on which to wake.
func (q *streamQueue) push(s *stream) bool {
	for {
		top := q.top.Load()
		s.queued = top
		if q.top.CompareAndSwap(top, s) {
			return top == nil
		}
	}
}

func (q *streamQueue) empty() bool { return q.top.Load() == nil }

// takeAll empties the queue and returns the streams, oldest first, linked by queued.
func (q *streamQueue) takeAll() *stream {
	var first *stream
	for s := q.top.Swap(nil); s != nil; {
		next := s.queued
		s.queued = first
		first, s = s, next
	}
	return first
}
