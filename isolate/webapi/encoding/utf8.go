package encoding

import (
	"unicode/utf8"
)

const (
	replacement = "\uFFFD"
	bom         = "\uFEFF"
)

// DecodeUTF8 is "UTF-8 decode" (Encoding, section 6): a byte order mark at the start is
// dropped, and what is malformed becomes U+FFFD.
func DecodeUTF8(b []byte) string {
	if len(b) >= len(bom) && string(b[:len(bom)]) == bom {
		b = b[len(bom):]
	}
	if utf8.Valid(b) {
		return string(b)
	}
	d := utf8Decoder{}
	out, _ := d.decode(make([]byte, 0, len(b)+len(b)/8), b, true, false)
	return string(out)
}

// utf8Decoder is the UTF-8 decoder (Encoding, section 8.1.1). Between chunks it keeps the
// start of a sequence.
type utf8Decoder struct {
	pending [utf8.UTFMax - 1]byte
	n       int // bytes of pending in use
}

// decode implements decoder.
func (d *utf8Decoder) decode(dst, src []byte, flush, fatal bool) ([]byte, bool) {
	if d.n > 0 {
		// Complete the sequence begun, byte by byte, with as many bytes as belong to it.
		var seq [utf8.UTFMax]byte
		n := copy(seq[:], d.pending[:d.n])
		d.n = 0
		for {
			if len(src) == 0 {
				if flush {
					if fatal {
						return dst, false
					}
					return append(dst, replacement...), true
				}
				d.n = copy(d.pending[:], seq[:n])
				return dst, true
			}
			seq[n] = src[0]
			size, whole := prefix(seq[:n+1])
			if size <= n { // src[0] does not continue it, and begins something of its own
				if fatal {
					return dst, false
				}
				dst = append(dst, replacement...)
				break
			}
			n, src = n+1, src[1:]
			if whole {
				dst = append(dst, seq[:n]...)
				break
			}
		}
	}
	if utf8.Valid(src) {
		return append(dst, src...), true
	}
	for len(src) > 0 {
		run := validPrefix(src)
		dst, src = append(dst, src[:run]...), src[run:]
		if len(src) == 0 {
			break
		}
		size, _ := prefix(src)
		if size == len(src) && size > 0 && !flush {
			d.n = copy(d.pending[:], src)
			break
		}
		if fatal {
			return dst, false
		}
		dst, src = append(dst, replacement...), src[max(size, 1):]
	}
	return dst, true
}

// validPrefix is how many bytes at the start of b are whole, well-formed sequences.
func validPrefix(b []byte) int {
	i := 0
	for i < len(b) {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return i
}

// prefix looks at the sequence b starts with, which is no ASCII: size is the length of the
// longest prefix of it that can begin a well-formed sequence (0 if the first byte cannot),
// whole says that it is one. This "maximal subpart" is what one U+FFFD stands for.
func prefix(b []byte) (size int, whole bool) {
	lead := b[0]
	var need int
	low, high := byte(0x80), byte(0xBF)
	switch {
	case lead >= 0xC2 && lead <= 0xDF:
		need = 2
	case lead >= 0xE0 && lead <= 0xEF:
		need = 3
		if lead == 0xE0 {
			low = 0xA0
		} else if lead == 0xED {
			high = 0x9F
		}
	case lead >= 0xF0 && lead <= 0xF4:
		need = 4
		if lead == 0xF0 {
			low = 0x90
		} else if lead == 0xF4 {
			high = 0x8F
		}
	default:
		return 0, false
	}
	for size = 1; size < need; size++ {
		if size == len(b) || b[size] < low || b[size] > high {
			return size, false
		}
		low, high = 0x80, 0xBF
	}
	return size, true
}
