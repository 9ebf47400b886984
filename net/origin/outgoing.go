package origin

import (
	"strings"

	"gannet/core"
	"gannet/net/h1/wire"
)

// outgoing is a request on its way. It belongs to the goroutine of the exchange until an
// upload takes its body.
type outgoing struct {
	method string
	fields core.Fields
	bytes  []byte    // a body that lies in memory: it can be sent again
	body   core.Body // a body that streams; nil otherwise
	// consumed is set once something was taken from body.
	consumed bool
}

// idempotent reports whether the request may be sent again when it is unknown whether the
// origin acted on it (RFC 9110, section 9.2.2).
func (o *outgoing) idempotent() bool {
	switch o.method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	}
	return false
}

// refuse closes the body, if it is still here, and returns err.
func (o *outgoing) refuse(err error) error {
	if o.body != nil {
		o.body.Close(err)
	}
	return err
}

// appendHead appends the head of the request to t.
func (o *outgoing) appendHead(b []byte, t *target) []byte {
	b = wire.AppendRequestLine(b, o.method, t.path)
	b = wire.AppendField(b, "Host", t.host)
	nominated, _ := o.fields.Joined("Connection") // there should be none
	for i := range o.fields {
		name := o.fields[i].Name
		// Expect is not passed on: nobody here would wait, and the origin's 100 would find a
		// client that already sent its body.
		if !wire.Passes(name) || len(name) == 6 && strings.EqualFold(name, "Expect") {
			continue
		}
		if nominated != "" && o.fields.HasToken("Connection", name) {
			continue
		}
		b = wire.AppendField(b, name, o.fields[i].Value)
	}
	switch {
	case o.body != nil && o.body.Length() < 0:
		b = wire.AppendChunked(b)
	case o.body != nil:
		b = wire.AppendLength(b, o.body.Length())
	case len(o.bytes) > 0:
		b = wire.AppendLength(b, int64(len(o.bytes)))
	case o.method == "POST" || o.method == "PUT" || o.method == "PATCH":
		b = wire.AppendLength(b, 0) // RFC 9110, section 8.6: these define a meaning for content
	}
	return append(b, wire.CRLF...)
}
