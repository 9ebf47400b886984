package wire

import (
	"bytes"
	"net/netip"
)

// parseTarget checks the request-target and finds its form (RFC 9112, section 3.2).
func (h *RequestHead) parseTarget(b []byte) error {
	t := h.target.of(b)
	if len(t) == 0 || !all(t, isTarget) {
		return ErrTarget
	}
	method := h.method.of(b)
	switch {
	case string(method) == "CONNECT":
		// Only authority-form goes with CONNECT, and the other way round.
		h.form = authorityForm
		h.authority = h.target
		if port := bytes.LastIndexByte(t, ':'); port <= 0 || port == len(t)-1 {
			return ErrTargetForm
		}
		if !validAuthority(t) {
			return ErrTarget
		}
	case t[0] == '/':
		h.form = originForm
	case len(t) == 1 && t[0] == '*':
		h.form = asteriskForm
		if string(method) != "OPTIONS" {
			return ErrTargetForm
		}
	default:
		return h.parseAbsolute(t)
	}
	return nil
}

// parseAbsolute takes an absolute-form target apart: the authority wins over Host, and the
// scheme is the connection's to say, so only the two of HTTP are let pass.
func (h *RequestHead) parseAbsolute(t []byte) error {
	scheme, rest, ok := bytes.Cut(t, []byte("://"))
	if !ok || (!equalFold(scheme, "http") && !equalFold(scheme, "https")) {
		return ErrTarget
	}
	start := h.target.to - uint32(len(rest))
	end := bytes.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority := rest[:end]
	if bytes.IndexByte(authority, '@') >= 0 {
		return ErrUserinfo
	}
	if len(authority) == 0 || !validAuthority(authority) {
		return ErrTarget
	}
	h.form = absoluteForm
	h.authority = span{start, start + uint32(end)}
	h.path = span{start + uint32(end), h.target.to}
	return nil
}

// validAuthority checks uri-host [ ":" port ] (RFC 3986, section 3.2). The host must not
// be empty (RFC 9110, section 4.2.1).
func validAuthority(a []byte) bool {
	if len(a) == 0 {
		return false
	}
	var port []byte
	if a[0] == '[' {
		end := bytes.IndexByte(a, ']')
		if end < 0 || !validIPLiteral(a[1:end]) {
			return false
		}
		port = a[end+1:]
	} else {
		host := a
		if i := bytes.IndexByte(a, ':'); i >= 0 {
			host, port = a[:i], a[i:]
		}
		if !validRegName(host) {
			return false
		}
	}
	if len(port) == 0 {
		return true
	}
	return port[0] == ':' && validPort(port[1:])
}

// validPort allows the empty port of RFC 3986, section 3.2.3, and no number beyond 65535.
func validPort(p []byte) bool {
	n := 0
	for _, c := range p {
		if class[c]&isDigit == 0 {
			return false
		}
		if n = n*10 + int(c-'0'); n > 65535 {
			return false
		}
	}
	return true
}

// validRegName is stricter than reg-name. A comma is what an intermediary makes of two Host
// lines. Percent-encoding, and an IPv4 address in other than four decimal parts, would give
// a host a second spelling that routes do not know and that a worker's URL turns into the
// first. No client sends any of them, since they come from URLs that were parsed before.
func validRegName(host []byte) bool {
	if len(host) == 0 || !all(host, isRegName) {
		return false
	}
	name := bytes.TrimSuffix(host, []byte("."))
	label := name[bytes.LastIndexByte(name, '.')+1:]
	return !isNumber(label) || isIPv4(host)
}

// isNumber reports whether a host with this last label is an IPv4 address, of whatever
// spelling, to the URL standard (section 3.5, "ends in a number").
func isNumber(label []byte) bool {
	if len(label) == 0 || class[label[0]]&isDigit == 0 {
		return false
	}
	if len(label) >= 2 && label[0] == '0' && lower(label[1]) == 'x' {
		return all(label[2:], isHex)
	}
	return all(label, isDigit)
}

// isIPv4 reports whether a is IPv4address of RFC 3986, section 3.2.2.
func isIPv4(a []byte) bool {
	for part := 0; ; part++ {
		n, digits := 0, 0
		for ; digits < len(a) && class[a[digits]]&isDigit != 0; digits++ {
			if n = n*10 + int(a[digits]-'0'); n > 255 {
				return false
			}
		}
		if digits == 0 || digits > 1 && a[0] == '0' {
			return false
		}
		a = a[digits:]
		if part == 3 {
			return len(a) == 0
		}
		if len(a) == 0 || a[0] != '.' {
			return false
		}
		a = a[1:]
	}
}

// validIPLiteral reports whether a is an IPv6 address. Zone identifiers have no place in a
// URI on the wire.
func validIPLiteral(a []byte) bool {
	addr, err := netip.ParseAddr(string(a))
	return err == nil && addr.Is6() && addr.Zone() == ""
}
