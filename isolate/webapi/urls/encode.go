package urls

import (
	"strings"
	"unicode/utf8"
)

// A set is a percent-encode set (URL 1.3), as a bit of byteSets. Every set holds the C0
// controls, DEL and all bytes from 0x80 on.
type set uint16

const (
	setC0 set = 1 << iota
	setFragment
	setQuery
	setSpecialQuery
	setPath
	setUserinfo
	setForm
	// Not sets to encode by, but properties of bytes.
	forbiddenHost
	forbiddenDomain
)

// byteSets says which sets each byte is in.
var byteSets = func() (t [256]set) {
	add := func(s set, chars string) {
		for i := range len(chars) {
			t[chars[i]] |= s
		}
	}
	const c0 = setC0 | setFragment | setQuery | setSpecialQuery | setPath | setUserinfo | setForm
	for b := range 256 {
		if b <= 0x1F || b >= 0x7F {
			t[b] |= c0
		}
		if b <= 0x1F || b == 0x7F {
			t[b] |= forbiddenDomain
		}
	}
	add(setFragment, " \"<>`")
	add(setQuery|setSpecialQuery|setPath|setUserinfo, " \"#<>")
	add(setSpecialQuery, "'")
	add(setPath|setUserinfo, "?^`{}")
	add(setUserinfo, "/:;=@[\\]|")
	for b := range 0x7F { // application/x-www-form-urlencoded keeps only these
		if !isAlnum(byte(b)) && !strings.ContainsRune("*-._", rune(b)) {
			t[b] |= setForm
		}
	}
	add(forbiddenHost|forbiddenDomain, "\x00\t\n\r #/:<>?@[\\]^|")
	add(forbiddenDomain, "%")
	return t
}()

const upperHex = "0123456789ABCDEF"

// has reports whether s has a byte of the set.
func (s set) in(text string) bool {
	for i := 0; i < len(text); i++ {
		if byteSets[text[i]]&s != 0 {
			return true
		}
	}
	return false
}

// encode percent-encodes the bytes of text that are in the set. It returns text itself if
// there are none.
func (s set) encode(text string) string {
	if !s.in(text) {
		return text
	}
	return string(s.appendEncoded(make([]byte, 0, len(text)+16), text))
}

func (s set) appendEncoded(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if c := text[i]; byteSets[c]&s != 0 {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// percentDecode is the "percent-decode" of section 1.3: what is no valid triplet stays.
func percentDecode(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// DecodeUTF8 is "UTF-8 decode without BOM": each maximal part of a broken sequence becomes
// one U+FFFD (Encoding 4.2, and the Unicode Standard's table 3-7).
func DecodeUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			n = brokenLength(s[i:])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// brokenLength is the length of the maximal subpart at the start of s, which begins no
// valid sequence.
func brokenLength(s string) int {
	lo, hi, need := byte(0x80), byte(0xBF), 0
	switch c := s[0]; {
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
	for ; n <= need && n < len(s) && s[n] >= lo && s[n] <= hi; n++ {
		lo, hi = 0x80, 0xBF
	}
	return n
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
