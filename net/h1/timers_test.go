package h1

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"gannet/core"
)

// A fakeClock moves when a test says so.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*fakeTimer]struct{}
}

type fakeTimer struct {
	c  *fakeClock
	at time.Time
	fn func()
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Unix(1e9, 0), timers: make(map[*fakeTimer]struct{})}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) AfterFunc(d time.Duration, fn func()) core.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &fakeTimer{c, c.now.Add(d), fn}
	c.timers[t] = struct{}{}
	return t
}

func (t *fakeTimer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	_, armed := t.c.timers[t]
	delete(t.c.timers, t)
	return armed
}

// advance moves the clock and runs what is due.
func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for t := range c.timers {
		if !t.at.After(c.now) {
			due = append(due, t.fn)
			delete(c.timers, t)
		}
	}
	c.mu.Unlock()
	for _, fn := range due {
		fn()
	}
}

func (c *fakeClock) armed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// TestTimersByClock: limits hold to the second, count from what they should, and a loop
// with nothing to time has no timer.
func TestTimersByClock(t *testing.T) {
	clock := newFakeClock()
	hold := make(chan *core.Exchange, 1)
	ts := startServer(t, Options{Clock: clock, Loops: 1, Handler: core.HandlerFunc(func(x *core.Exchange) {
		if x.Request.Target == "/hold" {
			hold <- x
			return
		}
		echoTarget(x)
	})})
	if clock.armed() != 0 {
		t.Error("a timer without a connection")
	}
	idle, slow, busy := ts.dial(), ts.dial(), ts.dial()
	idle.send(get("/"))
	idle.expect(200, "")
	slow.send("GET / HTTP/1.1\r\n")
	busy.send(get("/hold"))
	x := <-hold
	settled := func() { ts.onLoops() } // the loop has run what was posted to it before
	eventually(t, "three connections", func() bool { return ts.onLoops() == 3 })
	eventually(t, "the head that has begun", func() bool {
		partial := make(chan int, 1)
		ts.loops[0].post(func() {
			n := 0
			for c := range ts.loops[0].conns {
				if c.partial() {
					n++
				}
			}
			partial <- n
		})
		return <-partial == 1
	})

	clock.advance(9 * time.Second)
	slow.send("Host: a\r\n") // does not extend the limit
	settled()
	if s := ts.Stats(); s.Rejected.Timeout != 0 || s.Open != 3 {
		t.Fatalf("too early: %+v", s)
	}
	clock.advance(1100 * time.Millisecond)
	slow.expect(408, "")
	settled()
	clock.advance(64 * time.Second) // 74.1 s idle
	settled()
	eventually(t, "the slow one is gone", func() bool { return ts.Stats().Open == 2 })
	clock.advance(time.Second)
	idle.expectClosed()
	eventually(t, "the idle one is gone", func() bool { return ts.Stats().Open == 1 })
	clock.advance(time.Hour) // whoever waits for a handler is under no limit here
	settled()
	x.Respond(text(200, "late"))
	busy.expect(200, "late")
	settled()
	clock.advance(74 * time.Second)
	settled()
	busy.send(get("/"))
	busy.expect(200, "")
	settled()
	clock.advance(74 * time.Second) // the limit began anew
	settled()
	busy.send(get("/"))
	busy.expect(200, "")
	_ = busy.Close()
	eventually(t, "all are gone", func() bool { return ts.Stats().Open == 0 })
	settled()
	clock.advance(time.Hour)
	settled()
	if n := clock.armed(); n != 0 {
		t.Errorf("%d timers without a connection", n)
	}
}

// TestWriteStall: a client that takes nothing is given up.
func TestWriteStall(t *testing.T) {
	exchanges := make(chan *core.Exchange, 1)
	ts := startServer(t, Options{WriteTimeout: 100 * time.Millisecond, Handler: core.HandlerFunc(func(x *core.Exchange) {
		exchanges <- x
		respond(x, &syncBody{total: 1 << 30, chunk: make([]byte, 64<<10)})
	})})
	c := ts.dial()
	c.send(get("/"))
	x := <-exchanges
	eventually(t, "the exchange is cancelled", func() bool { return x.Err() == core.ErrClientGone })
	if n, err := io.Copy(io.Discard, c.r); err == nil && n >= 1<<30 {
		t.Error("all arrived")
	}
}

// TestForgottenContent: content whose reader has answered and reads no more does not hold
// the connection for ever.
func TestForgottenContent(t *testing.T) {
	ts := startServer(t, Options{BodyTimeout: 200 * time.Millisecond, Handler: core.HandlerFunc(func(x *core.Exchange) {
		// It still waits for content when it answers, and then forgets about it.
		x.Request.Body.Next(func([]byte, error) {})
		x.Respond(text(200, "done"))
	})})
	for _, length := range []string{"1000", "200000"} { // on the loop, and in bulk mode
		c := ts.dial()
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n")
		c.expect(200, "done")
		c.send(strings.Repeat("x", 500))
		c.expectClosed()
	}
}
