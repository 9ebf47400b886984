package origin

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"gannet/core"
)

const (
	// dnsTTL is how long an answer is used. The system's resolver does not tell the TTL of
	// the records; half a minute follows a moved origin soon enough and takes the look-up
	// off the path of all but a few requests.
	dnsTTL = 30 * time.Second
	// dnsTimeout bounds one look-up, however many requests wait for it.
	dnsTimeout = 5 * time.Second
	// dnsEntries bounds the cache, since a worker may ask for any number of names. At the
	// bound what has expired goes, and if nothing has, everything does.
	dnsEntries = 4096
)

// Resolver finds the addresses of a host; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// resolver caches the answers of a Resolver. Look-ups of one name at one time are one.
type resolver struct {
	ask   Resolver
	clock core.Clock
	// caught is the Client's.
	caught func(where string, end func(error))
	mu     struct {
		sync.Mutex
		names map[string]*answer
	}
}

// answer is a look-up, under way until done is closed. The fields above done are written
// before that and never after.
type answer struct {
	addrs   []netip.Addr
	err     error
	expires time.Time
	done    chan struct{}
}

// loopback is what "localhost" means, without asking anybody: RFC 6761, section 6.3.
var loopback = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}

// addrs returns the addresses of host, which is no address itself. The slice is shared.
func (r *resolver) addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if name := strings.TrimSuffix(host, "."); name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return loopback, nil
	}
	now := r.clock.Now()
	r.mu.Lock()
	a := r.mu.names[host]
	if a == nil || a.stale(now) {
		a = &answer{done: make(chan struct{})}
		r.addLocked(host, a, now)
		// A context of its own: whoever asked first may go away, the others still wait. It
		// ends after dnsTimeout at the latest, which bounds the goroutine.
		go r.look(context.WithoutCancel(ctx), host, a)
	}
	r.mu.Unlock()
	select {
	case <-a.done:
		return a.addrs, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// stale reports whether a was answered and is not to be used any more.
func (a *answer) stale(now time.Time) bool {
	select {
	case <-a.done:
		return a.err != nil || !now.Before(a.expires)
	default:
		return false
	}
}

func (r *resolver) addLocked(host string, a *answer, now time.Time) {
	if r.mu.names == nil {
		r.mu.names = make(map[string]*answer)
	}
	if len(r.mu.names) >= dnsEntries {
		for h, old := range r.mu.names {
			if old.stale(now) {
				delete(r.mu.names, h)
			}
		}
		if len(r.mu.names) >= dnsEntries {
			clear(r.mu.names)
		}
	}
	r.mu.names[host] = a
}

func (r *resolver) look(ctx context.Context, host string, a *answer) {
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	defer r.caught("looking up a name", func(err error) {
		a.err = err
		close(a.done)
	})
	a.addrs, a.err = r.ask.LookupNetIP(ctx, "ip", host)
	for i := range a.addrs {
		a.addrs[i] = a.addrs[i].Unmap()
	}
	a.expires = r.clock.Now().Add(dnsTTL)
	close(a.done)
}
