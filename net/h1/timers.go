package h1

import (
	"time"

	"gannet/core"
)

// timerKind is the time limit a connection on a loop is under.
type timerKind uint8

const (
	noTimer timerKind = iota
	headTimer
	idleTimer
	bodyTimer
	lingerTimer
	drainTimer
	timerKinds
)

// connTimer is a connection's place in the list of its time limit.
type connTimer struct {
	kind       timerKind
	deadline   time.Duration // since timers.epoch
	prev, next *conn
}

// timers are the time limits of one loop's connections. All connections under the same
// limit wait equally long, so each list is in the order of its deadlines and only its
// first is looked at: starting and stopping take constant time. One timer of the clock is
// armed for the earliest deadline, none while there is nothing to time.
//
// Why not a wheel: it would round, and tick while everything is idle.
type timers struct {
	l     *loop
	epoch time.Time
	lists [timerKinds]struct {
		after       time.Duration
		first, last *conn
	}
	armed core.Timer
	at    time.Duration // when it fires, if armed
}

// timerSlack is how much later than its deadline a limit may be seen, so that many that
// end about together are seen together.
const timerSlack = 10 * time.Millisecond

func (t *timers) init(l *loop) {
	t.l = l
	t.epoch = l.now()
	o := &l.srv.opts
	t.lists[headTimer].after = o.HeaderTimeout
	t.lists[idleTimer].after = o.IdleTimeout
	t.lists[bodyTimer].after = o.BodyTimeout
	t.lists[lingerTimer].after = lingerTimeout
	t.lists[drainTimer].after = o.DrainGrace
}

// start puts c under a limit, from c.now on, instead of the one it is under.
func (t *timers) start(c *conn, kind timerKind) {
	t.stop(c)
	list := &t.lists[kind]
	c.timer = connTimer{kind: kind, deadline: c.now.Sub(t.epoch) + list.after, prev: list.last}
	if list.last == nil {
		list.first = c
	} else {
		list.last.timer.next = c
	}
	list.last = c
	if t.armed == nil || c.timer.deadline < t.at {
		t.arm(c.timer.deadline)
	}
}

// stop takes c out of its list.
func (t *timers) stop(c *conn) {
	if c.timer.kind == noTimer {
		return
	}
	list := &t.lists[c.timer.kind]
	if c.timer.prev == nil {
		list.first = c.timer.next
	} else {
		c.timer.prev.timer.next = c.timer.next
	}
	if c.timer.next == nil {
		list.last = c.timer.prev
	} else {
		c.timer.next.timer.prev = c.timer.prev
	}
	c.timer = connTimer{}
}

func (t *timers) arm(at time.Duration) {
	if t.armed != nil {
		t.armed.Stop()
	}
	t.at = at
	wait := max(at-t.l.now().Sub(t.epoch), 0) + timerSlack
	t.armed = t.l.srv.opts.Clock.AfterFunc(wait, func() { t.l.post(t.fire) })
}

// fire ends the limits whose time has come, and arms the timer for the next one. The timer
// may have been armed anew since it fired; then this is early, and does no harm.
func (t *timers) fire() {
	if t.armed != nil {
		t.armed.Stop()
		t.armed = nil
	}
	now := t.l.now().Sub(t.epoch)
	for kind := headTimer; kind < timerKinds; kind++ {
		for {
			c := t.lists[kind].first
			if c == nil || c.timer.deadline > now {
				break
			}
			t.stop(c)
			t.l.expired(c, kind)
		}
	}
	var next *conn
	for kind := range t.lists {
		if c := t.lists[kind].first; c != nil && (next == nil || c.timer.deadline < next.timer.deadline) {
			next = c
		}
	}
	if next != nil && (t.armed == nil || next.timer.deadline < t.at) {
		t.arm(next.timer.deadline)
	}
}

// close disarms the timer, when the loop has ended.
func (t *timers) close() {
	if t.armed != nil {
		t.armed.Stop()
		t.armed = nil
	}
}
