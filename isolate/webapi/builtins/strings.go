package builtins

import (
	"unicode/utf16"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// thisString is ToString(RequireObjectCoercible(this)).
func thisString(a realm.Args, what string) goja.String {
	if realm.IsNullish(a.This) {
		a.ThrowType("String.prototype.%s called on null or undefined", what)
	}
	if s, ok := a.This.ToString().(goja.String); ok {
		return s
	}
	return a.RT.ToValue(a.This.String()).(goja.String) // goja leaves numbers as they are
}

// loneSurrogate is the index of the first lone surrogate of s at or after i, or -1.
func loneSurrogate(s goja.String, i int) int {
	for n := s.Length(); i < n; i++ {
		c := rune(s.CharAt(i))
		if !utf16.IsSurrogate(c) {
			continue
		}
		if c < 0xDC00 && i+1 < n {
			if d := s.CharAt(i + 1); 0xDC00 <= d && d <= 0xDFFF {
				i++
				continue
			}
		}
		return i
	}
	return -1
}

// isWellFormed is String.prototype.isWellFormed (ECMA-262 22.1.3.10).
func isWellFormed(a realm.Args) goja.Value {
	return a.RT.ToValue(loneSurrogate(thisString(a, "isWellFormed"), 0) < 0)
}

// toWellFormed is String.prototype.toWellFormed (22.1.3.33).
func toWellFormed(a realm.Args) goja.Value {
	s := thisString(a, "toWellFormed")
	i := loneSurrogate(s, 0)
	if i < 0 {
		return s
	}
	units := make([]uint16, s.Length())
	for j := range units {
		units[j] = s.CharAt(j)
	}
	for ; i >= 0; i = loneSurrogate(s, i+1) {
		units[i] = 0xFFFD
	}
	return goja.StringFromUTF16(units)
}
