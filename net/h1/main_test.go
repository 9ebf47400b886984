package h1

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gannet/core"
)

func TestMain(m *testing.M) {
	// gnet's goroutine pool, which is not used here, has two from its init on.
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// patience is how long a test waits for what must happen.
const patience = 4 * time.Second

// A testServer serves a handler on a loopback port.
type testServer struct {
	*Server
	addr string
	t    testing.TB
}

// logWriter sends log lines to the test's log.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}

func startServer(t testing.TB, o Options) *testServer {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(logWriter{t}, nil))
	}
	if o.Loops == 0 {
		o.Loops = 2
	}
	if o.DrainGrace == 0 {
		o.DrainGrace = 50 * time.Millisecond
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ts := &testServer{Server: s, t: t}
	ts.addr = ts.listen(s.Serve)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return ts
}

// listen has serve accept on a new port, and returns its address.
func (ts *testServer) listen(serve func(net.Listener) error) string {
	ts.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		ts.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- serve(l) }()
	ts.t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func serveFunc(t testing.TB, f func(x *core.Exchange)) *testServer {
	t.Helper()
	return startServer(t, Options{Handler: core.HandlerFunc(f)})
}

// A client is a raw connection.
type client struct {
	net.Conn
	r *bufio.Reader
	t testing.TB
}

func (ts *testServer) dial() *client {
	ts.t.Helper()
	nc, err := net.Dial("tcp", ts.addr)
	if err != nil {
		ts.t.Fatal(err)
	}
	ts.t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	return &client{nc, bufio.NewReader(nc), ts.t}
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// response reads one response to a request with the method.
func (c *client) response(method string) (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("read response: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("read content: %v (got %d bytes)", err, len(body))
	}
	return resp, string(body)
}

// expect reads a response and checks status and content.
func (c *client) expect(status int, body string) *http.Response {
	c.t.Helper()
	resp, got := c.response("GET")
	if resp.StatusCode != status || !strings.HasPrefix(got, body) {
		c.t.Fatalf("got %d %.100q, want %d %.100q", resp.StatusCode, got, status, body)
	}
	return resp
}

// expectClosed checks that the server closes, with nothing before.
func (c *client) expectClosed() {
	c.t.Helper()
	if b, err := io.ReadAll(c.r); len(b) > 0 || err != nil {
		c.t.Fatalf("got %.100q, %v, want the end", b, err)
	}
}

func text(status int, s string) *core.Response {
	return &core.Response{Status: status, Fields: core.Fields{{Name: "Content-Type", Value: "text/plain"}}, Body: core.NewBytes([]byte(s))}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

// eventually waits until cond holds, for what has no event to wait for.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }
