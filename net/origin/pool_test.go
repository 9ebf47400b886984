package origin

import (
	"errors"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"gannet/core"
)

func itoa(n int) string { return strconv.Itoa(n) }

const okReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// together sends n requests at once, so that n connections are made, and waits for all.
func together(t *testing.T, c *Client, url string, n int, g gates) {
	t.Helper()
	errs := make(chan error, n)
	for range n {
		c.Fetch(t.Context(), &core.Subrequest{Method: "GET", URL: url}, func(_ *core.Response, err error) { errs <- err })
	}
	for range n {
		<-g.asked
	}
	for range n {
		g.answer <- struct{}{}
	}
	for range n {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}

// gates hold the requests of an origin back until a test has counted them.
type gates struct{ asked, answer chan struct{} }

// gated starts an origin that tells asked of each request and answers one for each value
// in answer.
func gated(t *testing.T, closed chan<- int) (*server, gates) {
	g := gates{make(chan struct{}), make(chan struct{})}
	return serve(t, func(p *peer, n int) {
		for p.request() != nil {
			g.asked <- struct{}{}
			<-g.answer
			p.send(okReply)
		}
		if closed != nil {
			closed <- n
		}
	}), g
}

func TestPoolTimeout(t *testing.T) {
	closed := make(chan int, 8)
	srv, gate := gated(t, closed)
	clock := newManualClock()
	c := client(t, Options{Clock: clock, PoolTimeout: time.Minute})
	if clock.running() != 0 {
		t.Error("a timer runs for an empty pool")
	}
	together(t, c, srv.url, 3, gate)
	if s := c.Stats(); s.Opened != 3 || s.Idle != 3 || clock.running() != 1 {
		t.Fatalf("%+v, %d timers", s, clock.running())
	}
	clock.advance(40 * time.Second)
	together(t, c, srv.url, 1, gate) // the one used last is used again
	clock.advance(20 * time.Second)  // the first timer: two are due
	<-closed
	<-closed
	if s := c.Stats(); s.Idle != 1 || s.Opened != 3 || clock.running() != 1 {
		t.Errorf("%+v, %d timers", s, clock.running())
	}
	clock.advance(39 * time.Second)
	if s := c.Stats(); s.Idle != 1 {
		t.Errorf("closed too early: %+v", s)
	}
	clock.advance(time.Second)
	<-closed
	if s := c.Stats(); s.Idle != 0 || clock.running() != 0 {
		t.Errorf("%+v, %d timers", s, clock.running())
	}
	if len(c.pool.mu.idle) != 0 {
		t.Error("the pool keeps the names of origins")
	}
}

func TestPoolBounds(t *testing.T) {
	srv, gate := gated(t, nil)
	c := client(t, Options{MaxIdlePerHost: 2})
	together(t, c, srv.url, 5, gate)
	if s := c.Stats(); s.Opened != 5 || s.Idle != 2 {
		t.Errorf("%+v", s)
	}
	c.Close()
	if s := c.Stats(); s.Idle != 0 {
		t.Errorf("%+v", s)
	}
	together(t, c, srv.url, 1, gate) // works on, but keeps nothing
	if s := c.Stats(); s.Idle != 0 || s.Opened != 6 {
		t.Errorf("%+v", s)
	}
}

// TestSetPolicy: what an earlier policy allowed is not used under the next one, idle or not.
func TestSetPolicy(t *testing.T) {
	srv, gate := gated(t, nil)
	c := client(t, Options{})
	together(t, c, srv.url, 1, gate)
	errs := make(chan error, 1)
	c.Fetch(t.Context(), &core.Subrequest{Method: "GET", URL: srv.url}, func(_ *core.Response, err error) { errs <- err })
	<-gate.asked // the exchange is under way
	c.SetPolicy(Policy{})
	gate.answer <- struct{}{}
	if err := <-errs; err != nil {
		t.Fatal(err)
	}
	if _, err := get(c, srv.url); !errors.Is(err, core.ErrForbiddenTarget) {
		t.Errorf("%v", err)
	}
	c.SetPolicy(Policy{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	together(t, c, srv.url, 1, gate)
	if s := c.Stats(); s.Opened != 2 {
		t.Errorf("%+v", s)
	}
}

// TestOldDeadline: the deadline of the last exchange has passed while the connection lay
// idle; that says nothing about the connection.
func TestOldDeadline(t *testing.T) {
	srv := replies(t, okReply, false)
	c := client(t, Options{})
	for _, method := range []string{"GET", "POST", "GET"} {
		if resp, err := fetch(t.Context(), c, &core.Subrequest{Method: method, URL: srv.url}); err != nil || resp.Status != 200 {
			t.Fatal(resp, err)
		}
		for _, list := range c.pool.mu.idle {
			for _, cn := range list {
				cn.readBy = time.Unix(1, 0)
				if err := cn.SetReadDeadline(cn.readBy); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if s := c.Stats(); s.Opened != 1 || s.Reused != 2 {
		t.Errorf("%+v", s)
	}
}
