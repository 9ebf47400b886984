package bundle

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// tokens returns the tokens of src, separated by spaces, patterns and private names marked.
func tokens(src string) string {
	var out []string
	l := newLexer(src)
	for {
		t := l.next()
		if t.kind == tokEOF {
			return strings.Join(out, " ")
		}
		s := l.text(t)
		switch t.kind {
		case tokRegExp:
			s = "re:" + s
		case tokTemplate:
			s = "t:" + s
		}
		out = append(out, s)
		l.accept(t)
	}
}

func TestTokens(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := tokens(in); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", in, got, want)
		}
	}
	f("", "")
	f("#!shebang\na", "a")
	f("a /* / */ / b // c\n/d", "a / b / d")
	f("x = /a[/]b\\//gi.test(y)", "x = re:/a[/]b\\//gi . test ( y )")
	f("if (x) /re/.test(y)", "if ( x ) re:/re/ . test ( y )")
	f("f(x) / 2 / 3", "f ( x ) / 2 / 3")
	f("a.if(x) / 2 / 3", "a . if ( x ) / 2 / 3")
	f("a[0] / 2 / 3", "a [ 0 ] / 2 / 3")
	f("x = {} / 2 / 1", "x = { } / 2 / 1")
	f("{} /re/.x", "{ } re:/re/ . x")
	f("function f() {} /re/.x", "function f ( ) { } re:/re/ . x")
	f("x = function () {} / 2 / 1", "x = function ( ) { } / 2 / 1")
	f("class A {} /re/.x", "class A { } re:/re/ . x")
	f("x = class {} / 2 / 1", "x = class { } / 2 / 1")
	f("return /re/", "return re:/re/")
	f("a.return /re/ b", "a . return / re / b")
	f("this / 2 / 1", "this / 2 / 1")
	f("x++ / 2 / y", "x ++ / 2 / y")
	f("a ? /b/ : /c/", "a ? re:/b/ : re:/c/")
	f("a ?.5 : b?.c ?? d", "a ? .5 : b ?. c ?? d")
	f("switch (a) { case /b/: { } /c/ }", "switch ( a ) { case re:/b/ : { } re:/c/ }")
	f("`a${b}c${`d${{}}`}e` / 2 / 1", "t:`a${ b t:}c${ t:`d${ { } t:}` t:}e` / 2 / 1")
	f("`\\`${/}/}`", "t:`\\`${ re:/}/ t:}`")
	f("'\\'' + \"\\\"\" + '\\\n'", "'\\'' + \"\\\"\" + '\\\n'")
	f("1_0.5e-3 + 0xFe+1 + 1n + .5.x + 1..x", "1_0.5e-3 + 0xFe + 1 + 1n + .5 . x + 1. . x")
	f("#a in o; this.#b >>>= 1 ** 2", "#a in o ; this . #b >>>= 1 ** 2")
	f("é\u00a0\u2028\ufeff/ñ/ \\u{61}b", "é / ñ / \\u{61}b")
	f("for (const x of /a/) ;", "for ( const x of re:/a/ ) ;")
	f("() => {}\n", "( ) => { }")
	f("\"unterminated\n`also ${", "\"unterminated t:`also ${")
	f(")]} ok", ") ] } ok")
}

