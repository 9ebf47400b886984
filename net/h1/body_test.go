package h1

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

// A stepBody is content that a test gives chunk by chunk.
type stepBody struct {
	length int64
	asked  chan func([]byte, error)
	closed chan error
}

func newStepBody(length int64) *stepBody {
	return &stepBody{length, make(chan func([]byte, error), 1), make(chan error, 4)}
}

func (b *stepBody) Length() int64                 { return b.length }
func (b *stepBody) Next(done func([]byte, error)) { b.asked <- done }
func (b *stepBody) Close(err error)               { b.closed <- err }

// give answers the pull that is under way, or the next one.
func (b *stepBody) give(t *testing.T, chunk string, err error) {
	t.Helper()
	select {
	case done := <-b.asked:
		done([]byte(chunk), err)
	case <-time.After(patience):
		t.Fatal("nobody asked for content")
	}
}

func (b *stepBody) waitClosed(t *testing.T) error {
	t.Helper()
	select {
	case err := <-b.closed:
		return err
	case <-time.After(patience):
		t.Fatal("the content was not closed")
		return nil
	}
}

// syncBody gives total bytes in chunks, each within Next.
type syncBody struct {
	total, given int64
	chunk        []byte
}

func (b *syncBody) Length() int64 { return b.total }
func (b *syncBody) Next(done func([]byte, error)) {
	n := min(int64(len(b.chunk)), b.total-b.given)
	if n == 0 {
		done(nil, io.EOF)
		return
	}
	b.given += n
	done(b.chunk[:n], nil)
}
func (b *syncBody) Close(error) {}

func respond(x *core.Exchange, b core.Body) { x.Respond(&core.Response{Status: 200, Body: b}) }

func TestStreamedResponses(t *testing.T) {
	var body atomic.Pointer[stepBody]
	ts := serveFunc(t, func(x *core.Exchange) {
		if x.Request.Target == "/text" {
			echoTarget(x)
			return
		}
		respond(x, body.Load())
	})
	for _, length := range []int64{-1, 10} {
		b := newStepBody(length)
		body.Store(b)
		c := ts.dial()
		c.send(get("/") + get("/text"))
		// Each chunk reaches the client before the next is asked for, which is what an event
		// stream needs.
		b.give(t, "hello", nil)
		resp, err := readHead(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := readN(t, resp.Body, 5); got != "hello" {
			t.Errorf("got %q", got)
		}
		b.give(t, "world", nil)
		if got := readN(t, resp.Body, 5); got != "world" {
			t.Errorf("got %q", got)
		}
		b.give(t, "", io.EOF)
		if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || err != nil {
			t.Errorf("got %q, %v behind the end", rest, err)
		}
		c.expect(200, "GET /text")
	}
}

func TestResponseCutShort(t *testing.T) {
	var body atomic.Pointer[stepBody]
	ts := serveFunc(t, func(x *core.Exchange) { respond(x, body.Load()) })
	for _, c := range []struct {
		name   string
		length int64
		chunk  string
		err    error
	}{
		{"error while chunked", -1, "", errors.New("origin died")},
		{"error with a length", 10, "", errors.New("origin died")},
		{"shorter than said", 10, "", io.EOF},
		{"longer than said", 10, "0123456789", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newStepBody(c.length)
			body.Store(b)
			cl := ts.dial()
			cl.send(get("/"))
			b.give(t, "hello", nil)
			b.give(t, c.chunk, c.err)
			resp, err := readHead(cl)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); err == nil || string(got) != "hello" {
				t.Errorf("got %q, %v: the client was not told", got, err)
			}
		})
	}
}

