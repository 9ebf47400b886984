package hook

import (
	"testing"

	"github.com/dop251/goja"
)

func TestKindOf(t *testing.T) {
	rt := goja.New()
	rt.Set("host", NewHost(rt, rt.NewObject(), 1))
	for src, want := range map[string]Kind{
		`({})`: Ordinary, `[]`: ArrayKind, `new Array(1e9)`: ArrayKind, `(() => { const a = []; a[1e8] = 1; return a })()`: ArrayKind,
		`host`: HostKind, `() => 0`: FunctionKind, `class {}`: FunctionKind, `Map`: FunctionKind, `async function() {}`: FunctionKind,
		`new Error`: ErrorKind, `new (class X extends TypeError {})`: ErrorKind, `new Date`: DateKind, `/x/g`: RegExpKind,
		`new Map`: MapKind, `new (class X extends Set {})`: SetKind, `Promise.resolve()`: PromiseKind, `new Proxy({}, {})`: ProxyKind, `new Proxy(() => 0, {})`: ProxyKind,
		`Object('x')`: BoxedString, `Object(1)`: BoxedPrimitive, `Object(true)`: BoxedPrimitive, `Object(Symbol())`: BoxedPrimitive, `Object(1n)`: BoxedPrimitive,
		`new ArrayBuffer(1)`: ArrayBufferKind, `new Float64Array(1)`: TypedArrayKind, `new DataView(new ArrayBuffer(1))`: DataViewKind,
		`new WeakMap`: WeakMapKind, `new WeakSet`: WeakSetKind, `(function*() {})()`: GeneratorKind, `(function() { return arguments })(1)`: ArgumentsKind,
		`[].values()`: IteratorKind, `new Set().values()`: IteratorKind, `''[Symbol.iterator]()`: IteratorKind, `Math`: Ordinary, `({get [Symbol.toStringTag]() { return 'Map' }})`: Ordinary,
	} {
		v, err := rt.RunString("(" + src + ")")
		if err != nil {
			t.Fatal(src, err)
		}
		if got := KindOf(v.(*goja.Object)); got != want {
			t.Errorf("%s: got %d, want %d", src, got, want)
		}
	}
}

func TestInspect(t *testing.T) {
	rt := goja.New()
	get := func(src string) *goja.Object {
		t.Helper()
		v, err := rt.RunString("(" + src + ")")
		if err != nil {
			t.Fatal(src, err)
		}
		return v.(*goja.Object)
	}
	if ms, ok := DateValue(get(`new Date(1234)`)); !ok || ms != 1234 {
		t.Error("DateValue", ms, ok)
	}
	if _, ok := DateValue(get(`new Date(NaN)`)); ok {
		t.Error("an invalid date has a value")
	}
	if src, flags := RegExpParts(get(`/a\/b/giu`)); src.String() != `a\/b` || flags != "giu" {
		t.Error("RegExpParts", src, flags)
	}
	if v := Unbox(get(`Object('x')`)); v.String() != "x" {
		t.Error("Unbox", v)
	}
	if v := Unbox(get(`Object(5)`)); v.ToInteger() != 5 || Unbox(get(`{}`)) != nil {
		t.Error("Unbox", v)
	}
	var got string
	n := Entries(get(`new Map([[1, 'a'], [2, 'b']])`), func(k, v goja.Value) bool { got += k.String() + v.String(); return true })
	if n != 2 || got != "1a2b" {
		t.Error("Entries", n, got)
	}
	got = ""
	n = Entries(get(`(() => { const s = new Set([1, 2, 3]); s.delete(2); return s })()`), func(k, v goja.Value) bool { got += k.String() + v.String(); return true })
	if n != 2 || got != "1133" {
		t.Error("Entries", n, got)
	}
	obj := get(`Object.defineProperty({a: 1, get b() { throw 1 }, [Symbol.iterator]: 2}, 'c', {value: 3})`)
	if p, ok := OwnProperty(obj, rt.ToValue("a")); !ok || p.Value.ToInteger() != 1 || !p.Enumerable {
		t.Error("a", p)
	}
	if p, ok := OwnProperty(obj, rt.ToValue("b")); !ok || p.Get == nil || p.Set != nil || p.Value != nil {
		t.Error("b", p)
	}
	if p, ok := OwnProperty(obj, rt.ToValue("c")); !ok || p.Value.ToInteger() != 3 || p.Enumerable {
		t.Error("c", p)
	}
	if p, ok := OwnProperty(obj, goja.SymIterator); !ok || p.Value.ToInteger() != 2 {
		t.Error("symbol", p)
	}
	if _, ok := OwnProperty(obj, rt.ToValue("toString")); ok {
		t.Error("an inherited property passes for an own one")
	}
	if n := ArrayLength(get(`[1, , 3]`)); n != 3 {
		t.Error("ArrayLength", n)
	}
	if target, handler := ProxyParts(get(`new Proxy({}, {})`)); target == nil || handler == nil {
		t.Error("ProxyParts")
	}
	if target, handler := ProxyParts(get(`(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy })()`)); target != nil || handler != nil {
		t.Error("ProxyParts of a revoked one")
	}
}
