package hook

import (
	"testing"

	"github.com/dop251/goja"
)

func TestBuild(t *testing.T) {
	rt := goja.New()
	if _, err := rt.RunString(`for (const C of [Map, Set, Date, RegExp]) { C.prototype.set = C.prototype.add = () => { throw 1 } }; Map = Set = Date = RegExp = DataView = null`); err != nil {
		t.Fatal(err)
	}
	m, s := NewMap(rt), NewSet(rt)
	for i := range 3 {
		Put(m, rt.ToValue(i), rt.ToValue(i*i))
		Put(s, rt.ToValue(i/2), nil)
	}
	rt.Set("m", m)
	rt.Set("s", s)
	rt.Set("d", NewDate(rt, 5, true))
	rt.Set("bad", NewDate(rt, 5, false))
	rt.Set("re", NewRegExp(rt, rt.ToValue("a.b"), "gi"))
	for _, src := range []string{
		`m.size === 3 && m.get(2) === 4 && [...m.keys()].join() === '0,1,2'`, `s.size === 2 && s.has(1) && [...s].join() === '0,1'`,
		`d.getTime() === 5 && isNaN(bad.getTime())`, `String(re) === "/a.b/gi"`,
	} {
		if v, err := rt.RunString(src); err != nil || !v.ToBoolean() {
			t.Errorf("%s: %v, %v", src, v, err)
		}
	}
	v, err := rt.RunString(`new Uint16Array(new ArrayBuffer(8), 2, 2)`)
	if err != nil {
		t.Fatal(err)
	}
	buf, ctor, off, n, ok := ViewParts(v.(*goja.Object))
	if !ok || off != 2 || n != 2 || KindOf(buf) != ArrayBufferKind || ctor.Get("name").String() != "Uint16Array" {
		t.Errorf("ViewParts: %v %v %d %d %v", buf, ctor, off, n, ok)
	}
	Detach(buf)
	if !Detached(v) {
		t.Error("Detach did not")
	}
	if got := ErrorCtor(rt, "URIError").Get("name").String(); got != "URIError" {
		t.Errorf("got %s", got)
	}
}
