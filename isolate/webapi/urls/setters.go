package urls

import "strings"

// The setters are those of the URL class (URL 6.1): what they cannot use changes nothing.
// What is set is expected to be valid UTF-8, as a USVString is; other bytes become U+FFFD.

// SetHref replaces the whole URL, which stays as it is when href is no absolute URL.
func (u *URL) SetHref(href string) error {
	parsed, err := ParseRef(href, nil)
	if err == nil {
		*u = *parsed
	}
	return err
}

// SetProtocol sets the scheme; what follows a colon is ignored. A special scheme does not
// become another kind of scheme, nor the other way round.
func (u *URL) SetProtocol(v string) {
	scheme, _, ok := cutScheme(cleanInput(v) + ":")
	switch {
	case !ok, isSpecial(scheme) != u.Special():
		return
	case scheme == "file" && (u.username != "" || u.password != "" || u.port != ""):
		return
	case u.scheme == "file" && u.host == "":
		return
	}
	u.scheme = scheme
	if u.port == defaultPort(scheme) {
		u.port = ""
	}
}

// noCredentials is "cannot have a username/password/port".
func (u *URL) noCredentials() bool { return u.host == "" || u.scheme == "file" }

// SetUsername sets the user name, to be percent-encoded.
func (u *URL) SetUsername(v string) {
	if !u.noCredentials() {
		u.username = setUserinfo.encode(DecodeUTF8(v))
	}
}

// SetPassword sets the password, to be percent-encoded.
func (u *URL) SetPassword(v string) {
	if !u.noCredentials() {
		u.password = setUserinfo.encode(DecodeUTF8(v))
	}
}

// SetHost sets host and port.
func (u *URL) SetHost(v string) { u.setHost(v, false) }

// SetHostname sets the host without the port.
func (u *URL) SetHostname(v string) { u.setHost(v, true) }

// setHost is the basic URL parser with host state, or hostname state, as its override.
func (u *URL) setHost(v string, hostname bool) {
	if u.opaque {
		return
	}
	v = cleanInput(v)
	special := u.Special()
	v = v[:authorityEnd(v, special)]
	if u.scheme == "file" { // the file host state
		host := ""
		if v != "" {
			var ok bool
			if host, ok = parseHost(v, true); !ok {
				return
			}
			if host == "localhost" {
				host = ""
			}
		}
		u.host, u.hasHost = host, true
		return
	}
	name, port, hasPort := cutPort(v)
	switch {
	case hasPort && (name == "" || hostname):
		return
	case name == "" && (special || u.username != "" || u.password != "" || u.port != ""):
		return
	}
	host, ok := parseHost(name, special)
	if !ok {
		return
	}
	u.host, u.hasHost = host, true
	if hasPort {
		u.setPortDigits(port)
	}
}

// SetPort sets the port; "" means the scheme's default.
func (u *URL) SetPort(v string) {
	if u.noCredentials() {
		return
	}
	if v == "" {
		u.port = ""
		return
	}
	u.setPortDigits(cleanInput(v))
}

// setPortDigits is the port state with an override: the leading digits of v, if any.
func (u *URL) setPortDigits(v string) {
	n := 0
	for n < len(v) && isDigit(v[n]) {
		n++
	}
	if n == 0 {
		return
	}
	if port, ok := parsePort(v[:n], u.scheme); ok {
		u.port = port
	}
}

// SetPathname sets the path.
func (u *URL) SetPathname(v string) {
	if u.opaque {
		return
	}
	v = cleanInput(v)
	u.path = ""
	special := u.Special()
	switch { // path start state, then path state, where ? and # mean nothing
	case isSlash(v, special):
		u.appendPath(v[1:])
	case special || v != "":
		u.appendPath(v)
	case !u.hasHost:
		u.path = "/"
	}
}

// SetSearch sets the query, with or without its question mark; "" removes it.
func (u *URL) SetSearch(v string) {
	if v == "" {
		u.query, u.hasQuery = "", false
		return
	}
	u.setQuery(cleanInput(strings.TrimPrefix(v, "?")))
}

// SetHash sets the fragment, with or without its number sign; "" removes it.
func (u *URL) SetHash(v string) {
	if v == "" {
		u.fragment, u.hasFragment = "", false
		return
	}
	u.setFragment(cleanInput(strings.TrimPrefix(v, "#")))
}
