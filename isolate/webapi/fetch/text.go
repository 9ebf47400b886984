package fetch

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// utf8Text returns p as valid UTF-8, each maximal malformed subpart replaced by U+FFFD as the
// Encoding standard has it. Valid input is not copied: p must not be written to afterwards.
func utf8Text(p []byte) string {
	if utf8.Valid(p) {
		return unsafe.String(unsafe.SliceData(p), len(p))
	}
	var b strings.Builder
	b.Grow(len(p) + 16)
	for len(p) > 0 {
		c, n := utf8.DecodeRune(p)
		if c == utf8.RuneError && n <= 1 {
			b.WriteRune(utf8.RuneError)
			p = p[malformed(p):]
			continue
		}
		b.Write(p[:n])
		p = p[n:]
	}
	return b.String()
}

// malformed is the length of the maximal subpart of an ill-formed sequence at the start of p
// (Unicode, section 3.9, table 3-7): a lead byte with as many continuation bytes as could
// begin a well-formed sequence.
func malformed(p []byte) int {
	lo, hi, need := byte(0x80), byte(0xBF), 0
	switch c := p[0]; {
	case c >= 0xC2 && c <= 0xDF:
		need = 1
	case c >= 0xE0 && c <= 0xEF:
		need = 2
		if c == 0xE0 {
			lo = 0xA0
		} else if c == 0xED {
			hi = 0x9F
		}
	case c >= 0xF0 && c <= 0xF4:
		need = 3
		if c == 0xF0 {
			lo = 0x90
		} else if c == 0xF4 {
			hi = 0x8F
		}
	}
	n := 1
	for ; need > 0 && n < len(p) && p[n] >= lo && p[n] <= hi; need-- {
		lo, hi = 0x80, 0xBF
		n++
	}
	return n
}
