package admin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func options() Options {
	return Options{
		Ready:   func() bool { return true },
		Metrics: func(w io.Writer) { _, _ = io.WriteString(w, "gannet_test 1\n") },
		Reload:  func() (string, error) { return "reloaded", nil },
	}
}

func do(t *testing.T, h http.Handler, method, path, host string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:9900"+path, nil)
	r.Host = host
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHost(t *testing.T) {
	h := Handler("127.0.0.1:9900", options())
	f := func(host string, want int) {
		t.Helper()
		if got := do(t, h, "GET", "/healthz", host).Code; got != want {
			t.Errorf("Host %q: got %d, want %d", host, got, want)
		}
	}
	f("127.0.0.1:9900", 200)
	f("127.0.0.1", 200)
	f("[::1]:9900", 200)
	f("localhost:9900", 200)
	f("LOCALHOST.", 200)
	f("10.0.0.7:9900", 200) // reached from the operator's network
	f("evil.example:9900", 421)
	f("127.0.0.1.nip.io", 421)
	f("localhost.evil.example", 421)
	f("", 421)
	f("2130706433", 421)
}

func TestPaths(t *testing.T) {
	ready := true
	o := options()
	o.Ready = func() bool { return ready }
	h := Handler("127.0.0.1:9900", o)
	f := func(method, path string, status int, part string) {
		t.Helper()
		w := do(t, h, method, path, "localhost")
		if w.Code != status || !strings.Contains(w.Body.String(), part) {
			t.Errorf("%s %s: got %d %.200q, want %d with %q", method, path, w.Code, w.Body, status, part)
		}
	}
	f("GET", "/", 200, "/metrics")
	f("GET", "/nothing", 404, "")
	f("GET", "/healthz", 200, "ok")
	f("GET", "/readyz", 200, "ready")
	f("GET", "/metrics", 200, "gannet_test 1")
	f("GET", "/metrics", 200, "process_cpu_seconds_total")
	f("GET", "/debug/pprof/", 200, "goroutine")
	f("GET", "/debug/pprof/heap?debug=1", 200, "heap profile")
	f("POST", "/-/reload", 200, "reloaded")
	f("GET", "/-/reload", 405, "")
	ready = false
	f("GET", "/readyz", 503, "draining")
	f("GET", "/healthz", 200, "ok")
}

func TestReload(t *testing.T) {
	o := options()
	o.Reload = func() (string, error) { return "", errors.New("gannet.toml:1:1: bad") }
	h := Handler("127.0.0.1:9900", o)
	if w := do(t, h, "POST", "/-/reload", "localhost"); w.Code != 422 || w.Body.String() != "gannet.toml:1:1: bad\n" {
		t.Errorf("a bad file: got %d %q", w.Code, w.Body)
	}
	called := false
	o.Reload = func() (string, error) { called = true; return "", nil }
	h = Handler("127.0.0.1:9900", o)
	for _, fields := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
		if w := do(t, h, "POST", "/-/reload", "127.0.0.1:9900", fields...); w.Code != 403 || called {
			t.Errorf("%v: got %d, called %v; want 403 without a reload", fields, w.Code, called)
		}
	}
}

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(l, options())
	resp, err := http.Get("http://" + s.Addr() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != 200 {
		t.Errorf("got %d", resp.StatusCode)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + s.Addr() + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}
