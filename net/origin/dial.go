package origin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"gannet/core"
)

// stagger is the wait before the next address of a host is tried beside the one that has
// not answered yet (RFC 8305, section 5, recommends 250 ms; we add a little for loaded
// machines).
const stagger = 300 * time.Millisecond

// dial makes a connection to t, TLS included, within the connect time-out.
func (c *Client) dial(ctx context.Context, t *target, pol *policy) (*conn, error) {
	limited, cancel := context.WithTimeout(ctx, c.o.ConnectTimeout)
	defer cancel()
	cn, err := c.dialWithin(limited, t, pol)
	if cause := cancelled(ctx); err != nil && cause != nil {
		return nil, fmt.Errorf("%v: %w", t.key, cause) // not the time-out: the request was called off
	}
	return cn, err
}

func (c *Client) dialWithin(ctx context.Context, t *target, pol *policy) (*conn, error) {
	addrs, err := c.locate(ctx, t, pol)
	if err != nil {
		return nil, err
	}
	raw, err := c.race(ctx, addrs)
	if err != nil {
		return nil, dialError(t, "connect", err)
	}
	cn := &conn{Conn: raw, raw: raw, key: t.key, epoch: pol.epoch}
	cn.key.host = strings.Clone(t.key.host) // it was a part of the whole URL
	if tcp, ok := raw.(*net.TCPConn); ok {
		cn.probe = newProber(tcp)
	}
	if t.key.https {
		secure := tls.Client(raw, &tls.Config{
			ServerName: strings.TrimSuffix(t.key.host, "."),
			RootCAs:    c.o.RootCAs,
			NextProtos: []string{"http/1.1"},
			MinVersion: tls.VersionTLS12,
			// Resumption spares the origin and us a signature on every further connection.
			ClientSessionCache: c.sessions,
		})
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, dialError(t, "TLS handshake", err)
		}
		cn.Conn, cn.secure = secure, true
	}
	connsOpened.Inc()
	c.stats.opened.Add(1)
	return cn, nil
}

// locate returns the addresses t may be dialled at, all checked.
func (c *Client) locate(ctx context.Context, t *target, pol *policy) ([]netip.AddrPort, error) {
	by := t.key.trust
	var found []netip.Addr
	port := t.key.port
	if pin, ok := pol.Pins[strings.TrimSuffix(t.key.host, ".")]; ok {
		by = trustOperator
		found = []netip.Addr{pin.Addr()}
		if pin.Port() != 0 {
			port = pin.Port()
		}
	} else if addr, isAddr := literal(t.key.host); isAddr {
		if !addr.IsValid() {
			return nil, fmt.Errorf("%w: %q is not an address", core.ErrForbiddenTarget, t.key.host)
		}
		found = []netip.Addr{addr}
	} else {
		var err error
		if found, err = c.dns.addrs(ctx, t.key.host); err != nil {
			return nil, dialError(t, "look up", err)
		}
	}
	ok := make([]netip.AddrPort, 0, len(found))
	var refused error
	for _, addr := range found {
		ap := netip.AddrPortFrom(addr, port)
		if err := pol.check(ap, by); err != nil {
			refused = err
			continue
		}
		ok = append(ok, ap)
	}
	if len(ok) == 0 {
		if refused == nil {
			return nil, fmt.Errorf("%w: %s has no address", core.ErrOriginDown, t.key.host)
		}
		return nil, fmt.Errorf("%s: %w", t.key.host, refused)
	}
	return ok, nil
}

// race dials the addresses in order, the next one as soon as the last one failed or
// stagger has passed, and returns the first connection. All attempts have ended when it
// returns, or end by ctx with their result closed.
func (c *Client) race(ctx context.Context, addrs []netip.AddrPort) (net.Conn, error) {
	if len(addrs) == 1 {
		return c.o.Dial(ctx, addrs[0])
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the attempts that lost
	type result struct {
		conn net.Conn
		err  error
	}
	results := make(chan result)
	attempt := func(ap netip.AddrPort) {
		tell := func(conn net.Conn, err error) {
			select {
			case results <- result{conn, err}:
			case <-ctx.Done():
				if conn != nil {
					_ = conn.Close()
				}
			}
		}
		defer c.caught("connecting", func(err error) { tell(nil, err) })
		tell(c.o.Dial(ctx, ap))
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	var firstErr error
	for next, running := 0, 0; ; {
		var more <-chan time.Time
		if next < len(addrs) {
			more = timer.C
		} else if running == 0 {
			return nil, firstErr
		}
		select {
		case <-more:
			go attempt(addrs[next]) // ends with ctx at the latest
			next++
			running++
			timer.Reset(stagger)
		case r := <-results:
			if r.err == nil {
				return r.conn, nil
			}
			running--
			if firstErr == nil {
				firstErr = r.err
			}
			timer.Reset(0)
		case <-ctx.Done():
			if firstErr == nil {
				firstErr = context.Cause(ctx)
			}
			return nil, firstErr
		}
	}
}

// dialTCP is the default of Options.Dial.
func dialTCP(ctx context.Context, ap netip.AddrPort) (net.Conn, error) {
	// The keep-alive probes are left at the system's defaults: 15 s apart.
	var d net.Dialer
	return d.DialContext(ctx, "tcp", ap.String())
}

// dialError names the host and what was done, and tells slow from dead.
func dialError(t *target, what string, err error) error {
	kind := core.ErrOriginDown
	if isTimeout(err) {
		kind = core.ErrOriginTimeout
	}
	return fmt.Errorf("%s %v: %w: %w", what, t.key, kind, err)
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
