package edge

import (
	"strconv"
	"strings"
)

// The percent-encode sets of WHATWG URL: what a path or query may hold as it is.
var pathOK, queryOK = func() (path, query [256]bool) {
	for c := 0x21; c < 0x7F; c++ {
		path[c], query[c] = true, true
	}
	for _, c := range "\"#<>" {
		path[c], query[c] = false, false
	}
	for _, c := range "?^`{}" {
		path[c] = false
	}
	path['\\'] = false // a separator in special URLs
	query['\''] = false
	return path, query
}()

// canonicalTarget returns target as request.url shows it: dot segments resolved, backslashes
// as slashes, what a URL cannot hold percent-encoded. Nearly every target is canonical and
// comes back as it is. A target that is not in origin-form ("*") becomes "/".
func canonicalTarget(target string) string {
	if target == "" || target[0] != '/' {
		if target == "*" || target == "" {
			return "/"
		}
		target = "/" + target
	}
	i := 0
	for ; i < len(target) && target[i] != '?'; i++ {
		c := target[i]
		if !pathOK[c] {
			return canonicalSlow(target)
		}
		if c == '/' && i+1 < len(target) && (target[i+1] == '.' || target[i+1] == '%') && isDotSegment(segmentAt(target, i+1)) {
			return canonicalSlow(target)
		}
	}
	for ; i < len(target); i++ {
		if !queryOK[target[i]] && target[i] != '?' {
			return canonicalSlow(target)
		}
	}
	return target
}

// segmentAt is the path segment that begins at i.
func segmentAt(target string, i int) string {
	end := i
	for end < len(target) && target[end] != '/' && target[end] != '?' && target[end] != '\\' && target[end] != '#' {
		end++
	}
	return target[i:end]
}

// isDotSegment reports whether s is a single-dot or double-dot URL path segment, in any of
// the spellings with %2e.
func isDotSegment(s string) bool { return dots(s) > 0 }

func dots(s string) int {
	switch strings.ToLower(s) {
	case ".", "%2e":
		return 1
	case "..", ".%2e", "%2e.", "%2e%2e":
		return 2
	}
	return 0
}

func canonicalSlow(target string) string {
	path, query, hasQuery := strings.Cut(target, "?")
	if i := strings.IndexByte(path, '#'); i >= 0 {
		path, query, hasQuery = path[:i], "", false // a fragment is never sent; drop one that was
	}
	var segments []string
	path = strings.ReplaceAll(path, "\\", "/")
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch dots(part) {
		case 0:
			segments = append(segments, part)
		case 1:
			if last {
				segments = append(segments, "")
			}
		case 2:
			if len(segments) > 0 {
				segments = segments[:len(segments)-1]
			}
			if last {
				segments = append(segments, "")
			}
		}
	}
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		encode(&b, s, &pathOK)
	}
	if len(segments) == 0 {
		b.WriteByte('/')
	}
	if hasQuery {
		query, _, _ = strings.Cut(query, "#")
		b.WriteByte('?')
		encode(&b, query, &queryOK)
	}
	return b.String()
}

func encode(b *strings.Builder, s string, ok *[256]bool) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; ok[c] || c == '?' {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		}
	}
}

// routingKey is what routes are matched with besides the canonical target: the path as an
// origin may understand it, with escaped unreserved characters decoded (RFC 3986, section
// 6.2.2.2) and empty segments left out. So /%61dmin and //admin do not go past a route of
// /admin*. Nearly every target is its own key.
func routingKey(target string) string {
	for i := 0; i < len(target) && target[i] != '?'; i++ {
		if target[i] == '%' || target[i] == '/' && i > 0 && target[i-1] == '/' {
			return routingKeySlow(target)
		}
	}
	return target
}

func routingKeySlow(target string) string {
	path, query, hasQuery := strings.Cut(target, "?")
	var b strings.Builder
	last := byte(0)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			if d, ok := unhex(path[i+1], path[i+2]); ok && unreserved(d) {
				c = d
				i += 2
			}
		}
		if c == '/' && last == '/' {
			continue
		}
		b.WriteByte(c)
		last = c
	}
	key := b.String()
	if hasQuery {
		key += "?" + query
	}
	return canonicalTarget(key)
}

func unhex(hi, lo byte) (byte, bool) {
	n, err := strconv.ParseUint(string([]byte{hi, lo}), 16, 8)
	return byte(n), err == nil
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// plainHost reports whether an authority's host means the same to everyone. A URL may write a
// host with escapes, which URL parsers decode and most others do not; no client does.
func plainHost(authority string) bool {
	if authority == "" {
		return false
	}
	for i := range len(authority) {
		switch c := authority[i]; {
		case c <= ' ' || c >= 0x7F:
			return false
		case strings.IndexByte("%/\\?#@<>^|\"`{}", c) >= 0:
			return false
		}
	}
	return true
}

// requestURL is request.url: the scheme's default port is left out.
func requestURL(scheme, authority, target string) string {
	host := authority
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host = authority[:i]
		port := strings.TrimLeft(authority[i+1:], "0")
		switch {
		case port == "" && authority[i+1:] != "":
			port = "0"
			fallthrough
		case port != "" && !(scheme == "http" && port == "80") && !(scheme == "https" && port == "443"):
			if len(port) == len(authority)-i-1 {
				host = authority // nothing to change
			} else {
				host += ":" + port
			}
		}
	}
	return scheme + "://" + host + target
}
