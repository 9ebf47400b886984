package wire

import (
	"bytes"
	"strings"

	"gannet/core"
)

// ResponseHead is a response head: status-line and field section, as offsets into the
// bytes it was parsed from. The zero value is ready for use; Reset makes it so again.
//
// Where RFC 9112 allows a recipient to be lenient, it is: a line may end in LF alone
// (section 2.2), the reason phrase may be missing with its space (section 4), whitespace
// before the colon is removed (section 5.1), folding is replaced by a space (section
// 5.2), equal Content-Lengths count as one (section 6.3). What would leave the framing to
// a guess is an error all the same.
type ResponseHead struct {
	// Limits are the caller's to set before Parse; Target means nothing here.
	Limits Limits

	Status int
	// Framing says how the content is delimited (RFC 9112, section 6.3).
	Framing Framing
	// ContentLength is the value of Content-Length, -1 without one. It counts for the
	// framing only if Framing says so.
	ContentLength int64
	// KeepAlive says that the connection persists after this message.
	KeepAlive bool
	Proto     core.Proto

	reason  span
	options connectionOptions
	chunked bool
	lines   []fieldLine

	pos, scanned, fieldsStart int
	dirty                     bool
}

// Framing is how the content of a message is delimited.
type Framing uint8

// The framings.
const (
	NoContent  Framing = iota // there is none
	ByLength                  // Content-Length
	ByChunks                  // the chunked transfer coding
	UntilClose                // all that comes until the connection ends; responses only
)

// Reset makes h ready for the next head.
func (h *ResponseHead) Reset() {
	*h = ResponseHead{Limits: h.Limits, lines: h.lines[:0]}
}

// Parse parses the head of the response to a request with the given method, as
// RequestHead.Parse does. Interim responses (1xx) are heads like any other: parse on.
func (h *ResponseHead) Parse(b []byte, method string) (n int, err error) {
	if !h.dirty {
		h.dirty = true
		h.ContentLength = -1
	}
	for {
		end := bytes.IndexByte(b[h.scanned:], '\n')
		if end < 0 {
			h.scanned = len(b)
			if len(b)-h.fieldsStart >= h.Limits.fieldBytes() {
				return 0, ErrFieldsTooLarge
			}
			return 0, nil
		}
		end += h.scanned
		if end+1-h.fieldsStart > h.Limits.fieldBytes() {
			return 0, ErrFieldsTooLarge
		}
		line, _ := cutCR(b[h.pos:end])
		off := h.pos
		h.pos, h.scanned = end+1, end+1
		switch {
		case h.fieldsStart == 0:
			if err := h.parseStatusLine(line, off); err != nil {
				return 0, err
			}
			h.fieldsStart = end + 1
		case len(line) == 0:
			if err := h.finish(method); err != nil {
				return 0, err
			}
			return end + 1, nil
		default:
			if err := h.parseFieldLine(line, off); err != nil {
				return 0, err
			}
		}
	}
}

func (h *ResponseHead) parseStatusLine(line []byte, off int) error {
	const code = len("HTTP/1.1 ")
	if len(line) < code+3 || string(line[:5]) != "HTTP/" || line[6] != '.' || line[8] != ' ' {
		return ErrStatusLine
	}
	switch {
	case class[line[5]]&isDigit == 0 || class[line[7]]&isDigit == 0:
		return ErrVersionSyntax
	case line[5] != '1':
		return ErrVersion
	case line[7] == '0':
		h.Proto = core.HTTP10
	default:
		h.Proto = core.HTTP11
	}
	for _, c := range line[code : code+3] {
		if class[c]&isDigit == 0 {
			return ErrStatusLine
		}
		h.Status = h.Status*10 + int(c-'0')
	}
	if h.Status < 100 {
		return ErrStatusLine
	}
	reason := line[code+3:]
	if len(reason) > 0 && reason[0] != ' ' {
		return ErrStatusLine
	}
	reason = trimOWS(reason)
	if !isFieldValue(reason) {
		return ErrStatusLine
	}
	h.reason = spanOf(line, reason, off)
	return nil
}

func (h *ResponseHead) parseFieldLine(line []byte, off int) error {
	if len(h.lines) >= h.Limits.fieldLines() {
		return ErrTooManyFields
	}
	if c := line[0]; c == ' ' || c == '\t' {
		return h.fold(line, off)
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return ErrNoColon
	}
	name := line[:colon]
	for len(name) > 0 && (name[len(name)-1] == ' ' || name[len(name)-1] == '\t') {
		name = name[:len(name)-1]
	}
	if len(name) == 0 || !all(name, isToken) {
		return ErrFieldName
	}
	value := trimOWS(line[colon+1:])
	if !isFieldValue(value) {
		return ErrFieldValue
	}
	kind := kindOf(name)
	h.lines = append(h.lines, fieldLine{
		name:  span{uint32(off), uint32(off + len(name))},
		value: spanOf(line, value, off),
		kind:  kind,
	})
	if kind == endToEnd {
		return nil
	}
	return h.note(kind, value)
}

