package bundle

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWordByte reports whether c may be part of an identifier name. Every non-ASCII byte
// counts: white space beyond ASCII is taken out by skipTrivia before anyone asks.
func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// skipTrivia returns where the next token begins: after white space, line terminators,
// comments, and a hashbang at the very start.
func skipTrivia(src string, i int) int {
	if i == 0 && strings.HasPrefix(src, "#!") {
		i = lineEnd(src, 0)
	}
	for i < len(src) {
		switch c := src[i]; {
		case c == ' ' || '\t' <= c && c <= '\r':
			i++
		case c == '/' && strings.HasPrefix(src[i:], "//"):
			i = lineEnd(src, i)
		case c == '/' && strings.HasPrefix(src[i:], "/*"):
			end := strings.Index(src[i+2:], "*/")
			if end < 0 {
				return len(src)
			}
			i += 2 + end + 2
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(src[i:])
			if r != '\ufeff' && r != '\u2028' && r != '\u2029' && !unicode.Is(unicode.Zs, r) {
				return i
			}
			i += n
		default:
			return i
		}
	}
	return i
}

// lineEnd returns where the line that holds i ends, before its terminator.
func lineEnd(src string, i int) int {
	for ; i < len(src); i++ {
		switch src[i] {
		case '\n', '\r':
			return i
		case 0xe2: // U+2028 and U+2029 are e2 80 a8 and e2 80 a9
			if strings.HasPrefix(src[i:], "\u2028") || strings.HasPrefix(src[i:], "\u2029") {
				return i
			}
		}
	}
	return i
}

func scanWord(src string, i int) int {
	for i < len(src) {
		switch c := src[i]; {
		case c >= utf8.RuneSelf:
			if skipTrivia(src, i) != i {
				return i // white space beyond ASCII
			}
			_, n := utf8.DecodeRuneInString(src[i:])
			i += n
		case isWordByte(c):
			i++
		case c == '\\': // \uXXXX or \u{X…}
			i++
			if strings.HasPrefix(src[i:], "u{") {
				if end := strings.IndexByte(src[i:], '}'); end > 0 && end <= 10 {
					i += end + 1
				}
			}
		default:
			return i
		}
	}
	return i
}

// scanNumber ends a numeric literal, separators, exponents, radix prefixes and the n of
// a BigInt included.
func scanNumber(src string, i int) int {
	radix := false
	if src[i] == '0' && i+1 < len(src) {
		switch src[i+1] {
		case 'x', 'X', 'o', 'O', 'b', 'B':
			radix = true
		}
	}
	dot := radix // a further one is a member access
	for start := i; i < len(src); i++ {
		switch c := src[i]; {
		case (c == 'e' || c == 'E') && !radix:
			dot = true
		case c < utf8.RuneSelf && isWordByte(c):
		case c == '.' && !dot:
			dot = true
		case (c == '+' || c == '-') && !radix && i > start && (src[i-1] == 'e' || src[i-1] == 'E'):
		default:
			return i
		}
	}
	return i
}

func scanString(src string, i int) int {
	quote := src[i]
	for i++; i < len(src); i++ {
		switch src[i] {
		case quote:
			return i + 1
		case '\\':
			i++
		case '\n', '\r':
			return i // unterminated
		}
	}
	return len(src)
}

// scanTemplate ends a piece of a template: after its closing backtick or its ${. i is
// behind the backtick or brace that began it.
func scanTemplate(src string, i int) int {
	for ; i < len(src); i++ {
		switch src[i] {
		case '`':
			return i + 1
		case '\\':
			i++
		case '$':
			if i+1 < len(src) && src[i+1] == '{' {
				return i + 2
			}
		}
	}
	return len(src)
}

func scanRegExp(src string, i int) int {
	class := false
	for i++; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '\n', '\r':
			return i // unterminated
		case '/':
			if !class {
				return scanWord(src, i+1)
			}
		}
	}
	return len(src)
}

// puncts are the punctuators of more than one character, longest first.
var puncts = [...]string{
	">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=",
	"=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
	"<<", ">>", "**",
}

// punctLen returns the length of the punctuator at the start of s, which is not empty.
func punctLen(s string) int {
	switch s[0] {
	case '(', ')', '[', ']', '{', '}', ';', ',', ':', '~', '@', '#':
		return 1
	}
	for _, p := range puncts {
		if strings.HasPrefix(s, p) {
			if p == "?." && len(s) > 2 && isDigit(s[2]) {
				return 1 // a conditional with a number like .5
			}
			return len(p)
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
