package guard

import (
	"errors"
	"fmt"
	"os"
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
		fmt.Println("result:", evaluate(src, 4*time.Second))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// evaluate runs the body of a function as a worker would be run: interrupted after limit.
func evaluate(src string, limit time.Duration) string {
	r, err := realm.New(nil)
	if err != nil {
		return err.Error()
	}
	Install(r)
	p, err := goja.Compile("test.js", "(() => { try { "+src+"\n } catch (e) { return e.name + ': ' + e.message } })()", false)
	if err != nil {
		return err.Error()
	}
	stop := time.AfterFunc(limit, func() { r.RT.Interrupt(errors.New("CPU")) })
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
		if got := evaluate(tc.src, time.Minute); !strings.HasPrefix(got, tc.want) || tc.want != got && !strings.Contains(tc.want, "Error") {
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
