package realm

import (
	"testing"

	"github.com/dop251/goja"
)

type point struct{ x, y float64 }
type point3 struct {
	point
	z float64
}

func (p *point) pt() *point { return p }

type anyPoint interface{ pt() *point }

var pointInterface = &Interface{
	Name: "Point", Length: 1,
	New: func(a Args) any { return &point{a.Get(0).ToFloat(), a.Get(1).ToFloat()} },
	Members: []Member{
		Attr("x", func(p anyPoint, a Args) goja.Value { return a.Number(p.pt().x) },
			func(p anyPoint, a Args, v goja.Value) { p.pt().x = v.ToFloat() }),
		Method("sum", 0, func(p anyPoint, a Args) goja.Value { return a.Number(p.pt().x + p.pt().y) }),
		Method("values", 0, func(p anyPoint, a Args) goja.Value {
			vals, i := []float64{p.pt().x, p.pt().y}, 0
			return a.NewIterator(pointIterator, func() (goja.Value, bool) {
				if i == len(vals) {
					return nil, false
				}
				i++
				return a.Number(vals[i-1]), true
			})
		}),
		Alias(goja.SymIterator, "values"),
		Async("later", 0, func(p *point, a Args) goja.Value {
			if p.x < 0 {
				a.ThrowRange("negative")
			}
			return a.Number(p.x)
		}),
		Const("DIM", 2),
	},
}

var point3Interface = &Interface{
	Name: "Point3", Parent: pointInterface,
	New: func(a Args) any { return &point3{point{1, 2}, 3} },
	Members: []Member{
		Attr("z", func(p *point3, a Args) goja.Value { return a.Number(p.z) }, nil),
	},
}
var pointIterator = NewIteratorInterface("Point Iterator")

var touched int

func init() {
	// What refers to the interface itself is set apart, or Go sees an initialisation cycle.
	pointInterface.Statics = []Member{
		Static("origin", 0, func(a Args) goja.Value { return a.Wrap(pointInterface, &point{}) }),
	}
	Declare(pointInterface, point3Interface, pointIterator)
	Global("lazy", true, func(r *Realm) goja.Value { touched++; return r.RT.ToValue(1) })
}

