package origin

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gannet/core"
)

// names is a Resolver of a table.
type names struct {
	mu    sync.Mutex
	table map[string][]string
	asked []string
	gate  chan struct{} // if not nil, a look-up says that it began and waits
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	n.asked = append(n.asked, host)
	list, ok := n.table[host]
	n.mu.Unlock()
	if n.gate != nil {
		n.gate <- struct{}{}
		<-n.gate
	}
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var addrs []netip.Addr
	for _, s := range list {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs, nil
}

func (n *names) set(host string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.table[host] = addrs
}

func (n *names) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.asked)
}

// dialTo records what was dialled, and connects to one place whatever it was.
type dialTo struct {
	mu    sync.Mutex
	place string
	seen  []string
}

func (d *dialTo) dial(ctx context.Context, ap netip.AddrPort) (net.Conn, error) {
	d.mu.Lock()
	d.seen = append(d.seen, ap.String())
	d.mu.Unlock()
	return (&net.Dialer{}).DialContext(ctx, "tcp", d.place)
}

func (d *dialTo) dialled() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen)
}

func TestNames(t *testing.T) {
	srv := replies(t, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", true)
	dns := &names{table: map[string][]string{
		"public.test": {"8.8.8.8"}, "mixed.test": {"10.0.0.1", "::1", "1.1.1.1"}, "private.test": {"10.0.0.1", "::ffff:127.0.0.1"}, "empty.test": {},
	}}
	d := &dialTo{place: srv.addr}
	clock := newManualClock()
	c := client(t, Options{Resolver: dns, Dial: d.dial, Clock: clock, Policy: pins("pinned.test", "10.9.9.9:81", "pinned2.test", "10.9.9.8:0")})
	f := func(url string, want error, dialled ...string) {
		t.Helper()
		before := len(d.dialled())
		_, err := get(c, url)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", url, err, want)
		}
		if got := d.dialled()[before:]; !slices.Equal(got, dialled) {
			t.Errorf("%s: dialled %v, want %v", url, got, dialled)
		}
	}
	f("http://public.test/", nil, "8.8.8.8:80")
	f("http://public.test:8080/", nil, "8.8.8.8:8080")
	f("http://mixed.test/", nil, "1.1.1.1:80")
	f("http://private.test/", core.ErrForbiddenTarget)
	f("http://empty.test/", core.ErrOriginDown)
	f("http://missing.test/", core.ErrOriginDown)
	f("http://localhost/", core.ErrForbiddenTarget)
	f("http://a.localhost/", core.ErrForbiddenTarget)
	f("http://localhost./", core.ErrForbiddenTarget)
	f("http://127.1/", core.ErrForbiddenTarget)
	f("http://999.999/", core.ErrForbiddenTarget)
	f("http://pinned.test/", nil, "10.9.9.9:81")
	f("http://pinned.test.:9/", nil, "10.9.9.9:81")
	f("http://pinned2.test:90/", nil, "10.9.9.8:90")
	f("http://10.9.9.9:81/", core.ErrForbiddenTarget) // the name is pinned, not the address
	if want := []string{"public.test", "mixed.test", "private.test", "empty.test", "missing.test"}; !slices.Equal(dns.asked, want) {
		t.Errorf("asked for %v, want %v", dns.asked, want)
	}

	// Rebinding: the name is public when it is first asked for, and private afterwards.
	dns.set("rebind.test", "9.9.9.9")
	f("http://rebind.test/", nil, "9.9.9.9:80")
	dns.set("rebind.test", "127.0.0.1")
	f("http://rebind.test/", nil, "9.9.9.9:80") // cached
	clock.advance(dnsTTL)
	f("http://rebind.test/", core.ErrForbiddenTarget)
	// A failed look-up is not remembered.
	dns.set("missing.test", "8.8.4.4")
	f("http://missing.test/", nil, "8.8.4.4:80")
}

func TestOneLookupForAll(t *testing.T) {
	dns := &names{table: map[string][]string{"x.test": {"8.8.8.8"}}, gate: make(chan struct{})}
	r := &resolver{ask: dns, clock: core.SystemClock{}, caught: func(string, func(error)) {}}
	var wg sync.WaitGroup
	gone, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := r.addrs(gone, "x.test")
		first <- err
	}()
	<-dns.gate
	for range 20 {
		wg.Go(func() {
			if addrs, err := r.addrs(t.Context(), "x.test"); err != nil || len(addrs) != 1 {
				t.Errorf("%v %v", addrs, err)
			}
		})
	}
	cancel() // who asked first goes away; the others get their answer all the same
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	dns.gate <- struct{}{}
	wg.Wait()
	dns.gate = nil
	if dns.count() != 1 {
		t.Errorf("%d look-ups", dns.count())
	}
	for i := range dnsEntries + 10 {
		_, _ = r.addrs(t.Context(), "n"+itoa(i)+".test")
	}
	if n := len(r.mu.names); n > dnsEntries {
		t.Errorf("%d names kept", n)
	}
}

func TestStagger(t *testing.T) {
	addrs := []netip.AddrPort{netip.MustParseAddrPort("1.1.1.1:80"), netip.MustParseAddrPort("2.2.2.2:80"), netip.MustParseAddrPort("3.3.3.3:80")}
	refused := errors.New("refused")
	type behaviour struct {
		after time.Duration
		err   error
	}
	for _, tc := range []struct {
		name  string
		hosts [3]behaviour
		want  int // index of the address that wins; -1 for none
		at    time.Duration
	}{
		{"first answers", [3]behaviour{{10 * time.Millisecond, nil}, {0, nil}, {0, nil}}, 0, 10 * time.Millisecond},
		{"first is slow", [3]behaviour{{time.Hour, nil}, {10 * time.Millisecond, nil}, {0, nil}}, 1, stagger + 10*time.Millisecond},
		{"first is slow but wins", [3]behaviour{{stagger + time.Millisecond, nil}, {time.Hour, nil}, {time.Hour, nil}}, 0, stagger + time.Millisecond},
		{"first is refused", [3]behaviour{{0, refused}, {0, nil}, {0, nil}}, 1, 0},
		{"two are slow", [3]behaviour{{time.Hour, nil}, {time.Hour, nil}, {0, nil}}, 2, 2 * stagger},
		{"all are refused", [3]behaviour{{0, refused}, {time.Second, refused}, {0, refused}}, -1, time.Second},
		{"none answers", [3]behaviour{{time.Hour, nil}, {time.Hour, nil}, {time.Hour, nil}}, -1, 5 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(Options{Dial: func(ctx context.Context, ap netip.AddrPort) (net.Conn, error) {
					b := tc.hosts[slices.Index(addrs, ap)]
					select {
					case <-time.After(b.after):
					case <-ctx.Done():
						return nil, ctx.Err()
					}
					if b.err != nil {
						return nil, b.err
					}
					return pipeTo{addr: ap}, nil
				}})
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				start := time.Now()
				conn, err := c.race(ctx, addrs)
				if took := time.Since(start); took != tc.at {
					t.Errorf("took %v, want %v", took, tc.at)
				}
				if (err == nil) != (tc.want >= 0) {
					t.Fatalf("%v %v", conn, err)
				}
				if err == nil && conn.(pipeTo).addr != addrs[tc.want] {
					t.Errorf("connected to %v", conn.(pipeTo).addr)
				}
				if tc.name == "all are refused" && !errors.Is(err, refused) {
					t.Error(err)
				}
			})
		})
	}
}

// pipeTo stands for a connection to an address.
type pipeTo struct {
	net.Conn
	addr netip.AddrPort
}

func (pipeTo) Close() error { return nil }
