package urls

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// parseHost is the host parser (URL 3.5). special says whether the URL's scheme is.
func parseHost(in string, special bool) (string, bool) {
	if strings.HasPrefix(in, "[") {
		if !strings.HasSuffix(in, "]") || len(in) < 2 {
			return "", false
		}
		return parseIPv6(in[1 : len(in)-1])
	}
	if !special { // the opaque-host parser
		if forbiddenHost.in(in) {
			return "", false
		}
		return setC0.encode(in), true
	}
	domain, ok := domainToASCII(in)
	if !ok || forbiddenDomain.in(domain) {
		return "", false
	}
	if endsInNumber(domain) {
		return parseIPv4(domain)
	}
	return domain, true
}

// idnaProfile is UTS 46 as "domain to ASCII" with beStrict false wants it (URL 3.3).
var idnaProfile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.ValidateLabels(true), // sets the next four; they must come after it
	idna.CheckJoiners(true),
	idna.CheckHyphens(false),
	idna.StrictDomainName(false),
	idna.VerifyDNSLength(false),
)

// maxDomain bounds the bytes of a domain that is given to IDNA processing, whose cost is
// not linear in them (punycode). DNS ends at 253; a longer one that is pure ASCII passes.
const maxDomain = 4096

// domainToASCII percent-decodes in and maps it to ASCII; plain ASCII is only lower-cased.
func domainToASCII(in string) (string, bool) {
	plain, upper := true, false
	for i := 0; i < len(in); i++ {
		c := in[i]
		if c >= 0x80 || c == '%' || c == '-' && i >= 3 && in[i-1] == '-' && in[i-2]|0x20 == 'n' && in[i-3]|0x20 == 'x' {
			plain = false
			break
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if plain {
		if upper {
			in = asciiLower(in)
		}
		return in, in != ""
	}
	domain := DecodeUTF8(percentDecode(in))
	if isPlainASCII(domain) {
		domain = asciiLower(domain)
		return domain, domain != ""
	}
	if len(domain) > maxDomain {
		return "", false
	}
	out, err := idnaProfile.ToASCII(domain)
	return out, err == nil && out != ""
}

// isPlainASCII reports whether s is ASCII without a label in punycode: IDNA only
// lower-cases such a domain.
func isPlainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) >= 4 && strings.EqualFold(label[:4], "xn--") {
			return false
		}
	}
	return true
}

// asciiLower is "ASCII lowercase": strings.ToLower would fold U+212A, too.
func asciiLower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

// endsInNumber is the "ends in a number checker" (URL 3.5).
func endsInNumber(s string) bool {
	s = strings.TrimSuffix(s, ".")
	last := s[strings.LastIndexByte(s, '.')+1:]
	if last == "" {
		return false
	}
	if _, ok := parseIPv4Number(last); ok {
		return true
	}
	for i := 0; i < len(last); i++ { // all digits, though no number: 08
		if !isDigit(last[i]) {
			return false
		}
	}
	return true
}

// parseIPv4 is the IPv4 parser and serialiser (URL 3.5).
func parseIPv4(s string) (string, bool) {
	s = strings.TrimSuffix(s, ".")
	if strings.Count(s, ".") > 3 {
		return "", false
	}
	parts := strings.Split(s, ".")
	var addr uint64
	for i, part := range parts {
		n, ok := parseIPv4Number(part)
		if !ok {
			return "", false
		}
		if i == len(parts)-1 {
			if n >= 1<<(8*(5-len(parts))) {
				return "", false
			}
			addr |= n
		} else {
			if n > 255 {
				return "", false
			}
			addr |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}).String(), true
}

// parseIPv4Number is the IPv4 number parser; numbers past 32 bits come out as 1<<32.
func parseIPv4Number(s string) (uint64, bool) {
	if s == "" {
		return 0, false
	}
	base := uint64(10)
	switch {
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		s, base = s[2:], 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	n := uint64(0)
	for i := 0; i < len(s); i++ {
		if !isHex(s[i]) || uint64(unhex(s[i])) >= base {
			return 0, false
		}
		n = min(n*base+uint64(unhex(s[i])), 1<<32)
	}
	return n, true
}

// parseIPv6 is the IPv6 parser and serialiser (URL 3.5). The grammar is that of netip but
// for zones, which URLs do not have, and IPv4 addresses, which are no IPv6.
func parseIPv6(s string) (string, bool) {
	if strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, ':') < 0 {
		return "", false
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return "", false
	}
	raw := addr.As16()
	var pieces [8]uint16
	for i := range pieces {
		pieces[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	start, length := longestZeros(pieces)
	b := append(make([]byte, 0, 41), '[')
	for i := 0; i < 8; i++ {
		if i == start {
			b = append(b, "::"...)
			i += length - 1
			continue
		}
		if i > 0 && i != start+length {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(pieces[i]), 16)
	}
	return string(append(b, ']')), true
}

// longestZeros is the first longest run of two or more zero pieces; start is -1 without one.
func longestZeros(pieces [8]uint16) (start, length int) {
	start, length = -1, 1
	for i := 0; i < 8; i++ {
		n := 0
		for i+n < 8 && pieces[i+n] == 0 {
			n++
		}
		if n > length {
			start, length = i, n
		}
		i += n
	}
	if start < 0 {
		length = 0
	}
	return start, length
}
