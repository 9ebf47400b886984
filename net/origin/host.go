package origin

import (
	"net/netip"
	"strconv"
	"strings"
)

// place is what a URL says about where a request goes. Its strings are parts of the URL.
type place struct {
	https     bool
	host      string // without brackets, as it was spelled
	port      uint16
	authority string // host[:port] as it was spelled, which is what Host says
	target    string // origin-form, never empty
}

// splitURL takes an absolute, WHATWG-serialised http or https URL apart without
// allocating. ok is false for anything else, user information included.
func splitURL(u string) (p place, ok bool) {
	rest, found := strings.CutPrefix(u, "http://")
	p.port = 80
	if !found {
		if rest, found = strings.CutPrefix(u, "https://"); !found {
			return place{}, false
		}
		p.https, p.port = true, 443
	}
	p.authority, p.target = rest, "/"
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		p.authority = rest[:i]
		p.target, _, _ = strings.Cut(rest[i:], "#")
		switch {
		case p.target == "":
			p.target = "/"
		case p.target[0] == '?':
			p.target = "/" + p.target
		}
	}
	p.host, p.port, ok = splitAuthority(p.authority, p.port)
	return p, ok && cleanTarget(p.target)
}

// splitAuthority splits host[:port], taking off the brackets of an IPv6 address.
func splitAuthority(a string, port uint16) (string, uint16, bool) {
	host, digits := a, ""
	if strings.HasPrefix(a, "[") {
		end := strings.IndexByte(a, ']')
		if end < 0 {
			return "", 0, false
		}
		host, digits = a[1:end], a[end+1:]
		if !strings.Contains(host, ":") {
			return "", 0, false
		}
		if digits != "" && digits[0] != ':' {
			return "", 0, false
		}
		digits = strings.TrimPrefix(digits, ":")
	} else if i := strings.IndexByte(a, ':'); i >= 0 {
		host, digits = a[:i], a[i+1:]
	}
	if digits != "" {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || n == 0 {
			return "", 0, false
		}
		port = uint16(n)
	}
	if host == "" {
		return "", 0, false
	}
	for i := 0; i < len(host); i++ {
		if c := host[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`@/\?#[]<>^|"`, c) >= 0 {
			return "", 0, false
		}
	}
	return host, port, true
}

// cleanTarget reports whether t can stand in a request-line (RFC 9112, section 3.2): no
// controls, no space, nothing outside ASCII.
func cleanTarget(t string) bool {
	for i := 0; i < len(t); i++ {
		if t[i] <= ' ' || t[i] >= 0x7f {
			return false
		}
	}
	return true
}

// literal returns the address a host is a spelling of. isAddr is true for every host that
// a URL parser would read as an address, even where addr is invalid: such a host is never
// looked up as a name, since some resolvers accept the old spellings too.
func literal(host string) (addr netip.Addr, isAddr bool) {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return netip.Addr{}, true
		}
		return addr, true
	}
	host = strings.TrimSuffix(host, ".")
	if !isNumber(host[strings.LastIndexByte(host, '.')+1:]) {
		return netip.Addr{}, false
	}
	return parseIPv4(host), true
}

// isNumber is the check "ends in a number" of the URL standard for one label.
func isNumber(label string) bool {
	if label == "" {
		return false
	}
	if len(label) >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X') {
		_, ok := ipv4Number(label)
		return ok
	}
	for i := 0; i < len(label); i++ {
		if label[i] < '0' || label[i] > '9' {
			return false
		}
	}
	return true
}

// parseIPv4 is the IPv4 parser of the URL standard: one to four parts, each decimal,
// octal or hexadecimal, the last one filling what is left. It returns the zero Addr for
// what is out of range.
func parseIPv4(s string) netip.Addr {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}
	}
	var v uint64
	for i, part := range parts {
		n, ok := ipv4Number(part)
		if !ok {
			return netip.Addr{}
		}
		if i < len(parts)-1 {
			if n > 255 {
				return netip.Addr{}
			}
			v |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(4-i)) {
			return netip.Addr{}
		}
		v |= n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

func ipv4Number(s string) (uint64, bool) {
	base := 10
	switch {
	case s == "":
		return 0, false
	case len(s) >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		if s = s[2:]; s == "" {
			return 0, true
		}
		base = 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 40)
	return n, err == nil
}