// fold joins an obs-fold line to the value before it.
func (h *ResponseHead) fold(line []byte, off int) error {
	if len(h.lines) == 0 {
		return ErrLeadingSpace
	}
	f := &h.lines[len(h.lines)-1]
	if f.kind != endToEnd {
		return ErrObsFold // it would change the framing or the connection: not to be guessed
	}
	value := trimOWS(line)
	if !isFieldValue(value) {
		return ErrFieldValue
	}
	if len(value) == 0 {
		return nil
	}
	if f.value.len() == 0 {
		f.value = spanOf(line, value, off)
		return nil
	}
	f.value.to = spanOf(line, value, off).to
	f.folded = true
	return nil
}

// note acts on a field that matters to framing or connection.
func (h *ResponseHead) note(kind fieldKind, value []byte) error {
	switch kind {
	case kindLength:
		var failed error
		eachElement(value, func(e []byte) bool {
			n, err := parseLength(e)
			switch {
			case err != nil:
				failed = err
			case h.ContentLength >= 0 && n != h.ContentLength:
				failed = ErrLengthRepeated
			}
			h.ContentLength = n
			return failed == nil
		})
		return failed
	case kindTransferEncoding:
		if h.chunked {
			return ErrTERepeated
		}
		// A coding that is not known here makes the content unusable, and one that does not
		// end in chunked has it end with the connection, for which nobody uses it.
		if err := parseTransferEncoding(value); err != nil {
			return err
		}
		h.chunked = true
	case kindConnection:
		return h.options.add(parseConnection(value))
	}
	return nil
}

// finish settles framing and persistence (RFC 9112, sections 6.3 and 9.3).
func (h *ResponseHead) finish(method string) error {
	h.KeepAlive = !h.options.close && (h.Proto != core.HTTP10 || h.options.keepAlive)
	switch {
	case method == "HEAD" || h.Status < 200 || h.Status == 204 || h.Status == 304:
		h.Framing = NoContent
	case method == "CONNECT" && h.Status < 300:
		h.Framing = NoContent // a tunnel; nobody here asks for one
		h.KeepAlive = false
	case h.chunked:
		h.Framing = ByChunks
		if h.Proto == core.HTTP10 {
			return ErrTEVersion // faulty framing, by section 6.1
		}
		if h.ContentLength >= 0 {
			h.KeepAlive = false // Transfer-Encoding counts, but what follows cannot be trusted
		}
	case h.ContentLength == 0:
		h.Framing = NoContent
	case h.ContentLength > 0:
		h.Framing = ByLength
	default:
		h.Framing = UntilClose
		h.KeepAlive = false
	}
	return nil
}

// Reason returns the reason phrase of the head that lies in b.
func (h *ResponseHead) Reason(b []byte) []byte { return h.reason.of(b) }

// Response fills in r's Status, Reason and Fields from the head that Parse completed, n
// bytes at the start of b. The head is copied once. Connection-specific fields and those
// that Connection nominates are left out; so is Content-Length if it is not what frames
// the content (RFC 9112, section 6.3).
func (h *ResponseHead) Response(b []byte, n int, r *core.Response, fields core.Fields) {
	head := string(b[:n])
	r.Status = h.Status
	r.Reason = h.reason.str(head)
	length := false
	for i := range h.lines {
		f := &h.lines[i]
		name, value := f.name.str(head), f.value.str(head)
		switch {
		case f.kind == kindLength:
			if length || h.chunked {
				continue
			}
			length = true
			if c := strings.IndexByte(value, ','); c >= 0 {
				value = strings.Trim(value[:c], " \t") // equal ones count as one
			}
		case f.kind >= kindConnection:
			continue
		case f.kind == endToEnd && h.options.other && h.isNominated(head, name):
			continue
		}
		if f.folded {
			value = unfold(value)
		}
		fields = append(fields, core.Field{Name: name, Value: value})
	}
	r.Fields = fields
}

func (h *ResponseHead) isNominated(head, name string) bool {
	for i := range h.lines {
		if h.lines[i].kind == kindConnection && listHas(h.lines[i].value.str(head), name) {
			return true
		}
	}
	return false
}

// unfold replaces each fold, with the whitespace around it, by one space.
func unfold(v string) string {
	parts := strings.Split(v, "\n")
	out := parts[:0]
	for _, p := range parts {
		if p = strings.Trim(p, " \t\r"); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}
