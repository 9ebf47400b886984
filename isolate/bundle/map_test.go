package bundle

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// goja's words for where an error is.
var (
	parserPlace   = regexp.MustCompile(`Line (\d+):(\d+) (.*)`)
	compilerPlace = regexp.MustCompile(`^SyntaxError: (.*) at .*:(\d+):(\d+)$`)
)

// TestPositions throws at a known place of a source and maps the engine's stack back.
func TestPositions(t *testing.T) {
	for _, c := range []struct {
		name, file, code string
		line, col        int // of the throwing call's name or of the throw
		fn               string
	}{
		{"plain", "index.js", "export default 1;\n\n  fail();\nfunction fail() { throw new Error('x') }\n", 4, 25, ""},
		{"behind a rewritten field", "index.js", "class A { static get = 1; static set = 2; static async = fail() }\nfunction fail() { null.x }\nexport default A", 2, 24, ""},
		{"on the line of a rewritten field", "index.js", "class A { static get = 1; static x = null.y }\nexport default A", 1, 43, ""},
		{"behind a rewritten pattern", "index.js", "export default [() => /(?i:a)/, null.x]", 1, 38, ""},
		{"typescript", "src/index.ts", "interface X {\n a: number\n}\nenum E { A }\nexport default (null as any).x as X\n", 5, 30, ""},
		{"behind what is not ASCII", "index.js", "const s = `é😀é` + null.x; export default s", 1, 25, ""},
		{"jsx", "index.jsx", "const h = () => { throw new Error('x') };\nexport default <a\n b={null.x}/>", 3, 10, ""},
		{"top-level await", "index.js", "await 0;\nexport default 1;\nnull.x\n", 3, 6, ""},
		{"service worker", "index.js", "var a = 1;\n\n  null.x", 3, 8, ""},
		{"async generator", "index.js", "async function* g() {\n  yield 1;\n}\nexport default (g(), null.x)", 4, 27, ""},
	} {
		for _, minify := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				s := mustBuild(t, Options{Dir: project(t, map[string]string{c.file: c.code, "tsconfig.json": `{"compilerOptions":{"jsxFactory":"h"}}`}), Entry: c.file, Minify: minify})
				r := newRealm(t)
				_, err := r.run(s)
				var place [2]int
				var ex *goja.Exception
				if errors.As(err, &ex) {
					p := ex.Stack()[0].Position()
					place = [2]int{p.Line, p.Column}
				} else if err != nil { // a rejection: its stack is text
					v, _ := r.rt.RunProgram(goja.MustCompile("", s.Code, false))
					f, _ := goja.AssertFunction(v)
					p, _ := f(goja.Undefined(), r.rt.NewObject())
					stack := p.Export().(*goja.Promise).Result().ToObject(r.rt).Get("stack").String()
					m := regexp.MustCompile(`:(\d+):(\d+)\(`).FindStringSubmatch(stack)
					if m == nil {
						t.Fatalf("no place in %q", stack)
					}
					place[0], _ = strconv.Atoi(m[1])
					place[1], _ = strconv.Atoi(m[2])
				} else {
					t.Fatal("nothing was thrown")
				}
				file, line, col, _, ok := s.Map.Position(place[0], place[1])
				if !ok || file != c.file || line != c.line || (!minify && abs(col-c.col) > 1) {
					t.Errorf("%d:%d maps to %s:%d:%d %v, want %s:%d:%d\n%s", place[0], place[1], file, line, col, ok, c.file, c.line, c.col, s.Code)
				}
			})
		}
	}
}

func abs(n int) int { return max(n, -n) }

