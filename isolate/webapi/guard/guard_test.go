package guard

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// scriptVar names a script that a child process of the test runs: what it does wrong would
// end the process.
const scriptVar = "GANNET_GUARD_SCRIPT"

func TestMain(m *testing.M) {
	Declare()
	if src := os.Getenv(scriptVar); src != "" {
		fmt.Println("result:", evaluate(src))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// evaluate runs the body of a function as a worker would be run: interrupted after its limit.
func evaluate(src string) string {
	r, err := realm.New(nil)
	if err != nil {
		return err.Error()
	}
	Install(r)
	p, err := goja.Compile("test.js", "(() => { try { "+src+"\n } catch (e) { return e.name + ': ' + e.message } })()", false)
	if err != nil {
		return err.Error()
	}
	stop := time.AfterFunc(4*time.Second, func() { r.RT.Interrupt(errors.New("CPU")) })
	defer stop.Stop()
	v, err := r.RT.RunProgram(p)
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	switch {
	case errors.As(err, &interrupted):
		return "interrupted"
	case errors.As(err, &overflow):
		return "overflow"
	case err != nil:
		return err.Error()
	}
	return v.String()
}

// Each of these would end the process, or loop in Go code for ever, on goja alone.
func TestNothingEndsTheProcess(t *testing.T) {
	const nest = `const deep = (n, f) => { let x = 0; for (let i = 0; i < n; i++) x = f(x); return x }; `
	for _, tc := range []struct{ name, src, want string }{
		{"JSON.parse", `JSON.parse('['.repeat(1e7))`, "RangeError: Maximum nesting depth"},
		{"JSON.parse of objects", `JSON.parse('{"a":'.repeat(5e6))`, "RangeError: Maximum nesting depth"},
		{"JSON.parse with a reviver that digs", nest + `let once = true; JSON.parse('[1,2]', function(k, v) { if (once) { once = false; this[1] = deep(3e5, x => [x]) } return v })`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of arrays", nest + `JSON.stringify(deep(2e5, x => [x]))`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of objects", nest + `JSON.stringify(deep(2e5, x => ({ x })))`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify with a list", nest + `JSON.stringify(deep(2e5, x => ({ x })), ['x'])`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify with a replacer", nest + `JSON.stringify(deep(2e5, x => ({ x })), (k, v) => v)`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of a toJSON without end", `const f = () => ({ toJSON() { return { x: f() } } }); JSON.stringify(f())`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of a proxy without end", `const f = () => new Proxy({}, { ownKeys() { return ['x'] }, getOwnPropertyDescriptor() { return { enumerable: true, configurable: true, value: 1 } }, get(t, k) { return k === 'x' ? f() : undefined } }); JSON.stringify(f())`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify in JSON.stringify", nest + `let n = 0; const bottom = { toJSON() { n++; return JSON.stringify(deep(4000, x => [x || bottom])) } }; JSON.stringify(deep(4000, x => [x || bottom]))`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of length", `JSON.stringify(new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 : undefined } }))`, ""},
		{"flat of a circle", `const a = []; a[0] = a; a.flat(Infinity)`, "RangeError: Maximum nesting depth"},
		{"flat of depth", nest + `deep(2e5, x => [x]).flat(Infinity)`, "RangeError: Maximum nesting depth"},
		{"flat that grows", nest + `deep(60, x => [x, x]).flat(Infinity)`, ""},
		{"flat of a proxy without end", `const f = () => new Proxy([], { get(t, k) { return k === 'length' ? 1 : k === '0' ? f() : t[k] }, has() { return true } }); f().flat(Infinity)`, "RangeError: Maximum nesting depth"},
		{"join", nest + `deep(2e5, x => [x]).join()`, "RangeError: Maximum nesting depth"},
		{"String of an array", nest + `String(deep(2e5, x => [x]))`, "RangeError: Maximum nesting depth"},
		{"concatenation of an array", nest + `'' + deep(2e5, x => [x])`, "RangeError: Maximum nesting depth"},
		{"toLocaleString", nest + `deep(2e5, x => [x]).toLocaleString()`, "RangeError: Maximum nesting depth"},
		{"repeat", `'x'.repeat(2 ** 30)`, "RangeError: Invalid count value: 1073741824"},
		{"repeat to Infinity", `'x'.repeat(Infinity)`, "RangeError: Invalid count value"},
		{"repeat of much", `'xyz'.repeat(2 ** 40)`, "RangeError: Invalid count value"},
		{"padStart", `'x'.padStart(2 ** 40)`, "RangeError: Invalid string length"},
		{"padEnd", `'x'.padEnd(2 ** 31, 'ab')`, "RangeError: Invalid string length"},
		{"replaceAll", `'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1e6))`, "RangeError: Invalid string length"},
		{"replace with a tail", `'x'.repeat(1e6).replace('x', "$'".repeat(1e6))`, "RangeError: Invalid string length"},
		{"replace by a regular expression", `'x'.repeat(1e6).replace(/x/g, 'y'.repeat(1e6))`, "RangeError: Invalid string length"},
		{"replace by captures", `'x'.repeat(2e4).replace(/(?=(x*))/g, '$1$1')`, "RangeError: Invalid string length"},
		{"join of a length", `new Array(4e9).join('x')`, "RangeError"},
		{"join of a separator", `new Array(1000).join('x'.repeat(1e6))`, "RangeError: Invalid string length"},
		{"join of an array-like", `[].join.call({ length: 2 ** 53 })`, "RangeError"},
		{"fill", `new Array(4e9).fill(0)`, "RangeError: Invalid array length"},
		{"indexOf of an array-like", `[].indexOf.call({ length: 2 ** 53 }, 1)`, "RangeError: Invalid array length"},
		{"forEach of holes", `const a = []; a.length = 4e9; a.forEach(x => x)`, "RangeError: Invalid array length"},
		{"sort of holes", `const a = []; a.length = 4e9; a.sort()`, "RangeError: Invalid array length"},
		{"Array.from", `Array.from({ length: 2 ** 32 })`, "RangeError: Invalid array length"},
		{"ArrayBuffer", `new ArrayBuffer(1e10)`, "RangeError: Array buffer allocation failed"},
		{"Uint8Array", `new Uint8Array(1e10)`, "RangeError: Array buffer allocation failed"},
		{"Float64Array", `new Float64Array(2e7)`, "RangeError: Array buffer allocation failed"},
		{"Uint8Array of an array-like", `new Uint8Array({ length: 1e10 })`, "RangeError: Array buffer allocation failed"},
		{"subclass of ArrayBuffer", `class A extends ArrayBuffer {}; new A(1e11)`, "RangeError: Array buffer allocation failed"},
		{"split", `'x'.repeat(1e8).split('')`, "RangeError: Invalid array length"},
		{"String.raw", `String.raw({ raw: { length: 2 ** 53 } })`, "RangeError: Invalid array length"},
		{"concat", `[].concat({ length: 2 ** 53 - 2, [Symbol.isConcatSpreadable]: true })`, "RangeError: Invalid array length"},
		{"BigInt", `BigInt('1'.repeat(1e7))`, "RangeError: Maximum BigInt size exceeded"},
		{"apply", `Math.max.apply(null, { length: 1e9 })`, "RangeError: Maximum number of arguments"},
		{"Reflect.apply", `Reflect.apply(Math.max, null, { length: 1e9 })`, "RangeError: Maximum number of arguments"},
		{"Reflect.construct", `Reflect.construct(Array, { length: 1e9 })`, "RangeError: Maximum number of arguments"},
		{"proxies of proxies", nest + `deep(1e6, x => new Proxy(x || {}, {})).y`, "RangeError: Maximum depth of proxies"},
		{"handlers of handlers", nest + `deep(1e6, x => new Proxy({}, x || {})).y`, "RangeError: Maximum depth of proxies"},
		{"revocable proxies", nest + `deep(1e6, x => Proxy.revocable(x || {}, {}).proxy).y`, "RangeError: Maximum depth of proxies"},
		{"RegExp nesting", `new RegExp('('.repeat(1e7))`, "SyntaxError: Invalid regular expression"},
		{"RegExp nesting below the bound", `new RegExp('(?='.repeat(2e4) + 'a' + ')'.repeat(2e4))`, ""},
		{"RegExp groups below the bound", `new RegExp('('.repeat(3e4) + 'a' + ')'.repeat(3e4))`, ""},
		{"match with a pattern", `'x'.match('('.repeat(1e7))`, "SyntaxError: Invalid regular expression"},
		{"RegExp repetition", `new RegExp('(((a{1000}){1000}){1000})')`, ""},
		{"RegExp repetition with lookahead", `new RegExp('(?=a)(((a{1000}){1000}){1000})').test('a')`, ""},
		{"backtracking", `/(?=a)(a+)+$/.test('a'.repeat(40) + 'b')`, "Error: The regular expression was stopped after"},
		{"backtracking in exec", `/(?=a)(a+)+$/.exec('a'.repeat(40) + 'b')`, "Error: The regular expression was stopped after"},
		{"backtracking in match", `('a'.repeat(40) + 'b').match(/(?=a)(a+)+$/g)`, "Error: The regular expression was stopped after"},
		{"backtracking in replace", `('a'.repeat(40) + 'b').replace(/(?=a)(a+)+$/, 'x')`, "Error: The regular expression was stopped after"},
		{"backtracking in search", `('a'.repeat(40) + 'b').search(/(?=a)(a+)+$/)`, "Error: The regular expression was stopped after"},
		{"backtracking in split", `('a'.repeat(40) + 'b').split(/(?=a)(a+)+$/)`, "Error: The regular expression was stopped after"},
		{"backtracking in matchAll", `[...('a'.repeat(40) + 'b').matchAll(/(?=a)(a+)+$/g)]`, "Error: The regular expression was stopped after"},
		{"backtracking, caught and repeated", `for (;;) try { /(?=a)(a+)+$/.test('a'.repeat(40) + 'b') } catch {}`, "interrupted"},
		{"recursion through getters", `const o = { get x() { return this.x } }; o.x`, "overflow"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), scriptVar+"="+tc.src, "GOMEMLIMIT=800MiB", "GOTRACEBACK=none")
			var out []byte
			var err error
			done := make(chan struct{})
			go func() { defer close(done); out, err = cmd.CombinedOutput() }()
			select {
			case <-done:
			case <-time.After(30 * time.Second):
				_ = cmd.Process.Kill()
				t.Fatal("does not end")
			}
			got, ok := strings.CutPrefix(string(out), "result: ")
			if err != nil || !ok {
				t.Fatalf("%v: %.200s", err, out)
			}
			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %.120q, want %q", got, tc.want)
			}
		})
	}
}

