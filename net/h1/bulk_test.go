package h1

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gannet/core"
)

// readHead reads a response's head; its content is the caller's to read.
func readHead(c *client) (*http.Response, error) {
	return http.ReadResponse(c.r, &http.Request{Method: "GET"})
}

func readN(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBulkRoundTrip has a connection leave its loop and come back, several times.
func TestBulkRoundTrip(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		switch {
		case x.Request.Body != nil:
			respond(x, x.Request.Body) // echo, natively
		case strings.HasPrefix(x.Request.Target, "/down/"):
			n, _ := strconv.ParseInt(x.Request.Target[len("/down/"):], 10, 64)
			respond(x, &syncBody{total: n, chunk: make([]byte, 10000)})
		default:
			echoTarget(x)
		}
	})
	c := ts.dial()
	for round := range 3 {
		c.send(get("/small"))
		c.expect(200, "GET /small")
		// Requests behind a long response wait their turn.
		c.send(get("/down/3000000") + get("/behind"))
		if _, got := c.response("GET"); len(got) != 3000000 {
			t.Fatalf("round %d: got %d bytes", round, len(got))
		}
		c.expect(200, "GET /behind")
		content := strings.Repeat("0123456789", 100000)
		go c.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + content)
		c.expect(200, content)
		go c.send("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n" + content + "\r\n0\r\n\r\n")
		c.expect(200, content)
	}
	eventually(t, "the connection comes back to its loop", func() bool { return ts.onLoops() == 1 })
	if s := ts.Stats(); s.Bulk < 3 || s.Open != 1 {
		t.Errorf("stats %+v", s)
	}
	c.send(get("/small"))
	c.expect(200, "GET /small")
}

// onLoops counts the connections that are on loops now.
func (ts *testServer) onLoops() int {
	n := 0
	for _, l := range ts.loops {
		got := make(chan int, 1)
		if l.post(func() { got <- len(l.conns) }) {
			n += <-got
		}
	}
	return n
}

// TestManySmallToSlowReader: a client that sends and does not read must not have us pile
// up answers.
func TestManySmallToSlowReader(t *testing.T) {
	content := strings.Repeat("x", 60<<10)
	ts := serveFunc(t, func(x *core.Exchange) { x.Respond(text(200, content)) })
	c := ts.dial()
	const n = 400 // 24 MB, beyond any socket buffer
	go c.send(strings.Repeat(get("/"), n))
	eventually(t, "the client is waited for", func() bool { return ts.Stats().Bulk > 0 })
	if got := ts.Stats().Requests; got > n-maxPipeline {
		t.Errorf("%d of %d requests were taken while the client read nothing", got, n)
	}
	for range n {
		c.expect(200, content)
	}
}

// heapNow is the live heap in bytes.
func heapNow() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestSlowSidesCostLittle: a long upload to a slow reader and a long download by a slow
// client each hold less than 1 MiB.
func TestSlowSidesCostLittle(t *testing.T) {
	const each, limit, conns = 1 << 30, 1 << 20, 8
	uploads := make(chan *core.Exchange, conns)
	chunk := make([]byte, 32<<10)
	ts := serveFunc(t, func(x *core.Exchange) {
		if x.Request.Body != nil {
			x.Request.Body.Next(func(b []byte, err error) {}) // one chunk, and then no more
			uploads <- x
			return
		}
		respond(x, &syncBody{total: each, chunk: chunk})
	})
	var clients []*client
	var waiting []*core.Exchange
	var stalled sync.WaitGroup
	before := heapNow()
	for range conns {
		up, down := ts.dial(), ts.dial()
		clients = append(clients, up, down)
		stalled.Add(1)
		go func() {
			defer stalled.Done()
			_, _ = io.WriteString(up, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "+strconv.Itoa(each)+"\r\n\r\n")
			for sent := 0; ; sent += len(chunk) {
				_ = up.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
				if _, err := up.Write(chunk); err != nil {
					return
				}
				if sent > 64<<20 {
					t.Error("the server reads what nobody asks for")
					return
				}
			}
		}()
		down.send(get("/"))
		waiting = append(waiting, <-uploads)
	}
	eventually(t, "all are in bulk mode", func() bool { return ts.Stats().Bulk >= 2*conns })
	stalled.Wait() // the server has stopped reading, and has had the time to pile up megabytes
	if got := heapNow() - before; got > 2*conns*limit {
		t.Errorf("%d transfers hold %d bytes, %d each", 2*conns, got, got/(2*conns))
	} else {
		t.Logf("%d bytes per transfer", got/(2*conns))
	}
	for _, c := range clients {
		_ = c.Close()
	}
	for _, x := range waiting {
		x.Respond(text(200, ""))
	}
}

// BenchmarkBulk measures long content, client included.
func BenchmarkBulk(b *testing.B) {
	const size = 1 << 30
	chunk := make([]byte, 64<<10)
	ts := startServer(b, Options{Handler: core.HandlerFunc(func(x *core.Exchange) {
		if x.Request.Body == nil {
			respond(x, &syncBody{total: size, chunk: chunk})
			return
		}
		go func() {
			n, err := io.Copy(io.Discard, core.Reader(x.Request.Body))
			if n != size || err != nil {
				b.Errorf("got %d, %v", n, err)
			}
			x.Respond(text(200, "ok"))
		}()
	})})
	b.Run("direction=down", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			resp, err := http.Get("http://" + ts.addr + "/")
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, resp.Body); n != size || err != nil {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("direction=up", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			req, _ := http.NewRequest("POST", "http://"+ts.addr+"/", io.NopCloser(core.Reader(&syncBody{total: size, chunk: chunk})))
			req.ContentLength = size
			resp, err := http.DefaultClient.Do(req)
			if err != nil || resp.StatusCode != 200 {
				b.Fatal(resp, err)
			}
			_ = resp.Body.Close()
		}
	})
	http.DefaultClient.CloseIdleConnections()
}
