package h1

import (
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

// descriptors is how many the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// reset closes c with RST.
func (c *client) resetNow() {
	_ = c.Conn.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// drain reads until the server has closed, and returns what it sent.
func (c *client) drain() string {
	b, _ := io.ReadAll(c.r) // an RST, because we were still sending, is an end as well
	return string(b)
}

// TestHostileClients: whatever a client does, and however it goes, nothing of it stays:
// connections, descriptors and goroutines are those from before.
func TestHostileClients(t *testing.T) {
	var exchanges, bodies atomic.Int64 // not answered, not ended
	ts := startServer(t, Options{Loops: 2, HeaderTimeout: 300 * time.Millisecond, IdleTimeout: 300 * time.Millisecond,
		BodyTimeout: 300 * time.Millisecond, WriteTimeout: 300 * time.Millisecond,
		Handler: core.HandlerFunc(func(x *core.Exchange) {
			exchanges.Add(1)
			finish := func(status int) {
				x.Respond(&core.Response{Status: status, Body: core.NewBytes([]byte("done"))})
				exchanges.Add(-1)
			}
			switch {
			case x.Request.Target == "/big":
				respond(x, &syncBody{total: 1 << 30, chunk: make([]byte, 32<<10)})
				exchanges.Add(-1)
			case x.Request.Body == nil, x.Request.Target == "/unread":
				finish(200)
			default:
				bodies.Add(1)
				core.ReadAll(x.Request.Body, 1<<30, func(_ []byte, err error) {
					bodies.Add(-1)
					if err != nil {
						finish(400)
						return
					}
					finish(200)
				})
			}
		})})
	const post = "POST / HTTP/1.1\r\nHost: a\r\n"
	for _, attack := range []struct {
		name string
		run  func(c *client)
		// answer is what the server says at last; "" where it does not matter.
		answer string
	}{
		{"nothing", func(c *client) {}, ""},
		{"half a head", func(c *client) { c.send("GET / HTTP/1.1\r\nHost: a\r\nX-") }, "HTTP/1.1 408 "},
		{"half a head, reset", func(c *client) { c.send("GET / HTTP/1.1\r\nHo"); c.resetNow() }, ""},
		{"half a head, half-closed", func(c *client) { c.send("GET / HT"); _ = c.Conn.(*net.TCPConn).CloseWrite() }, ""},
		{"a method of 1 MB", func(c *client) { _, _ = io.WriteString(c, strings.Repeat("A", 1<<20)) }, "HTTP/1.1 501 "},
		{"a target of 1 MB", func(c *client) { _, _ = io.WriteString(c, "GET /"+strings.Repeat("a", 1<<20)) }, "HTTP/1.1 414 "},
		{"fields of 1 MB", func(c *client) {
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("a", 1<<20))
		}, "HTTP/1.1 431 "},
		{"many fields", func(c *client) { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\n"+strings.Repeat("X: y\r\n", 1000)) }, "HTTP/1.1 431 "},
		{"TLS", func(c *client) { c.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") }, "HTTP/1.1 400 "},
		{"HTTP/2", func(c *client) { c.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00") }, "HTTP/1.1 505 "},
		{"NULs", func(c *client) { _, _ = io.WriteString(c, strings.Repeat("\x00", 100_000)) }, "HTTP/1.1 400 "},
		{"half a body", func(c *client) { c.send(post + "Content-Length: 100000\r\n\r\nabc") }, "HTTP/1.1 408 "},
		{"half a body, reset", func(c *client) { c.send(post + "Content-Length: 10\r\n\r\nabc"); c.resetNow() }, ""},
		{"half a body, half-closed", func(c *client) {
			c.send(post + "Content-Length: 10\r\n\r\nabc")
			_ = c.Conn.(*net.TCPConn).CloseWrite()
		}, ""},
		{"half a chunk", func(c *client) { c.send(post + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc") }, "HTTP/1.1 408 "},
		{"half a large body, reset", func(c *client) {
			c.send(post + "Content-Length: 1000000\r\n\r\n" + strings.Repeat("x", 300_000))
			c.resetNow()
		}, ""},
		{"expect, and no body", func(c *client) { c.send(post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n") }, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 "},
		{"expect, unread", func(c *client) {
			c.send("POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc" + get("/"))
		}, "HTTP/1.1 200 "},
		{"a body nobody reads", func(c *client) {
			_, _ = io.WriteString(c, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"+strings.Repeat("x", 3_000_000))
		}, "HTTP/1.1 200 "},
		{"endless trailers", func(c *client) {
			_, _ = io.WriteString(c, post+"Transfer-Encoding: chunked\r\n\r\n0\r\n"+strings.Repeat("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 5000))
		}, "HTTP/1.1 431 "},
		{"endless chunk extensions", func(c *client) {
			_, _ = io.WriteString(c, post+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("1;"+strings.Repeat("e", 500)+"\r\nx\r\n", 1000))
		}, "HTTP/1.1 400 "},
		{"an endless chunk-size", func(c *client) {
			_, _ = io.WriteString(c, post+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("0", 100_000))
		}, "HTTP/1.1 413 "},
		{"pipelined, unread, reset", func(c *client) { _, _ = io.WriteString(c, strings.Repeat(get("/"), 3000)); c.resetNow() }, ""},
		{"pipelined behind a fault", func(c *client) { _, _ = io.WriteString(c, "bad\r\n\r\n"+strings.Repeat(get("/"), 3000)) }, "HTTP/1.1 400 "},
		{"a large response, unread", func(c *client) {
			c.send(get("/big"))
			_, _ = c.r.Peek(1)
			eventually(t, "the server gives up writing", func() bool { return ts.Stats().Open == 0 })
			c.resetNow()
		}, ""},
		{"a large response, reset", func(c *client) { c.send(get("/big")); _, _ = c.r.Peek(1000); c.resetNow() }, ""},
	} {
		before, fds := runtime.NumGoroutine(), descriptors(t)
		var wg sync.WaitGroup
		clients := make([]*client, 3)
		for i := range clients {
			nc, err := net.Dial("tcp", ts.addr)
			if err != nil {
				t.Fatal(err)
			}
			_ = nc.SetDeadline(time.Now().Add(patience))
			clients[i] = &client{nc, newReader(nc), t}
			wg.Go(func() {
				defer nc.Close()
				attack.run(clients[i])
				if got := clients[i].drain(); !strings.HasPrefix(got, attack.answer) {
					t.Errorf("%s: answered %.80q, want %q", attack.name, got, attack.answer)
				}
			})
		}
		wg.Wait()
		eventually(t, attack.name+": no connection is left", func() bool { return ts.Stats().Open == 0 })
		eventually(t, attack.name+": no descriptor is left", func() bool { return descriptors(t) <= fds })
		eventually(t, attack.name+": no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
		if n, b := exchanges.Load(), bodies.Load(); n != 0 || b != 0 {
			t.Errorf("%s: %d exchanges and %d bodies have not ended", attack.name, n, b)
		}
	}
}

// TestSlowHeadsCostLittle: connections that send their heads octet by octet cost a bound of
// memory each, and end by the time-out, however often they send.
func TestSlowHeadsCostLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector needs memory of its own")
	}
	const n = 1500
	clock := newFakeClock()
	ts := startServer(t, Options{Loops: 2, Clock: clock, Handler: core.HandlerFunc(echoTarget)})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	clients := make([]net.Conn, n)
	for i := range clients {
		nc, err := net.Dial("tcp", ts.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		clients[i] = nc
	}
	const head = "GET / HTTP/1.1\r\nHost: a\r\n"
	for k := range head {
		for _, nc := range clients {
			if _, err := io.WriteString(nc, head[k:k+1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "all heads have begun", func() bool { return ts.Stats().Open == n })
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n; each > 8<<10 {
		t.Errorf("a slow head costs %d bytes", each)
	}
	clock.advance(11 * time.Second)
	for _, nc := range clients {
		_ = nc.SetDeadline(time.Now().Add(patience))
		if b, err := io.ReadAll(nc); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 408 ") {
			t.Fatalf("got %.60q, %v", b, err)
		}
		_ = nc.Close()
	}
	eventually(t, "all are gone", func() bool { return ts.Stats().Open == 0 })
}

// TestReadBufferShrinks: the buffer that a large head needed in blocking mode does not stay
// with the connection.
func TestReadBufferShrinks(t *testing.T) {
	c := newTestConn(core.HandlerFunc(echoTarget))
	buf := make([]byte, readSizeSmall)
	for range 8 { // a head that goes on and on
		buf, _ = c.makeRoom(buf, buf)
	}
	if len(buf) < 128<<10 {
		t.Fatalf("a buffer of %d bytes does not take the largest head", len(buf))
	}
	buf, rest := c.makeRoom(buf, buf[len(buf)-10:])
	if len(buf) != readSizeSmall || len(rest) != 10 {
		t.Errorf("afterwards the buffer has %d bytes, %d in use", len(buf), len(rest))
	}
	if same, _ := c.makeRoom(buf, nil); &same[0] != &buf[0] {
		t.Error("a small buffer was replaced")
	}
}
