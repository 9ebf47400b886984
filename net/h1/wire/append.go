package wire

import (
	"strconv"

	"gannet/core"
)

// Lines and parts of messages.
const (
	CRLF = "\r\n"
	// LastChunk ends chunked content without a trailer section.
	LastChunk = "0\r\n\r\n"
	// Continue is the interim response a client waits for that sent Expect: 100-continue.
	Continue = "HTTP/1.1 100 Continue\r\n\r\n"
)

// AppendStatusLine appends the status-line. An empty reason stands for the usual one; one
// that could not be sent is replaced by it.
func AppendStatusLine(dst []byte, status int, reason string) []byte {
	if reason == "" || !IsFieldValue(reason) {
		if line := usualStatusLine(status); line != "" {
			return append(dst, line...)
		}
		reason = ReasonPhrase(status)
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, reason...)
	return append(dst, CRLF...)
}

// AppendRequestLine appends the request-line. Method and target must be valid.
func AppendRequestLine(dst []byte, method, target string) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, target...)
	return append(dst, " HTTP/1.1\r\n"...)
}

// AppendField appends a field line. What could not be sent as one is not: a line whose
// name is no token is left out, and control characters in a value become spaces, so that
// no value can add lines of its own to a message (RFC 9110, section 5.5).
func AppendField(dst []byte, name, value string) []byte {
	if !IsToken(name) {
		return dst
	}
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	from := len(dst)
	dst = append(dst, value...)
	if !isFieldValue(dst[from:]) {
		for i := from; i < len(dst); i++ {
			if class[dst[i]]&isFieldByte == 0 {
				dst[i] = ' '
			}
		}
	}
	return append(dst, CRLF...)
}

// AppendFields appends the field lines that a message passes on: none that is
// connection-specific, no Content-Length, no Host (the writer frames the message and
// names the host itself).
func AppendFields(dst []byte, fields core.Fields) []byte {
	for i := range fields {
		if Passes(fields[i].Name) {
			dst = AppendField(dst, fields[i].Name, fields[i].Value)
		}
	}
	return dst
}

// Passes reports whether AppendFields lets the field through.
func Passes(name string) bool {
	switch len(name) { // of all names that do not pass: most end here
	case 2, 4, 7, 10, 14, 16, 17, 18, 19:
	default:
		return true
	}
	return !core.IsHopByHop(name) && !is(name, "content-length") && !is(name, "host")
}

// is compares name with s, which is lower-case ASCII, without regard to case.
func is(name, s string) bool {
	if len(name) != len(s) {
		return false
	}
	for i := range len(s) {
		if lower(name[i]) != s[i] {
			return false
		}
	}
	return true
}

// AppendLength appends a Content-Length line.
func AppendLength(dst []byte, n int64) []byte {
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, CRLF...)
}

// AppendChunked appends the Transfer-Encoding line of chunked content.
func AppendChunked(dst []byte) []byte {
	return append(dst, "Transfer-Encoding: chunked\r\n"...)
}

// AppendChunkHead appends what goes before n octets of chunk-data, n > 0. CRLF goes
// behind them.
func AppendChunkHead(dst []byte, n int) []byte {
	dst = strconv.AppendUint(dst, uint64(n), 16)
	return append(dst, CRLF...)
}

// AppendChunk appends content as one chunk; nothing for no content, since an empty chunk
// would end the message.
func AppendChunk(dst, content []byte) []byte {
	if len(content) == 0 {
		return dst
	}
	dst = AppendChunkHead(dst, len(content))
	dst = append(dst, content...)
	return append(dst, CRLF...)
}

// AppendLastChunk appends the end of chunked content, with a trailer section.
func AppendLastChunk(dst []byte, trailer core.Fields) []byte {
	dst = append(dst, "0\r\n"...)
	dst = AppendFields(dst, trailer)
	return append(dst, CRLF...)
}

// IsFieldValue reports whether v may be sent as a field value or a reason phrase.
func IsFieldValue(v string) bool {
	for i := range len(v) {
		if class[v[i]]&isFieldByte == 0 {
			return false
		}
	}
	return true
}