// TestPositionsOfEachWord maps every unique word of a bundle to the same word of its source.
func TestPositionsOfEachWord(t *testing.T) {
	src := "/* é */ const w1 = `é😀`, w2 = 'x';\nclass w3 { get = 'w4'; set = (w5) => w5 + 'w6'; #get = 'w7'; static async = 'w8'; w9() { return this.#get + `w10${this.set('w11')}` } }\n" +
		"export const w12 = [() => /(?i:w13)x/, w1, w2, w3, 'w14'];\nexport default { w15: 'é', w16: 1 }\n"
	dir := project(t, map[string]string{"src/index.js": src, "src/other.js": ""})
	s := mustBuild(t, Options{Dir: dir, Entry: "src/index.js"})
	lines := strings.Split(src, "\n")
	seen := 0
	for i, l := range strings.Split(s.Code, "\n") {
		for _, m := range regexp.MustCompile(`\bw\d+\b`).FindAllStringIndex(l, -1) {
			word := l[m[0]:m[1]]
			if strings.Contains(l[:m[0]], "return { __proto__: null") || word == "w13" {
				continue // what the wrapper added, and the inside of a pattern
			}
			at := m[0]
			if q := l[max(at-1, 0)]; q == '\'' || q == '"' {
				at-- // literals map by their first character
			}
			file, line, col, _, ok := s.Map.Position(i+1, at+1)
			if !ok || file != "src/index.js" {
				t.Errorf("%s at %d:%d: %s %v", word, i+1, at+1, file, ok)
				continue
			}
			rest := string(utf16Cut(lines[line-1], col-1))
			if !strings.HasPrefix(strings.TrimLeft(rest, "'`"), word) && !strings.Contains(word, "w10") {
				t.Errorf("%s at %d:%d maps to %d:%d, where %q stands", word, i+1, at+1, line, col, rest)
			}
			seen++
		}
	}
	if seen < 15 {
		t.Errorf("only %d words looked at\n%s", seen, s.Code)
	}
}

// utf16Cut drops n code units.
func utf16Cut(s string, n int) string {
	for i := range s {
		if utf16Len(s[:i]) >= n {
			return s[i:]
		}
	}
	return ""
}

func TestPositionOutside(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{"index.js": "export default 1"})})
	for _, p := range [][2]int{{0, 0}, {-1, 5}, {1, 1}, {1, 1 << 30}, {1 << 30, 1}, {99, 1}, {2, -1}, {2, 0}} {
		if f, l, c, _, ok := s.Map.Position(p[0], p[1]); ok {
			t.Errorf("%v maps to %s:%d:%d", p, f, l, c)
		}
	}
	if _, _, _, _, ok := (*Map)(nil).Position(1, 1); ok {
		t.Error("a nil map maps")
	}
	if got := s.Map.Line("index.js", 1); got != "export default 1" {
		t.Errorf("line 1 is %q", got)
	}
	for _, n := range []int{-1, 0, 2, 1 << 30} {
		if got := s.Map.Line("index.js", n); got != "" {
			t.Errorf("line %d is %q", n, got)
		}
	}
}

