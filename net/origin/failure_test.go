package origin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

func TestTimeouts(t *testing.T) {
	const soon = 50 * time.Millisecond
	slow := serve(t, func(p *peer, _ int) {
		req := p.request()
		if req == nil {
			return
		}
		switch req.URL.Path {
		case "/body":
			p.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
		case "/chunk":
			p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4")
		case "/head":
			p.send("HTTP/1.1 200 OK\r\nConte")
		}
		p.gone()
	})
	c := client(t, Options{FirstByteTimeout: soon, IdleTimeout: soon})
	for _, path := range []string{"/", "/head"} {
		_, err := get(c, slow.url+path)
		if !errors.Is(err, core.ErrOriginTimeout) {
			t.Errorf("%s: %v", path, err)
		}
		mustContain(t, err, slow.addr)
	}
	for _, path := range []string{"/body", "/chunk"} {
		resp, err := get(c, slow.url+path)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := content(resp); body != "abc" || !errors.Is(err, core.ErrOriginTimeout) {
			t.Errorf("%s: %q %v", path, body, err)
		}
	}
	// The wait for the first byte starts when the request's body is complete, and not before.
	b := newStream(-1, "x")
	go func() {
		time.AfterFunc(2*soon, func() { b.end() })
	}()
	start := time.Now()
	if _, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: slow.url, Body: b}); !errors.Is(err, core.ErrOriginTimeout) {
		t.Error(err)
	}
	if d := time.Since(start); d < 2*soon {
		t.Errorf("gave up after %v, while the body was on its way", d)
	}
	// An origin that takes no more of the body.
	b = newStream(1 << 30)
	big := strings.Repeat("x", 1<<20)
	go func() {
		for {
			select {
			case b.chunks <- big:
			case <-b.closed:
				return
			}
		}
	}()
	stuck := serve(t, func(p *peer, _ int) { <-b.closed })
	if _, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: stuck.url, Body: b}); !errors.Is(err, core.ErrOriginTimeout) {
		t.Errorf("blocked upload: %v", err)
	}
	hang := client(t, Options{ConnectTimeout: soon, Dial: func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	_, err := get(hang, "http://192.0.2.1/")
	if !errors.Is(err, core.ErrOriginTimeout) {
		t.Errorf("connect: %v", err)
	}
	mustContain(t, err, "connect 192.0.2.1:80")
}

// TestStaleConnection: an origin closes a kept connection in the moment it is used again.
func TestStaleConnection(t *testing.T) {
	for _, tc := range []struct {
		name, method string
		body         func() core.Body
		retried      bool
	}{
		{"get", "GET", nil, true},
		{"put with bytes", "PUT", func() core.Body { return core.NewBytes([]byte("x")) }, true},
		{"put with many bytes", "PUT", func() core.Body { return core.NewBytes(make([]byte, 1<<20)) }, true},
		{"delete", "DELETE", nil, true},
		{"post without body", "POST", nil, false},
		{"post with bytes", "POST", func() core.Body { return core.NewBytes([]byte("x")) }, false},
		{"put with a stream", "PUT", func() core.Body { return newStream(-1, "x").end() }, false},
	} {
		for _, reset := range []bool{false, true} {
			name := tc.name + "/closed"
			if reset {
				name = tc.name + "/reset"
			}
			t.Run(name, func(t *testing.T) {
				srv := serve(t, func(p *peer, n int) {
					for i := 0; ; i++ {
						req := p.request()
						if req == nil {
							return
						}
						if n == 0 && i == 1 { // it had decided to close before this came
							if reset {
								p.reset()
							}
							return
						}
						_, _ = io.Copy(io.Discard, req.Body)
						p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
					}
				})
				c := client(t, Options{})
				if resp, err := get(c, srv.url); err != nil {
					t.Fatal(resp, err)
				}
				s := &core.Subrequest{Method: tc.method, URL: srv.url}
				if tc.body != nil {
					s.Body = tc.body()
				}
				resp, err := fetch(t.Context(), c, s)
				switch {
				case tc.retried && (err != nil || resp.Status != 200):
					t.Errorf("not sent again: %v", err)
				case !tc.retried && !errors.Is(err, core.ErrOriginDown):
					t.Errorf("sent again, or another error: %v %v", resp, err)
				}
				if s := c.Stats(); (s.Retried == 1) != tc.retried || s.Reused != 1 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

// TestDeadConnectionIsNoticed: nothing is sent on a connection that was closed, or spoken
// on, while it lay idle.
func TestDeadConnectionIsNoticed(t *testing.T) {
	for name, idle := range map[string]string{"closed": "", "spoken on": "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			next := make(chan struct{})
			over := make(chan struct{})
			srv := serve(t, func(p *peer, n int) {
				if p.request() == nil {
					return
				}
				p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				if n > 0 {
					p.gone()
					return
				}
				<-next
				if idle == "" {
					_ = p.Close()
				} else {
					p.send(idle)
				}
				close(over)
				if idle != "" {
					p.gone()
				}
			})
			c := client(t, Options{})
			if _, err := get(c, srv.url); err != nil {
				t.Fatal(err)
			}
			close(next)
			<-over
			resp, err := get(c, srv.url)
			if err != nil || resp.Status != 200 {
				t.Fatal(resp, err)
			}
			if s := c.Stats(); s.Opened != 2 || s.Reused != 0 || s.Retried != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestEarlyResponse: an origin answers before it has read the body.
func TestEarlyResponse(t *testing.T) {
	t.Run("and closes", func(t *testing.T) {
		srv := serve(t, func(p *peer, _ int) {
			if p.request() != nil {
				p.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
			}
		})
		c := client(t, Options{})
		b := newStream(-1, "x") // never ends
		resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: b})
		if err != nil || resp.Status != 413 {
			t.Fatal(resp, err)
		}
		if body, err := content(resp); err != nil || body != "big" {
			t.Errorf("%q %v", body, err)
		}
		<-b.closed
	})
	t.Run("and keeps the connection", func(t *testing.T) {
		srv := serve(t, func(p *peer, _ int) {
			if p.request() != nil {
				p.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")
				p.gone()
			}
		})
		c := client(t, Options{})
		b := newStream(1000, "x")
		resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: b})
		if err != nil || resp.Status != 200 {
			t.Fatal(resp, err)
		}
		<-b.closed
		if !errors.Is(b.why, core.ErrAbandoned) {
			t.Errorf("body closed with %v", b.why)
		}
		if s := c.Stats(); s.Idle != 0 {
			t.Errorf("a connection with half a request on it was kept: %+v", s)
		}
	})
	t.Run("while both bodies go on", func(t *testing.T) {
		srv := serve(t, func(p *peer, _ int) {
			req := p.request()
			if req == nil {
				return
			}
			p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			var one [1]byte
			for {
				if _, err := io.ReadFull(req.Body, one[:]); err != nil {
					break
				}
				p.send("1\r\n" + string(one[:]) + "\r\n")
			}
			p.send("0\r\n\r\n")
			p.gone()
		})
		c := client(t, Options{})
		b := newStream(-1)
		resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: b})
		if err != nil {
			t.Fatal(err)
		}
		rd := core.Reader(resp.Body)
		var one [1]byte
		for _, letter := range "duplex" {
			b.chunks <- string(letter)
			if _, err := io.ReadFull(rd, one[:]); err != nil || rune(one[0]) != letter {
				t.Fatalf("%q %v", one, err)
			}
		}
		b.end()
		if n, err := rd.Read(one[:]); err != io.EOF {
			t.Errorf("%d %v", n, err)
		}
		settled(t, c, 1)
	})
	t.Run("in the middle of a body in memory", func(t *testing.T) {
		srv := serve(t, func(p *peer, _ int) {
			if p.request() != nil {
				p.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
				p.gone()
			}
		})
		c := client(t, Options{})
		resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: core.NewBytes(make([]byte, 32<<20))})
		if err != nil || resp.Status != 413 {
			t.Fatal(resp, err)
		}
	})
}

