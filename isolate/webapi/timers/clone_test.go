package timers

import (
	"testing"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

func TestStructuredClone(t *testing.T) {
	runCases(t, []jsCase{
		{"primitives", `return [undefined, null, true, 1.5, -0, 'x', 10n].every(v => Object.is(structuredClone(v), v))`, "true"},
		{"objects", `const o = {a: 1, b: {c: [1, 2]}, [Symbol()]: 3}; const c = structuredClone(o); return [JSON.stringify(c), c !== o, c.b !== o.b, Object.getOwnPropertySymbols(c).length, Object.getPrototypeOf(c) === Object.prototype]`, `{"a":1,"b":{"c":[1,2]}},true,true,0,true`},
		{"class instances lose their class", `class A { x = 1; #y = 2; get z() { return 3 } } const c = structuredClone(new A()); return [c instanceof A, Object.keys(c)]`, "false,x"},
		{"getters are read", `let n = 0; const c = structuredClone({get a() { n++; return n }}); return [c.a, c.a, n]`, "1,1,1"},
		{"not enumerable", `return Object.keys(structuredClone(Object.defineProperty({}, 'a', {value: 1}))).length`, "0"},
		{"__proto__ as a key", `const c = structuredClone(JSON.parse('{"__proto__": {"x": 1}}')); return [Object.keys(c), c.x, Object.getPrototypeOf(c) === Object.prototype]`, "__proto__,,true"},
		{"arrays", `const a = [1, , 3]; a.extra = 'x'; const c = structuredClone(a); return [c.length, 1 in c, c.extra, Array.isArray(c)]`, "3,false,x,true"},
		{"huge sparse arrays", `const a = []; a.length = 4e9; a[3e9] = 1; const c = structuredClone(a); return [c.length, c[3e9], Object.keys(c).length]`, "4000000000,1,1"},
		{"cycles and sharing", `const o = {}; o.self = o; o.m = new Map([[o, o]]); const c = structuredClone(o); return [c.self === c, c.m.get(c) === c, c !== o]`, "true,true,true"},
		{"dates", `const d = new Date(5); const c = structuredClone(d); return [c.getTime(), c !== d, isNaN(structuredClone(new Date(NaN)))]`, "5,true,true"},
		{"regular expressions", `const r = /a.b/gi; r.lastIndex = 5; const c = structuredClone(r); return [String(c), c.flags, c.lastIndex]`, "/a.b/gi,gi,0"},
		{"boxed", `const c = structuredClone([Object(1), Object('s'), Object(true), Object(2n)]); return c.map(v => typeof v + v.valueOf())`, "object1,objects,objecttrue,object2"},
		{"maps and sets", `const c = structuredClone({m: new Map([['a', {x: 1}]]), s: new Set([1, 'b'])}); return [c.m.get('a').x, c.m.size, [...c.s]]`, "1,1,1,b"},
		{"patched prototypes", `Map.prototype.set = Set.prototype.add = () => { throw 1 }; const M = Map; globalThis.Map = null; return structuredClone(new M()) instanceof M`, "true"},
		{"errors", `const e = new RangeError('m', {cause: {x: 1}}); e.extra = 1; const c = structuredClone(e); return [c instanceof RangeError, c.name, c.message, c.stack === e.stack, c.cause.x, c.extra, Object.keys(c).length]`, "true,RangeError,m,true,1,,0"},
		{"errors of one's own", `class E extends Error { constructor() { super('m'); this.name = 'Mine' } } const c = structuredClone(new E()); return [c.name, c.constructor === Error]`, "Error,true"},
		{"DOMException", `const c = structuredClone(new DOMException('m', 'AbortError')); return [c instanceof DOMException, c.name, c.message]`, "true,AbortError,m"},
		{"buffers", `const b = new Uint8Array([1, 2, 3]).buffer; const c = structuredClone(b); new Uint8Array(b)[0] = 9; return [new Uint8Array(c), c.byteLength]`, "1,2,3,3"},
		{"views share their buffer", `const b = new ArrayBuffer(8); const v = {a: new Uint16Array(b, 2, 2), d: new DataView(b, 1, 3)}; v.a[0] = 258; const c = structuredClone(v); return [c.a.buffer === c.d.buffer, c.a.buffer.byteLength, c.a.byteOffset, c.a.length, c.a[0], c.d.byteOffset, c.d.byteLength, c.a.constructor.name]`, "true,8,2,2,258,1,3,Uint16Array"},
		{"transfer", `const b = new Uint8Array([1, 2, 3]).buffer; const c = structuredClone({b, n: 1}, {transfer: [b]}); return [b.byteLength, c.b.byteLength, new Uint8Array(c.b)]`, "0,3,1,2,3"},
		{"transfer of what is not in it", `const b = new ArrayBuffer(4); structuredClone(1, {transfer: [b]}); return b.byteLength`, "0"},
		{"failing moves nothing", `const b = new ArrayBuffer(4); try { structuredClone({b, f() {}}, {transfer: [b]}) } catch (e) { return [e.name, b.byteLength] }`, "DataCloneError,4"},
		{"bad transfers", `const b = new ArrayBuffer(4), out = []; for (const t of [[b, b], [{}], [new Uint8Array(1)], [1]]) try { structuredClone(1, {transfer: t}) } catch (e) { out.push(e.name) }
			structuredClone(b, {transfer: [b]}); for (const f of [() => structuredClone(b), () => structuredClone(1, {transfer: [b]})]) try { f() } catch (e) { out.push(e.name) } return out`,
			"DataCloneError,DataCloneError,DataCloneError,TypeError,DataCloneError,DataCloneError"},
		{"what cannot be cloned", `const out = []; for (const v of [() => 0, class {}, Symbol(), Object(Symbol()), Promise.resolve(), new WeakMap(), new WeakSet(), new Proxy({}, {}), (function*() {})(), new EventTarget(), [][Symbol.iterator](), new Map().keys()])
			try { structuredClone({v}); out.push(String(v)) } catch (e) { out.push(e instanceof DOMException && e.code === 25) } return out.every(v => v === true) || out`, "true"},
		{"what getters throw", `try { structuredClone({get a() { throw 'mine' }}) } catch (e) { return e }`, "mine"},
		{"nested too deeply", `let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; try { structuredClone(o) } catch (e) { return e.name }`, "RangeError"},
		{"nested deeply", `let o = {}; for (let i = 0; i < 9000; i++) o = [o]; structuredClone(o); return 'ok'`, "ok"},
		{"arguments", `return JSON.stringify((function () { return structuredClone(arguments) })(1, 2))`, `{"0":1,"1":2}`},
		{"no argument", `try { structuredClone() } catch (e) { return e.name }`, "TypeError"},
	})
}

type blob struct{ text string }

func (b *blob) StructuredClone(r *realm.Realm) *goja.Object {
	return r.Wrap(performanceInterface, &blob{b.text}) // any interface will do here
}

func TestCloner(t *testing.T) {
	r, _ := newRealm(t)
	obj := r.Wrap(performanceInterface, &blob{"x"})
	v := Clone(r, obj)
	if b, ok := realm.As[*blob](v); !ok || b.text != "x" || v == goja.Value(obj) {
		t.Errorf("got %v", v)
	}
}

func BenchmarkClone(b *testing.B) {
	r, _ := newRealm(b)
	v := eval(b, r, `return Array.from({length: 100}, (_, i) => ({id: i, name: 'item ' + i, tags: ['a', 'b'], at: new Date(i)}))`)
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Run(func() { Clone(r, v) })
	}
}
