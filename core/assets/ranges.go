package assets

import (
	"strconv"
	"strings"
)

// span is part of a file, in bytes.
type span struct {
	start, length int64
}

// contentRange is the value of Content-Range for the span of a file of size bytes.
func (s span) contentRange(size int64) string {
	b := append(make([]byte, 0, 48), "bytes "...)
	b = strconv.AppendInt(b, s.start, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, s.start+s.length-1, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, size, 10))
}

// verdict is what becomes of a Range field.
type verdict uint8

const (
	rangeIgnore verdict = iota // answer with the whole file
	rangeOne                   // 206
	rangeNone                  // 416: well-formed, but nothing of the file is in it
)

// parseRange reads the value of a Range field for a file of size bytes (RFC 9110, section
// 14.1.2). Malformed values and other units are ignored, as section 14.2 has it.
//
// Why not several ranges? A server may ignore them (section 14.2), media players and
// download managers send one, and overlapping lists are a known way to make a server send
// many times the file.
func parseRange(value string, size int64) (span, verdict) {
	unit, set, ok := strings.Cut(value, "=")
	if !ok || !strings.EqualFold(strings.Trim(unit, " \t"), "bytes") {
		return span{}, rangeIgnore
	}
	set = strings.Trim(set, " \t")
	first, last, ok := strings.Cut(set, "-")
	if !ok || strings.Contains(set, ",") {
		return span{}, rangeIgnore
	}
	if first == "" { // the last n bytes
		n, ok := digits(last)
		switch {
		case !ok:
			return span{}, rangeIgnore
		case n == 0 || size == 0:
			return span{}, rangeNone
		}
		n = min(n, size)
		return span{size - n, n}, rangeOne
	}
	start, ok := digits(first)
	if !ok {
		return span{}, rangeIgnore
	}
	end := size - 1
	if last != "" {
		n, ok := digits(last)
		if !ok || n < start {
			return span{}, rangeIgnore
		}
		end = min(n, end)
	}
	if start >= size {
		return span{}, rangeNone
	}
	return span{start, end - start + 1}, rangeOne
}

// digits reads 1*DIGIT. What does not fit counts as the largest number.
func digits(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, _ := strconv.ParseInt(s, 10, 64) // clamps when out of range
	return n, true
}
