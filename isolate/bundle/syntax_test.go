package bundle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// project writes files into a temporary directory and returns it.
func project(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func compile(s *Script) (*goja.Program, error) {
	ast, err := goja.Parse(s.Name, s.Code, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, err
	}
	return goja.CompileAST(ast, false)
}

// realm runs scripts as an isolate does.
type realm struct {
	t   testing.TB
	rt  *goja.Runtime
	ran []string // specifiers host.module was asked for
}

func newRealm(t testing.TB) *realm {
	r := &realm{t: t, rt: goja.New()}
	// What the realm pins as well: esbuild's helpers fall back to these registered symbols.
	if _, err := r.rt.RunString(`for (const n of ["asyncIterator", "dispose", "asyncDispose"])
		Object.defineProperty(Symbol, n, { value: Symbol.for("Symbol." + n) })`); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *realm) set(name string, v any) {
	if err := r.rt.Set(name, v); err != nil {
		r.t.Fatal(err)
	}
}

// run evaluates s and returns its exports, nil for scripts of the global scope.
func (r *realm) run(s *Script) (*goja.Object, error) {
	p, err := compile(s)
	if err != nil {
		return nil, fmt.Errorf("compile: %w\n%s", err, s.Code)
	}
	v, err := r.rt.RunProgram(p)
	if err != nil || !s.Wrapped {
		return nil, err
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		return nil, fmt.Errorf("the completion value is %v, not a function", v)
	}
	host := r.rt.NewObject()
	if err := host.Set("module", func(name string) (goja.Value, error) {
		r.ran = append(r.ran, name)
		for _, b := range s.Modules {
			if b.Name == name {
				return r.rt.ToValue(string(b.Data)), nil
			}
		}
		if name == "cloudflare:workers" {
			return r.rt.RunString(`({ env: { GREETING: "hi" }, WorkerEntrypoint: class WorkerEntrypoint {} })`)
		}
		return nil, errors.New("no module " + name)
	}); err != nil {
		return nil, err
	}
	v, err = f(goja.Undefined(), host)
	if err != nil {
		return nil, err
	}
	if p, ok := v.Export().(*goja.Promise); ok {
		if !s.Async {
			return nil, errors.New("a promise, but Async is not set")
		}
		switch p.State() {
		case goja.PromiseStateRejected:
			return nil, fmt.Errorf("rejected: %v", p.Result())
		case goja.PromiseStatePending:
			return nil, errors.New("the promise is pending")
		}
		v = p.Result()
	} else if s.Async {
		return nil, errors.New("Async is set, but there is no promise")
	}
	return v.ToObject(r.rt), nil
}

// result evaluates s and settles its default export, a value or a promise of one.
func (r *realm) result(s *Script) (string, error) {
	exports, err := r.run(s)
	if err != nil {
		return "", err
	}
	v := exports.Get("default")
	if v == nil {
		return "", errors.New("no default export")
	}
	if p, ok := v.Export().(*goja.Promise); ok {
		if p.State() != goja.PromiseStateFulfilled {
			return "", fmt.Errorf("default export: promise state %v: %v", p.State(), p.Result())
		}
		v = p.Result()
	}
	return v.String(), nil
}

func mustBuild(t testing.TB, o Options) *Script {
	t.Helper()
	s, err := Build(t.Context(), o)
	if err != nil {
		var be *BuildError
		if errors.As(err, &be) {
			t.Fatalf("build: %s", be.Pretty())
		}
		t.Fatalf("build: %v", err)
	}
	return s
}

// TestSyntax builds and runs a snippet of each feature. Each exports a string, or a
// promise of one, that is "ok" when the feature works. It runs as written and minified,
// since esbuild prints both ways differently.
func TestSyntax(t *testing.T) {
	for _, c := range []struct {
		name, file, code string
		more             map[string]string
	}{
		{name: "private fields and methods", code: `class A { #x = 1; #m() { return this.#x } static #s = 2; get #g() { return 3 } set #g(v) { this.#x = v }
			static #sm() { return A.#s } has(o) { return #x in o } go() { this.#g = 5; return [this.#x, this.#m(), A.#sm(), this.#g, this.has(this), this.has({})].join() } }
			export default new A().go() === "5,5,2,3,true,false" ? "ok" : new A().go()`},
		{name: "static blocks", code: `class A { static x; static { this.x = "o" } static { A.x += "k" } } export default A.x`},
		{name: "optional chaining", code: `const o = { f() { return this.v }, v: "ok", n: null }; export default o?.f?.() && o.n?.x.y.z === undefined && o?.["f"]() `},
		{name: "nullish assignment", code: `let a = null, b = 0, c = 1; a ??= "o"; b ||= "k"; c &&= ""; export default a + b + c`},
		{name: "class fields", code: `class A { a = "o"; "b c" = "k"; ["d" + 1] = ""; static s = ""; 7 = ""; e; } const a = new A(); export default a.a + a["b c"] + a.d1 + A.s + a[7] + ("e" in a ? "" : "no e")`},
		{name: "numeric separators", code: `export default 1_000_000 === 1e6 && 0xff_ff === 65535 && 1_0n === 10n ? "ok" : "no"`},
		{name: "hashbang", code: "#!/usr/bin/env node\nexport default 'ok'"},
		{name: "bigint", code: `export default (2n ** 64n).toString() === "18446744073709551616" ? "ok" : "no"`},
		{name: "generators", code: `function* g() { const x = yield "o"; yield* [x, "!"] } const i = g(); export default i.next().value + i.next("k").value`},
		{name: "async arrows", code: `const f = async (x) => await x; const g = async x => { return await f(x) }; export default g("ok")`},
		{name: "destructuring", code: `const { a, b: { c = "k", ...d }, ...e } = { a: "o", b: { q: 1 }, f: 2 }; const [x, , ...y] = [1, 2, 3]; export default e.f === 2 && d.q === 1 && y[0] === 3 && x ? a + c : "no"`},
		{name: "spread", code: `const f = (...a) => a.length; export default f(...[1, 2], ...new Set([3])) === 3 && { ...{ a: 1 }, b: 2 }.a === 1 ? "ok" : "no"`},
		{name: "labelled loops", code: `let n = 0; outer: for (const i of [1, 2, 3]) { for (;;) { if (i === 2) continue outer; n += i; break } if (i === 3) break outer } export default n === 4 ? "ok" : n`},
		{name: "template tags", code: "const tag = (s, ...v) => s.raw[0] + v[0] + s[1]; export default tag`o\\k${1}` === 'o\\\\k1' ? 'ok' : 'no'"},
		{name: "nested templates", code: "const a = 1; export default `x${`y${{ a }.a}}`}` === 'xy1}' ? `ok` : `no`"},
		{name: "getters and setters", code: `const o = { get a() { return this._a }, set a(v) { this._a = v + "k" }, get get() { return 1 }, set set(v) {}, get: 2 }; o.a = "o"; export default o.a`},
		{name: "regexp named groups", code: `export default /(?<first>o)(?<second>k)/.exec("ok").groups.second === "k" ? "ok" : "no"`},
		{name: "regexp lookbehind", code: `export default "x1 y2".replace(/(?<=y)\d/, "ok").slice(4)`},
		{name: "regexp sticky", code: `const r = /o/y; r.lastIndex = 1; export default r.test("xok") ? "ok" : "no"`},
		{name: "regexp dotAll", code: `export default /a.b/s.test("a\nb") ? "ok" : "no"`},
		{name: "regexp unicode", code: `export default /^\u{1F600}$/u.test("😀") && /^.$/u.test("é") ? "ok" : "no"`},
		{name: "regexp with brackets and slashes", code: `export default /[/\]}{]+/.test("/}") && 8 / 2 / 2 === 2 ? "ok" : "no"`},
		{name: "regexp non-ASCII", code: `export default /é+/.exec("caféé")[0].length === 2 ? "ok" : "no"`},
		{name: "regexp flags the parser lacks compile", code: `const f = () => /x/d, g = () => /[\p{L}--[a-z]]/v; export default typeof f + typeof g === "functionfunction" ? "ok" : "no"`},
		{name: "regexp modifiers compile", code: `const f = () => /(?i:a)b/; const g = (s) => /(?-s:a.)/.test(s); export default typeof f === "function" && typeof g === "function" ? "ok" : "no"`},
		{name: "regexp duplicate names compile", code: `const f = () => /(?<y>\d{4})-|-(?<y>\d{4})/; export default typeof f === "function" ? "ok" : "no"`},
		{name: "logical assignment to members", code: `const o = { a: null }; o.a ??= "ok"; o.b ||= 1; o.a &&= o.a; export default o.a`},
		{name: "optional catch binding", code: `let r; try { throw 1 } catch { r = "ok" } finally { } export default r`},
		{name: "import.meta.url", code: `export default import.meta.url === "file:///index.js" && typeof import.meta === "object" ? "ok" : import.meta.url`},
		{name: "json import", code: `import a from "./data.json" with { type: "json" }; import b, { v } from "./data.json"; export default a.v + b.w === "ok" && v === "o" ? "ok" : "no"`,
			more: map[string]string{"data.json": `{"v":"o","w":"k"}`}},
		{name: "dynamic import", code: `export default import("./other.js").then(m => m.default + m.named)`,
			more: map[string]string{"other.js": `export default "o"; export const named = "k"`}},
		{name: "dynamic import of a pattern", code: "const n = 'b'; export default import(`./lang/${n}.js`).then(m => m.default)",
			more: map[string]string{"lang/a.js": `export default "no"`, "lang/b.js": `export default "ok"`}},
		{name: "circular imports with live bindings", code: `import { add, n } from "./a.js"; add(); add(); export default n === 2 ? "ok" : n`,
			more: map[string]string{
				"a.js": `import { step } from "./b.js"; export let n = 0; export function add() { n += step() }`,
				"b.js": `import { n } from "./a.js"; export function step() { return n < 2 ? 1 : 0 }`}},
		{name: "cjs interop", code: `import d, { named } from "./c.cjs"; import * as ns from "./c.cjs"; const r = require("./c.cjs"); export default d.named + named + ns.named + r.named === "okokokok" ? "ok" : "no"`,
			more: map[string]string{"c.cjs": `exports.named = "ok"`}},
		{name: "cjs with __esModule", code: `import d from "./c.cjs"; export default d`,
			more: map[string]string{"c.cjs": `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "ok"`}},
		{name: "namespace re-exports", code: `import { all } from "./b.js"; export default all.x + all.y`,
			more: map[string]string{"b.js": `export * as all from "./c.js"`, "c.js": `export const x = "o"; export { k as y }; let k = "k"`}},
		{name: "async generators", code: `async function* g() { yield "o"; yield Promise.resolve("k") } class A { async *m() { yield* g() } static async *[Symbol.iterator]() {} }
			const o = { async *x() { yield 1 } }; async function all() { let s = ""; for await (const x of new A().m()) s += x; return s } export default all()`},
		{name: "await in the finally of an async generator", code: `const log = []; async function* g() { try { yield 1; yield 2 } finally { await null; log.push("o"); await null; log.push("k") } } async function* d() { yield* g() }
			async function all() { for await (const x of g()) break; const r = await (async () => { const i = d(); await i.next(); return i.return(7) })(); return log.join("") + r.value + r.done } export default all().then((s) => s === "okok7true" ? "ok" : s)`},
		{name: "arguments in arrow functions", code: `const log = []; function a(x) { return (() => arguments[0])() } log.push(function() {/(?i:a)/; return (() => arguments[0])() }); function b() { "use strict"; class X { get = 1 } ; const f = async () => { await 0; const g = () => arguments[1]; return g() }; return f() }
			async function c() { return [0].map(() => arguments.length)[0] } class K { static s = 1; static { (() => K.s)() } constructor() { this.v = (() => arguments[0])() } m() { "x".length; return { arguments: (() => ({ arguments }))().arguments[0] } } }
			function* g() { yield* (() => arguments)() } const o = { get p() { return (() => arguments.length)() }, f(a = 1, ...r) { return (() => a + r.length + arguments.length)() } };
			async function all() { return [a(1), await b(0, 2), await c(0, 0, 0), new K(4).v, new K().m(5).arguments, ...g(6, 7), o.p, o.f(2, 0)].join("") } export default all().then((s) => s === "123456705" ? "ok" : s)`},
		{name: "for await over sync iterables", code: `async function f() { let s = ""; for await (const x of [Promise.resolve("o"), "k"]) s += x; return s } export default f()`},
		{name: "top-level await", code: `const x = await Promise.resolve("ok"); export default x`},
		{name: "top-level for await", code: `let s = ""; for await (const x of ["o", "k"]) { s += x } export { s as default }`},
		{name: "top-level await in an import", code: `import { v } from "./w.js"; export default v`,
			more: map[string]string{"w.js": `export const v = await (async () => "ok")()`}},
		{name: "top-level await in blocks", code: `let v; if (true) { try { v = await "ok" } catch (e) { v = e } } export default v`},
		{name: "using", code: `const log = []; { using a = { [Symbol.dispose]() { log.push("k") } }; log.push("o") } export default log.join("")`},
		{name: "await using", code: `async function f() { const log = []; { await using a = { async [Symbol.asyncDispose]() { log.push("k") } }; log.push("o") } return log.join("") } export default f()`},
		{name: "standard decorators", code: `const up = (v, c) => function (...a) { return v.apply(this, a) + c.name }; const field = () => (v) => v + "!"; class A { @up k() { return "o" } @field f = "x" } export default new A().f === "x!" ? new A().k() : "no"`},
		{name: "auto-accessors", code: `class A { accessor x = "ok"; static accessor y = 1 } export default new A().x`},
		{name: "fields named get, set, static, async", code: `class A { get = "o"; set = (k, v) => v; static = 1; async = 2; static get = "k"; static set = 3; static static = 4; static async = 5 }
			const a = new A(); export default a.set(0, 1) === 1 && a.static === 1 && a.async === 2 && A.set === 3 && A.static === 4 && A.async === 5 ? a.get + A.get : "no"`},
		{name: "fields named get and set without initialiser", code: `class A { get; set; async; static; x = 1 } const a = new A(); class B { get } class C { async } class D { static set } export default "get" in a && "set" in a && "async" in a && "static" in a && "get" in new B() && "async" in new C() && "set" in D ? "ok" : "no"`},
		{name: "private fields named get, set, async, static", code: `class A { #get = "o"; #set = "k"; #async = ""; #static = ""; static #get2 = 1; f() { return this.#get + this.#set + this.#async + this.#static } } class B { #get; #set; f() { this.#get = "!"; return this.#get } } export default new B().f() === "!" ? new A().f() : "no"`},
		{name: "methods named get, set, static, async", code: `class A { get() { return "o" } set() { return "k" } static() { return "" } async() { return "" } static get() { return "" } get get2() { return "" } static async async() {} *gen() {} } const a = new A(); export default a.get() + a.set() + a.static() + a.async() + A.get() + a.get2`},
		{name: "names of fields inside of functions inside of classes", code: `class A { m() { let get = 1, set = 2, async = 3; get = set; return { get, set, async } } f = () => { let get; get = "ok"; return get } } export default new A().f()`},
		{name: "inferred names", code: `class A { set = () => {}; get = class {} } const a = new A(); export default a.set.name === "set" && a.get.name === "get" ? "ok" : a.set.name`},
		{name: "keywords as names", code: `const o = { class: 1, function: 2, if() { return 3 }, get default() { return 4 }, async await() {}, for: 5, new: 6, static: 7, yield: 8 }; class A { class() { return 1 } if = 2; static function() { return 3 } } export default o.class + o.function + o.if() + o.default + o.for + o.new + A.function() + new A().if + new A().class() === 27 ? "ok" : "no"`},
		{name: "in operator in for headers", code: `const o = { a: 1 }; let n = 0; for (let i = ("a" in o) ? 0 : 9; i < 2; i++) n++; for (var k = [("a" in o)], q = () => ("a" in o); n < 3; n++); export default n === 3 ? "ok" : n`},
		{name: "new.target and super", code: `class A { constructor() { this.t = new.target === B } hi() { return "o" } static s() { return "k" } } class B extends A { hi() { return super.hi() } static s() { return super.s() } } export default new B().t ? new B().hi() + B.s() : "no"`},
		{name: "class expressions in heritage", code: `const mix = (b) => class extends b { m() { return "ok" } }; class A extends mix(class {}) {} export default new A().m()`},
		{name: "sequence, comma and conditional arrows", code: `const f = (a) => (a, { x: a ? b => b : c => c }); export default f(1).x("ok")`},
		{name: "exponent and unary", code: `export default (-2) ** 2 === 4 && typeof typeof void 0 === "string" ? "ok" : "no"`},
		{name: "async as identifier", code: `const async = (x) => x; const of = "ok"; export default async(of)`},
		{name: "let as member and arguments", code: `const o = { let: 1, of: 2, async: 3, get: 4, set: 5 }; const { let: a, async, get, set } = o; export default a + async + get + set === 13 ? "ok" : "no"`},
		{name: "unicode identifiers", code: `const ñandú = "ok", \u{61}b = 1; class A { été = 1; #größe = 2; g() { return this.#größe } } export default new A().g() === 2 && ab === 1 ? ñandú : "no"`},
		{name: "line separators in strings", code: "export default '\u2028' === `\u2028` && '\\u2028'.length === 1 ? 'ok' : 'no'"},
		{name: "html-like comments", code: `let a = 1, b = 2; const c = a<! --b; export default c ? "no" : "ok"`},
		{name: "generator methods and computed names", code: `const k = "x"; class A { *[k]() { yield "ok" } static [k + 1] = 2; async [k + 2]() {} get [k + 3]() { return 1 } } export default new A().x().next().value`},
		{name: "switch with lexical declarations", code: `const f = (x) => { switch (x) { case 1: { let y = "no"; return y } case 2: const y = "ok"; return y; default: return "no" } }; export default f(2)`},
		{name: "typescript enums and namespaces", file: "index.ts", code: `enum E { A = 1, B = A << 1 } const enum C { X = "o" } namespace N { export const k = "k"; export namespace M { export const v = 2 } } declare const z: string; abstract class Q<T> { constructor(private readonly p: T, public q?: number) {} get v(): T { return this.p } }
			class R extends Q<string> {} type T = keyof typeof N; export default (E.B === N.M.v && E[1] === "A" && new R("x").v === "x" ? C.X + N.k : "no") satisfies string as string`},
		{name: "typescript legacy decorators", file: "index.ts", code: `function dec(t: any, k: string, d: PropertyDescriptor) { const f = d.value; d.value = function () { return f.call(this) + "k" } } class A { @dec m() { return "o" } } export default new A().m()`,
			more: map[string]string{"tsconfig.json": `{"compilerOptions":{"experimentalDecorators":true,}} // comment`}},
		{name: "typescript import types and assertions", file: "index.ts", code: `import type { X } from "./t"; import { type Y, v } from "./t"; let x: X | Y = v!; export default x; export type { X }`,
			more: map[string]string{"t.ts": `export type X = string; export interface Y {} export const v = "ok"`}},
		{name: "jsx classic", file: "index.jsx", code: `const h = (t, p, ...c) => t + c.join(""); const Fragment = ""; export default <><o/>{"k"}</>`,
			more: map[string]string{"tsconfig.json": `{"compilerOptions":{"jsxFactory":"h","jsxFragmentFactory":"Fragment"}}`}},
		{name: "jsx automatic", file: "index.tsx", code: `const F = (p: { children?: any }) => p.children; export default <o x={1}>k</o> as unknown as string`,
			more: map[string]string{"tsconfig.json": `{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"tiny"}}`,
				"node_modules/tiny/package.json":   `{"name":"tiny","exports":{"./jsx-runtime":"./rt.js"}}`,
				"node_modules/tiny/rt.js":          `export const jsx = (t, p) => t + p.children; export const jsxs = jsx; export const Fragment = ""`,
				"node_modules/tiny/jsx-runtime.js": ``}},
		{name: "tsconfig paths", file: "index.ts", code: `import { v } from "@lib/v"; export default v`,
			more: map[string]string{"tsconfig.json": `{"compilerOptions":{"baseUrl":".","paths":{"@lib/*":["lib/*"]}}}`, "lib/v.ts": `export const v: string = "ok"`}},
	} {
		for _, minify := range []bool{false, true} {
			name := c.name
			if minify {
				name += ", minified"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				file := c.file
				if file == "" {
					file = "index.js"
				}
				files := map[string]string{file: c.code}
				for k, v := range c.more {
					files[k] = v
				}
				s := mustBuild(t, Options{Dir: project(t, files), Minify: minify})
				got, err := newRealm(t).result(s)
				if err != nil {
					t.Fatal(err)
				}
				if got != "ok" {
					t.Errorf("got %q, want ok\n%s", got, s.Code)
				}
				if strings.Contains(s.Code, "WeakMap") && !strings.Contains(c.code, "accessor") && !strings.Contains(c.code, "@") {
					t.Errorf("private members were lowered:\n%s", s.Code)
				}
			})
		}
	}
}
