package origin

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/VictoriaMetrics/metrics"

	"gannet/core"
)

// TestMetrics: each kind of end is counted under its own cause.
func TestMetrics(t *testing.T) {
	srv := serve(t, func(p *peer, _ int) {
		req := p.request()
		if req == nil {
			return
		}
		switch req.URL.Path {
		case "/protocol":
			p.send("nonsense\r\n\r\n")
		case "/body":
			p.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
		case "/hang":
			p.gone()
		}
	})
	c := client(t, Options{Policy: Policy{AllowPrivate: loopbackOnly}})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(counter *metrics.Counter, ctx context.Context, url string) {
		t.Helper()
		before, all := counter.Get(), requestsTotal.Get()
		resp, err := fetch(ctx, c, &core.Subrequest{Method: "GET", URL: url})
		if err == nil {
			_, err = content(resp)
		}
		if err == nil || counter.Get() != before+1 || requestsTotal.Get() != all+1 {
			t.Errorf("%s: %v, counted %d", url, err, counter.Get()-before)
		}
	}
	ctx := t.Context()
	f(errForbidden, ctx, "http://10.0.0.1/")
	f(errDown, ctx, dead(t))
	f(errDown, ctx, srv.url+"/close")
	f(errProtocol, ctx, srv.url+"/protocol")
	f(errBody, ctx, srv.url+"/body")
	f(errCancelled, cancelled, srv.url+"/hang")
	f(errOther, ctx, "gopher://x/")
	c.o.FirstByteTimeout = 1 // nanosecond
	f(errTimeout, ctx, srv.url+"/hang")
}

// TestUploadTrailers: the trailer section of a request body is passed on.
func TestUploadTrailers(t *testing.T) {
	trailers := make(chan string, 1)
	srv := serve(t, func(p *peer, _ int) {
		req := p.request()
		if req == nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		trailers <- req.Trailer.Get("X-Sum")
		p.send("HTTP/1.1 204 No Content\r\n\r\n")
		p.gone()
	})
	c := client(t, Options{})
	b := withTrailer{newStream(-1, "abc").end()}
	if _, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: b, Fields: core.Fields{{Name: "Trailer", Value: "X-Sum"}}}); err != nil {
		t.Fatal(err)
	}
	if got := <-trailers; got != "42" {
		t.Errorf("trailer %q", got)
	}
	settled(t, c, 1)
}

type withTrailer struct{ *stream }

func (withTrailer) Trailer() core.Fields { return core.Fields{{Name: "X-Sum", Value: "42"}} }

// TestBodyContract: length, the sticky end, and closing more than once.
func TestBodyContract(t *testing.T) {
	srv := serve(t, func(p *peer, _ int) {
		if p.request() == nil {
			return
		}
		p.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")
		p.gone()
	})
	c := client(t, Options{})
	resp, err := get(c, srv.url)
	if err != nil {
		t.Fatal(err)
	}
	if n := resp.Body.Length(); n != 100000 {
		t.Errorf("length %d", n)
	}
	if tr, ok := resp.Body.(core.Trailered); !ok || tr.Trailer() != nil {
		t.Error("a trailer before the end")
	}
	next := func() ([]byte, error) {
		ready := make(chan chunkResult, 1)
		resp.Body.Next(func(b []byte, err error) { ready <- chunkResult{b, err} })
		r := <-ready
		return r.chunk, r.err
	}
	if b, err := next(); string(b) != "abc" || err != nil {
		t.Errorf("%q %v", b, err)
	}
	ready := make(chan error, 1)
	resp.Body.Next(func(_ []byte, err error) { ready <- err })
	resp.Body.Close(nil)
	if err := <-ready; !errors.Is(err, core.ErrAbandoned) {
		t.Errorf("the read under way ended with %v", err)
	}
	resp.Body.Close(io.ErrClosedPipe)
	for range 2 {
		if b, err := next(); b != nil || err != core.ErrAbandoned {
			t.Errorf("%q %v", b, err)
		}
	}
}