func newRealm(t testing.TB) *Realm {
	t.Helper()
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func eval(t *testing.T, r *Realm, src string) goja.Value {
	t.Helper()
	v, err := r.RT.RunProgram(goja.MustCompile("test.js", src, false))
	if err != nil {
		t.Errorf("%s: %v", src, err)
		return goja.Undefined()
	}
	return v
}

func TestInterfaceLooksLikeWebIDL(t *testing.T) {
	r := newRealm(t)
	for _, src := range []string{
		`typeof Point === 'function' && Point.name === 'Point' && Point.length === 1`,
		`new Point(1, 2) instanceof Point`,
		`new Point(1, 2).sum() === 3`,
		`const p = new Point(1, 2); p.x = 5; p.x === 5`,
		`Object.prototype.toString.call(new Point(1,2)) === '[object Point]'`,
		`(() => { try { Point(1); return false } catch (e) { return e instanceof TypeError } })()`,
		`(() => { try { new Point(); return false } catch (e) { return e instanceof TypeError } })()`,
		`(() => { try { Point.prototype.sum.call({}); return false } catch (e) { return /Illegal invocation/.test(e.message) } })()`,
		`(() => { try { Point.prototype.x; return false } catch (e) { return e instanceof TypeError } })()`,
		`Object.keys(Point.prototype).join() === 'x,sum,values,later,DIM'`,
		`Object.getOwnPropertyDescriptor(globalThis, 'Point').enumerable === false`,
		`Point.prototype.constructor === Point && !Object.keys(Point.prototype).includes('constructor')`,
		`Object.getOwnPropertyDescriptor(Point.prototype, 'sum').enumerable`,
		`typeof Object.getOwnPropertyDescriptor(Point.prototype, 'x').set === 'function'`,
		`Point.origin().sum() === 0`,
		`[...new Point(3, 4)].join() === '3,4'`,
		`Point.prototype[Symbol.iterator] === Point.prototype.values`,
		`Object.prototype.toString.call(new Point(1,2).values()) === '[object Point Iterator]'`,
		`Point.DIM === undefined && Point.prototype.DIM === 2`,
		// inheritance on both sides
		`Object.getPrototypeOf(Point3) === Point && Object.getPrototypeOf(Point3.prototype) === Point.prototype`,
		`const q = new Point3(); q.sum() === 3 && q.z === 3 && q instanceof Point`,
		// subclasses
		`class S extends Point { #k = 9; extra = 1; get k() { return this.#k } }; const s = new S(1, 2); s.k === 9 && s.sum() === 3 && s instanceof S && s.extra === 1`,
		`Reflect.construct(Point, [1, 2], class X {}).constructor.name === 'X'`,
	} {
		if !eval(t, r, `(() => {`+wrapReturn(src)+`})()`).ToBoolean() {
			t.Errorf("%s is false", src)
		}
	}
}

// wrapReturn makes the last statement of src the value of a function.
func wrapReturn(src string) string {
	depth := 0
	for i := len(src) - 1; i >= 0; i-- {
		switch src[i] {
		case '}', ')', ']':
			depth++
		case '{', '(', '[':
			depth--
		case ';':
			if depth == 0 {
				return src[:i+1] + " return " + src[i+1:]
			}
		}
	}
	return "return " + src
}

func TestGlobalsAreLazy(t *testing.T) {
	r := newRealm(t)
	before := touched
	if !eval(t, r, `'lazy' in globalThis && Object.hasOwn(globalThis, 'lazy')`).ToBoolean() || touched != before {
		t.Error("asking whether it is there made it")
	}
	if eval(t, r, `lazy + lazy`).ToInteger() != 2 || touched != before+1 {
		t.Errorf("made %d times", touched-before)
	}
	if !eval(t, r, `var lazy = 5; lazy === 5 && delete globalThis.nothing`).ToBoolean() {
		t.Error("a global cannot be assigned")
	}
}

func TestAsyncMembersReject(t *testing.T) {
	r := newRealm(t)
	eval(t, r, `var out = []; new Point(7, 0).later().then(v => out.push(v)); new Point(-1, 0).later().catch(e => out.push(e.name));
		Point.prototype.later.call({}).catch(e => out.push(e.name))`)
	if got := eval(t, r, `out.join()`).String(); got != "7,RangeError,TypeError" {
		t.Errorf("got %s", got)
	}
}

func TestDeferred(t *testing.T) {
	r := newRealm(t)
	d := r.NewDeferred()
	r.RT.Set("p", d.Promise())
	eval(t, r, `var got; p.then(v => got = v)`)
	if err := r.Run(func() { d.Resolve(r.RT.ToValue(3)); d.Resolve(r.RT.ToValue(4)); d.Reject(r.RT.ToValue(5)) }); err != nil {
		t.Fatal(err)
	}
	if v := eval(t, r, `got`); v.ToInteger() != 3 {
		t.Errorf("got %v", v)
	}
}

func TestByteString(t *testing.T) {
	r := newRealm(t)
	if got := r.ByteString(r.RT.ToValue("aé")); got != "a\xe9" {
		t.Errorf("got %q", got)
	}
	if Latin1("a\xe9") != "aé" {
		t.Error("Latin1 is not the inverse")
	}
	if thrown := r.Try(func() { r.ByteString(r.RT.ToValue("€")) }); thrown == nil {
		t.Error("a code unit above 0xFF passed")
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConstructFromScript(b *testing.B) {
	r := newRealm(b)
	fn, _ := r.RT.RunProgram(goja.MustCompile("b.js", `(function() { return new Point(1, 2).sum() })`, false))
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Run(func() { r.Call(fn, goja.Undefined()) })
	}
}
