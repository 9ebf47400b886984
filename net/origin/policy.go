package origin

import (
	"fmt"
	"net"
	"net/netip"

	"gannet/core"
)

// Policy says which addresses subrequests may be sent to. It is checked on the address
// that is dialled, never on a name, so that a name whose address changes between check and
// use (DNS rebinding) gains nothing.
//
// A Policy is immutable once it was handed to New or SetPolicy.
type Policy struct {
	// AllowAll permits every address but those of Deny: gannet dev.
	AllowAll bool
	// AllowPrivate lists what may be reached besides public addresses: key
	// network.allow_private. An entry counts for every spelling of the addresses in it.
	AllowPrivate []netip.Prefix
	// Pins maps a lower-case host name without trailing dot to the address it means,
	// without asking the DNS: --map and [network] hosts. Port 0 keeps the port of the
	// URL. A pinned address counts as allowed, except by Deny.
	Pins map[string]netip.AddrPort
	// Deny lists listening addresses that are refused whatever else allows them, in every
	// spelling that reaches them from this machine: the admin listener.
	Deny []netip.AddrPort
}

// trust is what vouches for a target.
type trust uint8

const (
	trustNone     trust = iota // a worker named it: the whole policy applies
	trustOperator              // a pin or an upstream: only Deny applies
)

// check returns nil, or an error wrapping core.ErrForbiddenTarget, for dialling ap.
func (p *Policy) check(ap netip.AddrPort, by trust) error {
	addr := ap.Addr().WithZone("").Unmap()
	if p.denies(addr, ap.Port()) {
		return fmt.Errorf("%w: %s is the admin listener", core.ErrForbiddenTarget, ap)
	}
	if by == trustOperator || p.AllowAll || p.lists(addr) {
		return nil
	}
	// An address that embeds another must be fit for both readings: which one counts is
	// decided by a gateway that is not ours.
	if inner, how, ok := embedded(addr); ok {
		if p.denies(inner, ap.Port()) {
			return fmt.Errorf("%w: %s is the admin listener", core.ErrForbiddenTarget, ap)
		}
		if kind := special(inner); kind != "" && !p.lists(inner) {
			return fmt.Errorf("%w: %s is not public: %s address of a %s one (network.allow_private does not list it)", core.ErrForbiddenTarget, ap.Addr(), how, kind)
		}
	}
	if kind := special(addr); kind != "" {
		return fmt.Errorf("%w: %s is not public: %s address (network.allow_private does not list it)", core.ErrForbiddenTarget, ap.Addr(), kind)
	}
	return nil
}

// lists reports whether AllowPrivate holds addr, which has no zone and is no IPv4-mapped
// address.
func (p *Policy) lists(addr netip.Addr) bool {
	for _, pre := range p.AllowPrivate {
		if pre.Contains(addr) {
			return true
		}
		// ::ffff:127.0.0.0/104 is another way to write 127.0.0.0/8.
		if a := pre.Addr(); a.Is4In6() && pre.Bits() >= 96 {
			if netip.PrefixFrom(a.Unmap(), pre.Bits()-96).Contains(addr) {
				return true
			}
		}
	}
	return false
}

// denies reports whether a connection to addr:port would reach an address of Deny.
func (p *Policy) denies(addr netip.Addr, port uint16) bool {
	for _, d := range p.Deny {
		if d.Port() != port {
			continue
		}
		l := d.Addr().WithZone("").Unmap()
		switch {
		case addr == l, addr.IsUnspecified():
			return true // connecting to 0.0.0.0 or :: means this machine
		case l.IsLoopback() && addr.IsLoopback():
			return true // one listener of several, or a dual-stack one: refuse all of loopback
		case l.IsUnspecified() && (addr.IsLoopback() || isLocal(addr)):
			return true
		}
	}
	return false
}

// isLocal reports whether addr is one of this machine's own. It asks the kernel, and is
// only called for a port that Deny names.
func isLocal(addr netip.Addr) bool {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return true // cannot tell: refuse
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == addr {
				return true
			}
		}
	}
	return false
}
