package bundle

import "strings"

// tokenKind is what the tokenizer tells apart. Keywords are words: whether a word is a
// keyword depends on where it stands, which frames know.
type tokenKind uint8

const (
	tokEOF      tokenKind = iota
	tokWord               // identifier name or keyword
	tokPrivate            // #name
	tokNumber             // numeric literal
	tokString             // string literal
	tokTemplate           // `…`, `…${, }…${ or }…`
	tokRegExp             // regular expression literal with its flags
	tokPunct              // everything else
)

// token is one token: src[start:end].
type token struct {
	kind       tokenKind
	start, end int
}

// frameKind is what an open bracket belongs to.
type frameKind uint8

const (
	frameTop      frameKind = iota // the program itself
	frameParen                     // ( … )
	frameBracket                   // [ … ]
	frameBlock                     // a block statement
	frameObject                    // an object literal or pattern, an import or export list
	frameClass                     // a class body
	frameFunction                  // a function, method, arrow or static block body
	frameTemplate                  // ${ … }
)

// frame is one open bracket.
type frame struct {
	kind frameKind
	// control marks the parentheses of if, for, while, with, switch and catch: what
	// follows them is a statement.
	control bool
	// expr marks braces whose end is the end of an operand (an object, a function
	// expression): a slash after them divides.
	expr bool
	// arrow and static tell those kinds of functions; body is where a function's begins.
	arrow, static bool
	body          int
	owner         int // index of the nearest frame that has arguments of its own, 0 for none
	// arrows is set in a function that has arrow functions, named once arguments is named at
	// its head: see arguments.go.
	arrows, named bool
	// key is set in objects and classes where a property name may stand.
	key bool
	// list marks what has commas that make lists, not comma operators: arguments,
	// brackets, objects, and a declaration's declarators.
	list    bool
	commas  int // comma operators since the last semicolon
	ternary int // conditional operators that wait for their colon
	chain   int // nesting that needs no bracket: operators since the last separator
	saved   int // chain before the last separator, which an else takes up again
}

// opener is a class or function keyword whose body has not begun yet.
type opener struct {
	class bool
	depth int // len(frames) at the keyword
	expr  bool
}

// lexer splits JavaScript into tokens. It follows the brackets closely enough to tell a
// regular expression from a division and a class body from a block, which is all the
// rewriting needs. It is exact on what esbuild prints, where no automatic semicolon is
// left to insert; on other text it may misjudge, but it always ends, never panics, and
// its tokens never overlap.
type lexer struct {
	src     string
	pos     int
	frames  []frame
	openers []opener

	prev      token // the last significant token
	operand   bool  // prev ends an operand
	statement bool  // a statement may begin after prev
	ctlClose  bool  // prev is the ) of a control parenthesis
	asyncStmt bool  // prev is an async that stood at the start of a statement

	depth    int // nesting now: brackets and operator chains
	maxDepth int
	maxPos   int // where maxDepth was reached
	commas   int // the longest row of comma operators
	funcs    int // open frameFunction frames
}

// scopeWeight is how many operators a function or class counts for. esbuild takes time
// with the third power of how deep they nest: 1,000 arrow functions one in the other take
// 2 s, 500 take 0.3 s.
const scopeWeight = 20

func newLexer(src string) *lexer {
	return &lexer{src: src, frames: append(make([]frame, 0, 32), frame{kind: frameTop}), statement: true}
}

func (l *lexer) top() *frame { return &l.frames[len(l.frames)-1] }

func (l *lexer) text(t token) string { return l.src[t.start:t.end] }

// property reports whether the word that comes next is a property name, so that no
// keyword has its meaning there.
func (l *lexer) property() bool {
	if p := l.text(l.prev); p == "." || p == "?." {
		return true
	}
	return l.top().key
}

// next returns the next token. The state describes the place before it until the
// following call of next: callers look at top, property and funcs first.
func (l *lexer) next() token {
	l.pos = skipTrivia(l.src, l.pos)
	t := token{start: l.pos}
	if l.pos >= len(l.src) {
		t.end = len(l.src)
		return t
	}
	c := l.src[l.pos]
	switch {
	case isWordByte(c) && !isDigit(c) || c == '\\':
		t.kind, t.end = tokWord, scanWord(l.src, l.pos)
	case c == '#' && l.pos+1 < len(l.src) && (isWordByte(l.src[l.pos+1]) || l.src[l.pos+1] == '\\'):
		t.kind, t.end = tokPrivate, scanWord(l.src, l.pos+1)
	case isDigit(c) || c == '.' && l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]):
		t.kind, t.end = tokNumber, scanNumber(l.src, l.pos)
	case c == '"' || c == '\'':
		t.kind, t.end = tokString, scanString(l.src, l.pos)
	case c == '`' || c == '}' && l.top().kind == frameTemplate:
		t.kind, t.end = tokTemplate, scanTemplate(l.src, l.pos+1)
	case c == '/' && !l.operand:
		t.kind, t.end = tokRegExp, scanRegExp(l.src, l.pos)
	default:
		t.kind, t.end = tokPunct, l.pos+punctLen(l.src[l.pos:])
	}
	l.pos = t.end
	return t
}

