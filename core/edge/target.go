package edge

import "strings"

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

// requestURL is request.url: the scheme's default port is left out.
func requestURL(scheme, authority, target string) string {
	switch scheme {
	case "http":
		authority = strings.TrimSuffix(authority, ":80")
	case "https":
		authority = strings.TrimSuffix(authority, ":443")
	}
	authority = strings.TrimSuffix(authority, ":")
	return scheme + "://" + authority + target
}
