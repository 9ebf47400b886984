package origin

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"gannet/core"
)

// hostile is a request body whose methods panic where it is told to.
type hostile struct {
	in     string
	length int64
	once   sync.Once
	closed chan struct{}
}

func (h *hostile) Length() int64 {
	if h.in == "Length" {
		panic("planted in Length")
	}
	return h.length
}

func (h *hostile) Next(func([]byte, error)) { panic("planted in Next") }

func (h *hostile) Close(error) {
	h.once.Do(func() { close(h.closed) })
	if h.in == "Close" {
		panic("planted in Close")
	}
}

// TestPanics plants a panic in everything that is called on a goroutine of this package.
func TestPanics(t *testing.T) {
	big := "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
	hungUp := make(chan struct{}, 16)
	more := make(chan struct{})
	srv := serve(t, func(p *peer, n int) {
		p.send(big) // before it is asked, so that no end depends on the other's pace
		if n == 1 {
			<-more
			p.send("content")
		}
		p.gone()
		hungUp <- struct{}{}
	})
	var mu sync.Mutex
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logged.Write(b)
	}), nil))
	c := client(t, Options{Log: log})
	before := panicsTotal.Get()
	planted := func(name string) {
		t.Helper()
		<-hungUp // that connection has ended
		if panicsTotal.Get() == before {
			t.Errorf("%s: no panic counted", name)
		}
		before = panicsTotal.Get()
	}

	c.Fetch(t.Context(), &core.Subrequest{Method: "GET", URL: srv.url}, func(*core.Response, error) { panic("planted in done") })
	planted("done of Fetch")

	resp, err := get(c, srv.url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Next(func([]byte, error) { panic("planted in the callback of Next") })
	close(more)
	planted("callback of Next")
	ended := make(chan error, 1)
	resp.Body.Next(func(_ []byte, err error) { ended <- err })
	if err := <-ended; err == nil {
		t.Error("the body goes on behind a panic")
	}

	// A response is on its way already, so only the end of the body tells of the panic.
	for _, in := range []string{"Next", "Close"} {
		h := &hostile{in: in, length: -1, closed: make(chan struct{})}
		resp, err = fetch(t.Context(), c, &core.Subrequest{Method: "PUT", URL: srv.url, Body: h})
		if err == nil {
			_, err = content(resp)
		}
		if err == nil {
			t.Errorf("%s: the exchange ended well", in)
		}
		<-h.closed
		planted("upload, " + in)
	}

	h := &hostile{in: "Length", closed: make(chan struct{})}
	if _, err := fetch(t.Context(), c, &core.Subrequest{Method: "PUT", URL: srv.url, Body: h}); err == nil {
		t.Error("a body that panics in Length was sent")
	}
	planted("Length")

	names := client(t, Options{Log: log, Resolver: resolverFunc(func() { panic("planted in the resolver") })})
	if _, err := get(names, "http://a.test/"); !errors.Is(err, core.ErrOriginDown) {
		t.Errorf("resolver: %v", err)
	}
	two := client(t, Options{Log: log, Resolver: resolverFunc(func() {}), Policy: Policy{AllowAll: true},
		Dial: func(context.Context, netip.AddrPort) (net.Conn, error) { panic("planted in Dial") }})
	if _, err := get(two, "http://a.test/"); !errors.Is(err, core.ErrOriginDown) {
		t.Errorf("dial: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"planted in done", "planted in Next", "planted in the resolver", "panic_test.go"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// resolverFunc answers with two addresses, after a call of itself.
type resolverFunc func()

func (f resolverFunc) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	f()
	return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}, nil
}
