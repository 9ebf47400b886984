package dev

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gannet/cmd/gannet/internal/node"
	"gannet/cmd/gannet/internal/term"
	"gannet/core"
	"gannet/core/config"
	"gannet/core/edge"
	"gannet/isolate/bundle"
)

// answer is a core.Responder that keeps the response.
type answer struct {
	resp *core.Response
	body string
}

func (a *answer) Respond(_ *core.Exchange, resp *core.Response) {
	a.resp = resp
	b, _ := core.TakeBytes(resp.Body)
	a.body = string(b)
}

func ask(d core.Dispatcher, target, accept string) *answer {
	a := &answer{}
	x := &core.Exchange{Responder: a}
	x.Request.Method, x.Request.Target = "GET", target
	x.Request.Fields.Set("Accept", accept)
	d.Dispatch(x)
	d.Flush()
	return a
}

func TestFront(t *testing.T) {
	var f front
	reached := 0
	next := core.HandlerFunc(func(x *core.Exchange) { reached++; x.Respond(&core.Response{Status: 204}) })
	d := f.handler(next).NewDispatcher()
	f.set([]bundle.Message{{Text: "bad </script><script>alert(1)", File: "a.js", Line: 3, Column: 7, LineText: "let <x> = `", Hint: "do <that>"}})

	a := ask(d, "/x", "text/html,application/xhtml+xml")
	if a.resp.Status != 500 || strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "a.js:3:7") ||
		!strings.Contains(a.body, "let &lt;x&gt;") || !strings.Contains(a.body, "do &lt;that&gt;") {
		t.Errorf("the page: %d %s", a.resp.Status, a.body)
	}
	a = ask(d, "/x", "*/*")
	if ct := a.resp.Fields.Get("Content-Type"); !strings.HasPrefix(ct, "text/plain") || !strings.Contains(a.body, "a.js:3:7: error: bad") {
		t.Errorf("without a browser: %s %q", ct, a.body)
	}
	if a = ask(d, buildPath, "*/*"); a.body != "0" || reached != 0 {
		t.Errorf("the number is %q, the edge was reached %d times", a.body, reached)
	}
	f.set(nil)
	if a = ask(d, "/x", "*/*"); a.resp.Status != 204 || reached != 1 {
		t.Errorf("after a good build: %d, reached %d times", a.resp.Status, reached)
	}
	if f.broken() {
		t.Error("broken after a good build")
	}
	f.set([]bundle.Message{{Text: "bad"}})
	if a = ask(d, "/x", "text/html"); a.resp.Status != 204 || !f.broken() {
		t.Errorf("after a bad edit: %d", a.resp.Status)
	}
	if a = ask(d, buildPath, "*/*"); a.body != "2" {
		t.Errorf("the number is %q", a.body)
	}
}

func TestListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	if _, err := listen("", config.Dev{Port: port}); !node.InUse(err) {
		t.Errorf("a taken port from the wrangler file: %v", err)
	}
	if _, err := listen(taken.Addr().String(), config.Dev{}); !node.InUse(err) {
		t.Errorf("a taken port that was asked for: %v", err)
	}
	if _, err := listen("nonsense", config.Dev{}); err == nil || node.InUse(err) {
		t.Errorf("no address: %v", err)
	}
	first, err := listen("", config.Dev{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := listen("", config.Dev{})
	if err != nil {
		t.Fatalf("with the default port taken: %v", err)
	}
	second.Close()
}

func TestURL(t *testing.T) {
	f := func(addr, want string) {
		t.Helper()
		if got := url(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))); got != want {
			t.Errorf("url(%s): got %s, want %s", addr, got, want)
		}
	}
	f("127.0.0.1:8787", "http://127.0.0.1:8787")
	f("0.0.0.0:1", "http://127.0.0.1:1")
	f("[::]:1", "http://127.0.0.1:1")
	f("[::1]:1", "http://[::1]:1")
}

func TestPrinterTellsOfCPUOnce(t *testing.T) {
	var b strings.Builder
	p := newPrinter(term.Writer(&b))
	p.close()
	warned := make(map[string]bool)
	r := edge.Record{Method: "GET", Target: "/\x1b[2J", Worker: "w", CPU: 60 * time.Millisecond}
	p.print(r, warned)
	p.print(r, warned)
	r.CPU = 50 * time.Millisecond
	p.print(r, warned)
	if got := b.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "60 ms of CPU time for GET /␛[2J") {
		t.Errorf("got %q", got)
	}
}

// TestPrinterNeverBlocks: with nobody printing, records are dropped.
func TestPrinterNeverBlocks(t *testing.T) {
	p := newPrinter(term.Writer(&strings.Builder{}))
	p.close()
	for range printerQueue + 10 {
		p.record(edge.Record{CPU: time.Second})
	}
}
