package wire

import (
	"bytes"

	"gannet/core"
)

// Limits bound a head. A zero field means its default.
type Limits struct {
	// Target is the longest request-target, in octets (default 16 KiB). Beyond: 414.
	Target int
	// FieldBytes is the largest field section, in octets with line ends (default 128 KiB,
	// what common servers take at most). Beyond: 431.
	FieldBytes int
	// FieldLines is the largest number of field lines (default 256). Beyond: 431.
	FieldLines int
}

// Defaults of Limits.
const (
	DefaultTarget     = 16 << 10
	DefaultFieldBytes = 128 << 10
	DefaultFieldLines = 256
)

// maxMethod is the longest method, in octets: twice the longest registered one. A longer
// one is unknown for certain (501), and need not be waited for.
const maxMethod = 64

func (l *Limits) target() int     { return or(l.Target, DefaultTarget) }
func (l *Limits) fieldBytes() int { return or(l.FieldBytes, DefaultFieldBytes) }
func (l *Limits) fieldLines() int { return or(l.FieldLines, DefaultFieldLines) }

func or(v, def int) int {
	if v <= 0 {
		return def
	}
	return v
}

// span is a half-open range of offsets into the head.
type span struct{ from, to uint32 }

func (s span) of(b []byte) []byte     { return b[s.from:s.to] }
func (s span) str(head string) string { return head[s.from:s.to] }
func (s span) len() int               { return int(s.to - s.from) }

// fieldLine is one parsed field line.
type fieldLine struct {
	name, value span
	kind        fieldKind
	folded      bool // the value has obsolete line folding in it (responses only)
}

// RequestHead is a request head: request-line and field section, as offsets into the
// bytes it was parsed from. The zero value is ready for use; Reset makes it so again and
// keeps its memory.
type RequestHead struct {
	// Limits are the caller's to set before Parse; Reset keeps them.
	Limits Limits

	// ContentLength is the value of Content-Length, -1 without one.
	ContentLength int64
	// Chunked says that the content is framed by the chunked transfer coding.
	Chunked bool
	// KeepAlive says that the connection persists after this message (RFC 9112, section 9.3).
	KeepAlive bool
	// ExpectContinue says that the client waits for a 100 before it sends the content.
	ExpectContinue bool
	// Trailers says that the client takes trailer fields (TE: trailers; RFC 9110, section 10.1.4).
	Trailers bool
	// Proto is core.HTTP10 or core.HTTP11.
	Proto core.Proto

	method, target span
	authority      span // in an absolute-form or authority-form target
	path           span // in an absolute-form target; empty if it has none
	form           targetForm
	options        connectionOptions

	lines []fieldLine
	host  int // index into lines, -1 without one

	pos         int // start of the line to parse next
	scanned     int // up to here there is no LF from pos on
	fieldsStart int // 0 until the request-line is parsed
	dirty       bool
}

// targetForm is the form of the request-target (RFC 9112, section 3.2).
type targetForm uint8

const (
	originForm targetForm = iota
	absoluteForm
	authorityForm
	asteriskForm
)

// Reset makes h ready for the next head.
func (h *RequestHead) Reset() {
	*h = RequestHead{Limits: h.Limits, lines: h.lines[:0]}
}

// Parse parses the head at the start of b. It returns its length once it is complete; 0
// and nil when b holds only a part of it; or an *Error. After a 0, call it again with
// those bytes and more behind them, wherever they lie by then: it goes on where it
// stopped. Once a head is complete, or an error was returned, call Reset first.
//
// An empty line before the request-line is skipped (RFC 9112, section 2.2) and counted.
func (h *RequestHead) Parse(b []byte) (n int, err error) {
	if !h.dirty {
		h.dirty = true
		h.ContentLength = -1
		h.host = -1
	}
	for {
		end := bytes.IndexByte(b[h.scanned:], '\n')
		if end < 0 {
			h.scanned = len(b)
			return 0, h.checkPartial(b)
		}
		end += h.scanned
		line, ok := cutCR(b[h.pos:end])
		if h.fieldsStart == 0 {
			if h.pos == 0 && ok && len(line) == 0 {
				h.pos, h.scanned = end+1, end+1
				continue
			}
			if err := h.parseRequestLine(b, h.pos, line, ok); err != nil {
				return 0, err
			}
			h.pos, h.scanned, h.fieldsStart = end+1, end+1, end+1
			continue
		}
		if end+1-h.fieldsStart > h.Limits.fieldBytes() {
			return 0, ErrFieldsTooLarge
		}
		if !ok {
			return 0, ErrLineEnd
		}
		if len(line) == 0 {
			if err := h.finish(); err != nil {
				return 0, err
			}
			return end + 1, nil
		}
		if err := h.parseFieldLine(line, h.pos); err != nil {
			return 0, err
		}
		h.pos, h.scanned = end+1, end+1
	}
}

