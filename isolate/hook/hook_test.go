//lint:file-ignore U1000 the fields mirror those of other structs

package hook

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

func TestCheck(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
}

// A mirror that has drifted must be named, not written through.
func TestCheckNamesTheDifference(t *testing.T) {
	type drifted struct {
		self  iface
		extra int
	}
	err := same(reflect.TypeFor[drifted](), reflect.TypeFor[goja.Object]())
	if err == nil || !strings.Contains(err.Error(), "goja's Object") {
		t.Fatalf("got %v", err)
	}
}

func TestHostObjectIsOrdinary(t *testing.T) {
	rt := goja.New()
	type payload struct{ n int }
	p := &payload{7}
	proto := rt.NewObject()
	obj := NewHost(rt, proto, p)
	if HostValue(obj) != any(p) {
		t.Fatal("the Go value is lost")
	}
	if HostValue(rt.NewObject()) != nil || HostValue(goja.Undefined()) != nil || HostValue(nil) != nil {
		t.Fatal("a plain value passes for a host object")
	}
	rt.Set("o", obj)
	rt.Set("proto", proto)
	for _, src := range []string{
		`Object.getPrototypeOf(o) === proto`,
		`o.x = 1, o.x === 1 && Object.keys(o).join() === 'x'`,
		`JSON.stringify(o) === '{"x":1}'`,
		`Object.prototype.toString.call(o) === '[object Object]'`,
		`const s = Symbol(); o[s] = 2; o[s] === 2`,
		`Object.defineProperty(o, 'y', {get() { return 3 }, configurable: true}); o.y === 3`,
		`delete o.x && !('x' in o)`,
		`const wm = new WeakMap([[o, 4]]); wm.get(o) === 4`,
		`class B { constructor() { return o } }; class D extends B { #p = 5; static read(v) { return v.#p } }; D.read(new D()) === 5`,
		`(() => { try { Promise.prototype.then.call(o, () => {}); return false } catch (e) { return e instanceof TypeError } })()`,
		`Object.isFrozen(Object.freeze(o))`,
		`(() => { 'use strict'; try { o.z = 1; return false } catch (e) { return e instanceof TypeError } })()`,
	} {
		v, err := rt.RunString(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		} else if !v.ToBoolean() {
			t.Errorf("%s is false", src)
		}
	}
	if HostValue(obj) != any(p) {
		t.Fatal("freezing lost the Go value")
	}
}

// await on a host object must not take it for the promise it embeds.
func TestHostObjectIsNoPromise(t *testing.T) {
	rt := goja.New()
	obj := NewHost(rt, rt.NewObject(), 1)
	rt.Set("o", obj)
	if _, err := rt.RunString(`var got; (async () => { got = await o })()`); err != nil {
		t.Fatal(err)
	}
	if rt.Get("got") != goja.Value(obj) {
		t.Fatalf("await gave %v", rt.Get("got"))
	}
	if PromiseOf(obj) != nil {
		t.Fatal("PromiseOf takes a host object for a promise")
	}
}

func TestForbidCode(t *testing.T) {
	rt := goja.New()
	ForbidCode(rt, func() goja.Value { return rt.NewTypeError("no code from strings") })
	for _, src := range []string{
		`eval('1')`, `(0, eval)('1')`, `globalThis.eval('1')`, `new Function('return 1')`, `Function('return 1')`,
		`(function(){}).constructor('return 1')`, `(async () => {}).constructor('return 1')`,
		`(function*(){}).constructor('yield 1')`, `Reflect.construct(Function, ['1'])`,
		`class F extends Function {}; new F('1')`, `(() => { const e = eval; return e('1') })()`,
	} {
		p := goja.MustCompile("t", `(() => { try { `+src+`; return 'ran' } catch (e) { return e.message } })()`, false)
		v, err := rt.RunProgram(p)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		} else if v.String() != "no code from strings" {
			t.Errorf("%s: %v", src, v)
		}
	}
	if v, err := rt.RunProgram(goja.MustCompile("t", `eval(5)`, false)); err != nil || v.ToInteger() != 5 {
		t.Errorf("eval of a non-string: %v, %v", v, err)
	}
}

