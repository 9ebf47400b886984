package console

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

func TestMain(m *testing.M) {
	Declare()
	os.Exit(m.Run())
}

type fakeHost struct {
	now   time.Time
	lines []string
}

func (h *fakeHost) Async(string) realm.Completion               { panic("not used") }
func (h *fakeHost) Event() realm.Event                          { return nil }
func (h *fakeHost) Timer(time.Duration, func()) (cancel func()) { panic("not used") }
func (h *fakeHost) Fetcher() core.Fetcher                       { return nil }
func (h *fakeHost) Now() time.Time                              { return h.now }
func (h *fakeHost) Start() time.Time                            { return time.Time{} }
func (h *fakeHost) Console(l slog.Level, line string) {
	h.lines = append(h.lines, fmt.Sprintf("%s %s", l, line))
}
func (h *fakeHost) Report(string, any) {}
func (h *fakeHost) Flag(string) bool   { return false }

func newRealm(t testing.TB) (*realm.Realm, *fakeHost) {
	t.Helper()
	h := new(fakeHost)
	r, err := realm.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return r, h
}

func eval(t testing.TB, r *realm.Realm, src string) goja.Value {
	t.Helper()
	prg, err := goja.Compile("test.js", src, false)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	v, err := r.RT.RunProgram(prg)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return v
}

// testdata/inspect.txt holds expressions and what Node.js 20's util.inspect makes of them,
// but for two: a toStringTag that is a getter (Node calls it), and the iterator of a Map
// (Node shows what it has left).
func TestInspectLikeNode(t *testing.T) {
	b, err := os.ReadFile("testdata/inspect.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range strings.Split(strings.TrimSpace(string(b)), "\n\n# ") {
		src, want, _ := strings.Cut(strings.TrimPrefix(c, "# "), "\n")
		r, _ := newRealm(t)
		if got := Inspect(r, eval(t, r, "("+src+")"), Options{Depth: -1}); got != strings.TrimSpace(want) {
			t.Errorf("%s:\n%s\nwant\n%s", src, got, strings.TrimSpace(want))
		}
		n++
	}
	if n < 80 {
		t.Errorf("only %d cases", n)
	}
}

