package urls

import (
	"strings"
	"unicode/utf8"
)

// ParseForm is the application/x-www-form-urlencoded parser (URL 5.1).
func ParseForm(s string) [][2]string {
	if s == "" {
		return nil
	}
	list := make([][2]string, 0, strings.Count(s, "&")+1)
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		list = append(list, [2]string{formDecode(name), formDecode(value)})
	}
	return list
}

func formDecode(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return DecodeUTF8(percentDecode(s))
}

// SerializeForm is the application/x-www-form-urlencoded serialiser (URL 5.2).
func SerializeForm(list [][2]string) string {
	n := 0
	for _, p := range list {
		n += len(p[0]) + len(p[1]) + 2
	}
	b := make([]byte, 0, n+n/4)
	for i, p := range list {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendForm(b, p[0])
		b = append(b, '=')
		b = appendForm(b, p[1])
	}
	return string(b)
}

func appendForm(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b = append(b, '+')
		case byteSets[c]&setForm != 0:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

// compareUTF16 orders strings by UTF-16 code units. That differs from the order of bytes
// only where a character beyond U+FFFF, made of surrogates, meets one from U+E000 on.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			if ra >= 0xE000 && rb >= 0xE000 && (ra > 0xFFFF) != (rb > 0xFFFF) {
				return int(rb) - int(ra)
			}
			return int(ra) - int(rb)
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}
