package builtins

import (
	"os"
	"testing"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

func TestMain(m *testing.M) {
	dom.Declare()
	Declare()
	os.Exit(m.Run())
}

func newRealm(t testing.TB) *realm.Realm {
	t.Helper()
	r, err := realm.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs src as the body of an async function and gives what it resolves with.
func run(t *testing.T, src string) string {
	t.Helper()
	r := newRealm(t)
	prg, err := goja.Compile("test.js", "const err = f => { try { return f() } catch (e) { return e.name } };\n(async () => {"+src+"\n})().then(v => globalThis.result = v, e => globalThis.result = 'thrown: ' + e)", false)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	if _, err := r.RT.RunProgram(prg); err != nil {
		t.Fatal(err)
	}
	if v := r.RT.GlobalObject().Get("result"); v != nil {
		return v.String()
	}
	return "pending"
}

func TestBuiltins(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"withResolvers", `const {promise, resolve, reject} = Promise.withResolvers(); resolve(5); reject(6); return [await promise, promise instanceof Promise]`, "5,true"},
		{"withResolvers of a subclass", `class P extends Promise {} return [P.withResolvers().promise instanceof P, err(() => Promise.withResolvers.call({})), err(() => Promise.withResolvers.call(undefined))]`, "true,TypeError,TypeError"},
		{"try", `return [await Promise.try((a, b) => a + b, 1, 2), await Promise.try(() => { throw 'x' }).catch(e => 'caught ' + e), await Promise.try(async () => 7), await Promise.try(5).catch(e => e.name)]`, "3,caught x,7,TypeError"},
		{"properties", `const d = Object.getOwnPropertyDescriptor(Promise, 'try'); return [d.enumerable, d.writable, d.configurable, Promise.withResolvers.name, Promise.withResolvers.length, Object.groupBy.length]`, "false,true,true,withResolvers,0,2"},
		{"Object.groupBy", `const s = Symbol(); const g = Object.groupBy([1, 2, 3, 4, 5], (v, i) => v === 5 ? s : v % 2 ? 'odd' : i); return [JSON.stringify(g), g[s].join(), Object.getPrototypeOf(g)]`, `{"1":[2],"3":[4],"odd":[1,3]},5,`},
		{"Object.groupBy of what iterates", `return JSON.stringify(Object.groupBy('aba', c => c)) + JSON.stringify(Object.groupBy(new Set([1]), () => '__proto__'))`, `{"a":["a","a"],"b":["b"]}{"__proto__":[1]}`},
		{"groupBy errors", `return [err(() => Object.groupBy(null, () => 0)), err(() => Object.groupBy([], 5)), err(() => Map.groupBy({}, () => 0)), err(() => Object.groupBy([1], () => { throw new RangeError() }))]`, "TypeError,TypeError,TypeError,RangeError"},
		{"Map.groupBy", `const k = {}; const m = Map.groupBy([1, 2, 3], v => v === 2 ? k : v === 3 ? -0 : 0); return [m instanceof Map, m.size, m.get(k), m.get(0), Object.is([...m.keys()][0], 0)]`, "true,2,2,1,3,true"},
		{"isWellFormed", `return ['ab', 'a\uD83D\uDE00', '\uD800', 'a\uDC00b', '\uD83D', ''].map(s => s.isWellFormed())`, "true,true,false,false,false,true"},
		{"toWellFormed", `return ['ab', 'a\uD83D\uDE00', '\uD800x', 'a\uDC00\uD800\uD800'].map(s => s.toWellFormed() === s ? 'same' : escape(s.toWellFormed()))`, "same,same,%uFFFDx,a%uFFFD%uFFFD%uFFFD"},
		{"toWellFormed of others", `return [String.prototype.toWellFormed.call(5), err(() => String.prototype.isWellFormed.call(null))]`, "5,TypeError"},
		{"symbols", `const d = Object.getOwnPropertyDescriptor(Symbol, 'asyncIterator'); return [Symbol.asyncIterator === Symbol.for('Symbol.asyncIterator'), Symbol.dispose === Symbol.for('Symbol.dispose'), typeof Symbol.asyncDispose, d.writable, d.enumerable, d.configurable, String(Symbol.asyncIterator)]`,
			"true,true,symbol,false,false,false,Symbol(Symbol.asyncIterator)"},
		{"captureStackTrace", `function Mine() { this.name = 'Mine'; this.message = 'm'; Error.captureStackTrace(this, Mine) } const s = new Mine().stack; return [s.startsWith('Mine: m\n\tat Mine (test.js:2'), Error.stackTraceLimit > 0, err(() => Error.captureStackTrace(5))]`, "true,true,TypeError"},
		{"typed arrays from strings", `return [Uint8Array.from('123'), Uint8Array.from('ab', c => c.charCodeAt(0)), Float64Array.from([1.5]), Uint16Array.from(new Set([1, 2]), v => v * 2), Uint8Array.from({length: 2, 0: 7}), Uint8Array.from.length, err(() => Uint8Array.from())]`, "1,2,3,97,98,1.5,2,4,7,0,1,TypeError"},
		{"fromAsync", `return [await Array.fromAsync([1, Promise.resolve(2)]), await Array.fromAsync(new Set([1, 2]), async (v, i) => v * 10 + i), await Array.fromAsync({length: 2, 0: 'a', 1: Promise.resolve('b')}), (await Array.fromAsync([])).length]`, "1,2,10,21,a,b,0"},
		{"fromAsync of an async iterable", `const it = {[Symbol.asyncIterator]() { let n = 0; return {async next() { n++; return {value: n, done: n > 3} }} }}; const a = await Array.fromAsync(it, v => v + 1); return [a, Array.isArray(a)]`, "2,3,4,true"},
		{"fromAsync rejects", `let closed = 0; const it = () => ({[Symbol.iterator]() { return {next() { return {value: 1, done: false} }, return() { closed++; return {} }} }});
			const out = []; for (const p of [Array.fromAsync(null), Array.fromAsync([], 5), Array.fromAsync([Promise.reject('x')]), Array.fromAsync(it(), () => { throw 'mapper' }), Array.fromAsync({[Symbol.iterator]() { throw 'start' }}), Array.fromAsync({[Symbol.asyncIterator]() { return {next: async () => 5} }})])
				out.push(await p.then(() => 'none', e => e.name ?? e)); return [...out, closed]`, "TypeError,TypeError,x,mapper,start,TypeError,1"},
		{"fromAsync of a subclass", `class A extends Array {} return (await A.fromAsync([1])) instanceof A`, "true"},
		{"fromAsync of many", `return (await Array.fromAsync(Array(20000).fill(1))).length`, "20000"},
		{"the globals are still themselves", `return [Promise.name, new Map([[1, 2]]).get(1), Array.of(1).length, new Error('x').message, typeof Symbol('y')]`, "Promise,2,1,x,symbol"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run(t, c.src); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A realm that touches nothing must not pay.
func BenchmarkNewRealm(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newRealm(b)
	}
}

func BenchmarkTouchPromise(b *testing.B) {
	prg := goja.MustCompile("b.js", `Promise`, false)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newRealm(b).RT.RunProgram(prg); err != nil {
			b.Fatal(err)
		}
	}
}
