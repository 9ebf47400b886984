package bundle

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// edit replaces src[at:at+del] by ins. Edits keep to one line: none holds, removes or
// brings in a line terminator, so that only columns shift.
type edit struct {
	at, del int
	ins     string
}

// applyEdits returns src with edits applied, which are sorted and do not overlap.
func applyEdits(src string, edits []edit) string {
	if len(edits) == 0 {
		return src
	}
	size := len(src)
	for _, e := range edits {
		size += len(e.ins) - e.del
	}
	var b strings.Builder
	b.Grow(size)
	last := 0
	for _, e := range edits {
		b.WriteString(src[last:e.at])
		b.WriteString(e.ins)
		last = e.at + e.del
	}
	b.WriteString(src[last:])
	return b.String()
}

// analysis is what one pass over a script finds.
type analysis struct {
	// edits make goja accept, and understand, what it has wrong. While unsorted is set they
	// are not in order.
	edits    []edit
	unsorted bool
	// export is where the first export declaration begins, or -1.
	export int
	// mayAwait is set when an await stands outside of braces of functions. It may be that
	// of an arrow function without braces: then only a parser can tell.
	mayAwait bool
	// commonJS is set when require, module.exports or exports is used.
	commonJS bool
	// depth is how deep a recursive parser may have to go, at offset depthAt.
	depth, depthAt int
	// brackets is how deep brackets nest.
	brackets int
	// commas is the longest row of comma operators.
	commas int
}

// analyse passes once over src, which esbuild has printed.
func analyse(src string) analysis {
	a := analysis{export: -1}
	if strings.HasPrefix(src, "#!") { // goja knows a hashbang, but not behind the wrapper's head
		a.edits = append(a.edits, edit{0, 2, "//"})
	}
	l := newLexer(src)
	var last, last2 token // the tokens before t, last being the nearer
	for {
		t := l.next()
		if t.kind == tokEOF {
			break
		}
		switch t.kind {
		case tokWord:
			a.word(l, t)
		case tokPrivate:
			a.private(l, t)
		case tokRegExp:
			a.regExp(l, t)
		case tokString:
			a.generatorReturn(l, t)
		default:
			a.arrow(l, t)
			a.after(l, last2, last, t)
		}
		l.accept(t)
		last2, last = last, t
		a.brackets = max(a.brackets, len(l.frames)-1)
	}
	a.depth, a.depthAt, a.commas = l.maxDepth, l.maxPos, l.commas
	if a.unsorted {
		slices.SortStableFunc(a.edits, func(x, y edit) int {
			return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.del, y.del)) // what only inserts comes first
		})
	}
	return a
}

func (a *analysis) word(l *lexer, t token) {
	f := l.top()
	switch w := l.text(t); w {
	case "get", "set", "async":
		// goja takes these for modifiers unless ( or ; follows. Quoted they are the same
		// property name (ECMA-262, section 13.2.5.5) and nothing else.
		if f.kind == frameClass && f.key && fieldFollows(l.src, t.end) {
			a.edits = append(a.edits, edit{t.start, len(w), `"` + w + `"`})
		}
	case "arguments":
		a.arguments(l)
	case "export":
		if f.kind == frameTop && !l.property() && a.export < 0 {
			a.export = t.start
		}
	case "await":
		if l.funcs == 0 && !l.property() {
			a.mayAwait = true
		}
	}
}

// private handles #get and #set, which goja takes for modifiers as well. An escape is
// part of the name's spelling, not of the name (ECMA-262, section 12.7).
func (a *analysis) private(l *lexer, t token) {
	f := l.top()
	if f.kind != frameClass || !f.key || !fieldFollows(l.src, t.end) {
		return
	}
	switch l.text(t) {
	case "#get":
		a.edits = append(a.edits, edit{t.start + 1, 1, `\u0067`})
	case "#set":
		a.edits = append(a.edits, edit{t.start + 1, 1, `\u0073`})
	}
}

// modifiers finds (?i: and the like (ECMA-262, section 22.2.1), which goja's parser
// rejects. A find inside of a class or behind a backslash does no harm.
var modifiers = regexp.MustCompile(`\(\?(?:[ims]+-?|-)[ims]*:`)