// accept updates the state with t, which next has returned.
func (l *lexer) accept(t token) {
	wasStatement, wasAsync, wasControl := l.statement, l.asyncStmt, l.ctlClose
	l.statement, l.ctlClose, l.asyncStmt = false, false, false
	if l.operand && t.kind != tokPunct && t.kind != tokEOF {
		l.adjacent(t)
	}
	switch t.kind {
	case tokEOF:
		return
	case tokWord:
		l.acceptWord(t, wasStatement, wasAsync)
	case tokTemplate:
		l.acceptTemplate(t)
	case tokPunct:
		l.acceptPunct(t, wasStatement, wasControl)
	default:
		l.operand = true
	}
	l.prev = t
}

// adjacent counts a token that follows an operand without a punctuator between: on a new
// line it begins a statement, by an automatic semicolon; on the same line it is a
// template's tag, or one of a row of words (async x, keyof T), and may nest.
func (l *lexer) adjacent(t token) {
	if strings.IndexByte(l.src[l.prev.end:t.start], '\n') >= 0 && t.kind == tokWord {
		l.separate(l.top())
		return
	}
	l.nest(1)
}

func (l *lexer) acceptWord(t token, wasStatement, wasAsync bool) {
	l.operand = true
	if l.property() {
		return
	}
	switch l.text(t) {
	case "class", "function":
		expr := !wasStatement && !wasAsync
		l.openers = append(l.openers, opener{class: l.src[t.start] == 'c', depth: len(l.frames), expr: expr})
		l.operand = false
		l.nest(scopeWeight)
	case "async":
		l.asyncStmt = wasStatement
	case "else":
		f := l.top()
		l.add(f, f.saved+1)
		l.operand, l.statement = false, true
	case "do", "try", "finally", "export", "default":
		l.nest(1)
		l.operand, l.statement = false, true
	case "of":
		l.operand = !(l.top().kind == frameParen && l.top().control)
	case "if", "for", "while", "with", "switch", "catch", "case", "return", "throw", "typeof", "void", "delete",
		"new", "in", "instanceof", "await", "yield", "extends", "import":
		l.operand = false
		l.nest(1)
	case "var", "let", "const":
		l.operand = false
		l.nest(1)
		l.top().list = l.top().list || wasStatement
	}
}

func (l *lexer) acceptTemplate(t token) {
	if l.src[t.start] == '}' {
		l.pop()
	}
	l.operand = true
	if strings.HasSuffix(l.text(t), "${") && t.end-t.start >= 2 {
		l.push(frame{kind: frameTemplate})
		l.operand = false
	}
}

func (l *lexer) acceptPunct(t token, wasStatement, wasControl bool) {
	f := l.top()
	s := l.text(t)
	switch s {
	case "(":
		control := false
		if l.prev.kind == tokWord && !l.operand {
			switch l.text(l.prev) {
			case "if", "for", "while", "with", "switch", "catch", "await":
				control = true
			}
		}
		f.key = false
		if l.operand {
			l.nest(1) // calls nest to the left
		}
		l.push(frame{kind: frameParen, control: control, list: l.operand})
		l.operand = false
	case "[":
		if l.operand {
			l.nest(1)
		}
		l.push(frame{kind: frameBracket, list: true})
		l.operand = false
	case "{":
		nf := l.brace(wasStatement || wasControl)
		nf.body = t.end
		l.push(nf)
		l.operand = false
		l.statement = nf.kind == frameBlock || nf.kind == frameFunction
	case ")", "]", "}":
		l.close(s)
	case ";":
		l.separate(f)
		f.ternary, f.commas = 0, 0
		f.list = f.list && f.kind != frameTop && f.kind != frameBlock && f.kind != frameFunction
		f.key = f.kind == frameClass
		l.operand, l.statement = false, true
	case ",":
		l.separate(f)
		if !f.list && f.kind != frameObject {
			f.commas++
			l.commas = max(l.commas, f.commas)
		}
		f.key = f.kind == frameObject
		l.operand = false
	case ":":
		l.operand = false
		switch {
		case f.ternary > 0:
			f.ternary--
		case f.kind == frameObject:
			f.key = false
		case f.kind == frameTop || f.kind == frameBlock || f.kind == frameFunction:
			l.statement = true // behind a label or a case
		}
		l.nest(1)
	case "=", "...":
		f.key = false
		l.operand = false
		l.nest(1)
	case "++", "--":
		// Postfix after an operand, prefix otherwise: operand stays as it is.
		l.nest(1)
	case "?":
		f.ternary++
		l.operand = false
		l.nest(1)
	case "*":
		l.operand = false // a generator's star keeps key
		l.nest(1)
	case "=>":
		l.operand = false
		l.nest(scopeWeight)
	default:
		l.operand = false
		l.nest(1)
	}
}

