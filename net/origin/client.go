package origin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"gannet/core"
	"gannet/net/h1/wire"
)

// Options are the properties of a Client. The zero value of each field is its default.
type Options struct {
	Policy Policy
	// RootCAs verify https origins; nil means the system's.
	RootCAs *x509.CertPool
	// ConnectTimeout bounds look-up, connecting and the TLS handshake together; 5 s.
	ConnectTimeout time.Duration
	// FirstByteTimeout bounds the wait for a response head after the request was sent; 60 s.
	FirstByteTimeout time.Duration
	// IdleTimeout bounds the wait for the next bytes of a body, either way; 60 s. This and
	// FirstByteTimeout may fire up to a sixteenth early.
	IdleTimeout time.Duration
	// PoolTimeout is how long an unused connection is kept; 60 s.
	PoolTimeout time.Duration
	// MaxIdlePerHost bounds the unused connections kept per origin; 256. More are closed
	// after use.
	MaxIdlePerHost int
	// MaxIdle bounds the unused connections kept in all, since a worker may name any number
	// of hosts; 2048.
	MaxIdle int
	// Resolver finds addresses; nil means net.DefaultResolver.
	Resolver Resolver
	// Dial connects by TCP; nil means net.Dialer. The policy was checked before.
	Dial func(context.Context, netip.AddrPort) (net.Conn, error)
	// Clock serves the pool and the DNS cache; nil means core.SystemClock.
	Clock core.Clock
	// Log gets the panics of callbacks and bodies; nil means slog.Default().
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.ConnectTimeout, 5*time.Second)
	def(&o.FirstByteTimeout, time.Minute)
	def(&o.IdleTimeout, time.Minute)
	def(&o.PoolTimeout, time.Minute)
	if o.MaxIdlePerHost == 0 {
		o.MaxIdlePerHost = 256
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = 2048
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Dial == nil {
		o.Dial = dialTCP
	}
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// policy is the Policy in force and its number: connections of an earlier one are not used
// again.
type policy struct {
	Policy
	epoch uint64
}

// Client is a core.Fetcher that speaks HTTP/1.1 to origins.
type Client struct {
	o        Options
	pol      atomic.Pointer[policy]
	pool     pool
	dns      resolver
	sessions tls.ClientSessionCache
	stats    struct{ opened, reused, retried atomic.Uint64 }
}

// New returns a client. Close ends its idle connections.
func New(o Options) *Client {
	o = o.withDefaults()
	c := &Client{o: o, sessions: tls.NewLRUClientSessionCache(256)}
	c.pool = pool{maxIdle: o.MaxIdlePerHost, maxTotal: o.MaxIdle, timeout: o.PoolTimeout, clock: o.Clock}
	c.dns = resolver{ask: o.Resolver, clock: o.Clock, caught: c.caught}
	c.pol.Store(&policy{Policy: o.Policy})
	return c
}

// SetPolicy replaces the policy for all requests that start from now on. Idle connections
// are closed and those in use are not kept, since the new policy might not have let them
// be made. It must not be called by two goroutines at a time.
func (c *Client) SetPolicy(p Policy) {
	next := &policy{Policy: p, epoch: c.pol.Load().epoch + 1}
	c.pol.Store(next)
	c.pool.flush(next.epoch, false)
}

// Close closes idle connections. Exchanges under way go on, and close theirs at the end.
func (c *Client) Close() { c.pool.flush(c.pol.Load().epoch, true) }

// Stats are counters of one client, for tests and the dashboard.
type Stats struct {
	Opened  uint64 // connections made
	Reused  uint64 // requests sent on a connection that had carried one
	Retried uint64 // requests sent anew because a reused connection turned out dead
	Idle    int    // connections waiting now
}

// Stats returns the counters.
func (c *Client) Stats() Stats {
	return Stats{c.stats.opened.Load(), c.stats.reused.Load(), c.stats.retried.Load(), c.pool.idle()}
}

// target is one place a request can be sent to.
type target struct {
	key  poolKey
	path string // origin-form
	host string // value of Host
}

// Fetch implements core.Fetcher. Everything happens on a goroutine of the exchange: a
// blocking read costs less than a state machine on a loop as long as the loop is not
// ours, and the goroutine ends with the response head.
func (c *Client) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	go c.fetch(ctx, s, nil, done)
}