func TestNames(t *testing.T) {
	s := mustBuild(t, Options{Minify: true, Dir: project(t, map[string]string{"index.js": "function original() { throw new Error('x') }\nexport default [original, original]"})})
	i := strings.Index(s.Code, "function ") // the wrapper's
	i += 1 + strings.Index(s.Code[i+1:], "function ") + len("function ")
	line := 1 + strings.Count(s.Code[:i], "\n")
	col := i - strings.LastIndexByte(s.Code[:i], '\n')
	if _, _, _, name, ok := s.Map.Position(line, col); name != "original" || !ok {
		t.Errorf("name %q, %v\n%s", name, ok, s.Code)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // the first message
		hint  string
	}{
		{"in the entry", map[string]string{"index.ts": "const a: number = 1\nlet x y\nexport default a"}, `index.ts:2:7: error: Expected ";" but found "y"`, ""},
		{"in an import", map[string]string{"index.js": "import './lib/a.js'; export default 1", "lib/a.js": "\n\t foo(]"}, `lib/a.js:2:7: error: Unexpected "]"`, ""},
		{"behind what is not ASCII", map[string]string{"index.js": "'é😀' ]"}, `index.js:1:7: error: Expected ";" but found "]"`, ""},
		{"missing file", map[string]string{"index.js": "import './b.js'; export default 1"}, `index.js:1:8: error: Could not resolve "./b.js"`, ""},
		{"missing package", map[string]string{"index.js": "import a from '@x/y/z'; export default a"}, `index.js:1:15: error: Could not resolve "@x/y/z"`, "if this is an npm package, run: npm install @x/y"},
		{"missing export", map[string]string{"index.js": "import {a} from './b.js'; export default a", "b.js": "export let b"}, `index.js:1:9: error: No matching export in "b.js" for import "a"`, ""},
		{"in JSON", map[string]string{"index.js": "import a from './b.json'; export default a", "b.json": "{\n x}"}, `b.json:2:2: error: Expected string in JSON but found "x"`, ""},
		{"in a script", map[string]string{"index.js": "addEventListener('fetch', e =>)"}, `index.js:1:31: error: Unexpected ")"`, ""},
		{"not UTF-8", map[string]string{"index.js": "export default \xff\xfe ]"}, `index.js:1:16: error: Unexpected "\xff"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustFail(t, Options{Dir: project(t, c.files)})
			if got := e.Messages[0].String(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if e.Messages[0].Hint != c.hint {
				t.Errorf("hint %q, want %q", e.Messages[0].Hint, c.hint)
			}
			if len(e.Inputs) == 0 {
				t.Error("a failed build has no inputs to watch")
			}
		})
	}
}

func TestPretty(t *testing.T) {
	e := mustFail(t, Options{Dir: project(t, map[string]string{"index.ts": "\n\tlet é = foo bar;\n"})})
	want := "index.ts:2:14: error: Expected \";\" but found \"bar\"\n\n    2 │  let é = foo bar;\n      ╵              ~~~\n\n"
	if got := e.Pretty(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	long := strings.Repeat("a = 1; ", 100) + "b c; " + strings.Repeat("d = 1; ", 100)
	e = mustFail(t, Options{Dir: project(t, map[string]string{"index.js": long})})
	lines := strings.Split(e.Pretty(), "\n")
	if len(lines) < 4 || len([]rune(lines[2])) > maxShown+8 || []rune(lines[2])[strings.IndexRune(lines[3], '^')-2] != 'c' {
		t.Errorf("a long line is shown as\n%s", e.Pretty())
	}
	two := &BuildError{Messages: []Message{{Severity: SeverityWarning, Text: "w"}, {Text: "one"}, {Text: "two"}}}
	if two.Error() != "error: one (and 1 more)" {
		t.Error(two.Error())
	}
	if got := (Message{Text: "a", File: "f", Line: 1, Column: 99, LineText: "x\x1b[31m", Notes: []Message{{Severity: SeverityNote, Text: "n"}}, Hint: "h"}).Pretty(); strings.Contains(got, "\x1b") || !strings.Contains(got, "  note: n\n  hint: h\n") {
		t.Errorf("%q", got)
	}
}

// TestLocate maps errors of the engine's own parser and compiler, for what esbuild lets
// pass and goja refuses.
func TestLocate(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{"src/a.ts": "const a = 1 as number;\n\nexport default [a,\n   /(?<=a{99999999999})b/]\n"}), Entry: "src/a.ts"})
	_, err := compile(s)
	if err == nil {
		t.Fatal("goja compiles this pattern now: find another")
	}
	var line, col int
	var text string
	if m := parserPlace.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		col, _ = strconv.Atoi(m[2])
		text = m[3]
	} else if m := compilerPlace.FindStringSubmatch(err.Error()); m != nil {
		text = m[1]
		line, _ = strconv.Atoi(m[2])
		col, _ = strconv.Atoi(m[3])
	}
	got := s.Locate(line, col, text)
	if got.File != "src/a.ts" || got.Line != 4 || got.Column != 4 || got.LineText != "   /(?<=a{99999999999})b/]" {
		t.Errorf("%v becomes %+v", err, got)
	}
	if m := s.Locate(1, 3, "x"); m.File != "src/a.ts" || m.Line != 0 || len(m.Notes) != 1 {
		t.Errorf("a place of the wrapper: %+v", m)
	}
	if m := s.Locate(1<<20, 3, "x"); m.Text != "x" || m.Line != 0 {
		t.Errorf("a place outside: %+v", m)
	}
}

func TestBrokenMap(t *testing.T) {
	for _, raw := range []string{"", "{", `{"mappings":"AAAA","sources":[]}`, `{"mappings":"!","sources":["a"]}`, `{"mappings":"gggggggggggggggg","sources":["a"]}`, `{"mappings":"AAAAAAAAAA","sources":["a"],"names":["n"]}`, `{"mappings":"A,AADA","sources":["a"]}`} {
		m := &Map{raw: []byte(raw), code: "x\ny"}
		if f, _, _, _, ok := m.Position(1, 1); ok {
			t.Errorf("%q maps to %q", raw, f)
		}
	}
}

func TestMapOfOutsideFile(t *testing.T) {
	dir := project(t, map[string]string{"app/index.js": "import '../lib/x.js'; export default 1", "lib/x.js": "null.x"})
	s := mustBuild(t, Options{Dir: filepath.Join(dir, "app")})
	_, err := newRealm(t).run(s)
	var ex *goja.Exception
	if !errors.As(err, &ex) {
		t.Fatal(err)
	}
	p := ex.Stack()[0].Position()
	if file, line, _, _, ok := s.Map.Position(p.Line, p.Column); file != "../lib/x.js" || line != 1 || !ok {
		t.Errorf("%s:%d %v", file, line, ok)
	}
	if err := os.Symlink(filepath.Join(dir, "app"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if l := mustBuild(t, Options{Dir: filepath.Join(dir, "link")}); l.Hash != s.Hash {
		t.Error("a build through a symbolic link differs")
	}
}

func FuzzDecodeMappings(f *testing.F) {
	f.Add("AAAA,CAAC;;AACA,SAASA", 1, 1)
	f.Add(";;,,", 0, 0)
	f.Add("AADA", 1, 0)
	f.Fuzz(func(t *testing.T, s string, sources, names int) {
		segs, err := decodeMappings(s, sources, names)
		if err != nil {
			return
		}
		for i, g := range segs {
			if int(g.source) >= max(sources, 0) || int(g.name) >= max(names, 0) || g.source < -1 || g.name < -1 {
				t.Fatalf("segment %+v with %d sources and %d names", g, sources, names)
			}
			if i > 0 && (segs[i-1].line > g.line || segs[i-1].line == g.line && segs[i-1].col > g.col) {
				t.Fatalf("segments %d and %d are out of order", i-1, i)
			}
		}
	})
}

// TestSourceMappingURL checks that nothing a worker holds makes goja look for a source map.
func TestSourceMappingURL(t *testing.T) {
	for _, code := range []string{
		"x = `\n//# sourceMappingURL=/none/a.map`\n//# sourceMappingURL=/none/a.map",
		"export default `\n//# sourceMappingURL=/none/a.map`\n//# sourceMappingURL=/none/a.map",
		"export default 1\n/*!\n//# sourceMappingURL=/none/a.map\n*/",
		"module.exports = `\n//# sourceMappingURL=/none/a.map`",
	} {
		s := mustBuild(t, Options{Dir: project(t, map[string]string{"index.js": code})})
		if _, err := goja.Parse(s.Name, s.Code, parser.WithSourceMapLoader(func(path string) ([]byte, error) {
			t.Errorf("%q makes goja read %s", code, path)
			return nil, os.ErrNotExist
		})); err != nil {
			t.Error(err)
		}
	}
}

// TestSourceMapOfSource follows a source's own map: a worker that was built before.
func TestSourceMapOfSource(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{
		"dist/index.js":     "export default 1;\nnull.x;\n//# sourceMappingURL=index.js.map",
		"dist/index.js.map": `{"version":3,"sources":["../src/index.ts"],"sourcesContent":["\n\n\nnull.x"],"names":[],"mappings":";AAGA;"}`,
	}), Entry: "dist/index.js"})
	_, err := newRealm(t).run(s)
	var ex *goja.Exception
	if !errors.As(err, &ex) {
		t.Fatal(err)
	}
	p := ex.Stack()[0].Position()
	if file, line, _, _, ok := s.Map.Position(p.Line, p.Column); file != "src/index.ts" || line != 4 || !ok || s.Map.Line(file, line) != "null.x" {
		t.Errorf("%s:%d %v %q", file, line, ok, s.Map.Line(file, line))
	}
}