func cutCR(line []byte) ([]byte, bool) {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1], true
	}
	return line, false
}

// checkPartial finds what is wrong already with a line that has no end yet. It must find
// nothing that the check of the whole line would not find first, or else the result
// would depend on how the input is cut.
func (h *RequestHead) checkPartial(b []byte) error {
	line := b[h.pos:]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1] // perhaps half of the line's end
	}
	if h.fieldsStart == 0 {
		if err := checkMethod(line); err != nil {
			return err
		}
		if len(line) > h.maxRequestLine() {
			return ErrTargetTooLong
		}
		return nil
	}
	if len(b)-h.fieldsStart >= h.Limits.fieldBytes() { // the LF would come beyond
		return ErrFieldsTooLarge
	}
	return nil
}

// maxRequestLine is the length of the longest request-line, without its CRLF.
func (h *RequestHead) maxRequestLine() int {
	return maxMethod + 1 + h.Limits.target() + 1 + len("HTTP/1.1")
}

// checkMethod checks what there is of the method at the start of a line.
func checkMethod(line []byte) error {
	for i, c := range line {
		switch {
		case c == ' ' && i > 0:
			return nil
		case class[c]&isToken == 0:
			return ErrMethod
		case i >= maxMethod:
			return ErrMethodTooLong
		}
	}
	return nil
}

// parseRequestLine parses line, which starts at off in b. ended says that it ended in CRLF.
func (h *RequestHead) parseRequestLine(b []byte, off int, line []byte, ended bool) error {
	if err := checkMethod(line); err != nil {
		return err
	}
	if len(line) > h.maxRequestLine() {
		return ErrTargetTooLong
	}
	if !ended {
		return ErrLineEnd
	}
	sp := bytes.IndexByte(line, ' ')
	if sp <= 0 {
		return ErrRequestLine
	}
	last := bytes.LastIndexByte(line, ' ')
	if last == sp {
		return ErrRequestLine // HTTP/0.9, or no target
	}
	h.method = span{uint32(off), uint32(off + sp)}
	h.target = span{uint32(off + sp + 1), uint32(off + last)}
	if h.target.len() > h.Limits.target() {
		return ErrTargetTooLong
	}
	if err := h.parseVersion(line[last+1:]); err != nil {
		return err
	}
	return h.parseTarget(b)
}

// parseVersion parses HTTP-version. A higher minor version is served as 1.1 (RFC 9110,
// section 2.5).
func (h *RequestHead) parseVersion(v []byte) error {
	if len(v) != len("HTTP/1.1") || string(v[:5]) != "HTTP/" || v[6] != '.' ||
		class[v[5]]&isDigit == 0 || class[v[7]]&isDigit == 0 {
		return ErrVersionSyntax
	}
	switch {
	case v[5] != '1':
		return ErrVersion
	case v[7] == '0':
		h.Proto = core.HTTP10
	default:
		h.Proto = core.HTTP11
	}
	return nil
}

// finish checks what can be checked only when all fields are there.
func (h *RequestHead) finish() error {
	if h.host < 0 && h.Proto != core.HTTP10 {
		return ErrHostMissing
	}
	if h.Chunked {
		if h.ContentLength >= 0 {
			return ErrLengthAndTE
		}
		if h.Proto == core.HTTP10 {
			return ErrTEVersion
		}
	}
	h.KeepAlive = !h.options.close
	if h.Proto == core.HTTP10 {
		h.KeepAlive = h.KeepAlive && h.options.keepAlive
		h.ExpectContinue = false  // RFC 9110, section 10.1.1
		h.options.upgrade = false // RFC 9110, section 7.8
	}
	if h.ContentLength <= 0 && !h.Chunked {
		h.ExpectContinue = false // there is no content to wait for
	}
	return nil
}
