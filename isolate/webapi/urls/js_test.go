package urls

import (
	"os"
	"testing"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

func TestMain(m *testing.M) {
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

func eval(t testing.TB, src string) goja.Value {
	t.Helper()
	v, err := newRealm(t).RT.RunProgram(goja.MustCompile("test.js", "(() => {"+src+"\n})()", false))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return v
}

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"attributes", `const u = new URL('https://u:p@h.com:1/a?b#c'); return [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash].join(' ')`,
			"https://u:p@h.com:1/a?b#c https://h.com:1 https: u p h.com:1 h.com 1 /a ?b #c"},
		{"base", `return new URL('/x', new URL('http://a/b')).href`, "http://a/x"},
		{"undefined base", `return new URL('http://a', undefined).href`, "http://a/"},
		{"invalid", `try { new URL('nope') } catch (e) { return e.name + ': ' + e.message }`, "TypeError: Invalid URL: nope"},
		{"invalid base", `try { new URL('http://a', 'x') } catch (e) { return e.name }`, "TypeError"},
		{"null base", `try { new URL('x', null) } catch (e) { return e.name }`, "TypeError"},
		{"canParse", `return [URL.canParse('http://a'), URL.canParse('a'), URL.canParse('a', 'http://b'), URL.canParse('a', 'b')]`, "true,false,true,false"},
		{"parse", `return [URL.parse('http://a').href, URL.parse('a'), URL.parse('a', 'http://b') instanceof URL]`, "http://a/,,true"},
		{"stringification", `const u = new URL('http://a'); return [String(u), JSON.stringify({u}), u + '']`, `http://a/,{"u":"http://a/"},http://a/`},
		{"setters", `const u = new URL('http://a'); u.pathname = 'x y'; u.search = 'q'; u.hash = 'h'; u.port = 81; u.hostname = 'B'; u.protocol = 'https'; u.username = 'me@'; return u.href`, "https://me%40@b:81/x%20y?q#h"},
		{"setting href", `const u = new URL('http://a'); u.href = 'http://b/?x=1'; try { u.href = 'nope' } catch (e) { return [u.href, e.name] }`, "http://b/?x=1,TypeError"},
		{"lone surrogate", `return new URL('http://a/\uD800').href`, "http://a/%EF%BF%BD"},
		{"tag", `return Object.prototype.toString.call(new URL('http://a')) + Object.prototype.toString.call(new URLSearchParams())`, "[object URL][object URLSearchParams]"},
		{"live params", `const u = new URL('http://a/?x=1'), p = u.searchParams, out = [p === u.searchParams, p.get('x')];
			p.append('y', 'a b'); out.push(u.href); u.search = '?z=3'; out.push(p.toString(), p.size); p.delete('z'); out.push(u.href); u.href = 'http://b/?k=v'; out.push(p.get('k')); return out`,
			"true,1,http://a/?x=1&y=a+b,z=3,1,http://a/,v"},
		{"reading params leaves the query alone", `const u = new URL('http://a/?x=%7E&&'); u.searchParams.get('x'); return u.search`, "?x=%7E&&"},
		{"from a string", `return new URLSearchParams('?a=1&b=2').toString()`, "a=1&b=2"},
		{"from nothing", `return [new URLSearchParams().size, new URLSearchParams(undefined).size, String(new URLSearchParams(null))]`, "0,0,null="},
		{"from pairs", `return String(new URLSearchParams([['a', 1], new Set(['b', 2])]))`, "a=1&b=2"},
		{"from a record", `return String(new URLSearchParams({b: 1, a: undefined}))`, "b=1&a=undefined"},
		{"from params", `const p = new URLSearchParams('a=1'); const q = new URLSearchParams(p); q.append('b', 2); return [p, q]`, "a=1,a=1&b=2"},
		{"from a map", `return String(new URLSearchParams(new Map([['x', 'y']])))`, "x=y"},
		{"bad pairs", `const out = []; for (const v of [[['a']], [['a', 'b', 'c']], ['ab'], [1]]) try { new URLSearchParams(v); out.push('none') } catch (e) { out.push(e.name) } return out`, "TypeError,TypeError,TypeError,TypeError"},
		{"get and getAll", `const p = new URLSearchParams('a=1&a=2'); return [p.get('a'), p.getAll('a').length, p.get('x'), p.getAll('x').length]`, "1,2,,0"},
		{"has and delete with a value", `const p = new URLSearchParams('a=1&a=2&b=1'); const out = [p.has('a', '2'), p.has('a', '3'), p.has('a', undefined)]; p.delete('a', '1'); return out.concat(p)`, "true,false,true,a=2&b=1"},
		{"set", `const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', 9); p.set('c', 1); return p`, "a=9&b=2&c=1"},
		{"sort", `const p = new URLSearchParams('\uFFFD=1&\u{10000}=2&b=3&a=4&b=0'); p.sort(); return [...p.values()]`, "4,3,0,2,1"},
		{"iteration is live", `const p = new URLSearchParams('a=1'); const out = []; for (const [k, v] of p) { out.push(k + v); if (p.size < 3) p.append('n', p.size) } return out`, "a1,n1,n2"},
		{"iterators", `const p = new URLSearchParams('a=1&b=2'); return [...p.keys(), ...p.values(), ...p.entries(), p[Symbol.iterator] === p.entries, Object.prototype.toString.call(p.keys())]`, "a,b,1,2,a,1,b,2,true,[object URLSearchParams Iterator]"},
		{"forEach", `const p = new URLSearchParams('a=1'), out = []; p.forEach(function (v, k, q) { out.push(v, k, q === p, this.t) }, {t: 5}); return out`, "1,a,true,5"},
		{"too few arguments", `const out = []; for (const f of [() => new URL(), () => new URLSearchParams().append('a'), () => new URLSearchParams().get(), () => URL.canParse()]) try { f() } catch (e) { out.push(e.name) } return out`, "TypeError,TypeError,TypeError,TypeError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := eval(t, c.src).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestObjectsAreOrdinary(t *testing.T) {
	for name, make := range map[string]string{"URL": `new C('http://a/')`, "URLSearchParams": `new C('a=1')`} {
		got := eval(t, `const Base = `+name+`; class D extends Base { #p = 5; pub = 6; get p() { return this.#p } }
			const fresh = C => `+make+`; const o = fresh(D), bad = []; const check = (what, ok) => { if (!ok) bad.push(what) }; const s = Symbol();
			o.x = 1; o[s] = 2; check('fields', o.p === 5 && o.pub === 6 && o.x === 1 && o[s] === 2);
			check('instanceof', o instanceof D && o instanceof Base); check('weak', new WeakMap([[o, 1]]).get(o) === 1);
			check('freeze', Object.isFrozen(Object.freeze(fresh(Base)))); check('keys', Object.keys(Base.prototype).includes('toString'));
			try { Base.prototype.toString.call({}); check('brand') } catch (e) { check('brand', e instanceof TypeError) }
			return bad.join()`).String()
		if got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestOf(t *testing.T) {
	if u, ok := URLOf(eval(t, `return new URL('http://a/b')`)); !ok || u.Pathname() != "/b" {
		t.Error("URLOf")
	}
	if list, ok := SearchParamsOf(eval(t, `return new URL('http://a/?x=1').searchParams`)); !ok || len(list) != 1 || list[0] != [2]string{"x", "1"} {
		t.Error("SearchParamsOf")
	}
	if _, ok := URLOf(eval(t, `return {}`)); ok {
		t.Error("a plain object passes for a URL")
	}
}

// BenchmarkScript is what nearly every worker does first.
func BenchmarkScript(b *testing.B) {
	r := newRealm(b)
	fn, err := r.RT.RunProgram(goja.MustCompile("b.js", `(u => new URL(u).pathname)`, false))
	if err != nil {
		b.Fatal(err)
	}
	arg := r.RT.ToValue(plainURL)
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Run(func() { r.Call(fn, goja.Undefined(), arg) })
	}
}