func TestTemplateIsLazyAndOrdinary(t *testing.T) {
	rt := goja.New()
	made := 0
	tmpl := NewTemplate()
	tmpl.SetProto(func(rt *goja.Runtime) *goja.Object { return rt.NewObject() })
	tmpl.Put("x", func(rt *goja.Runtime) goja.Value { made++; return rt.ToValue(1) })
	tmpl.Put("g", func(rt *goja.Runtime) goja.Value {
		return AccessorProp(NewFunc(rt, "get g", 0, func(c goja.FunctionCall) goja.Value { return rt.ToValue(42) }), nil, true, true)
	})
	rt.Set("o", NewObject(rt, tmpl))
	if made != 0 {
		t.Fatal("made before it was touched")
	}
	for _, src := range []string{
		`Object.getOwnPropertyNames(o).join() === 'x,g'`,
		`o.hasOwnProperty('x')`, `o.x === 1`, `o.g === 42`, `'set' in Object.getOwnPropertyDescriptor(o, 'g')`,
		`delete o.x && o.x === undefined`, `(o.x = 5, o.x === 5)`,
	} {
		if v, err := rt.RunString(src); err != nil || !v.ToBoolean() {
			t.Errorf("%s: %v, %v", src, v, err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

func TestOwner(t *testing.T) {
	rt := goja.New()
	if Owner(rt) != nil {
		t.Fatal("a new runtime has an owner")
	}
	SetOwner(rt, "me")
	if Owner(rt) != any("me") {
		t.Fatal("the owner is lost")
	}
}

func TestPromises(t *testing.T) {
	rt := goja.New()
	var log []string
	p := NewPromise(rt)
	React(p, func(v goja.Value) { log = append(log, "ok "+v.String()) }, func(v goja.Value) { log = append(log, "err "+v.String()) })
	if err := Run(rt, func() { Resolve(p, rt.ToValue("a")) }); err != nil {
		t.Fatal(err)
	}
	q := NewPromise(rt)
	React(q, nil2(t), func(v goja.Value) { log = append(log, "err "+v.String()) })
	_ = Run(rt, func() { Reject(q, rt.ToValue("b")) })
	// A promise resolved with a promise follows it.
	inner, outer := NewPromise(rt), NewPromise(rt)
	React(outer, func(v goja.Value) { log = append(log, "ok "+v.String()) }, nil2(t))
	_ = Run(rt, func() { Resolve(outer, PromiseValue(inner)) })
	_ = Run(rt, func() { Resolve(inner, rt.ToValue("c")) })
	for _, src := range []string{`({get then() { throw 'd' }})`, `({then(ok) { ok('e') }})`, `({then: 5, toString() { return 'f' }})`} {
		v, err := rt.RunString(src)
		if err != nil {
			t.Fatal(err)
		}
		q := NewPromise(rt)
		React(q, func(v goja.Value) { log = append(log, "ok "+v.String()) }, func(v goja.Value) { log = append(log, "err "+v.String()) })
		_ = Run(rt, func() { Resolve(q, v) })
	}
	self := NewPromise(rt)
	React(self, nil2(t), func(v goja.Value) { log = append(log, "self") })
	_ = Run(rt, func() { Resolve(self, PromiseValue(self)) })
	if got := strings.Join(log, ","); got != "ok a,err b,ok c,err d,ok e,ok f,self" {
		t.Fatalf("got %s", got)
	}
}

func nil2(t *testing.T) func(goja.Value) {
	return func(v goja.Value) { t.Errorf("unexpected settlement with %v", v) }
}

func BenchmarkNewHost(b *testing.B) {
	rt := goja.New()
	proto := rt.NewObject()
	b.ReportAllocs()
	for b.Loop() {
		NewHost(rt, proto, rt)
	}
}

func TestBytes(t *testing.T) {
	rt := goja.New()
	for src, want := range map[string]string{
		`new Uint8Array([1,2,3]).buffer`:                       "\x01\x02\x03",
		`new Uint8Array([1,2,3]).subarray(1)`:                  "\x02\x03",
		`new Uint16Array(new Uint8Array([1,2,3,4]).buffer, 2)`: "\x03\x04",
		`new DataView(new Uint8Array([1,2,3,4]).buffer, 1, 2)`: "\x02\x03",
	} {
		v, err := rt.RunString(src)
		if err != nil {
			t.Fatal(err)
		}
		b, kind, _ := Bytes(v)
		if kind == NotBuffer || string(b) != want {
			t.Errorf("%s: %q, %v", src, b, kind)
		}
	}
	for _, src := range []string{`[1,2]`, `({buffer: new ArrayBuffer(1)})`, `'x'`, `null`} {
		v, _ := rt.RunString(src)
		if _, kind, _ := Bytes(v); kind != NotBuffer {
			t.Errorf("%s passes for a BufferSource", src)
		}
	}
	if b, kind, _ := Bytes(NewUint8Array(rt, []byte("ab"))); string(b) != "ab" || kind != TypedArray {
		t.Errorf("NewUint8Array: %q", b)
	}
}

type embedder struct {
	n    int
	host HostObject
}

func (e *embedder) HostObject() *HostObject { return &e.host }

func TestEmbedder(t *testing.T) {
	rt := goja.New()
	e := &embedder{n: 3}
	first, second := NewHost(rt, rt.NewObject(), e), NewHost(rt, rt.NewObject(), e)
	if first == second || HostValue(first) != any(e) || HostValue(second) != any(e) {
		t.Fatal("wrapping twice must give two objects of the same value")
	}
	if Host(first) != &e.host {
		t.Error("the room in the value is not used")
	}
	runtime.GC()
	if HostValue(first).(*embedder).n != 3 {
		t.Error("the value is lost")
	}
}