func TestRewriting(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := applyEdits(in, analyse(in).edits); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
	same := func(in string) { t.Helper(); f(in, in) }
	f("class A { get = 1; set=(x)=>x;async\n=\n2; static get /* = */ = 3 }", `class A { "get" = 1; "set"=(x)=>x;"async"`+"\n=\n2; static \"get\" /* = */ = 3 }")
	f("class A{get}class B{static async}x=class{x;set}", `class A{"get"}class B{static "async"}x=class{x;"set"}`)
	f("class A { #get = 1; #set; static #set = this.#get; #get }", `class A { #\u0067et = 1; #set; static #\u0073et = this.#get; #\u0067et }`)
	f("class A { m() {} get = 1; static {} set = { get: 1 }; async = class { get = function () { get = 1 } } }",
		`class A { m() {} "get" = 1; static {} "set" = { get: 1 }; "async" = class { "get" = function () { get = 1 } } }`)
	f("class A extends f({ get: 1 }) { get = 1 }", `class A extends f({ get: 1 }) { "get" = 1 }`)
	f("class A extends class { set = 1 } { get = 1 }", `class A extends class { "set" = 1 } { "get" = 1 }`)
	f("class A extends {}.x { get = 1 }", `class A extends {}.x { "get" = 1 }`)
	f("x = /(?i:a)/g; return/(?-m:b)/; y = /(?:c)(?=d)(?<i>e)/", `x = new RegExp("(?i:a)", "g"); return new RegExp("(?-m:b)", ""); y = /(?:c)(?=d)(?<i>e)/`)
	f("#!x\nget = 1", "//x\nget = 1")
	same("class A { get() {} set() {} async() {} get get() {} set set(v) {} async get() {} *set() {} static get() {} static async async() {} get [x]() {} get 'a'() {} async *set() {} }")
	same("class A { get; set; async; static; static get; static = 1; #async = 1; #static; #x = 1; geta = 1 }")
	same("class A { x = get = 1; y = (async = 2); [get = 1] = 1; z = { set } }")
	same("get = 1; set = 2; var async = 3; ({ get, set, async } = x); ({ get = 1 } = x); function f(get = 1) { set = get } f(async = 1)")
	same("x.class = { get: 1 }; y = { class: 1, get: 2, class() { get = 1 } }; x?.class; get = 1")
	same("a => { get = 1 }; class A { f(get = 1) { set = 1; if (a) { async = 1 } } g = () => { get = 2 } }")
	same("class A { get == 1 }")
	same("`class A { get = 1 }`; 'class A { get = 1 }'; /class A { get = 1 }/; // class A { get = 1 }")
}

func TestAnalysis(t *testing.T) {
	for _, c := range []struct {
		in              string
		await, commonJS bool
		export          int
	}{
		{"await x", true, false, -1},
		{"if (a) { await x }", true, false, -1},
		{"for (const x of y) { try { await x } catch { } }", true, false, -1},
		{"class A { static x = 1 } await x", true, false, -1},
		{"x = { a: await y }", true, false, -1},
		{"async () => await x", true, false, -1}, // only a parser can tell
		{"async () => { await x }", false, false, -1},
		{"async function f() { if (a) { await x } }", false, false, -1},
		{"x = { async m() { await y } }; class A { async m() { await y } static async *g() { for await (x of y) {} } }", false, false, -1},
		{"x.await; y = { await: 1 }", false, false, -1},
		{"'await x'; `await x`; /await x/ // await x", false, false, -1},
		{"require('x')", false, true, -1},
		{"module.exports = 1", false, true, -1},
		{"exports.x = 1; exports['y'] = 2", false, true, -1},
		{"x.require('y'); function require(a) {} exports; module", false, false, -1},
		{"var a; export { a as b };", false, false, 7},
		{"x.export; y = { export: 1 }; 'export {}'", false, false, -1},
	} {
		a := analyse(c.in)
		if a.mayAwait != c.await || a.commonJS != c.commonJS || a.export != c.export {
			t.Errorf("%s: await %v, CommonJS %v, export at %d", c.in, a.mayAwait, a.commonJS, a.export)
		}
	}
}

func TestParseExport(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"export {};", "return { __proto__: null };", true},
		{"export {\n  a,\n  b as default\n};\n", `return { __proto__: null, get "a"() { return a; }, get "default"() { return b; } };`, true},
		{`export{z as "x y",a as __proto__};`, `return { __proto__: null, get "x y"() { return z; }, get ["__proto__"]() { return a; } };`, true},
		{"export default require_x();", "return ((m) => m && m.__esModule ? m : { __proto__: null, default: m })(require_x());", true},
		{"export * from 'x'", "", false},
		{"export const a = 1;", "", false},
		{"export { a", "", false},
		{"export { a b }", "", false},
		{"export {}; x", "", false},
		{"export default", "", false},
		{"export", "", false},
	} {
		got, ok := parseExport(c.in, 0)
		if ok != c.ok || ok && got.returnStatement() != c.want {
			t.Errorf("%s: %v %s", c.in, ok, got.returnStatement())
		}
	}
}

