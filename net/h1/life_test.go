package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

// panicBody panics when it is asked for content.
type panicBody struct{ after int }

func (b *panicBody) Length() int64 { return -1 }
func (b *panicBody) Next(done func([]byte, error)) {
	if b.after--; b.after < 0 {
		panic("planted in a body")
	}
	done([]byte("hello"), nil)
}
func (b *panicBody) Close(error) {}

// lines collects log lines.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestPanics: a panic in other people's code ends the connection it was for, is logged
// with its stack, and nothing else.
func TestPanics(t *testing.T) {
	var log lines
	cancelled := make(chan *core.Exchange, 1)
	ts := startServer(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Loops: 1,
		Handler: core.HandlerFunc(func(x *core.Exchange) {
			switch x.Request.Target {
			case "/handler":
				panic("planted in a handler")
			case "/answered":
				echoTarget(x)
				panic("planted behind an answer")
			case "/body":
				respond(x, &panicBody{after: 1})
			case "/cancel":
				x.OnCancel(func(error) { panic("planted in a cancel function") })
				cancelled <- x
			default:
				echoTarget(x)
			}
		})})
	tlsAddr := ts.listenTLS()
	for _, dial := range []func() *client{ts.dial, func() *client { return ts.dialTLS(tlsAddr) }} {
		bystander := dial()
		bystander.send(get("/"))
		bystander.expect(200, "")

		c := dial()
		c.send(get("/handler"))
		c.expect(500, "")
		c.expectClosed()

		c = dial()
		c.send(get("/answered"))
		c.expect(200, "")
		c.expectClosed()

		c = dial()
		c.send(get("/body"))
		resp, err := readHead(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Error("content cut by a panic ended well")
		}

		c = dial()
		c.send(get("/cancel"))
		exchange := <-cancelled
		raw := c.Conn
		if tc, ok := raw.(interface{ NetConn() net.Conn }); ok {
			raw = tc.NetConn()
		}
		_ = raw.(*net.TCPConn).SetLinger(0)
		_ = raw.Close()
		eventually(t, "the exchange is cancelled", func() bool { return exchange.Err() != nil })

		bystander.send(get("/after"))
		bystander.expect(200, "GET /after")
	}
	for _, want := range []string{"planted in a handler", "planted behind an answer", "planted in a body", "planted in a cancel", "life_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not have %q", want)
		}
	}
	if got := ts.Stats().Panics; got < 6 {
		t.Errorf("%d panics counted", got)
	}
}

// TestInvalidResponses: what a handler must not give is answered 500.
func TestInvalidResponses(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		switch x.Request.Target {
		case "/nil":
			x.Respond(nil)
		case "/101":
			x.Respond(text(101, ""))
		case "/twice":
			x.Respond(text(200, "one"))
			x.Respond(text(200, "two"))
		}
	})
	for path, status := range map[string]int{"/nil": 500, "/101": 500, "/twice": 200} {
		c := ts.dial()
		c.send(get(path))
		c.expect(status, "")
	}
}

