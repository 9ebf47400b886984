package h1

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"gannet/core"
)

// exchangeAll runs input through a connection without transport, given in pieces, and
// returns all it answers. The handler answers with method, target and content.
func exchangeAll(t *testing.T, in []byte, piece int) string {
	c := newTestConn(core.HandlerFunc(func(x *core.Exchange) {
		answer := func(content []byte, err error) {
			x.Respond(text(200, fmt.Sprintf("%s %s %q %v", x.Request.Method, x.Request.Target, content, err)))
		}
		if x.Request.Body == nil {
			answer(nil, nil)
			return
		}
		var content []byte
		var next func([]byte, error)
		next = func(chunk []byte, err error) {
			content = append(content, chunk...)
			if err != nil {
				if err == io.EOF {
					err = nil
				}
				answer(content, err)
				return
			}
			x.Request.Body.Next(next)
		}
		x.Request.Body.Next(next)
	}))
	c.now = time.Unix(0, 0)
	in = bytes.Clone(in) // feed writes to it
	l := &loop{srv: c.srv}
	c.loop = l
	var out []byte
	pump := func() {
		for {
			for s := l.queue.takeAll(); s != nil; {
				next := s.queued
				c.hear(s)
				s = next
			}
			c.advance()
			c.cut()
			for _, seg := range c.segs {
				out = append(out, seg...)
			}
			c.segs, c.out, c.from = nil, nil, 0
			if !c.stalled || c.inFlight > maxPipeline/2 {
				return
			}
			c.refeed()
		}
	}
	for len(in) > 0 && !c.closing {
		n := min(piece, len(in))
		if len(c.held) > 0 {
			c.held = append(c.held, in[:n]...)
			c.refeed()
		} else if used := c.feed(in[:n]); used < n {
			c.held = append(c.held, in[used:n]...)
		}
		in = in[n:]
		pump()
	}
	return string(out)
}

// FuzzConn: what is answered does not depend on how the input is cut, but for the 100
// Continue that a client waits for only if it has not sent on; and there are as many
// answers as net/http sees requests, if it accepts them.
func FuzzConn(f *testing.F) {
	f.Add([]byte(get("/a")+"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"+get("/c")), 1)
	f.Add([]byte("POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"+get("/c")+"bad\r\n"), 3)
	f.Add([]byte("HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\nGET / HTTP/1.1"), 7)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 2)
	f.Fuzz(func(t *testing.T, in []byte, piece int) {
		if bytes.Contains(bytes.ToLower(in), []byte("expect")) {
			return
		}
		whole := exchangeAll(t, in, max(len(in), 1))
		if got := exchangeAll(t, in, 1+max(piece, 0)%61); got != whole {
			t.Fatalf("whole: %q\nin pieces: %q", whole, got)
		}
		ours := bufio.NewReader(bytes.NewReader([]byte(whole)))
		std := bufio.NewReader(bytes.NewReader(in))
		for {
			if b, _ := std.Peek(2); string(b) == "\r\n" {
				_, _ = std.Discard(2)
			}
			req, err := http.ReadRequest(std)
			if err != nil {
				return
			}
			content, err := io.ReadAll(req.Body)
			if err != nil {
				return
			}
			resp, err := http.ReadResponse(ours, req)
			if err != nil {
				return // we had stopped at something that net/http takes
			}
			got, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 200 || resp.Close {
				return
			}
			if want := fmt.Sprintf("%q <nil>", content); req.Method != "HEAD" && !bytes.HasSuffix(got, []byte(want)) {
				t.Fatalf("net/http saw content %q, we answered %q", content, got)
			}
		}
	})
}
