package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

// TestHostileOrigins: whatever an origin sends, a fetch ends within the time-outs, with the
// content or a visible fault, and nothing of it is taken for the response to another
// request.
func TestHostileOrigins(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	flood := func(piece string) func(p *peer) {
		return func(p *peer) {
			for range 1 << 20 {
				if _, err := io.WriteString(p.Conn, piece); err != nil {
					return
				}
			}
		}
	}
	drip := func(first, piece string) func(p *peer) {
		return func(p *peer) {
			p.send(first)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := io.WriteString(p.Conn, piece); err != nil {
					return
				}
			}
		}
	}
	send := func(s string) func(p *peer) { return func(p *peer) { p.send(s); p.gone() } }
	sendAndClose := func(s string) func(p *peer) { return func(p *peer) { p.send(s) } }
	// What a case comes to.
	const (
		refused = "refused"  // no response
		broken  = "broken"   // a response, and then an error
		content = "content " // a whole response with the content behind it
	)
	for _, c := range []struct {
		name, method string
		run          func(p *peer)
		want         string
	}{
		{"silence", "GET", send(""), refused},
		{"hang-up", "GET", sendAndClose(""), refused},
		{"endless fields", "GET", func(p *peer) { p.send(head); flood("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")(p) }, refused},
		{"an endless field", "GET", func(p *peer) { p.send(head + "X: "); flood(strings.Repeat("y", 4096))(p) }, refused},
		{"an endless status-line", "GET", func(p *peer) { p.send("HTTP/1.1 200 "); flood(strings.Repeat("y", 4096))(p) }, refused},
		{"endless interim responses", "GET", flood("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), refused},
		{"dripping head", "GET", drip(head+"X: ", "y"), refused},
		{"dripping interim responses", "GET", drip("", "HTTP/1.1 100 Continue\r\n\r\n"), refused},
		{"HTTP/0.9", "GET", sendAndClose("<html>"), refused},
		{"HTTP/2", "GET", send("\x00\x00\x12\x04\x00\x00\x00\x00\x00"), refused},
		{"TLS alert", "GET", send("\x15\x03\x03\x00\x02\x02\x28"), refused},
		{"a status of two digits", "GET", send("HTTP/1.1 20 OK\r\n\r\n"), refused},
		{"a status below 100", "GET", send("HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"), refused},
		{"a status beyond 599", "GET", send("HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n"), refused},
		{"switching unasked", "GET", send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"), refused},
		{"NUL in a field", "GET", send(head + "X: a\x00b\r\nContent-Length: 0\r\n\r\n"), refused},
		{"NUL in the reason", "GET", send("HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n"), refused},
		{"bare CR in a field", "GET", send(head + "X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"), refused},
		{"two lengths", "GET", send(head + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"), refused},
		{"a length with a sign", "GET", send(head + "Content-Length: +4\r\n\r\nabcd"), refused},
		{"a length of 20 digits", "GET", send(head + "Content-Length: 99999999999999999999\r\n\r\nabcd"), refused},
		{"an unknown coding", "GET", send(head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), refused},
		{"chunked twice", "GET", send(head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), refused},
		{"folded framing", "GET", send(head + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), refused},
		{"many connection options", "GET", send(head + "Connection: " + strings.Repeat("a,", 10_000) + "\r\nContent-Length: 0\r\n\r\n"), refused},

		{"shorter than its length", "GET", sendAndClose(head + "Content-Length: 10\r\n\r\nabc"), broken},
		{"shorter than its length, and silence", "GET", send(head + "Content-Length: 10\r\n\r\nabc"), broken},
		{"reset in the content", "GET", func(p *peer) { p.send(head + "Content-Length: 10\r\n\r\nabc"); p.reset() }, broken},
		{"no last chunk", "GET", sendAndClose(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), broken},
		{"a chunk of an exabyte", "GET", send(head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nabc"), broken},
		{"a chunk of more", "GET", send(head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc"), broken},
		{"a negative chunk", "GET", send(head + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc"), broken},
		{"endless chunk extensions", "GET", func(p *peer) {
			p.send(head + "Transfer-Encoding: chunked\r\n\r\n")
			flood("1;" + strings.Repeat("e", 500) + "\r\nx\r\n")(p)
		}, broken},
		{"endless trailers", "GET", func(p *peer) {
			p.send(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n")
			flood("X: yyyyyyyyyyyyyyyy\r\n")(p)
		}, broken},
		{"chunk-data without an end", "GET", send(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"), broken},

		{"a response more", "GET", send(head + "Content-Length: 4\r\n\r\nabcd" + evil), content + "abcd"},
		{"a response more, chunked", "GET", send(head + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n" + evil), content + "abcd"},
		{"a response more, later", "GET", func(p *peer) { p.send(head + "Content-Length: 4\r\n\r\nabcd"); p.send(evil); p.gone() }, content + "abcd"},
		{"length and chunked", "GET", send(head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), content + "abc"},
		{"no content, with content", "GET", send("HTTP/1.1 204 No Content\r\nContent-Length: 65\r\n\r\n" + evil), content},
		{"not modified, with content", "GET", send("HTTP/1.1 304 Not Modified\r\nContent-Length: 65\r\n\r\n" + evil), content},
		{"head, with content", "HEAD", send(head + "Content-Length: 65\r\n\r\n" + evil), content},
		{"head, chunked, with content", "HEAD", send(head + "Transfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n"), content},
		{"keep-alive, and closed", "GET", sendAndClose(head + "Connection: keep-alive\r\nContent-Length: 4\r\n\r\nabcd"), content + "abcd"},
		{"closed, and kept", "GET", send(head + "Connection: close\r\nContent-Length: 4\r\n\r\nabcd"), content + "abcd"},
		{"until close", "GET", sendAndClose("HTTP/1.0 200 OK\r\n\r\nabcd"), content + "abcd"},
		{"splitting by a fold", "GET", sendAndClose(head + "X: a\r\n Set-Cookie: b\r\nContent-Length: 4\r\n\r\nabcd"), content + "abcd"},
		{"16 interim responses", "GET", sendAndClose(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 16) + head + "Content-Length: 4\r\n\r\nabcd"), content + "abcd"},
		{"chunks of one octet", "GET", sendAndClose(head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 5000) + "0\r\n\r\n"), content + strings.Repeat("x", 5000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, func(p *peer, _ int) {
				for {
					req := p.request()
					switch {
					case req == nil:
						return
					case req.URL.Path == "/evil":
						c.run(p)
						return
					}
					p.send(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(req.URL.Path), req.URL.Path))
				}
			})
			cl := client(t, Options{FirstByteTimeout: 200 * time.Millisecond, IdleTimeout: 200 * time.Millisecond})
			for i := range 2 {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				got, err := outcome(ctx, cl, c.method, srv.url+"/evil")
				if errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
					t.Errorf("took %v: %v", time.Since(began), err)
				}
				cancel()
				if !strings.HasPrefix(c.want, content) {
					got, _, _ = strings.Cut(got, " ")
				}
				if got != c.want {
					t.Errorf("%.100q (%v), want %.100q", got, err, c.want)
				}
				path := fmt.Sprintf("/good/%d", i)
				if got, err := outcome(t.Context(), cl, "GET", srv.url+path); got != content+path {
					t.Errorf("the next request got %.100q, %v", got, err)
				}
			}
		})
	}
}

// outcome fetches, and says what came of it.
func outcome(ctx context.Context, c *Client, method, url string) (string, error) {
	resp, err := fetch(ctx, c, &core.Subrequest{Method: method, URL: url})
	if err != nil {
		return "refused", err
	}
	b, err := content(resp)
	if err != nil {
		return "broken " + b, err
	}
	return "content " + b, nil
}

// TestManyHosts: a worker can name any number of hosts; the connections kept for them are
// bounded all the same.
func TestManyHosts(t *testing.T) {
	srv := replies(t, okReply, false)
	names := make([]string, 0, 40)
	for i := range 20 {
		names = append(names, fmt.Sprintf("h%d.test", i), srv.addr)
	}
	c := client(t, Options{MaxIdle: 8, Policy: pins(names...)})
	for round := range 2 {
		for i := range 20 {
			if got, err := outcome(t.Context(), c, "GET", fmt.Sprintf("http://h%d.test/", i)); got != "content ok" {
				t.Fatalf("%q %v", got, err)
			}
			if s := c.Stats(); s.Idle != min(20*round+i+1, 8) {
				t.Fatalf("%+v after %d hosts", s, i+1)
			}
		}
	}
}
