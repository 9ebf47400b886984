package encoding

import (
	"reflect"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// wide is goja's type of strings in UTF-16: those whose String method converts. The others
// hold UTF-8 as it is.
var wide = reflect.TypeOf(goja.StringFromUTF16([]uint16{0x20AC}))

// appendUTF8 appends v, which is converted to a string, in UTF-8: a lone surrogate becomes
// U+FFFD.
func appendUTF8(dst []byte, v goja.Value) []byte {
	s := v.ToString()
	if reflect.TypeOf(s) != wide {
		return append(dst, s.String()...)
	}
	dst, lead := appendUnits(dst, s.(goja.String), 0)
	if lead != 0 {
		dst = append(dst, replacement...)
	}
	return dst
}

// appendUnits appends a string of UTF-16 code units. lead is a lead surrogate that came
// before it, 0 for none; the one it ends with is returned and not appended.
func appendUnits(dst []byte, s goja.String, lead rune) ([]byte, rune) {
	n := s.Length()
	if need := n + n/2 + utf8.UTFMax; cap(dst)-len(dst) < need {
		dst = append(make([]byte, 0, len(dst)+need), dst...)
	}
	for i := range n {
		u := rune(s.CharAt(i))
		if lead != 0 {
			r := utf16.DecodeRune(lead, u)
			lead = 0
			if r != utf8.RuneError {
				dst = utf8.AppendRune(dst, r)
				continue
			}
			dst = append(dst, replacement...)
		}
		if isLead(u) {
			lead = u
			continue
		}
		dst = utf8.AppendRune(dst, u) // a trail surrogate is no rune: U+FFFD
	}
	return dst, lead
}

// encodeInto writes as much of v to dst as fits in whole characters. read counts code units
// of UTF-16, written counts bytes.
func encodeInto(dst []byte, v goja.Value) (read, written int) {
	s := v.ToString()
	if reflect.TypeOf(s) != wide {
		for _, r := range s.String() {
			if written+utf8.RuneLen(r) > len(dst) {
				break
			}
			written += utf8.EncodeRune(dst[written:], r)
			read += utf16.RuneLen(r)
		}
		return read, written
	}
	str := s.(goja.String)
	for n := str.Length(); read < n; {
		r, units := rune(str.CharAt(read)), 1
		if isLead(r) && read+1 < n {
			if pair := utf16.DecodeRune(r, rune(str.CharAt(read+1))); pair != utf8.RuneError {
				r, units = pair, 2
			}
		}
		if isLead(r) || isTrail(r) {
			r = utf8.RuneError
		}
		if written+utf8.RuneLen(r) > len(dst) {
			break
		}
		written += utf8.EncodeRune(dst[written:], r)
		read += units
	}
	return read, written
}

// TextEncoder is the Go value behind a TextEncoder (Encoding, section 7.4).
type TextEncoder struct{}

func declareEncoder() {
	encoderInterface.New = func(realm.Args) any { return &TextEncoder{} }
	encoderInterface.Members = []realm.Member{
		realm.Attr("encoding", func(_ *TextEncoder, a realm.Args) goja.Value { return a.RT.ToValue("utf-8") }, nil),
		realm.Method("encode", 0, func(_ *TextEncoder, a realm.Args) goja.Value {
			var b []byte
			if a.Has(0) {
				b = appendUTF8(nil, a.Get(0))
			}
			return a.NewBytes(b)
		}),
		realm.Method("encodeInto", 2, func(_ *TextEncoder, a realm.Args) goja.Value {
			a.Need(2, "TextEncoder.encodeInto")
			s := a.Get(0).ToString()
			dst, ok := uint8Array(a.Realm, a.Get(1))
			if !ok {
				a.ThrowType("The second argument of encodeInto must be a Uint8Array.")
			}
			read, written := encodeInto(dst, s)
			res := a.RT.NewObject()
			_ = res.Set("read", read) // an own property of a new object
			_ = res.Set("written", written)
			return res
		}),
	}
}

// uint8Array returns the bytes of a Uint8Array, not copied.
func uint8Array(r *realm.Realm, v goja.Value) ([]byte, bool) {
	obj, ok := v.(*goja.Object)
	if !ok {
		return nil, false
	}
	b, ok := r.Bytes(obj)
	if tag := obj.GetSymbol(goja.SymToStringTag); !ok || tag == nil || tag.String() != "Uint8Array" {
		return nil, false
	}
	return b, true
}
