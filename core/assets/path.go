package assets

import (
	"strings"
	"unicode/utf8"
)

// wellKnown is the one directory with a leading dot that is meant for clients: RFC 8615.
const wellKnown = ".well-known"

// cleanPath returns the decoded path of an origin-form target, with runs of slashes made
// one (a redirect to "//host" would leave the site), and the raw path and query it came
// from. ok is false for what can name no asset.
func cleanPath(target string) (decoded, rawPath, query string, ok bool) {
	rawPath = target
	if i := strings.IndexByte(target, '?'); i >= 0 {
		rawPath, query = target[:i], target[i:]
	}
	if rawPath == "" || rawPath[0] != '/' {
		return "", "", "", false // rawPath tells this from a path that may not be served
	}
	decoded = rawPath
	if strings.IndexByte(rawPath, '%') >= 0 {
		segments := strings.Split(rawPath, "/")
		for i, s := range segments {
			segments[i] = decodeSegment(s)
		}
		// An encoded slash becomes a slash, so what is checked below is what is opened.
		decoded = strings.Join(segments, "/")
	}
	if strings.Contains(decoded, "//") {
		decoded = collapse(decoded)
	}
	return decoded, rawPath, query, servable(decoded)
}

// decodeSegment percent-decodes s, or returns it as it is when that gives no valid UTF-8.
func decodeSegment(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return s
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi < 0 || lo < 0 {
			return s
		}
		b = append(b, byte(hi<<4|lo))
		i += 2
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func collapse(p string) string {
	var b strings.Builder
	b.Grow(len(p))
	for i := 0; i < len(p); i++ {
		if p[i] != '/' || i == 0 || p[i-1] != '/' {
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// servable reports whether a decoded path may be looked for at all: absolute, valid UTF-8,
// no control characters, no backslash (a separator elsewhere), no segment that starts with
// a dot, be it a dot segment or a hidden file.
func servable(p string) bool {
	if p == "" || p[0] != '/' || !utf8.ValidString(p) {
		return false
	}
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c < ' ' || c == 0x7f || c == '\\' {
			return false
		}
		if c == '.' && p[i-1] == '/' && !(i == 1 && inWellKnown(p[1:])) {
			return false
		}
	}
	return true
}

func inWellKnown(p string) bool {
	rest, ok := strings.CutPrefix(p, wellKnown)
	return ok && (rest == "" || rest[0] == '/')
}

// encodePath is the canonical spelling of a decoded path: each segment encoded as
// encodeURIComponent does.
func encodePath(p string) string {
	const hex = "0123456789ABCDEF"
	n := 0
	for i := 0; i < len(p); i++ {
		if !plainByte(p[i]) {
			n++
		}
	}
	if n == 0 {
		return p
	}
	b := make([]byte, 0, len(p)+2*n)
	for i := 0; i < len(p); i++ {
		if c := p[i]; plainByte(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func plainByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("/-_.!~*'()", c) >= 0
}
