package fetch

import (
	"encoding/base64"
	"strings"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// dataURL answers a fetch of a data: URL (Fetch, section 6). u is serialised; its fragment
// is no part of the data.
func dataURL(r *realm.Realm, u string) goja.Value {
	whole := u
	u, _, _ = strings.Cut(strings.TrimPrefix(u, "data:"), "#")
	head, data, ok := strings.Cut(u, ",")
	if !ok {
		r.ThrowType("Fetch API cannot load %.64q: it has no comma", whole)
	}
	body := percentDecode(data)
	head = strings.Trim(head, " ")
	if rest, ok := cutBase64(head); ok {
		head = rest
		if body, ok = forgivingBase64(body); !ok {
			r.ThrowType("Fetch API cannot load %.64q: it is no base64", whole)
		}
	}
	if strings.HasPrefix(head, ";") {
		head = "text/plain" + head
	}
	if typ := serialiseType(head); strings.Contains(essence(typ), "/") {
		head = typ
	} else {
		head = "text/plain;charset=US-ASCII"
	}
	p := &Response{status: 200, statusText: "OK", typ: "default", url: whole}
	p.headers = Headers{fields: core.Fields{{Name: "Content-Type", Value: head}}, immutable: true}
	p.body.setBytes(body)
	return r.Wrap(responseInterface, p)
}

// cutBase64 cuts ";base64" with white space before the word off head, in any case.
func cutBase64(head string) (string, bool) {
	const word = "base64"
	n := len(head) - len(word)
	if n < 1 || !strings.EqualFold(head[n:], word) {
		return head, false
	}
	return strings.CutSuffix(strings.TrimRight(head[:n], " "), ";")
}

// percentDecode is "percent-decode" of the URL standard: what is no escape stands for itself.
func percentDecode(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// forgivingBase64 is "forgiving-base64 decode" (Infra, section 7): white space does not
// count, and padding may be left out.
func forgivingBase64(p []byte) ([]byte, bool) {
	s := strings.Map(func(c rune) rune {
		if strings.ContainsRune("\t\n\f\r ", c) {
			return -1
		}
		return c
	}, string(p))
	if len(s)%4 == 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	out, err := base64.RawStdEncoding.DecodeString(s)
	return out, err == nil
}
