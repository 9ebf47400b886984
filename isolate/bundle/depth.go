package bundle

import (
	"fmt"
	"strings"
)

// The parsers, esbuild's and goja's, recurse, and Go ends the process when a stack
// passes 1 GiB; some of esbuild's passes take time with more than the square of how deep
// code nests. Below these bounds every kind of nesting tried stays under 64 MiB of stack
// and about a second. What people write is far away: of 75 npm packages the deepest has
// 31 brackets and 400 operators, minified ones included.
const (
	// maxBrackets bounds how deep brackets nest.
	maxBrackets = 500
	// maxChain bounds brackets and operators together: a+b+c nests as deep as it is long.
	maxChain = 10_000
	// maxCommas bounds how many comma operators stand in a row.
	maxCommas = 10_000
	// minScanBytes is the size below which a file need not be looked at: each level takes
	// a byte at least.
	minScanBytes = 2 * maxBrackets
)

// checkDepth returns an error if src, called name, nests too deep.
func checkDepth(name, src string) *Message {
	if len(src) < minScanBytes {
		return nil
	}
	a := analyse(src)
	return a.tooDeep(name, src)
}

func (a *analysis) tooDeep(name, src string) *Message {
	m := &Message{File: name, Column: 1}
	switch {
	case a.brackets > maxBrackets:
		m.Text = fmt.Sprintf("brackets nest too deep: %d levels, more than %d", a.brackets, maxBrackets)
	case a.depth > maxChain:
		m.Text = fmt.Sprintf("an expression nests too deep: %d operators, more than %d", a.depth, maxChain)
	case a.commas > maxCommas:
		m.Text = fmt.Sprintf("too many comma operators in a row: %d, more than %d", a.commas, maxCommas)
	default:
		return nil
	}
	at := min(a.depthAt, len(src))
	m.Line = 1 + strings.Count(src[:at], "\n")
	line := src[strings.LastIndexByte(src[:at], '\n')+1:]
	line, _, _ = strings.Cut(line, "\n")
	m.LineText = line[:min(len(line), 200)]
	return m
}