// regExp makes literals that goja cannot compile into calls of the constructor, as esbuild
// does with flags that a target lacks: a script then fails where it uses the pattern, or
// not at all, if the realm's RegExp knows better.
func (a *analysis) regExp(l *lexer, t token) {
	lit := l.text(t)
	if len(lit) > maxBrackets {
		a.brackets = max(a.brackets, groupDepth(lit)) // its parser recurses as well
	}
	end := strings.LastIndexByte(lit, '/')
	if end < 1 || !modifiers.MatchString(lit) {
		return
	}
	ins := "new RegExp(" + quote(lit[1:end]) + ", " + quote(lit[end+1:]) + ")"
	if t.start > 0 && isWordByte(l.src[t.start-1]) {
		ins = " " + ins // as in return/x/
	}
	a.edits = append(a.edits, edit{t.start, t.end - t.start, ins})
}

// groupDepth is how deep the groups of a pattern nest.
func groupDepth(pattern string) int {
	depth, deepest, class := 0, 0, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '(' && !class:
			depth++
			deepest = max(deepest, depth)
		case c == ')' && !class:
			depth--
		}
	}
	return deepest
}

// after looks for the marks of a CommonJS module: require(, module.exports, exports.x.
func (a *analysis) after(l *lexer, last2, last, t token) {
	if last.kind != tokWord {
		return
	}
	s := l.text(t)
	before := l.text(last2)
	switch l.text(last) {
	case "require":
		a.commonJS = a.commonJS || s == "(" && before != "." && before != "?." && before != "function"
	case "exports":
		a.commonJS = a.commonJS || s == "." || s == "[" || s == "="
	}
}

// fieldFollows reports whether what stands at i makes the name before it that of a field:
// an initialiser, or the end of the class.
func fieldFollows(src string, i int) bool {
	i = skipTrivia(src, i)
	if i >= len(src) {
		return false
	}
	switch src[i] {
	case '}':
		return true
	case '=':
		return punctLen(src[i:]) == 1
	}
	return false
}

// exported is one entry of an export list.
type exported struct{ local, name string }

// exportClause is the export declaration at the end of a bundle.
type exportClause struct {
	start, end int        // where it stands
	list       []exported // of export { … }
	expr       string     // of export default …, without it ""
}

// parseExport reads the export declaration that esbuild puts last in a bundle: either
// "export { a as b, … };" or "export default require_x();". ok is false if anything else
// stands there.
func parseExport(src string, at int) (c exportClause, ok bool) {
	c = exportClause{start: at, end: len(src)}
	l := newLexer(src)
	l.pos = at
	var toks []token
	for {
		t := l.next()
		if t.kind == tokEOF {
			break
		}
		l.accept(t)
		toks = append(toks, t)
	}
	text := func(i int) string {
		if i < len(toks) {
			return l.text(toks[i])
		}
		return ""
	}
	switch text(1) {
	case "default":
		end := len(toks)
		if text(end-1) == ";" {
			end--
		}
		if end <= 2 {
			return c, false
		}
		c.expr = src[toks[2].start:toks[end-1].end]
		return c, true
	case "{":
		i := 2
		for text(i) != "}" {
			e := exported{local: text(i), name: text(i)}
			i++
			if text(i) == "as" {
				e.name = text(i + 1)
				i += 2
			}
			c.list = append(c.list, e)
			switch text(i) {
			case ",":
				i++
			case "}":
			default:
				return c, false
			}
		}
		rest := toks[i+1:]
		return c, len(rest) == 0 || len(rest) == 1 && l.text(rest[0]) == ";"
	}
	return c, false
}

// returnStatement is what takes the clause's place in the wrapper function: an object
// with the exports as getters, which keep bindings live (ECMA-262, section 16.2.1.7). It
// has no prototype, as a module namespace object has none.
func (c *exportClause) returnStatement() string {
	var b strings.Builder
	if c.expr != "" {
		// A CommonJS entry. __esModule says that it was compiled from export declarations.
		return "return ((m) => m && m.__esModule ? m : { __proto__: null, default: m })(" + c.expr + ");"
	}
	b.WriteString("return { __proto__: null")
	list := slices.Clone(c.list)
	slices.SortFunc(list, func(x, y exported) int { return strings.Compare(x.name, y.name) })
	for _, e := range list {
		name := e.name
		if name[0] != '"' && name[0] != '\'' {
			name = `"` + name + `"`
		}
		if name == `"__proto__"` {
			name = `["__proto__"]` // computed, it is a name like any other
		}
		b.WriteString(`, get ` + name + `() { return ` + e.local + `; }`)
	}
	b.WriteString(" };")
	return b.String()
}