// TestBrokenUpload: a request body that fails must never look complete to the origin.
func TestBrokenUpload(t *testing.T) {
	ends := make(chan error, 1)
	srv := serve(t, func(p *peer, _ int) {
		req := p.request()
		if req == nil {
			return
		}
		_, err := io.Copy(io.Discard, req.Body)
		ends <- err
	})
	c := client(t, Options{})
	why := errors.New("the client is gone")
	failing := newStream(-1, "abc")
	failing.err = why
	for _, tc := range []struct {
		name string
		body *stream
		want string
	}{
		{"chunked body fails", failing.end(), why.Error()},
		{"too short", newStream(10, "abc").end(), "7 bytes before its length"},
		{"too long", newStream(2, "abc").end(), "longer than its length"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: tc.body})
			mustContain(t, err, tc.want)
			<-tc.body.closed
			if err := <-ends; err == nil {
				t.Error("the origin saw a complete body")
			}
		})
	}
}

func TestOriginDown(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	c := client(t, Options{})
	b := newStream(-1)
	_, err = fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: "http://" + addr, Body: b})
	if !errors.Is(err, core.ErrOriginDown) {
		t.Error(err)
	}
	mustContain(t, err, addr, "refused")
	<-b.closed
	srv := serve(t, func(p *peer, _ int) { p.request(); p.reset() })
	if _, err := get(c, srv.url); !errors.Is(err, core.ErrOriginDown) {
		t.Error(err)
	}
}
