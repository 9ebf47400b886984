package origin

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gannet/core"
)

// server is an origin that a test scripts byte by byte.
type server struct {
	url  string
	addr string
}

// peer is the origin's end of a connection.
type peer struct {
	net.Conn
	r *bufio.Reader
}

// request reads one request; a broken one gives nil.
func (p *peer) request() *http.Request {
	req, err := http.ReadRequest(p.r)
	if err != nil {
		return nil
	}
	return req
}

// send writes bytes; that the client hung up is for the test to see elsewhere.
func (p *peer) send(s string) { _, _ = io.WriteString(p.Conn, s) }

// reset closes with RST.
func (p *peer) reset() {
	_ = p.Conn.(*net.TCPConn).SetLinger(0)
	_ = p.Close()
}

// gone waits until the client has closed the connection.
func (p *peer) gone() { _, _ = io.Copy(io.Discard, p.r) }

// serve starts an origin that runs handle for each connection, with its number. The
// connection is closed when handle returns; the test ends when all have.
func serve(t testing.TB, handle func(p *peer, n int)) *server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{url: "http://" + ln.Addr().String(), addr: ln.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				handle(&peer{conn, bufio.NewReader(conn)}, n)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	return s
}

// replies starts an origin that answers each request with the same bytes and closes after
// it when close is set.
func replies(t testing.TB, response string, close bool) *server {
	return serve(t, func(p *peer, _ int) {
		for {
			req := p.request()
			if req == nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			p.send(response)
			if close {
				return
			}
		}
	})
}

// client returns a client that may go anywhere and is closed with the test.
func client(t testing.TB, o Options) *Client {
	t.Helper()
	if o.Policy.Pins == nil && o.Policy.AllowPrivate == nil && o.Policy.Deny == nil {
		o.Policy.AllowAll = true
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// settled waits until n connections are idle: one that had an upload comes back when its
// goroutine has seen the end as well, which may be after the response.
func settled(t *testing.T, c *Client, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); c.Stats().Idle != n; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections did not become idle: %+v", n, c.Stats())
		}
	}
}

type result struct {
	resp *core.Response
	err  error
}

// fetch waits for the response's fields.
func fetch(ctx context.Context, c *Client, s *core.Subrequest) (*core.Response, error) {
	ready := make(chan result, 1)
	c.Fetch(ctx, s, func(r *core.Response, err error) { ready <- result{r, err} })
	r := <-ready
	return r.resp, r.err
}

func via(c *Client, u *Upstream, s *core.Subrequest) (*core.Response, error) {
	ready := make(chan result, 1)
	c.Via(u).Fetch(context.Background(), s, func(r *core.Response, err error) { ready <- result{r, err} })
	r := <-ready
	return r.resp, r.err
}

func get(c *Client, url string) (*core.Response, error) {
	return fetch(context.Background(), c, &core.Subrequest{Method: "GET", URL: url})
}

// content reads a body to its end.
func content(r *core.Response) (string, error) {
	if r.Body == nil {
		return "", nil
	}
	rd := core.Reader(r.Body)
	defer rd.Close()
	b, err := io.ReadAll(rd)
	return string(b), err
}

// stream is a request body of unknown or known length whose chunks come from a channel:
// closed means the end. It records how it was closed.
type stream struct {
	length int64
	chunks chan string
	err    error // given instead of io.EOF
	once   sync.Once
	closed chan struct{}
	why    error // set before closed is closed
}

func newStream(length int64, chunks ...string) *stream {
	s := &stream{length: length, chunks: make(chan string, len(chunks)+16), closed: make(chan struct{})}
	for _, c := range chunks {
		s.chunks <- c
	}
	return s
}

func (s *stream) end() *stream { close(s.chunks); return s }

func (s *stream) Length() int64 { return s.length }

func (s *stream) Next(done func([]byte, error)) {
	go func() {
		select {
		case c, ok := <-s.chunks:
			switch {
			case ok:
				done([]byte(c), nil)
			case s.err != nil:
				done(nil, s.err)
			default:
				done(nil, io.EOF)
			}
		case <-s.closed:
			done(nil, s.why)
		}
	}()
}

func (s *stream) Close(err error) {
	s.once.Do(func() { s.why = err; close(s.closed) })
}

// manualClock is a clock that a test turns.
type manualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	c    *manualClock
	when time.Time
	fn   func()
	over bool
}

func newManualClock() *manualClock {
	return &manualClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) AfterFunc(d time.Duration, fn func()) core.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &manualTimer{c: c, when: c.now.Add(d), fn: fn}
	c.timers = append(c.timers, t)
	return t
}

func (t *manualTimer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	was := !t.over
	t.over = true
	return was
}

// advance turns the clock and runs what is due, in the caller's goroutine.
func (c *manualClock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []*manualTimer
	for _, t := range c.timers {
		if !t.over && !t.when.After(c.now) {
			t.over = true
			due = append(due, t)
		}
	}
	c.mu.Unlock()
	for _, t := range due {
		t.fn()
	}
}

// running counts the timers that wait.
func (c *manualClock) running() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.timers {
		if !t.over {
			n++
		}
	}
	return n
}

func mustContain(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error %v does not say %q", err, p)
		}
	}
}

// loopbackOnly allows what the tests listen on, and nothing else that is private.
var loopbackOnly = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// pins makes a policy that allows nothing but the given pairs of name and address.
func pins(pairs ...string) Policy {
	p := Policy{Pins: map[string]netip.AddrPort{}}
	for i := 0; i < len(pairs); i += 2 {
		p.Pins[pairs[i]] = netip.MustParseAddrPort(pairs[i+1])
	}
	return p
}
