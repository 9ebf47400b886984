package encoding

import (
	"encoding/base64"
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// forgivingDecode is "forgiving-base64 decode" (Infra, section 7): ASCII whitespace and
// padding may be left out or, in its place, be there; bits beyond the last byte are ignored.
func forgivingDecode(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\t\n\f\r ") {
		s = strings.Map(func(r rune) rune {
			switch r {
			case '\t', '\n', '\f', '\r', ' ':
				return -1
			}
			return r
		}, s)
	}
	if len(s)%4 == 0 && strings.HasSuffix(s, "=") {
		s = strings.TrimSuffix(s[:len(s)-1], "=")
	}
	if len(s)%4 == 1 {
		return nil, false
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil
}

// binaryString returns the bytes of a string of code units up to 0xFF.
func binaryString(s string) ([]byte, bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			return nil, false
		}
		b = append(b, byte(r))
	}
	return b, true
}

func atob(a realm.Args) goja.Value {
	a.Need(1, "atob")
	b, ok := forgivingDecode(a.String(a.Get(0)))
	if !ok {
		dom.Throw(a.Realm, "InvalidCharacterError", "The string to be decoded is not correctly encoded.")
	}
	return a.RT.ToValue(realm.Latin1(string(b)))
}

func btoa(a realm.Args) goja.Value {
	a.Need(1, "btoa")
	b, ok := binaryString(a.String(a.Get(0)))
	if !ok {
		dom.Throw(a.Realm, "InvalidCharacterError", "The string to be encoded contains characters outside of the Latin1 range.")
	}
	return a.RT.ToValue(base64.StdEncoding.EncodeToString(b))
}