func TestClientGone(t *testing.T) {
	var body atomic.Pointer[stepBody]
	exchanges := make(chan *core.Exchange, 1)
	ts := serveFunc(t, func(x *core.Exchange) {
		exchanges <- x
		if x.Request.Target == "/stream" {
			respond(x, body.Load())
		}
	})
	tlsAddr := ts.listenTLS()
	for _, path := range []string{"/stream", "/wait"} {
		for _, kind := range []string{"loop", "tls"} {
			t.Run(kind+path, func(t *testing.T) {
				b := newStepBody(-1)
				body.Store(b)
				c := ts.dial()
				raw := c.Conn
				if kind == "tls" {
					c = ts.dialTLS(tlsAddr)
					raw = c.Conn.(interface{ NetConn() net.Conn }).NetConn()
				}
				c.send(get(path))
				x := <-exchanges
				if path == "/stream" {
					b.give(t, "hello", nil)
				}
				gone := make(chan error, 1)
				x.OnCancel(func(err error) { gone <- err })
				_ = raw.(*net.TCPConn).SetLinger(0) // close by a reset
				_ = raw.Close()
				select {
				case err := <-gone:
					if err != core.ErrClientGone {
						t.Errorf("cancelled with %v", err)
					}
				case <-time.After(patience):
					t.Fatal("the exchange was not cancelled")
				}
				if path == "/stream" {
					if err := b.waitClosed(t); err != core.ErrClientGone {
						t.Errorf("content closed with %v", err)
					}
					return
				}
				respond(x, b)
				if err := b.waitClosed(t); err == nil {
					t.Error("content closed without an error")
				}
			})
		}
	}
}

func TestHalfClose(t *testing.T) {
	exchanges := make(chan *core.Exchange, 2)
	ts := serveFunc(t, func(x *core.Exchange) { exchanges <- x })
	c := ts.dial()
	c.send(get("/1") + get("/2"))
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	first, second := <-exchanges, <-exchanges
	eventually(t, "the FIN is seen", func() bool { return ts.Stats().Bulk > 0 })
	second.Respond(text(200, "two"))
	first.Respond(text(200, "one"))
	c.expect(200, "one")
	if resp := c.expect(200, "two"); !resp.Close {
		t.Error("no Connection: close to a client that can send no more")
	}
	c.expectClosed()
}

// TestHalfCloseWhileStreaming: the FIN comes when the head of the response, which could not
// know, is on its way already.
func TestHalfCloseWhileStreaming(t *testing.T) {
	b := newStepBody(-1)
	ts := serveFunc(t, func(x *core.Exchange) { respond(x, b) })
	c := ts.dial()
	c.send(get("/"))
	b.give(t, "hello", nil)
	resp, err := readHead(c)
	if err != nil {
		t.Fatal(err)
	}
	if got := readN(t, resp.Body, 5); got != "hello" {
		t.Errorf("got %q", got)
	}
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	eventually(t, "the FIN is seen", func() bool { return ts.Stats().Bulk > 0 })
	b.give(t, "world", nil)
	b.give(t, "", io.EOF)
	if rest, err := io.ReadAll(resp.Body); string(rest) != "world" || err != nil {
		t.Errorf("got %q, %v", rest, err)
	}
	c.expectClosed()
}

func TestContinue(t *testing.T) {
	bodies := make(chan *core.Exchange, 1)
	ts := serveFunc(t, func(x *core.Exchange) { bodies <- x })
	head := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
	t.Run("asked for", func(t *testing.T) {
		c := ts.dial()
		c.send(head)
		x := <-bodies
		if x.Request.Fields.Has("Expect") {
			t.Error("Expect was passed on")
		}
		go func() {
			b, err := io.ReadAll(core.Reader(x.Request.Body))
			x.Respond(text(200, fmt.Sprint(string(b), err)))
		}()
		if line, _, err := c.r.ReadLine(); err != nil || string(line) != "HTTP/1.1 100 Continue" {
			t.Fatalf("got %q, %v", line, err)
		}
		_, _, _ = c.r.ReadLine()
		c.send("hello")
		c.expect(200, "hello<nil>")
		c.send(get("/"))
		echoTarget(<-bodies)
		c.expect(200, "GET /")
	})
	t.Run("not asked for", func(t *testing.T) {
		c := ts.dial()
		c.send(head)
		(<-bodies).Respond(text(401, "no"))
		if resp := c.expect(401, "no"); !resp.Close {
			t.Error("the connection goes on, though nobody knows whether content comes")
		}
		c.expectClosed()
	})
	t.Run("not waited for", func(t *testing.T) {
		c := ts.dial()
		c.send(head + "hel")
		x := <-bodies
		go func() {
			b, err := io.ReadAll(core.Reader(x.Request.Body))
			x.Respond(text(200, fmt.Sprint(string(b), err)))
		}()
		c.send("lo")
		resp, got := c.response("POST")
		if resp.StatusCode == 100 { // allowed: it may have been asked for before it came
			_, got = c.response("POST")
		}
		if got != "hello<nil>" {
			t.Errorf("got %q", got)
		}
	})
}