// TestShutdownUnderLoad: no request is lost, whichever way the connections are served.
func TestShutdownUnderLoad(t *testing.T) {
	for _, kind := range []string{"loop", "tls"} {
		t.Run(kind, func(t *testing.T) {
			ts := startServer(t, Options{DrainGrace: 300 * time.Millisecond, Handler: core.HandlerFunc(func(x *core.Exchange) {
				if x.Request.Target == "/later" {
					time.AfterFunc(time.Millisecond, func() { echoTarget(x) })
					return
				}
				echoTarget(x)
			})})
			dial := ts.dial
			if kind == "tls" {
				addr := ts.listenTLS()
				dial = func() *client { return ts.dialTLS(addr) }
			}
			const clients = 16
			var wg sync.WaitGroup
			var answered atomic.Int64
			warm := make(chan struct{}, clients)
			for i := range clients {
				c := dial()
				path := []string{"/now", "/later"}[i%2]
				wg.Add(1)
				go func() {
					defer wg.Done()
					for n := 0; ; n++ {
						if n == 20 {
							warm <- struct{}{}
						}
						if _, err := io.WriteString(c, get(path)); err != nil {
							t.Errorf("request %d: %v", n, err)
							return
						}
						resp, err := readHead(c)
						if err != nil {
							t.Errorf("request %d was lost: %v", n, err)
							return
						}
						if _, err := io.Copy(io.Discard, resp.Body); err != nil {
							t.Errorf("request %d: %v", n, err)
							return
						}
						answered.Add(1)
						if resp.Close {
							return
						}
					}
				}()
			}
			for range clients {
				<-warm
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := ts.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
			wg.Wait()
			if s := ts.Stats(); s.Responses != answered.Load() || s.Open != 0 {
				t.Errorf("%d answers arrived; stats %+v", answered.Load(), s)
			}
			if _, err := net.Dial("tcp", ts.addr); err == nil {
				t.Error("still accepting")
			}
		})
	}
}

// TestShutdownCuts: when its context ends, Shutdown ends what still goes on.
func TestShutdownCuts(t *testing.T) {
	for _, kind := range []string{"loop", "tls"} {
		t.Run(kind, func(t *testing.T) {
			exchanges := make(chan *core.Exchange, 1)
			ts := serveFunc(t, func(x *core.Exchange) { exchanges <- x })
			c := ts.dial()
			if kind == "tls" {
				c = ts.dialTLS(ts.listenTLS())
			}
			c.send(get("/"))
			x := <-exchanges
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			defer cancel()
			if err := ts.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Shutdown: %v", err)
			}
			if x.Err() != core.ErrDraining {
				t.Errorf("cancelled with %v", x.Err())
			}
			b := newStepBody(-1)
			respond(x, b) // after all loops have ended
			if err := b.waitClosed(t); err == nil {
				t.Error("content closed without an error")
			}
			if _, err := c.r.ReadByte(); err == nil {
				t.Error("the connection lives on")
			}
		})
	}
}

// TestListenersComeAndGo: closing a listener leaves its connections alone.
func TestListenersComeAndGo(t *testing.T) {
	ts := serveFunc(t, echoTarget)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- ts.Serve(l) }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	resp := func() (*http.Response, error) {
		req, _ := http.NewRequest("GET", "http://a/", nil)
		if err := req.Write(nc); err != nil {
			return nil, err
		}
		c := ts.dial() // the other listener serves all along
		c.send(get("/"))
		c.expect(200, "")
		return readHead(&client{nc, newReader(nc), t})
	}
	if _, err := resp(); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := resp(); err != nil {
		t.Errorf("after its listener was closed: %v", err)
	}
}

// TestOtherListeners: what gnet cannot serve is served by goroutines.
func TestOtherListeners(t *testing.T) {
	ts := serveFunc(t, echoTarget)
	path := t.TempDir() + "/s"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- ts.Serve(l) }()
	nc, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{nc, newReader(nc), t}
	_ = nc.SetDeadline(time.Now().Add(patience))
	c.send(get("/1") + "GET /2 HTTP/1.0\r\n\r\n")
	c.expect(200, "GET /1")
	c.expect(200, "GET /2")
	c.expectClosed()
	_ = nc.Close()
	_ = l.Close()
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestPanicsOnTheWay: the readers of a request's content, and what a TLS configuration
// calls, are other people's code as well.
func TestPanicsOnTheWay(t *testing.T) {
	var log lines
	asked := make(chan struct{}, 1)
	ts := startServer(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Loops: 1,
		Handler: core.HandlerFunc(func(x *core.Exchange) {
			// Answered at once, read on: no exchange of the pipeline stands for the content.
			b := x.Request.Body
			echoTarget(x)
			if b != nil {
				b.Next(func([]byte, error) { panic("planted in a reader of content") })
				asked <- struct{}{}
			}
		})})
	tlsAddr := ts.listenTLS()
	for _, dial := range []func() *client{ts.dial, func() *client { return ts.dialTLS(tlsAddr) }} {
		c := dial()
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
		<-asked
		before := ts.Stats().Panics
		_ = c.Close()
		eventually(t, "the reader's panic is counted", func() bool { return ts.Stats().Panics > before })
	}
	badConfig := ts.listen(func(l net.Listener) error {
		return ts.ServeTLS(l, func() *tls.Config {
			return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { panic("planted in GetCertificate") }}
		})
	})
	if _, err := tls.Dial("tcp", badConfig, &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("a handshake that panicked went well")
	}
	eventually(t, "all connections have ended", func() bool { return ts.Stats().Open == 0 })
	for _, want := range []string{"planted in a reader of content", "planted in GetCertificate"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not have %q", want)
		}
	}
}
