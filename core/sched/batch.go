package sched

import "gannet/core"

// batch is a core.Batch. Posts take effect at once, in mailbox and run queue, so that an
// executor that is awake starts early; only waking one is put off to Flush.
//
// All actors of one batch that become runnable go to one executor's queue, from where
// others steal them: it spares the poster cache lines, and gives Flush one place to look.
type batch struct {
	s      *Scheduler
	target int // the executor the batch publishes to; -1: none yet
}

// NewBatch implements core.Scheduler.
func (s *Scheduler) NewBatch() core.Batch { return &batch{s: s, target: -1} }

// Post implements core.Batch.
func (b *batch) Post(to core.Actor, t *core.Task) {
	a, ok := to.(*actor)
	if !ok || a.s != b.s {
		to.Post(t) // another scheduler's
		return
	}
	if !a.put(t) {
		return
	}
	if b.target < 0 {
		b.target = b.s.place(a)
		return
	}
	b.s.executors[b.target].q.submit(a)
}

// Flush implements core.Batch.
func (b *batch) Flush() {
	if b.target >= 0 {
		b.s.wakeFor(b.target)
		b.target = -1
	}
}
