package realm

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// IsNullish reports whether v is undefined or null (or absent).
func IsNullish(v goja.Value) bool {
	return v == nil || goja.IsUndefined(v) || goja.IsNull(v)
}

// String converts v to a USVString (WebIDL 3.2.12): lone surrogates become U+FFFD, which is
// what goja's conversion to UTF-8 does. A symbol throws.
func (r *Realm) String(v goja.Value) string {
	switch v.(type) {
	case nil:
		return "undefined"
	case *goja.Symbol: // goja's String gives its description
		r.ThrowType("Cannot convert a Symbol value to a string")
	}
	return v.String()
}

// ByteString converts v to a ByteString (WebIDL 3.2.11), returned as isomorphic-encoded
// bytes: code units above 0xFF throw a TypeError.
func (r *Realm) ByteString(v goja.Value) string {
	s := r.String(v)
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return r.latin1(s)
		}
	}
	return s
}

func (r *Realm) latin1(s string) string {
	var b strings.Builder
	for i, c := range s {
		if c > 0xFF {
			r.ThrowType("Cannot convert argument to a ByteString because the character at index %d has a value of %d which is greater than 255.", utf8.RuneCountInString(s[:i]), c)
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}

// Latin1 is the inverse of ByteString: bytes to the string of the same code units.
func Latin1(b string) string {
	for i := 0; i < len(b); i++ {
		if b[i] >= utf8.RuneSelf {
			var s strings.Builder
			for j := 0; j < len(b); j++ {
				s.WriteRune(rune(b[j]))
			}
			return s.String()
		}
	}
	return b
}

// Bytes returns the bytes of a BufferSource (an ArrayBuffer or a view of one) without
// copying, and whether v is one. The script can change them: copy what is kept.
func (r *Realm) Bytes(v goja.Value) ([]byte, bool) {
	b, kind, _ := hook.Bytes(v)
	return b, kind != hook.NotBuffer
}

// NewBytes returns a new Uint8Array over b, which it takes over.
func (r *Realm) NewBytes(b []byte) *goja.Object { return hook.NewUint8Array(r.RT, b) }

// NewBuffer returns a new ArrayBuffer over b, which it takes over.
func (r *Realm) NewBuffer(b []byte) goja.Value { return r.RT.ToValue(r.RT.NewArrayBuffer(b)) }

// Dict returns the property name of a WebIDL dictionary argument: undefined where dict is
// undefined or null. Anything else that is no object throws.
func (r *Realm) Dict(dict goja.Value, name string) goja.Value {
	if IsNullish(dict) {
		return goja.Undefined()
	}
	obj, ok := dict.(*goja.Object)
	if !ok {
		r.ThrowType("The provided value is not of type 'object'.")
	}
	if v := obj.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

// Long converts v to an integer in [min, max] by truncation, with WebIDL's [Clamp].
func (r *Realm) Long(v goja.Value, min, max int64) int64 {
	f := v.ToFloat()
	switch {
	case math.IsNaN(f):
		f = 0
	case f <= float64(min):
		return min
	case f >= float64(max):
		return max
	}
	return int64(f)
}

// Enforce converts v to an integer in [min, max] with WebIDL's [EnforceRange]: others throw.
func (r *Realm) Enforce(v goja.Value, min, max int64, what string) int64 {
	f := v.ToFloat()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		r.ThrowType("%s is not a finite number.", what)
	}
	f = math.Trunc(f)
	if f < float64(min) || f > float64(max) {
		r.ThrowType("%s is out of range.", what)
	}
	return int64(f)
}

// Enum returns v as one of the allowed words; others throw a TypeError.
func (r *Realm) Enum(v goja.Value, what string, allowed ...string) string {
	s := r.String(v)
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	r.ThrowType("The provided value '%s' is not a valid enum value of type %s.", s, what)
	return ""
}
