package core

import (
	"net/netip"
	"time"
)

// Proto is the version of HTTP a message arrived by.
type Proto uint8

// The protocols a listener may speak.
const (
	HTTP10 Proto = iota + 1
	HTTP11
	HTTP2
	HTTP3
)

// String returns the name as request.cf.httpProtocol has it, such as "HTTP/1.1".
func (p Proto) String() string {
	switch p {
	case HTTP10:
		return "HTTP/1.0"
	case HTTP11:
		return "HTTP/1.1"
	case HTTP2:
		return "HTTP/2"
	case HTTP3:
		return "HTTP/3"
	}
	return "unknown"
}

// TLS says how the client's connection is secured.
type TLS struct {
	Version     string // as request.cf.tlsVersion has it: "TLSv1.2", "TLSv1.3"
	CipherSuite string // as request.cf.tlsCipher has it
	ServerName  string // from the ClientHello; "" if none was sent
}

// Request is one request in the form all protocols share: what a listener hands to the
// edge. The listener has consumed the framing and the connection-specific fields, so
// nothing in it depends on the protocol but Proto.
type Request struct {
	// Method is the method, in the case it was sent in.
	Method string
	// Scheme is "http" or "https", by the connection, never by what the client claims.
	Scheme string
	// Authority is host[:port] of the target URI (RFC 9110, section 7.1): an
	// absolute-form target wins over Host, and Host is made to agree with it. The host is
	// lower-case; the port stands as it was sent.
	Authority string
	// Target is the path and query as sent: origin-form, or "*" for a server-wide OPTIONS.
	Target string
	Proto  Proto
	// Fields is the field section in order and case, with Host, without hop-by-hop fields.
	Fields Fields
	// Upgrade is the value of an Upgrade field that Connection nominated, or "".
	Upgrade string
	// Body is the content, nil when the request has none (an explicit length of 0 counts
	// as none).
	Body Body
	// Remote and Local are the two ends of the connection.
	Remote, Local netip.AddrPort
	// TLS is nil on a plain connection.
	TLS *TLS
	// Received is when the field section was complete.
	Received time.Time
}

// Host returns Authority without its port, and without the brackets of an IPv6 address.
func (r *Request) Host() string { return HostOf(r.Authority) }

// HostOf returns the host of an authority: without port, without the brackets of an IPv6
// address.
func HostOf(authority string) string {
	if len(authority) > 0 && authority[0] == '[' {
		for i := 1; i < len(authority); i++ {
			if authority[i] == ']' {
				return authority[1:i]
			}
		}
		return authority
	}
	for i := len(authority) - 1; i >= 0; i-- {
		if authority[i] == ':' {
			return authority[:i]
		}
	}
	return authority
}

// Response is one final response on its way to a client, or from an origin to a worker.
type Response struct {
	// Status is a final status code, 200 to 599. (101 never passes here.)
	Status int
	// Reason is the reason phrase an HTTP/1.1 origin or a worker gave; "" means the usual
	// one. It has no meaning in HTTP/2 and HTTP/3.
	Reason string
	// Fields holds no hop-by-hop fields. The writer frames the message from Body and
	// drops any Content-Length here, except for responses to HEAD and for 304, which say
	// what the length would have been.
	Fields Fields
	// Body is the content; nil means none. Whoever takes the response over must read Body
	// to its end or Close it.
	Body Body
}

// Discard closes the body, for whoever does not want it.
func (r *Response) Discard() {
	if r != nil && r.Body != nil {
		r.Body.Close(ErrAbandoned)
	}
}