// What is within the bounds is as it was.
func TestSemanticsStay(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{`return JSON.stringify({ a: [1, { b: null }], c: undefined, d: () => 1, e: 'x', f: new Date(0), g: Object(1), h: Object('s') })`, `{"a":[1,{"b":null}],"e":"x","f":"1970-01-01T00:00:00.000Z","g":1,"h":"s"}`},
		{`return JSON.stringify({ b: 1, a: { b: 2, c: 3, a: [{ c: 4, b: 5 }] } }, ['a', 'b', 'a', 1, Object('x')])`, `{"a":{"a":[{"b":5}],"b":2},"b":1}`},
		{`return JSON.stringify({ a: 1, b: [2, 3] }, function(k, v) { return Array.isArray(this) ? v * 2 : k === 'a' ? undefined : v })`, `{"b":[4,6]}`},
		{`return JSON.stringify([{ a: 1 }, { a: 2 }], null, 2).length + JSON.stringify({ a: { b: {} } }, ['a', 'b'], '-')`, "42{\n-\"a\": {\n--\"b\": {}\n-}\n}"},
		{`const a = {}; a.a = a; JSON.stringify(a)`, "TypeError: Converting circular structure to JSON"},
		{`const a = {}; a.a = a; JSON.stringify(a, ['a'])`, "TypeError: Converting circular structure to JSON"},
		{`const s = {}; return JSON.stringify([s, s, { s }], ['s'])`, `[{},{},{"s":{}}]`},
		{`return JSON.stringify(undefined) + JSON.stringify('x') + JSON.stringify(() => 1) + JSON.stringify(null)`, `undefined"x"undefinednull`},
		{`return JSON.stringify({ toJSON(k) { return { k, t: typeof this } } })`, `{"k":"","t":"object"}`},
		{`return JSON.stringify(JSON.parse('{"a":[1,2,{"b":3}],"__proto__":1}', (k, v) => typeof v === 'number' ? v + 1 : v))`, `{"a":[2,3,{"b":4}],"__proto__":2}`},
		{`return JSON.stringify(JSON.parse('{"a":1,"b":2}', (k, v) => k === 'a' ? undefined : v))`, `{"b":2}`},
		{`return JSON.parse('[{"a":"\\u0041]["}]', 5)[0].a`, "A]["},
		{`return JSON.parse('1', function(k) { return typeof this[k] + k })`, "number"},
		{`JSON.parse('[1,')`, "SyntaxError: "},
		{`return JSON.parse({ toString() { return '[1]' } })[0] + JSON.stringify.name + JSON.stringify.length + JSON.parse.length`, "1stringify32"},
		{`return JSON.stringify([1, [2, [3, [4]]], , [,]].flat()) + JSON.stringify([1, [2, [3]]].flat(Infinity)) + [[1]].flat(0)[0][0] + [[1]].flat('x')[0][0]`, `[1,2,[3,[4]]][1,2,3]11`},
		{`class A extends Array {}; const f = A.of([1], 2).flat(); return (f instanceof A) + f.join() + [].flat.name + [].flat.length`, "true1,2flat0"},
		{`return [new Proxy([1, 2], {})].flat().join()`, "1,2"},
		{`return [[1, [2, 3]], [], [null, undefined, 4]] + '' + [1, 2].join('-') + [1, 2].join(undefined) + [[]].join() + [1].join(null)`, "1,2,3,,,,41-21,21"},
		{`return 'ab'.repeat(3) + 'ab'.repeat(0) + 'ab'.repeat('2') + 'x'.padStart(3) + 'x'.padEnd(3, 'ab') + ''.repeat(1e9)`, "ababababab  xxab"},
		{`'x'.repeat(-1)`, "RangeError: Invalid count value"},
		{`String.prototype.repeat.call(null, 1)`, "TypeError"},
		{`return 'aXbX'.replaceAll('X', '[$&]') + 'abc'.replace(/(b)/, '<$1>') + 'abab'.replace(/b/g, m => m.toUpperCase())`, "a[X]b[X]a<b>caBaB"},
		{`const big = 'ab'.repeat(50000); return big.replace(/(?=(a))a/g, '$1-').length + '|' + big.replace(/b/g, '').length`, "150000|50000"},
		{`const r = /a/y; r.lastIndex = 1; const s = 'ba'.padEnd(20000, 'x'); return s.replace(r, '$&$&'.repeat(2)).length + ',' + r.lastIndex`, "20003,2"},
		{`return new Uint8Array(3).length + new Uint8Array([1, 2]).length + new Uint16Array(new ArrayBuffer(8), 2).length + new BigInt64Array(2).length + new Uint8Array().length`, "10"},
		{`return Math.max.apply(null, [1, 3, 2]) + Reflect.apply(Math.min, null, [4, 5]) + Reflect.construct(Date, [7]).getTime()`, "14"},
		{`return Array.from({ length: 3 }, (_, i) => i).join() + Array.from(new Set([1, 2])).join() + Array.from('ab').join('')`, "0,1,21,2ab"},
		{`return [3, 1, 2].sort().join() + [1, 2].concat([3], 4).join() + [1, 2, 3].indexOf(2) + [].concat.call(1, 2).length`, "1,2,31,2,3,412"},
		{`return [1].concat([2], { length: 1, 0: 3, [Symbol.isConcatSpreadable]: true }, 'x').join() + String.raw` + "`a\\n${1}`" + ` + 'a,b'.split(',').length + BigInt('12') + typeof BigInt`, `1,2,3,xa\n1212function`},
		{`const p = new Proxy({ a: 1 }, {}), q = Proxy.revocable(p, {}); return q.proxy.a + new Proxy(q.proxy, { get: () => 5 }).x`, "6"},
		{`return /a(b)/.exec('xab')[1] + /^\u{61}$/u.test('a') + 'aXbXc'.split(/X/).join() + 'abc'.search(/c/) + [...'a1b2'.matchAll(/\d/g)].length + RegExp('a', 'g').flags`, "btruea,b,c22g"},
		{`class R extends RegExp { exec(s) { return null } }; return 'abc'.replace(new R('b'), 'x') + 'abc'.search(new R('b'))`, "abc-1"},
	} {
		if got := evaluate(tc.src); !strings.HasPrefix(got, tc.want) || tc.want != got && !strings.Contains(tc.want, "Error") {
			t.Errorf("%s\n got %q\nwant %q", tc.src, got, tc.want)
		}
	}
}

func BenchmarkInstall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := realm.New(nil)
		if err != nil {
			b.Fatal(err)
		}
		Install(r)
	}
}

func BenchmarkStringify(b *testing.B) {
	const src = `(stringify => { const x = { id: 1, name: 'abc', tags: ['a', 'b', 'c'], nested: { a: 1, b: true, c: null } }; return stringify([x, x, x, x]).length })`
	for _, name := range []string{"guard=on", "guard=off"} {
		b.Run(name, func(b *testing.B) {
			r, err := realm.New(nil)
			if err != nil {
				b.Fatal(err)
			}
			rt := r.RT
			if name == "guard=off" {
				rt = goja.New() // no realm owns it, so nothing is wrapped
			}
			f, err := rt.RunProgram(goja.MustCompile("b.js", src, false))
			if err != nil {
				b.Fatal(err)
			}
			call := hook.Callable(f)
			args := []goja.Value{rt.Get("JSON").(*goja.Object).Get("stringify")}
			b.ReportAllocs()
			for b.Loop() {
				if err := hook.Run(rt, func() { call(goja.FunctionCall{This: goja.Undefined(), Arguments: args}) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