// TestDepthBounds checks that every kind of nesting is refused, and quickly, before a
// parser sees it.
func TestDepthBounds(t *testing.T) {
	const n = 1 << 16
	rep := strings.Repeat
	for name, src := range map[string]string{
		"parentheses":       "x=" + rep("(", n),
		"brackets":          "x=" + rep("[", n),
		"closed brackets":   "x=" + rep("[", n) + rep("]", n),
		"objects":           "x=" + rep("{a:", n),
		"blocks":            rep("{", n),
		"functions":         rep("function f(){", n/8),
		"arrows":            "x=" + rep("a=>", n),
		"classes":           "x=" + rep("class extends ", n/8),
		"templates":         "x=" + rep("`${", n),
		"tags":              "x=y" + rep("``", n),
		"calls":             "x=y" + rep("()", n),
		"indexes":           "x=y" + rep("[0]", n),
		"members":           "x=y" + rep(".a", n),
		"negations":         "x=" + rep("!", n),
		"operators":         "x=a" + rep("+b", n),
		"operators, lines":  "x=a" + rep("+\nb", n),
		"assignments":       "x" + rep("=b", n),
		"conditionals":      "x=" + rep("a?b:", n),
		"conditions":        "x=" + rep("a?", n),
		"typeof":            "x=" + rep("typeof ", n),
		"new":               "x=" + rep("new ", n),
		"if":                rep("if(a)", n),
		"else":              rep("if(a)b();else ", n/4),
		"else with blocks":  rep("if(a){b()}else ", n/4),
		"for":               rep("for(;;)", n),
		"do":                rep("do ", n),
		"labels":            rep("a:", n),
		"commas":            "x" + rep(",y()", n),
		"patterns":          "x=/" + rep("(", n) + "/",
		"types":             "let x:" + rep("A<", n),
		"keyof":             "let x:" + rep("keyof ", n),
		"elements":          "x=" + rep("<a>", n),
		"strings in JSON":   rep(`["]",`, n/4),
		"brackets in words": rep(`[")]}",`, n/4),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if m := checkDepth("x", src); m == nil {
				t.Error("is let pass")
			} else if m.Line < 1 || len(m.LineText) > 200 {
				t.Errorf("%+v", m)
			}
		})
	}
	for name, src := range map[string]string{
		"a long list":            "x=[" + rep("a+b,", n) + "]",
		"a long program":         rep("f(a, b + c);\n", n/8),
		"without semicolons":     rep("f(a, b + c)\nx = y.z\n", n/16),
		"a long switch":          "switch(x){" + rep("case 1: { f(); break }\n", n/16) + "}",
		"many functions":         rep("function f(a, b) { return a ? b : c }\n", n/16),
		"many declarators":       "var a=1" + rep(",b=a+1", n/4),
		"many arguments":         "f(1" + rep(",a+1", n/4) + ")",
		"a long object":          "x={" + rep("a(){},b:c=>d,", n/8) + "}",
		"brackets in a string":   "x='" + rep("[", n) + "'",
		"a flat pattern":         "x=/" + rep("(a)", n/8) + "/",
		"some hundred operators": "x=a" + rep("+b", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if m := checkDepth("x", src); m != nil {
				t.Errorf("is refused: %s", m)
			}
		})
	}
}

