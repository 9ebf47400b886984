package node

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gannet/core/config"
	"gannet/core/plan"
	"gannet/net/origin"
)

// TestMain ignores what runs before any test: goroutines of a package that gnet imports.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func fixed(t *testing.T, n *Node, body string) *plan.Plan {
	t.Helper()
	site, err := n.Site(&config.Site{Hosts: []string{"a.example"}, Respond: &config.Respond{Status: 200, Body: body}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(plan.Spec{Sites: []*plan.Site{site}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestLife: a node serves what it was last given, and Close leaves nothing behind.
func TestLife(t *testing.T) {
	n := New(Options{Log: slog.New(slog.DiscardHandler), Policy: origin.Policy{}})
	l, err := Bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := Address{Addr: "127.0.0.1:0"}
	n.Swap(fixed(t, n, "one"), nil)
	if err := n.Serve(at, l, nil); err != nil {
		t.Fatal(err)
	}
	if !n.Listens(at) || n.Listens(Address{Addr: at.Addr, TLS: true}) {
		t.Error("the node does not know where it listens")
	}
	get := func() string {
		t.Helper()
		req, err := http.NewRequest("GET", "http://"+l.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "a.example"
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return string(b)
	}
	if got := get(); got != "one" {
		t.Errorf("got %q", got)
	}
	n.Swap(fixed(t, n, "two"), nil)
	if got := get(); got != "two" {
		t.Errorf("after the swap: got %q", got)
	}
	var m strings.Builder
	n.WriteMetrics(&m)
	for _, want := range []string{"gannet_listeners 1\n", "gannet_draining 0\n", "gannet_http_requests_total 2\n"} {
		if !strings.Contains(m.String(), want) {
			t.Errorf("%q is not in %s", want, m.String())
		}
	}
	http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := n.Close(ctx); err != nil {
		t.Error(err)
	}
	if !n.Draining() {
		t.Error("it does not say that it drains")
	}
}

// TestUnused: a node that never served ends as well.
func TestUnused(t *testing.T) {
	if err := New(Options{}).Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBind(t *testing.T) {
	l, err := Bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Bind(l.Addr().String()); !InUse(err) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if _, err := Bind("192.0.2.1:1"); err == nil || InUse(err) {
		t.Errorf("an address of somebody else: %v", err)
	}
}

func TestSiteErrors(t *testing.T) {
	n := New(Options{})
	defer n.Close(t.Context())
	if _, err := n.Site(&config.Site{Origins: []config.Origin{{Dir: "/does/not/exist"}}}); err == nil || !strings.Contains(err.Error(), "/does/not/exist") {
		t.Errorf("got %v", err)
	}
}
