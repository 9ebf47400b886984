package wire

import (
	"bytes"
	"math"
)

// fieldKind is what a field means to the framing and to the connection.
type fieldKind uint8

const (
	endToEnd fieldKind = iota
	kindHost
	kindLength
	kindExpect
	kindConnection // from here on connection-specific: consumed, never passed on
	kindTransferEncoding
	kindUpgrade
	kindTE
	kindHopByHop // any other field that core.IsHopByHop names
)

// kindOf tells the fields apart that matter here, by length first: most names end there.
func kindOf(name []byte) fieldKind {
	switch len(name) {
	case 2:
		if equalFold(name, "te") {
			return kindTE
		}
	case 4:
		if equalFold(name, "host") {
			return kindHost
		}
	case 6:
		if equalFold(name, "expect") {
			return kindExpect
		}
	case 7:
		if equalFold(name, "upgrade") {
			return kindUpgrade
		}
	case 10:
		if equalFold(name, "connection") {
			return kindConnection
		}
		if equalFold(name, "keep-alive") {
			return kindHopByHop
		}
	case 14:
		if equalFold(name, "content-length") {
			return kindLength
		}
	case 16:
		if equalFold(name, "proxy-connection") {
			return kindHopByHop
		}
	case 17:
		if equalFold(name, "transfer-encoding") {
			return kindTransferEncoding
		}
	case 18:
		if equalFold(name, "proxy-authenticate") {
			return kindHopByHop
		}
	case 19:
		if equalFold(name, "proxy-authorization") {
			return kindHopByHop
		}
	}
	return endToEnd
}

// parseFieldLine parses line, which starts at off.
func (h *RequestHead) parseFieldLine(line []byte, off int) error {
	if len(h.lines) >= h.Limits.fieldLines() {
		return ErrTooManyFields
	}
	if c := line[0]; c == ' ' || c == '\t' {
		if len(h.lines) == 0 {
			return ErrLeadingSpace
		}
		return ErrObsFold
	}
	// Names are short, so that one loop over the table beats IndexByte and a second pass.
	colon := 0
	for ; colon < len(line) && class[line[colon]]&isToken != 0; colon++ {
	}
	if colon == len(line) {
		return ErrNoColon
	}
	if line[colon] != ':' {
		if c := line[colon]; (c == ' ' || c == '\t') && colon > 0 && bytes.IndexByte(line, ':') > 0 {
			return ErrSpaceColon
		}
		return ErrFieldName
	}
	if colon == 0 {
		return ErrFieldName
	}
	name, value := line[:colon], trimOWS(line[colon+1:])
	if !isFieldValue(value) {
		return ErrFieldValue
	}
	f := fieldLine{kind: kindOf(name)}
	f.name = span{uint32(off), uint32(off + colon)}
	f.value = spanOf(line, value, off)
	h.lines = append(h.lines, f)
	if f.kind == endToEnd {
		return nil
	}
	return h.note(f.kind, value)
}

// spanOf returns where value, a subslice of line, lies, given that line lies at off.
func spanOf(line, value []byte, off int) span {
	// The capacities tell the distance: both slices share their end of capacity.
	from := off + cap(line) - cap(value)
	return span{uint32(from), uint32(from + len(value))}
}

// note acts on a field that matters to framing or connection.
func (h *RequestHead) note(kind fieldKind, value []byte) error {
	switch kind {
	case kindHost:
		if h.host >= 0 {
			return ErrHostRepeated
		}
		if !validAuthority(value) {
			return ErrHost
		}
		h.host = len(h.lines) - 1
	case kindLength:
		if h.ContentLength >= 0 {
			return ErrLengthRepeated
		}
		n, err := parseLength(value)
		if err != nil {
			return err
		}
		h.ContentLength = n
	case kindTransferEncoding:
		if h.Chunked {
			return ErrTERepeated
		}
		err := parseTransferEncoding(value)
		if err != nil {
			return err
		}
		h.Chunked = true
	case kindExpect:
		if !equalFold(value, "100-continue") {
			return ErrExpectation
		}
		h.ExpectContinue = true
	case kindConnection:
		return h.options.add(parseConnection(value))
	case kindTE:
		eachElement(value, func(e []byte) bool {
			h.Trailers = h.Trailers || equalFold(e, "trailers")
			return true
		})
	}
	return nil
}

// parseLength parses a Content-Length value of exactly one number. A list of equal numbers
// may be rejected as well as collapsed (RFC 9112, section 6.3); rejecting cannot be wrong.
func parseLength(v []byte) (int64, error) {
	if len(v) == 0 {
		return 0, ErrLength
	}
	n := int64(0)
	tooLarge := false
	for _, c := range v {
		if class[c]&isDigit == 0 {
			if bytes.IndexByte(v, ',') >= 0 {
				return 0, ErrLengthRepeated
			}
			return 0, ErrLength
		}
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			tooLarge = true
			continue
		}
		n = n*10 + d
	}
	if tooLarge {
		return 0, ErrLengthTooLarge
	}
	return n, nil
}

// parseTransferEncoding accepts "chunked" and nothing else: no other transfer coding is
// known here.
func parseTransferEncoding(v []byte) error {
	if equalFold(v, "chunked") {
		return nil
	}
	count, chunked, last, empty := 0, 0, false, false
	eachElement(v, func(e []byte) bool {
		count++
		last = equalFold(e, "chunked")
		if last {
			chunked++
		}
		empty = empty || len(e) == 0
		return true
	})
	switch {
	case !last || empty:
		return ErrTE
	case chunked > 1:
		return ErrTERepeated
	default:
		return ErrTEUnknown
	}
}

// maxConnectionOptions bounds the options of a message, empty list elements included:
// every field is compared with each of them, and a head has room for 64,000, which took an
// event loop 0.1 s. Nobody sends more than four. Beyond: 400.
const maxConnectionOptions = 32

// connectionOptions are the options of Connection fields (RFC 9110, section 7.6.1).
type connectionOptions struct {
	close, keepAlive, upgrade bool
	other                     bool // it nominates further fields
	count                     int
}

// add joins the options of a further field line.
func (o *connectionOptions) add(p connectionOptions) error {
	o.close = o.close || p.close
	o.keepAlive = o.keepAlive || p.keepAlive
	o.upgrade = o.upgrade || p.upgrade
	o.other = o.other || p.other
	if o.count += p.count; o.count > maxConnectionOptions {
		return ErrTooManyOptions
	}
	return nil
}

func parseConnection(v []byte) (o connectionOptions) {
	o.count = 1
	switch { // the common ones, without a list
	case equalFold(v, "keep-alive"):
		o.keepAlive = true
		return o
	case equalFold(v, "close"):
		o.close = true
		return o
	}
	o.count = 0
	eachElement(v, func(e []byte) bool {
		o.count++
		switch {
		case equalFold(e, "close"):
			o.close = true
		case equalFold(e, "keep-alive"):
			o.keepAlive = true
		case equalFold(e, "upgrade"):
			o.upgrade = true
		case len(e) > 0:
			o.other = true
		}
		return true
	})
	return o
}