// TestBombs builds what is nested too deep, or is too large, in each place it may come from.
func TestBombs(t *testing.T) {
	deep := "x=" + strings.Repeat("[", 1<<16)
	for name, files := range map[string]map[string]string{
		"in the entry":   {"index.js": deep},
		"in a module":    {"index.js": "export default 1;" + deep},
		"in an import":   {"index.js": "import './a.js'", "a.js": deep},
		"in JSON":        {"index.js": "import './a.json'", "a.json": strings.Repeat("[", 1<<16)},
		"in types":       {"index.ts": "type A = " + strings.Repeat("A<", 1<<16)},
		"too large":      {"index.js": "import './a.js'", "a.js": strings.Repeat(" ", MaxScriptBytes+1)},
		"too large text": {"index.js": "import './a.txt'", "a.txt": strings.Repeat(" ", MaxScriptBytes+1)},
		"large together": {"index.js": "import a from './a.txt'; import b from './b.txt'; export default [a, b]",
			"a.txt": strings.Repeat("a", MaxScriptBytes/2), "b.txt": strings.Repeat("b", MaxScriptBytes/2+1)},
	} {
		t.Run(name, func(t *testing.T) {
			e := mustFail(t, Options{Dir: project(t, files)})
			if s := e.Error(); !strings.Contains(s, "too deep") && !strings.Contains(s, "more than the") {
				t.Errorf("error: %.300s", s)
			}
		})
	}
	brackets := strings.Repeat("[", 1<<20)
	for name, files := range map[string]map[string]string{
		"package.json":               {"index.js": "export default 1", "package.json": brackets},
		"tsconfig.json":              {"index.js": "export default 1", "tsconfig.json": brackets},
		"an extended file":           {"index.js": "export default 1", "tsconfig.json": `{"extends":["./a"]}`, "a.json": `{"extends":"./b.json"}`, "b.json": brackets},
		"files that extend in a row": {"index.js": "export default 1", "tsconfig.json": `{"extends":"./a"}`, "a.json": `{"extends":["./tsconfig.json", "./c.json"]}`, "c.json": brackets},
		"a directory of an import":   {"index.js": "import './a/b/c.js'", "a/b/c.js": "", "a/package.json": brackets},
		"a directory imported":       {"index.js": "import './a'", "a/package.json": `{"main":"b/c"}`, "a/b/c.js": "", "a/b/package.json": brackets},
		"a path of tsconfig":         {"index.ts": "import '@/a'", "tsconfig.json": `{"compilerOptions":{"paths":{"@/*":["./lib/*"]}}}`, "lib/a.ts": "", "lib/package.json": brackets},
		"a pattern":                  {"index.js": "import(`./a/${x}/c.js`)", "a/b/c.js": "", "a/b/package.json": brackets},
		"imports of package.json":    {"index.js": "import '#a'", "package.json": `{"imports":{"#a":"./a/b.js"}}`, "a/b.js": "", "a/package.json": brackets},
		"a source map":               {"index.js": "export default 1\n//# sourceMappingURL=a%2Ejs.map", "a.js.map": brackets},
		"a source map of a package":  {"index.js": "import 'p'", "node_modules/p/index.js": "/*@ sourceMappingURL=../../m*/", "m": brackets},
		"a source map within":        {"index.js": "export default 1\n//# sourceMappingURL=data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(brackets))},
		"an escaped source map":      {"index.js": "export default 1\n//# sourceMappingURL=data:," + strings.Repeat("%5b", 1<<20)},
		"a package":                  {"index.js": "import 'p'", "node_modules/p/package.json": brackets},
		"a directory of a package":   {"index.js": "import '@s/p/q'", "node_modules/@s/p/package.json": `{"exports":{"./q":"./d/e.js"}}`, "node_modules/@s/p/d/package.json": brackets, "node_modules/@s/p/d/e.js": ""},
		"a package of a package":     {"index.js": "import 'p'", "node_modules/p/index.js": "import 'q'", "node_modules/q/package.json": brackets},
	} {
		t.Run(name, func(t *testing.T) {
			if e := mustFail(t, Options{Dir: project(t, files)}); !strings.Contains(e.Error(), "too deep") {
				t.Errorf("error: %.300s", e.Error())
			}
		})
	}
	for _, code := range []string{"import '/dev/zero'; export default 1", "export default 1 //# sourceMappingURL=/dev/zero", "export default 1 //@ sourceMappingURL=file:///dev/zero"} {
		e := mustFail(t, Options{Dir: project(t, map[string]string{"index.js": code})})
		if !strings.Contains(e.Error(), "not a regular file") {
			t.Errorf("error: %s", e.Pretty())
		}
	}
}

// reverted takes the edits back out of what applyEdits made.
func reverted(out, src string, edits []edit) (string, error) {
	var b strings.Builder
	pos, shift := 0, 0
	for _, e := range edits {
		at := e.at + shift
		if at < pos || !strings.HasPrefix(out[at:], e.ins) {
			return "", fmt.Errorf("edit %+v does not stand at %d", e, at)
		}
		b.WriteString(out[pos:at])
		b.WriteString(src[e.at : e.at+e.del])
		pos = at + len(e.ins)
		shift += len(e.ins) - e.del
	}
	b.WriteString(out[pos:])
	return b.String(), nil
}

// FuzzRewrite checks, for any text: the tokenizer ends, its tokens cover the text in
// order, and edits are sorted, within bounds, on one line, touch whole tokens only, can
// be taken back, and are the last: what was rewritten needs no rewriting. For text that
// esbuild accepts, what it prints is still valid after the rewriting and means the same
// to esbuild.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{
		"class A { get = 1; #set = /(?i:x)/; static async\n= `${class { get }}` }", "#!a\nx", "a ? b : { c: /d/ }", "`${`${", "}}}}", "class extends class { get", "x = y / /z/ / 2",
		"if (a) { } else /x/; function* f() { yield /y/ }", "\u2028 \\u{67}et = 1", "class A { static { async } get\n= 1 }", "export { a as b }; await 1", "({ class() {}, get get() {}, async *x() {} })",
		"class A{async=1;await=2;static static=3;'get'=4;[get]=5}", "return/(?s:a)/", "a\xff\xfe", "class A { get /**/ = 1 } /*",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		l := newLexer(src)
		starts, last := map[int]int{}, 0
		for {
			tok := l.next()
			if tok.kind == tokEOF {
				break
			}
			if tok.start < last || tok.end <= tok.start || tok.end > len(src) {
				t.Fatalf("token %+v after %d", tok, last)
			}
			if gap := skipTrivia(src, last); gap != tok.start {
				t.Fatalf("between %d and %d there is more than white space", last, tok.start)
			}
			starts[tok.start] = tok.end
			last = tok.end
			l.accept(tok)
			if l.depth < 0 || l.depth > l.maxDepth || l.funcs < 0 || len(l.frames) < 1 {
				t.Fatalf("state %+v", l)
			}
		}
		a := analyse(src)
		end := 0
		for _, e := range a.edits {
			if e.at < end || e.at+e.del > len(src) {
				t.Fatalf("edit %+v after %d of %d", e, end, len(src))
			}
			end = e.at + e.del
			if strings.ContainsAny(e.ins, "\n\r") {
				t.Fatalf("edit %+v brings in a line", e)
			}
			if _, whole := starts[e.at]; !whole && e.at > 0 && src[e.at-1] != '#' && e.at != 0 {
				t.Fatalf("edit %+v begins inside of a token", e)
			}
		}
		out := applyEdits(src, a.edits)
		back, err := reverted(out, src, a.edits)
		if err != nil || back != src {
			t.Fatalf("taken back: %q, %v; want %q", back, err, src)
		}
		if len(src) > 2000 {
			return
		}
		opts := api.TransformOptions{Loader: api.LoaderJS, Target: api.ESNext, Supported: supported, LogLevel: api.LogLevelSilent, MinifyWhitespace: len(src)%2 == 0}
		printed := api.Transform(src, opts)
		if len(printed.Errors) > 0 || checkDepth("x", string(printed.Code)) != nil {
			return
		}
		code := string(printed.Code)
		pa := analyse(code)
		rewritten := applyEdits(code, pa.edits)
		again := api.Transform(rewritten, opts)
		if len(again.Errors) > 0 {
			t.Fatalf("%q became invalid: %q: %v", code, rewritten, again.Errors[0].Text)
		}
		if more := analyse(rewritten).edits; len(more) > 0 {
			t.Fatalf("%q still needs %v", rewritten, more)
		}
	})
}