// brace says what the { after prev opens. statement is set where a statement may begin.
func (l *lexer) brace(statement bool) frame {
	f := l.top()
	prev := l.text(l.prev)
	if n := len(l.openers); n > 0 && l.openers[n-1].depth == len(l.frames) {
		o := l.openers[n-1]
		if o.class && prev != "extends" {
			l.openers = l.openers[:n-1]
			return frame{kind: frameClass, expr: o.expr, key: true}
		}
		if !o.class && prev == ")" {
			l.openers = l.openers[:n-1]
			return frame{kind: frameFunction, expr: o.expr}
		}
	}
	switch {
	case prev == "=>":
		return frame{kind: frameFunction, expr: true, arrow: true}
	case prev == ")" && (f.kind == frameClass || f.kind == frameObject):
		return frame{kind: frameFunction}
	case prev == "static" && f.kind == frameClass && f.key:
		return frame{kind: frameFunction, static: true}
	case statement || prev == ")":
		if w := prev; w == "export" || w == "default" {
			return frame{kind: frameObject, expr: true, key: true}
		}
		return frame{kind: frameBlock}
	case l.operand:
		return frame{kind: frameBlock}
	}
	switch prev {
	case "catch", "switch": // catch without a parameter
		return frame{kind: frameBlock}
	}
	return frame{kind: frameObject, expr: true, key: true}
}

// close ends the frame that s closes. A bracket that fits no open one is passed over.
func (l *lexer) close(s string) {
	f := *l.top()
	var fits bool
	switch s {
	case ")":
		fits = f.kind == frameParen
	case "]":
		fits = f.kind == frameBracket
	default:
		fits = f.kind != frameTop && f.kind != frameParen && f.kind != frameBracket && f.kind != frameTemplate
	}
	l.operand = true
	if !fits {
		return
	}
	l.pop()
	switch s {
	case ")":
		l.ctlClose = f.control
		l.statement = f.control
		l.operand = !f.control
	case "}":
		l.operand = f.expr
		if p := l.top(); f.kind == frameFunction && p.kind == frameClass && !f.expr {
			p.key = true
			l.separate(p)
		} else if !f.expr && p.kind != frameObject {
			l.statement = true
			l.separate(p)
		}
	}
}

func (l *lexer) push(f frame) {
	f.chain = 1
	f.owner = l.top().owner
	if f.kind == frameFunction {
		l.funcs++
		switch {
		case f.static: // must not name them
			f.owner = 0
		case !f.arrow:
			f.owner = len(l.frames)
		}
	}
	l.frames = append(l.frames, f)
	l.deepen(1)
}

func (l *lexer) pop() {
	f := l.top()
	if f.kind == frameTop {
		return
	}
	if f.kind == frameFunction {
		l.funcs--
	}
	l.depth -= f.chain
	l.frames = l.frames[:len(l.frames)-1]
	for n := len(l.openers); n > 0 && l.openers[n-1].depth > len(l.frames); n = len(l.openers) {
		l.openers = l.openers[:n-1] // a keyword whose body never came
	}
}

func (l *lexer) nest(n int) { l.add(l.top(), n) }

func (l *lexer) add(f *frame, n int) {
	f.chain += n
	l.deepen(n)
}

func (l *lexer) deepen(n int) {
	if l.depth += n; l.depth > l.maxDepth {
		l.maxDepth, l.maxPos = l.depth, l.pos
	}
}

// separate ends the operators' chain of f: what follows is no deeper than what began it.
func (l *lexer) separate(f *frame) {
	base := min(f.chain, 1)
	if f.kind == frameTop {
		base = 0
	}
	f.saved = f.chain - base
	l.depth -= f.saved
	f.chain = base
}
