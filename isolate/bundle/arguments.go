package bundle

import "strings"

// goja resolves arguments wrongly where an arrow function is the first to use that of the
// function around it: the generated code reads a variable that is not there and panics, or
// gives undefined. Named once in the function itself before, it is right. So "arguments;" is
// put at the head of such functions. Arrow functions in default values of parameters have no
// place before them and stay broken.

// arrow notes that the function around has an arrow function in it.
func (a *analysis) arrow(l *lexer, t token) {
	if l.text(t) != "=>" {
		return
	}
	if f := l.owner(); f != nil {
		f.arrows = true
	}
}

// arguments names arguments at the head of the function that the word, which comes next,
// belongs to. A property of that name leads to an edit too many, which does no harm.
func (a *analysis) arguments(l *lexer) {
	if p := l.text(l.prev); p == "." || p == "?." {
		return
	}
	f := l.owner()
	if f == nil || !f.arrows || f.named {
		return
	}
	f.named = true
	a.edits = append(a.edits, edit{at: afterDirectives(l.src, f.body), ins: "arguments;"})
	a.unsorted = true // other edits in the body may have come before
}

// owner is the frame of the nearest function that has arguments of its own, or nil.
func (l *lexer) owner() *frame {
	if i := l.top().owner; i > 0 {
		return &l.frames[i]
	}
	return nil
}

// afterDirectives returns where the directive prologue that begins at i ends (ECMA-262,
// section 11.2.1): a statement before "use strict" would end its meaning.
func afterDirectives(src string, i int) int {
	for {
		s := skipTrivia(src, i)
		if s >= len(src) || src[s] != '"' && src[s] != '\'' {
			return i
		}
		end := skipTrivia(src, scanString(src, s))
		if !strings.HasPrefix(src[end:], ";") {
			return i
		}
		i = end + 1
	}
}
