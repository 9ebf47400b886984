package origin

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

func upstream(t *testing.T, urls ...string) *Upstream {
	t.Helper()
	u, err := NewUpstream(urls)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// named starts an origin that answers with its name and counts its requests.
func named(t *testing.T, name string) (*server, *atomic.Int32) {
	var n atomic.Int32
	return serve(t, func(p *peer, _ int) {
		for {
			req := p.request()
			if req == nil {
				return
			}
			n.Add(1)
			body := name + " " + req.Host + " " + req.RequestURI
			p.send("HTTP/1.1 200 OK\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
		}
	}), &n
}

func dead(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return "http://" + ln.Addr().String()
}

func TestUpstreamTurns(t *testing.T) {
	a, _ := named(t, "a")
	b, _ := named(t, "b")
	c := client(t, Options{Policy: pins()}) // nothing private is allowed to workers
	u := upstream(t, a.url, b.url+"/base/")
	var got []string
	for range 4 {
		resp, err := via(c, u, &core.Subrequest{Method: "GET", URL: "https://shop.example:444/x?y"})
		if err != nil {
			t.Fatal(err)
		}
		body, err := content(resp)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, body)
	}
	const want = "a shop.example:444 /x?y,b shop.example:444 /base/x?y,a shop.example:444 /x?y,b shop.example:444 /base/x?y"
	if s := strings.Join(got, ","); s != want {
		t.Errorf("got %s", s)
	}
	resp, err := via(c, u, &core.Subrequest{Method: "GET", URL: "http://shop.example/", Host: "other.example"})
	if body, bodyErr := content(resp); err != nil || bodyErr != nil || body != "a other.example /" {
		t.Errorf("%q %v %v", body, err, bodyErr)
	}
	// The operator's connections are not for a worker's fetch of the same address.
	if _, err := get(c, a.url); !errors.Is(err, core.ErrForbiddenTarget) {
		t.Errorf("a worker reached the origin's private address: %v", err)
	}
	if s := c.Stats(); s.Opened != 2 || s.Idle != 2 {
		t.Errorf("%+v", s)
	}
}

func TestUpstreamFailover(t *testing.T) {
	good, n := named(t, "good")
	broken := serve(t, func(p *peer, _ int) { p.request() }) // hangs up on every request
	clock := newManualClock()
	c := client(t, Options{Clock: clock})
	do := func(u *Upstream, method string, body core.Body) error {
		_, err := via(c, u, &core.Subrequest{Method: method, URL: "http://x/", Body: body})
		return err
	}
	// One that cannot be reached is passed over, whatever the method: nothing was sent.
	u := upstream(t, dead(t), good.url)
	for range 3 {
		if err := do(u, "POST", newStream(1, "x").end()); err != nil {
			t.Errorf("post: %v", err)
		}
	}
	if n.Load() != 3 {
		t.Errorf("%d requests at the good one", n.Load())
	}
	// It counts as down for a while, and is tried again afterwards.
	if d := u.members[0].downUntil.Load(); d != clock.Now().Add(downTime).UnixNano() {
		t.Errorf("down until %v", d)
	}
	first := func() (m *member) {
		u.next.Store(0)
		for m = range u.order(clock) {
			break
		}
		return m
	}
	if first() != u.members[1] {
		t.Error("a dead origin has its turn")
	}
	clock.advance(downTime + time.Second)
	if first() != u.members[0] {
		t.Error("a dead origin has no turn again")
	}

	// One that breaks after it was sent a request may have acted on it.
	f := func(method string, body core.Body, ok bool) {
		t.Helper()
		u := upstream(t, broken.url, good.url)
		if err := do(u, method, body); (err == nil) != ok {
			t.Errorf("%s: %v", method, err)
		}
	}
	f("GET", nil, true)
	f("PUT", core.NewBytes([]byte("x")), true)
	f("POST", nil, false)
	f("POST", core.NewBytes([]byte("x")), false)
	f("PUT", newStream(-1, "x").end(), false)

	// If all are down, all are tried, once each, and the error says so.
	all := upstream(t, dead(t), dead(t))
	for range 2 {
		if err := do(all, "GET", nil); !errors.Is(err, core.ErrOriginDown) {
			t.Error(err)
		}
	}
	seen := map[*member]int{}
	for m := range all.order(clock) {
		seen[m]++
		m.down(clock)
	}
	if len(seen) != 2 || seen[all.members[0]] != 1 || seen[all.members[1]] != 1 {
		t.Errorf("order gave %v", seen)
	}
}

func TestUpstreamDenied(t *testing.T) {
	good, n := named(t, "good")
	c := client(t, Options{Policy: Policy{Deny: []netip.AddrPort{netip.MustParseAddrPort(good.addr)}}})
	_, err := via(c, upstream(t, good.url), &core.Subrequest{Method: "GET", URL: "http://x/"})
	if !errors.Is(err, core.ErrForbiddenTarget) || n.Load() != 0 {
		t.Errorf("%v, %d requests", err, n.Load())
	}
}

func TestNewUpstream(t *testing.T) {
	for _, urls := range [][]string{nil, {""}, {"a.example"}, {"ftp://a/"}, {"http://a/?q"}, {"http://a/#f"}, {"http://a/", "x"}, {"http://u@a/"}} {
		if u, err := NewUpstream(urls); err == nil {
			t.Errorf("%q: %v", urls, u)
		}
	}
}