func TestMethods(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"levels", `console.log('a'); console.info('b'); console.debug('c'); console.warn('d'); console.error('e')`, "INFO a\nINFO b\nDEBUG c\nWARN d\nERROR e"},
		{"values and strings", `console.log('a', 'b', {c: 'd'}, ['e'], 5, null, undefined)`, "INFO a b { c: 'd' } [ 'e' ] 5 null undefined"},
		{"nothing", `console.log()`, "INFO "},
		{"detached", `const {log} = console; log(1); [2].forEach(v => log(v))`, "INFO 1\nINFO 2"},
		{"numbers", `console.log('%d %d %d %d|%i %i|%f %f', 5, '4.5', {}, 3n, '42.9px', 'x', '1.5e3z', -0)`, "INFO 5 4.5 NaN 3n|42 NaN|1500 -0"},
		{"strings", `console.log('%s %s %s %s %s', 'x', {a: {b: 1}}, 5, null, Symbol('q'))`, "INFO x { a: [Object] } 5 null Symbol(q)"},
		{"toString is not asked", `console.log('%s', {toString() { throw 1 }, valueOf() { throw 2 }}); console.log('%d', {valueOf() { throw 2 }})`, "INFO { toString: [Function: toString], valueOf: [Function: valueOf] }\nINFO NaN"},
		{"objects", `console.log('%o|%O|%j', {a: {b: {c: {}}}}, {a: {b: {c: {d: 1}}}}, {x: [1]})`, `INFO { a: { b: { c: {} } } }|{ a: { b: { c: [Object] } } }|{"x":[1]}`},
		{"styles", `console.log('%cred%c!', 'color: red', '')`, "INFO red!"},
		{"percent signs", `console.log('100%', 1); console.log('%% %x %', 1); console.log('%s'); console.log('%s %s', 'one'); console.log('a%sb', 1, 2)`, "INFO 100% 1\nINFO % %x % 1\nINFO %s\nINFO one %s\nINFO a1b 2"},
		{"assert", `console.assert(true, 'no'); console.assert(false); console.assert(0, 'value %d', 5)`, "ERROR Assertion failed\nERROR Assertion failed: value 5"},
		{"count", `console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.countReset('nope')`, "INFO default: 1\nINFO x: 1\nINFO default: 2\nINFO default: 1\nWARN Count for 'nope' does not exist"},
		{"groups", `console.group('g'); console.log('a\nb'); console.groupCollapsed(); console.warn('c'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('d')`, "INFO g\nINFO   a\n  b\nWARN     c\nINFO d"},
		{"dir", `console.dir({a: {b: {c: {d: {}}}}}, {depth: 0}); console.dir({a: {b: {c: {d: 1}}}}, {depth: null})`, "INFO { a: [Object] }\nINFO {\n  a: { b: { c: { d: 1 } } }\n}"},
		{"time", `console.time(); tick(1.5); console.timeLog('default', 'x', {a: 1}); tick(1500); console.timeEnd(); console.timeEnd(); console.time('a'); console.time('a')`,
			"INFO default: 1.5ms x { a: 1 }\nINFO default: 1.502s\nWARN Warning: No such label 'default' for console.timeEnd()\nWARN Warning: Label 'a' already exists for console.time()"},
		{"trace", `(function f() { console.trace('here %d', 1) })()`, "DEBUG Trace: here 1\n    at f (test.js:1:30)\n    at test.js:1:47"},
		{"table", `console.table([{a: 1, b: 'x'}, {a: 2, c: true}])`, `INFO ┌─────────┬───┬─────┬──────┐
│ (index) │ a │  b  │  c   │
├─────────┼───┼─────┼──────┤
│    0    │ 1 │ 'x' │      │
│    1    │ 2 │     │ true │
└─────────┴───┴─────┴──────┘`},
		{"table of values", `console.table(new Set(['a'])); console.table({x: 1, y: {z: 2}}, ['z']); console.table(5)`, `INFO ┌───────────────────┬────────┐
│ (iteration index) │ Values │
├───────────────────┼────────┤
│         0         │  'a'   │
└───────────────────┴────────┘
INFO ┌─────────┬───┬────────┐
│ (index) │ z │ Values │
├─────────┼───┼────────┤
│    x    │   │   1    │
│    y    │ 2 │        │
└─────────┴───┴────────┘
INFO 5`},
		{"tag", `console.log(Object.prototype.toString.call(console))`, "INFO [object console]"},
		{"a failing toString as a label", `try { console.count({toString() { throw 'mine' }}) } catch (e) { console.log(e) }`, "INFO mine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, h := newRealm(t)
			r.RT.Set("tick", r.Func("tick", 1, func(a realm.Args) goja.Value {
				h.now = h.now.Add(time.Duration(a.Get(0).ToFloat() * float64(time.Millisecond)))
				return goja.Undefined()
			}))
			eval(t, r, c.src)
			if got := strings.Join(h.lines, "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"stack", `function f() { return new TypeError('m') }; f()`, "TypeError: m\n    at f (test.js:1:23)\n    at test.js:1:46"},
		{"nested", `({e: new Error('m')})`, "{\n  e: Error: m\n      at test.js:1:6\n}"},
		{"cause", `new Error('a', {cause: new Error('b')})`, "Error: a\n    at test.js:1:1 {\n  [cause]: Error: b\n      at test.js:1:24\n}"},
		{"own properties", `Object.assign(new Error('a'), {code: 5})`, "Error: a\n    at test.js:1:15 {\n  code: 5\n}"},
		{"DOMException", `new DOMException('m', 'AbortError')`, "AbortError: m\n    at test.js:1:1"},
		{"a getter for the stack", `Object.defineProperty(new Error('m'), 'stack', {get() { throw 1 }})`, "[Error: m]"},
		{"a long chain of causes", `let e = new Error('x'); e.stack = 'E: x'; for (let i = 0; i < 100; i++) { e = new Error('x', {cause: e}); e.stack = 'E: x' }; e`, "[E: x] { [cause]: [E: x] { [cause]: [E: x] { [cause]: [E: x] } } }"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := newRealm(t)
			if got := Inspect(r, eval(t, r, c.src), Options{Depth: -1}); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestPlatformObjects(t *testing.T) {
	r, _ := newRealm(t)
	got := Inspect(r, eval(t, r, `const s = new AbortController().signal; s.x = 1; s`), Options{Depth: -1})
	if got != "AbortSignal { aborted: false, reason: undefined, onabort: null, x: 1 }" {
		t.Errorf("got %s", got)
	}
	got = Inspect(r, eval(t, r, `Object.defineProperty(AbortSignal.prototype, 'aborted', {get() { throw 1 }, enumerable: true}); [new AbortController().signal]`), Options{Depth: -1})
	if got != "[ AbortSignal { reason: undefined, onabort: null } ]" {
		t.Errorf("a script's getter was called: %s", got)
	}
}

// Values made to be hard to print must be printed shortly, soon, and without running scripts.
func TestHostileValues(t *testing.T) {
	for name, src := range map[string]string{
		"deep":             `let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; o`,
		"deep functions":   `let f = () => 0; for (let i = 0; i < 1e5; i++) { const g = () => 0; g.f = f; f = g }; f`,
		"deep errors":      `let e = new Error(); for (let i = 0; i < 1e4; i++) { e = new Error('', {cause: e}) }; e`,
		"wide":             `const o = {}; for (let i = 0; i < 1e5; i++) o['k' + i] = i; o`,
		"shared":           `let o = {}; for (let i = 0; i < 10; i++) o = Array(100).fill(o); o`,
		"long string":      `['x'.repeat(1e7)]`,
		"long strings":     `Array(100).fill('x'.repeat(9000))`,
		"long names":       `({['k'.repeat(1e6)]: (() => { const f = () => 0; Object.defineProperty(f, 'name', {value: 'n'.repeat(1e6)}); return f })()})`,
		"empty array":      `new Array(4e9)`,
		"sparse array":     `const a = []; a[3e9] = 1; a[5] = 2; a`,
		"big typed array":  `new Uint8Array(1e7)`,
		"big buffer":       `new ArrayBuffer(1e7)`,
		"big map":          `const m = new Map(); for (let i = 0; i < 1e5; i++) m.set(i, i); m`,
		"proxy chain":      `let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {get() { throw 1 }, getPrototypeOf() { throw 1 }, ownKeys() { throw 1 }}); p`,
		"proxy prototype":  `Object.create(new Proxy({}, {get() { throw 1 }, getPrototypeOf() { throw 1 }, getOwnPropertyDescriptor() { throw 1 }}))`,
		"prototype chain":  `let o = Object.create(null); for (let i = 0; i < 1e5; i++) o = Object.create(o); o`,
		"fake constructor": `({constructor: {name: 'x'}, get [Symbol.toStringTag]() { throw 1 }})`,
		"global":           `globalThis`,
		"revoked":          `const p = Proxy.revocable({}, {}); p.revoke(); [p.proxy]`,
		"detached":         `const b = new ArrayBuffer(8); [b, new Uint8Array(b)]`,
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newRealm(t)
			v := eval(t, r, src)
			start := time.Now()
			got := Inspect(r, v, Options{Depth: -1})
			if d := time.Since(start); d > 2*time.Second {
				t.Errorf("took %v", d)
			}
			if len(got) > maxOutput+100 {
				t.Errorf("%d bytes", len(got))
			}
			got = Inspect(r, v, Options{Depth: 1000})
			if len(got) > maxOutput+100 {
				t.Errorf("%d bytes at depth 1000", len(got))
			}
		})
	}
}

func BenchmarkLog(b *testing.B) {
	r, h := newRealm(b)
	fn := eval(b, r, `(o => console.log('request', o))`)
	arg := eval(b, r, `({method: 'GET', url: 'https://example.com/', headers: {accept: '*/*'}, n: 5})`)
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Run(func() { r.Call(fn, goja.Undefined(), arg) })
		h.lines = h.lines[:0]
	}
}

// FuzzFormat: any format and arguments give bounded output, and text without directives
// comes out as it is.
func FuzzFormat(f *testing.F) {
	f.Add("a %s %d %i %f %j %o %O %c %% %", "x", 1.5)
	f.Add("%", "%s", -1e-9)
	f.Add("%i", "12e3abc", 1e300)
	r, _ := newRealm(f)
	f.Fuzz(func(t *testing.T, format, text string, n float64) {
		got := Format(r, []goja.Value{r.RT.ToValue(format), r.RT.ToValue(text), r.RT.ToValue(n), r.RT.NewArray(text, n)})
		if len(got) > maxOutput+100 {
			t.Fatalf("%d bytes", len(got))
		}
		if !strings.Contains(format, "%") && len(format) < maxOutput && !strings.HasPrefix(got, strings.ToValidUTF8(format, "\uFFFD")) && strings.ToValidUTF8(format, "") == format {
			t.Fatalf("%q became %q", format, got)
		}
	})
}
