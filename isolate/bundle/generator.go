package bundle

import (
	"regexp"
	"strings"
)

// resumeTail is what stands behind k === "return" in esbuild's helper for async generators;
// the names of k and v are esbuild's to choose:
//
//	resume(k === "return" ? k : "next", v[1] ? { done: y.done, …
var resumeTail = regexp.MustCompile(`^\s*\?\s*([\w$]+)\s*:\s*"next",\s*([\w$]+)\[1\]\s*\?`)

// generatorReturn mends that helper. After an await in the finally block that a return()
// runs, it calls the generator's return() once more, which leaves the block at that await:
// what follows it is never run, and the value is lost (ECMA-262, section 27.6.3.8, resumes
// normally there). Only a delegate of yield*, for which v[1] is set, wants the method again.
func (a *analysis) generatorReturn(l *lexer, t token) {
	if l.text(t) != `"return"` {
		return
	}
	m := resumeTail.FindStringSubmatch(l.src[t.end:min(len(l.src), t.end+256)])
	if m == nil {
		return
	}
	before, ok := strings.CutSuffix(strings.TrimRight(l.src[:t.start], " "), "===")
	if before = strings.TrimRight(before, " "); !ok || !strings.HasSuffix(before, m[1]) {
		return
	}
	if at := len(before) - len(m[1]); at > 0 && l.src[at-1] == '(' {
		a.edits = append(a.edits, edit{at: at, ins: m[2] + "[1] && "})
	}
}
