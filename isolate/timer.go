package isolate

import (
	"container/heap"
	"time"

	"gannet/core"
)

// timer is one timer of an event. When the clock says so its task is posted; cancelled ones
// that were posted already do nothing.
//
// The clock runs each timer on a goroutine of its own, so tasks of timers that are due at
// about the same time come in any order. Scripts may rely on theirs: by the time they are
// due, then by creation (HTML 8.6, "run steps after a timeout"). So a task that comes runs
// whatever timers of its event come before its own, and its own last.
type timer struct {
	core.Task
	iso   *isolate
	e     *event
	fn    func()
	t     core.Timer
	due   time.Time
	seq   uint64
	index int // in e.timers, -1 once it has run or was cancelled
}

// Timer implements realm.Host.
func (iso *isolate) Timer(d time.Duration, fn func()) (cancel func()) {
	e := iso.mustHaveEvent()
	iso.timers++
	t := &timer{iso: iso, e: e, fn: fn, due: iso.worker.cfg.Clock.Now().Add(d), seq: iso.timers}
	t.Task.Runner = t
	iso.pending++
	heap.Push(&e.timers, t)
	t.t = iso.worker.cfg.Clock.AfterFunc(d, func() { iso.actor.Post(&t.Task) })
	return t.cancel
}

func (t *timer) cancel() {
	if t.index < 0 {
		return
	}
	t.t.Stop()
	t.iso.pending--
	heap.Remove(&t.e.timers, t.index)
}

// before reports whether t runs before u when both are due.
func (t *timer) before(u *timer) bool {
	if t.due.Equal(u.due) {
		return t.seq < u.seq
	}
	return t.due.Before(u.due)
}

// Run implements core.Runner. What the handlers start comes after t, so this ends.
func (t *timer) Run(turn core.Turn) {
	for len(t.e.timers) > 0 && !t.iso.dead {
		first := t.e.timers[0]
		if t.before(first) {
			return
		}
		first.cancel()
		t.iso.enter(turn, t.e, first.fn)
	}
}

// Drop implements core.Runner.
func (t *timer) Drop() {}

// timerHeap is an event's timers, the next one first: a heap, so that starting, clearing and
// running one takes logarithmic time.
type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
