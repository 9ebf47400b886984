package config

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// Pattern is one Workers route pattern, parsed: [scheme://]host[/path], with "*" only as
// the first character of the host and the last of the path. It is comparable: equal
// Patterns match the same URLs.
type Pattern struct {
	// Scheme is "http", "https", or "" for both.
	Scheme string
	// Host is lower-case ASCII, without port, brackets, trailing dot and leading "*".
	Host string
	// HostWild is set when the pattern's host begins with "*": hosts that end in Host
	// match, which for "*example.com" includes example.com and myexample.com.
	HostWild bool
	// Path begins with "/" and is without the trailing "*". It is matched with the path
	// and query of a URL together, as bytes.
	Path string
	// PathWild is set when the pattern ends in "*".
	PathWild bool
}

// maxHostBytes is the longest DNS name in its written form, in bytes (RFC 1035, section
// 2.3.4). A longer host in a pattern is an error.
const maxHostBytes = 253

// maxPatternBytes bounds a pattern, in bytes. It keeps the path trie's depth, and so the
// recursion that builds it, small; a longer pattern is an error.
const maxPatternBytes = 2048

// PatternError says what is wrong with a pattern, and where.
type PatternError struct {
	Pattern string
	Offset  int // in bytes
	Msg     string
}

// Error implements error.
func (e *PatternError) Error() string { return fmt.Sprintf("route %q: %s", e.Pattern, e.Msg) }

// String returns the pattern in its normal form.
func (p Pattern) String() string {
	var b strings.Builder
	if p.Scheme != "" {
		b.WriteString(p.Scheme + "://")
	}
	if p.HostWild {
		b.WriteByte('*')
	}
	if strings.IndexByte(p.Host, ':') >= 0 {
		b.WriteString("[" + p.Host + "]")
	} else {
		b.WriteString(p.Host)
	}
	b.WriteString(p.Path)
	if p.PathWild {
		b.WriteByte('*')
	}
	return b.String()
}

// ParsePattern parses a route pattern. Without a path it matches "/" alone, as on
// Cloudflare. The error is a *PatternError.
func ParsePattern(s string) (Pattern, error) {
	fail := func(offset int, format string, args ...any) (Pattern, error) {
		return Pattern{}, &PatternError{Pattern: s, Offset: offset, Msg: fmt.Sprintf(format, args...)}
	}
	if s == "" {
		return fail(0, "is empty")
	}
	if len(s) > maxPatternBytes {
		return fail(0, "is longer than %d bytes", maxPatternBytes)
	}
	var p Pattern
	at := 0 // offset of rest in s
	rest := s
	if i := strings.Index(rest, "://"); i >= 0 {
		p.Scheme = strings.ToLower(rest[:i])
		if p.Scheme != "http" && p.Scheme != "https" {
			return fail(0, "the scheme must be http or https, or left out for both")
		}
		at = i + 3
		rest = rest[at:]
	}
	host, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	pathAt := at + len(host)
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		return fail(at+i, "a route has no query and no fragment; a trailing * covers any query")
	}
	if h, ok := strings.CutPrefix(host, "*"); ok {
		p.HostWild = true
		host = h
		at++
	}
	var msg string
	if p.Host, msg = normalHost(host, p.HostWild); msg != "" {
		return fail(at, "%s", msg)
	}
	if path == "" {
		p.Path = "/"
		return p, nil
	}
	if path[len(path)-1] == '*' {
		p.PathWild = true
		path = path[:len(path)-1]
	}
	if i := strings.IndexByte(path, '*'); i >= 0 {
		return fail(pathAt+i, "* may stand only at the start of the host and at the end of the path")
	}
	if i, msg := badPathByte(path); msg != "" {
		return fail(pathAt+i, "%s", msg)
	}
	for i, seg := range strings.Split(path[1:], "/") {
		last := i == strings.Count(path[1:], "/")
		if (seg == "." || seg == "..") && !(last && p.PathWild) {
			return fail(pathAt, "no URL has a %q segment by the time it is routed", seg)
		}
	}
	p.Path = encodePath(path)
	return p, nil
}

// normalHost returns host in the form Pattern.Host has, or what is wrong with it. With
// suffix set host is what followed a "*", and may be empty or begin within a label.
func normalHost(host string, suffix bool) (string, string) {
	if host == "" {
		if suffix {
			return "", ""
		}
		return "", "has no host"
	}
	if strings.IndexByte(host, '*') >= 0 {
		return "", "* may stand only at the start of the host and at the end of the path"
	}
	if strings.IndexByte(host, '@') >= 0 {
		return "", "a host has no user name"
	}
	if host[0] == '[' {
		inner, ok := strings.CutSuffix(host[1:], "]")
		if !ok {
			return "", "a host has no port here: every port matches"
		}
		if suffix || !onlyBytes(inner, "0123456789abcdefABCDEF:.") {
			return "", "not an IPv6 address"
		}
		return strings.ToLower(inner), ""
	}
	if strings.IndexByte(host, ':') >= 0 {
		return "", "a host has no port here: every port matches"
	}
	host = strings.TrimSuffix(host, ".")
	dot := ""
	if suffix && strings.HasPrefix(host, ".") {
		dot, host = ".", host[1:]
	}
	if !isASCII(host) {
		if suffix && dot == "" {
			return "", "write the host in punycode: a * cannot end within an internationalised label"
		}
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", "not a host name: " + err.Error()
		}
		host = ascii
	}
	host = strings.ToLower(host)
	if !onlyBytes(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") {
		return "", "not a host name"
	}
	if host == "" || host[0] == '.' || host[len(host)-1] == '.' || strings.Contains(host, "..") {
		return "", "a label of the host is empty"
	}
	if len(host) > maxHostBytes {
		return "", fmt.Sprintf("the host is longer than %d bytes", maxHostBytes)
	}
	return dot + host, ""
}

// badPathByte finds a byte that no request-target may hold.
func badPathByte(path string) (int, string) {
	for i := range len(path) {
		switch c := path[i]; {
		case c <= ' ' || c == 0x7f:
			return i, "a path has no spaces and no control characters; write %20 for a space"
		case c == '\\':
			return i, `a path has no backslash: URLs turn it into "/"`
		}
	}
	return 0, ""
}

// encodePath percent-encodes what is not ASCII, since that is how a URL carries it.
func encodePath(path string) string {
	if isASCII(path) {
		return path
	}
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; c < 0x80 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func onlyBytes(s, set string) bool {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) < 0 {
			return false
		}
	}
	return true
}
