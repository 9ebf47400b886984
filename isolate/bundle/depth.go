package bundle

import "strings"

// The parsers, esbuild's and goja's, recurse, and Go ends the process when a stack
// passes 1 GiB. These bounds keep them far from it; TestDepthBounds measures how far.
const (
	// maxBrackets bounds how deep brackets nest.
	maxBrackets = 2000
	// maxChain bounds brackets and operators together: a+b+c nests as deep as it is long.
	maxChain = 20_000
	// minScanBytes is the size below which a file need not be looked at: each level takes
	// a byte at least.
	minScanBytes = maxBrackets
)

// checkDepth returns an error if src, called name, nests too deep.
func checkDepth(name, src string) *Message {
	if len(src) < minScanBytes {
		return nil
	}
	l := newLexer(src)
	deepest := 0
	for {
		t := l.next()
		if t.kind == tokEOF {
			return nil
		}
		l.accept(t)
		deepest = max(deepest, len(l.frames)-1)
		if deepest > maxBrackets || l.maxDepth > maxChain {
			return tooDeep(name, src, t.start, deepest > maxBrackets)
		}
	}
}

func tooDeep(name, src string, at int, brackets bool) *Message {
	m := &Message{File: name, Line: 1 + strings.Count(src[:at], "\n"), Column: 1}
	m.Text = "expressions nest too deep: more than 20,000 operators in one"
	if brackets {
		m.Text = "brackets nest too deep: more than 2,000"
	}
	line := src[strings.LastIndexByte(src[:at], '\n')+1:]
	line, _, _ = strings.Cut(line, "\n")
	m.LineText = line[:min(len(line), 200)]
	return m
}