// FetchVia sends s to one of the operator's own origins, in turn, and to the next one when
// that fails and s can be sent again. Path and query are taken from s.URL, behind the path
// of the origin; Host stays that of s, as if the client had asked the origin itself. Only
// the Deny list of the policy applies.
func (c *Client) FetchVia(ctx context.Context, u *Upstream, s *core.Subrequest, done func(*core.Response, error)) {
	go c.fetch(ctx, s, u, done)
}

// Via returns FetchVia of u as a core.Fetcher: what stands behind a site.
func (c *Client) Via(u *Upstream) core.Fetcher { return upstreamFetcher{c, u} }

type upstreamFetcher struct {
	c *Client
	u *Upstream
}

// Fetch implements core.Fetcher.
func (f upstreamFetcher) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	f.c.FetchVia(ctx, f.u, s, done)
}

func (c *Client) fetch(ctx context.Context, s *core.Subrequest, u *Upstream, done func(*core.Response, error)) {
	requestsTotal.Inc()
	var resp *core.Response
	told := false
	defer c.caught("fetching", func(err error) {
		if told {
			resp.Discard() // whoever was told will not
			return
		}
		countError(err)
		done(nil, err)
	})
	resp, err := c.respond(ctx, s, u)
	if err != nil {
		countError(err)
	}
	told = true
	done(resp, err)
}

// respond sends s until it is answered or may not be sent again.
func (c *Client) respond(ctx context.Context, s *core.Subrequest, u *Upstream) (*core.Response, error) {
	out := outgoing{method: s.Method, fields: s.Fields, body: s.Body}
	p, ok := splitURL(s.URL)
	switch {
	case !ok:
		return nil, out.refuse(fmt.Errorf("cannot fetch %.200q: not an http or https URL", s.URL))
	case !wire.IsToken(s.Method) || s.Method == "CONNECT" || s.Method == "TRACE":
		return nil, out.refuse(fmt.Errorf("cannot fetch with method %.40q", s.Method))
	}
	host := p.authority
	if s.Host != "" {
		host = s.Host
	}
	if bytes, ok := core.TakeBytes(s.Body); ok {
		out.bytes, out.body = bytes, nil
	}
	if u == nil {
		t := target{key: poolKey{p.host, p.port, p.https, trustNone}, path: p.target, host: host}
		resp, at := c.exchange(ctx, &t, &out)
		if at.err != nil {
			return nil, out.refuse(at.err)
		}
		return resp, nil
	}
	var failed error
	for m := range u.order(c.o.Clock) {
		t := target{key: m.key, path: m.join(p.target), host: host}
		resp, at := c.exchange(ctx, &t, &out)
		if at.err == nil {
			m.up()
			return resp, nil
		}
		failed = at.err
		if ctx.Err() != nil {
			break
		}
		if !at.sent {
			m.down(c.o.Clock)
		}
		if out.consumed || at.sent && !out.idempotent() {
			break
		}
		failoversTotal.Inc()
	}
	return nil, out.refuse(failed)
}

// attempt says how far a request got that failed.
type attempt struct {
	err error
	// sent is whether the origin may have seen any of the request.
	sent bool
	// stale is whether the connection broke before any byte of a response came, which on
	// a reused one most likely means that it was dead already.
	stale bool
}

// exchange sends out to t once, or twice if the connection it was sent on turns out to
// have been dead.
func (c *Client) exchange(ctx context.Context, t *target, out *outgoing) (*core.Response, attempt) {
	pol := c.pol.Load()
	if cn := c.reuse(t); cn != nil {
		c.stats.reused.Add(1)
		connsReused.Inc()
		resp, at := c.roundTrip(ctx, cn, t, out)
		if at.err == nil || !at.stale || out.consumed || at.sent && !out.idempotent() || ctx.Err() != nil {
			return resp, at
		}
		c.stats.retried.Add(1)
		retriesTotal.Inc()
	}
	cn, err := c.dial(ctx, t, pol)
	if err != nil {
		return nil, attempt{err: err}
	}
	resp, at := c.roundTrip(ctx, cn, t, out)
	return resp, at
}

// reuse takes a usable connection from the pool, or nil. Every one is looked at, which
// costs one system call: an origin that sends more than it was
// asked for must not have that taken for the response to somebody else's request.
func (c *Client) reuse(t *target) *conn {
	for {
		cn := c.pool.get(t.key)
		if cn == nil {
			return nil
		}
		// A deadline that passed meanwhile would look like an error.
		cn.armRead(time.Now(), c.o.FirstByteTimeout)
		if cn.quiet() && (!cn.secure || cn.drained()) {
			return cn
		}
		connsStale.Inc()
		cn.kill()
	}
}
