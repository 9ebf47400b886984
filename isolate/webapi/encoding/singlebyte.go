package encoding

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// singleByte is the index of a single-byte encoding (Encoding, section 9): what the bytes
// from 0x80 on stand for, U+FFFD for none.
type singleByte [128]rune

// singleBytes holds the *singleByte of every encoding that was asked for, by name.
var singleBytes sync.Map

// singleByteOf returns the index of enc, made from x/text's decoder, which leaves out the C1
// controls that the standard's indexes have wherever the encoding itself has nothing.
func singleByteOf(name string, enc encoding.Encoding) *singleByte {
	if t, ok := singleBytes.Load(name); ok {
		return t.(*singleByte)
	}
	t := new(singleByte)
	dec := enc.NewDecoder()
	for i := range t {
		b := byte(0x80 + i)
		out, _ := dec.Bytes([]byte{b}) // one byte is always whole
		t[i], _ = utf8.DecodeRune(out)
		if t[i] == utf8.RuneError && b < 0xA0 {
			t[i] = rune(b)
		}
	}
	singleBytes.Store(name, t)
	return t
}

// decode implements decoder. A single byte leaves nothing over.
func (t *singleByte) decode(dst, src []byte, _, fatal bool) ([]byte, bool) {
	for _, b := range src {
		if b < 0x80 {
			dst = append(dst, b)
			continue
		}
		r := t[b-0x80]
		if fatal && r == utf8.RuneError {
			return dst, false
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, true
}