func TestBodyTooLarge(t *testing.T) {
	ts := startServer(t, Options{MaxBody: 10, Handler: core.HandlerFunc(func(x *core.Exchange) {
		go func() {
			_, err := io.ReadAll(core.Reader(x.Request.Body))
			x.Respond(text(200, fmt.Sprint(err)))
		}()
	})})
	c := ts.dial()
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
	c.expect(413, "")
	c.expectClosed()
	c = ts.dial()
	c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\nworld!\r\n")
	c.expect(413, "")
	c.expectClosed()
	c = ts.dial()
	c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	c.expect(200, "<nil>")
	c = ts.dial()
	c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n")
	c.expect(400, "")
	c.expectClosed()
}

// TestUnreadContent: an answer that does not wait for content leaves the connection
// usable if there is little of it, and reaches the client in any case.
func TestUnreadContent(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) { x.Respond(text(200, x.Request.Target)) })
	tlsAddr := ts.listenTLS()
	for _, dial := range []func() *client{ts.dial, func() *client { return ts.dialTLS(tlsAddr) }} {
		c := dial()
		c.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
		c.expect(200, "/small")
		c.send(strings.Repeat("x", 100000) + get("/next"))
		c.expect(200, "/next")
		c.send("POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.expect(200, "/chunked")
		c.send("5\r\nhello\r\n0\r\n\r\n" + get("/next"))
		c.expect(200, "/next")
		c.send("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
		if resp := c.expect(200, "/large"); !resp.Close {
			t.Error("the connection goes on before 100 MB that nobody wants")
		}
		_, _ = io.WriteString(c, strings.Repeat("x", 100000)) // no reset before the response is read
		c.expectClosed()
	}
}

func TestClientAbortsContent(t *testing.T) {
	result := make(chan error, 1)
	ts := serveFunc(t, func(x *core.Exchange) {
		go func() {
			_, err := io.ReadAll(core.Reader(x.Request.Body))
			result <- err
			x.Respond(text(200, ""))
		}()
	})
	for _, length := range []string{"5", "1000000"} { // on the loop, and in bulk mode
		c := ts.dial()
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\nhe")
		_ = c.Close()
		select {
		case err := <-result:
			if err == nil {
				t.Error("content that was cut short ended well")
			}
		case <-time.After(patience):
			t.Fatal("the reader waits for ever")
		}
	}
}

// TestTinyChunks: chunks of one octet reach their reader together, on a loop and in
// blocking mode, and a fault behind some is still found.
func TestTinyChunks(t *testing.T) {
	type got struct {
		content string
		pieces  int
		err     error
	}
	results := make(chan got, 1)
	ts := serveFunc(t, func(x *core.Exchange) {
		b := x.Request.Body
		if b == nil {
			echoTarget(x)
			return
		}
		var g got
		var next func()
		next = func() {
			b.Next(func(chunk []byte, err error) {
				if err != nil {
					g.err = err
					results <- g
					respond(x, nil)
					return
				}
				g.content += string(chunk)
				g.pieces++
				go next()
			})
		}
		next()
	})
	const n = 2000
	chunks := strings.Repeat("1\r\nx\r\n", n)
	head := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	tlsAddr := ts.listenTLS()
	for name, dial := range map[string]func() *client{"loop": ts.dial, "blocking": func() *client { return ts.dialTLS(tlsAddr) }} {
		c := dial()
		c.send(head + chunks + "0\r\nX-Trailer: 1\r\n\r\n" + get("/next"))
		g := <-results
		if g.content != strings.Repeat("x", n) || g.err != io.EOF || g.pieces > n/20 {
			t.Errorf("%s: %d octets in %d pieces, %v", name, len(g.content), g.pieces, g.err)
		}
		c.expect(200, "")
		c.expect(200, "GET /next")

		c = dial()
		c.send(head + chunks + "1\r\nx!\r\n" + get("/smuggled"))
		if g := <-results; len(g.content) != n && len(g.content) != n+1 || g.err == nil || g.err == io.EOF {
			t.Errorf("%s: %d octets before the fault, %v", name, len(g.content), g.err)
		}
		c.expect(400, "400")
		c.expectClosed()
	}
}
