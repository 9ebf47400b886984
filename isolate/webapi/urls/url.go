package urls

import (
	"errors"
	"strings"
)

// ErrInvalid is the failure of the URL parser.
var ErrInvalid = errors.New("urls: invalid URL")

// URL is a URL record (URL 4.1). Its parts are kept serialised. Copies are independent.
type URL struct {
	scheme             string // without the colon
	username, password string
	host               string
	hasHost            bool   // the host is not null; it may be empty
	port               string // "" is null
	// path is the opaque path, or the path segments, each with a slash before it.
	path        string
	opaque      bool // the path is opaque
	query       string
	hasQuery    bool // the query is not null
	fragment    string
	hasFragment bool // the fragment is not null
}

// Parse parses input relative to base, an absolute URL, or "" for none (URL 4.4). The error
// is ErrInvalid.
func Parse(input, base string) (*URL, error) {
	if base == "" {
		return ParseRef(input, nil)
	}
	b, err := ParseRef(base, nil)
	if err != nil {
		return nil, err
	}
	return ParseRef(input, b)
}

// ParseRef is Parse with a base that is parsed already; nil is none.
func ParseRef(input string, base *URL) (*URL, error) {
	u := new(URL)
	if !u.parse(input, base) {
		return nil, ErrInvalid
	}
	return u, nil
}

// special schemes and their default ports (URL 4.2).
func isSpecial(scheme string) bool {
	switch scheme {
	case "http", "https", "ws", "wss", "ftp", "file":
		return true
	}
	return false
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	case "ftp":
		return "21"
	}
	return ""
}

// Special reports whether the scheme is special: http, https, ws, wss, ftp or file.
func (u *URL) Special() bool { return isSpecial(u.scheme) }

// Scheme is the scheme without the colon.
func (u *URL) Scheme() string { return u.scheme }

// Href is the whole URL.
func (u *URL) Href() string { return u.serialize(true) }

// WithoutFragment is the URL serialised without its fragment (the exclude-fragment flag).
func (u *URL) WithoutFragment() string { return u.serialize(false) }

// String is Href.
func (u *URL) String() string { return u.Href() }

// serialize is the URL serialiser (URL 4.5).
func (u *URL) serialize(fragment bool) string {
	n := len(u.scheme) + len(u.username) + len(u.password) + len(u.host) + len(u.port) + len(u.path) + len(u.query) + len(u.fragment) + 10
	var b strings.Builder
	b.Grow(n)
	b.WriteString(u.scheme)
	b.WriteByte(':')
	switch {
	case u.hasHost:
		b.WriteString("//")
		if u.username != "" || u.password != "" {
			b.WriteString(u.username)
			if u.password != "" {
				b.WriteByte(':')
				b.WriteString(u.password)
			}
			b.WriteByte('@')
		}
		b.WriteString(u.host)
		if u.port != "" {
			b.WriteByte(':')
			b.WriteString(u.port)
		}
	case !u.opaque && strings.HasPrefix(u.path, "//"):
		b.WriteString("/.") // or the path would be read as an authority
	}
	b.WriteString(u.path)
	if u.hasQuery {
		b.WriteByte('?')
		b.WriteString(u.query)
	}
	if fragment && u.hasFragment {
		b.WriteByte('#')
		b.WriteString(u.fragment)
	}
	return b.String()
}

// Protocol is the scheme with its colon.
func (u *URL) Protocol() string {
	switch u.scheme { // no allocation for the two that matter
	case "https":
		return "https:"
	case "http":
		return "http:"
	}
	return u.scheme + ":"
}

// Username is the user name, percent-encoded.
func (u *URL) Username() string { return u.username }

// Password is the password, percent-encoded.
func (u *URL) Password() string { return u.password }

// Host is the host with the port, if that is not the scheme's default.
func (u *URL) Host() string {
	if u.port == "" {
		return u.host
	}
	return u.host + ":" + u.port
}

// Hostname is the host; IPv6 addresses are in brackets.
func (u *URL) Hostname() string { return u.host }

// Port is the port, "" for the default one.
func (u *URL) Port() string { return u.port }

// EffectivePort is the port, the scheme's default if there is none; "" if that has none.
func (u *URL) EffectivePort() string {
	if u.port != "" {
		return u.port
	}
	return defaultPort(u.scheme)
}

// Pathname is the path.
func (u *URL) Pathname() string { return u.path }

// Search is the query with its question mark; "" for an empty one, too.
func (u *URL) Search() string {
	if u.query == "" {
		return ""
	}
	return "?" + u.query
}

// Query is the query without the question mark.
func (u *URL) Query() string { return u.query }

// Hash is the fragment with its number sign; "" for an empty one, too.
func (u *URL) Hash() string {
	if u.fragment == "" {
		return ""
	}
	return "#" + u.fragment
}

// Origin is the serialised origin (URL 4.7), "null" for an opaque one.
func (u *URL) Origin() string {
	switch u.scheme {
	case "http", "https", "ws", "wss", "ftp":
		return u.scheme + "://" + u.Host()
	case "blob":
		inner, err := Parse(u.path, "")
		if err == nil && (inner.scheme == "http" || inner.scheme == "https") {
			return inner.Origin()
		}
	}
	return "null"
}
