package bundle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/dop251/goja"
	"go.uber.org/goleak"
)

// TestMain fails if builds leave goroutines behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mustFail builds and returns the error.
func mustFail(t *testing.T, o Options) *BuildError {
	t.Helper()
	s, err := Build(t.Context(), o)
	var be *BuildError
	if !errors.As(err, &be) {
		t.Fatalf("built %v with error %v, want a BuildError", s, err)
	}
	return be
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   map[string]string
		format  Format
		wrapped bool
		async   bool
		exports string
	}{
		{"module", map[string]string{"index.js": `export default { fetch() {} }; export class Room {}`}, Module, true, false, "Room default"},
		{"module with top-level await", map[string]string{"index.js": `const x = await 1; export default { x }`}, Module, true, true, "default"},
		{"await in arrows and methods only", map[string]string{"index.js": `const f = async (x) => await x, g = async () => [await f(1)]; export default { async fetch() { await g() } }`}, Module, true, false, "default"},
		{"module exporting from another", map[string]string{"index.js": `export { default, a as b } from "./a.js"; export * from "./a.js"`, "a.js": `export const a = 1, c = 2; export default {}`}, Module, true, false, "a b c default"},
		{"CommonJS module", map[string]string{"index.js": `module.exports = { fetch() {} }`}, Module, true, false, "default"},
		{"CommonJS by exports", map[string]string{"index.js": `exports.fetch = () => 1`}, Module, true, false, "default"},
		{"service worker", map[string]string{"index.js": `addEventListener("fetch", e => e.respondWith(1))`}, ServiceWorker, false, false, ""},
		{"service worker with the words", map[string]string{"index.js": "// x\nvar s = `\nexport default 1; import x`; addEventListener('fetch', e => s)"}, ServiceWorker, false, false, ""},
		{"service worker in TypeScript", map[string]string{"index.ts": `enum A { B } addEventListener("fetch", (e: any) => e.respondWith(A.B))`}, ServiceWorker, false, false, ""},
		{"service worker that imports", map[string]string{"index.js": `import { x } from "./x.js"; addEventListener("fetch", e => x)`, "x.js": `export const x = 1`}, ServiceWorker, true, false, ""},
		{"service worker that requires", map[string]string{"index.js": `const { x } = require("./x.js"); addEventListener("fetch", e => x)`, "x.js": `exports.x = 1`}, ServiceWorker, true, false, ""},
		{"service worker that imports at run time", map[string]string{"index.js": `addEventListener("fetch", e => import("./x.js"))`, "x.js": `export const x = 1`}, ServiceWorker, true, false, ""},
		{"empty", map[string]string{"index.js": ``}, ServiceWorker, false, false, ""},
	} {
		for _, minify := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				s := mustBuild(t, Options{Dir: project(t, c.files), Minify: minify})
				if s.Format != c.format || s.Wrapped != c.wrapped || s.Async != c.async || strings.Join(s.Exports, " ") != c.exports {
					t.Errorf("format %v wrapped %v async %v exports %v\n%s", s.Format, s.Wrapped, s.Async, s.Exports, s.Code)
				}
				r := newRealm(t)
				r.set("addEventListener", func(goja.FunctionCall) goja.Value { return goja.Undefined() })
				if _, err := r.run(s); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestServiceWorkerGlobals(t *testing.T) {
	s := mustBuild(t, Options{Minify: true, Dir: project(t, map[string]string{
		"index.js": `var count = 1; function unused() { return count } with ({ x: 010 }) { var y = x } async function* g() {}`})})
	r := newRealm(t)
	if _, err := r.run(s); err != nil {
		t.Fatal(err)
	}
	v, err := r.rt.RunString(`[typeof unused, globalThis.count, globalThis.y, this.unused()].join()`)
	if err != nil || v.String() != "function,1,8,1" {
		t.Errorf("globals: %v, %v\n%s", v, err, s.Code)
	}
}

func TestExportsAreLive(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{
		"index.js": `export let n = 0; export function add() { n++ } export { n as "a name", n as __proto__ }; export default { n: 1 }`})})
	exports, err := newRealm(t).run(s)
	if err != nil {
		t.Fatal(err)
	}
	add, _ := goja.AssertFunction(exports.Get("add"))
	if _, err := add(goja.Undefined()); err != nil {
		t.Fatal(err)
	}
	if exports.Get("n").ToInteger() != 1 || exports.Get("a name").ToInteger() != 1 || exports.Get("__proto__").ToInteger() != 1 {
		t.Errorf("n = %v, %v, %v after add()", exports.Get("n"), exports.Get("a name"), exports.Get("__proto__"))
	}
	if exports.Prototype() != nil {
		t.Error("the exports have a prototype")
	}
}

func TestCommonJSEntryCompiledFromESM(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{
		"index.js": `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "ok"`})})
	if got, err := newRealm(t).result(s); got != "ok" || err != nil {
		t.Errorf("default = %q, %v", got, err)
	}
}

func TestHostModules(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{"index.js": `
		import { env, WorkerEntrypoint } from "cloudflare:workers"; import * as all from "cloudflare:workers"; import d from "cloudflare:workers";
		class A extends WorkerEntrypoint {}
		export default env.GREETING + all.env.GREETING + d.env.GREETING + (new A() instanceof WorkerEntrypoint)`})})
	r := newRealm(t)
	if got, err := r.result(s); got != "hihihitrue" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if len(r.ran) != 1 || len(s.Warnings) != 0 {
		t.Errorf("asked the host for %v, warnings %v", r.ran, s.Warnings)
	}
}

func TestAbsentModules(t *testing.T) {
	dir := project(t, map[string]string{
		"index.js": `import fs, { readFileSync, promises as p } from "node:fs"; import * as os from "os"; import { Socket } from "node:net"; import { connect } from "cloudflare:sockets"
			class S extends Socket {}
			const why = (f) => { try { f(); return "no error" } catch (e) { return e.message } };
			export default [() => readFileSync("x"), () => fs.writeFileSync(), () => os.cpus(), () => new S(), () => p.readFile("x"), () => connect(), () => require("fs").x()].map(why).join("|") + (typeof fs.then) + (fs.readFileSync === readFileSync)`,
		"more.js": `import "node:fs"`,
	})
	s := mustBuild(t, Options{Dir: dir})
	got, err := newRealm(t).result(s)
	var want strings.Builder
	for i, n := range []string{"node:fs.readFileSync", "node:fs.writeFileSync", "node:os.cpus", "node:net.Socket", "node:fs.promises.readFile", "cloudflare:sockets.connect", "node:fs.x"} {
		if i > 0 {
			want.WriteString("|")
		}
		want.WriteString(n + " is not available in Gannet")
	}
	want.WriteString("undefinedtrue")
	if got != want.String() || err != nil {
		t.Errorf("got %q\nwant %q, %v", got, want.String(), err)
	}
	if len(s.Warnings) != 4 {
		t.Errorf("%d warnings, want one for each of 4 modules: %v", len(s.Warnings), s.Warnings)
	}
	if w := s.Warnings[0]; w.Severity != SeverityWarning || w.File != "index.js" || w.Line != 1 || w.Column != 49 {
		t.Errorf("first warning: %+v", w)
	}
}

func TestNodeModulesOfTheHost(t *testing.T) {
	files := map[string]string{
		"index.js":                         `import a from "node:events"; import b from "events"; import c from "buffer"; export default a + b + c`,
		"node_modules/buffer/package.json": `{"name":"buffer","main":"m.js"}`,
		"node_modules/buffer/m.js":         `module.exports = "npm"`,
	}
	s := mustBuild(t, Options{Dir: project(t, files), HostModules: []string{"node:events", "node:buffer"}})
	if strings.Count(s.Code, `__gannet_host.module("node:events")`) != 1 || strings.Contains(s.Code, "node:buffer") || !strings.Contains(s.Code, `"npm"`) {
		t.Errorf("a package must win over Node's module without prefix, and the host be asked once:\n%s", s.Code)
	}
	if len(s.Warnings) != 0 {
		t.Error(s.Warnings)
	}
}

func TestPackageResolution(t *testing.T) {
	s := mustBuild(t, Options{Dir: project(t, map[string]string{
		"index.js":                         `import a from "cond"; import b from "fields"; import c from "cond/sub"; import d from "old"; import e from "mod"; export default [a, b, c, d, e].join()`,
		"node_modules/cond/package.json":   `{"exports":{".":{"node":"./n.js","workerd":"./w.js","default":"./d.js"},"./sub":{"browser":{"import":"./w.js","require":"./n.js"},"default":"./d.js"}}}`,
		"node_modules/cond/w.js":           `export default "workerd"`,
		"node_modules/cond/d.js":           `export default "default"`,
		"node_modules/cond/n.js":           `export default "node"`,
		"node_modules/fields/package.json": `{"browser":"b.js","module":"m.js","main":"n.js"}`,
		"node_modules/fields/b.js":         `export default "browser"`,
		"node_modules/old/package.json":    `{"main":"n"}`,
		"node_modules/old/n.js":            `module.exports = "main"`,
		"node_modules/mod/package.json":    `{"module":"m.js","main":"n.js"}`,
		"node_modules/mod/m.js":            `export default "module"`,
	})})
	if got, err := newRealm(t).result(s); got != "workerd,browser,workerd,main,module" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAliasAndDefine(t *testing.T) {
	dir := project(t, map[string]string{
		"index.js": `import a from "react"; import b from "node:fs"; export default [a, b, VERSION, process.env.NODE_ENV, navigator.userAgent, cfg.a.b].join()`,
		"shim.js":  `export default "shim"`,
	})
	o := Options{Dir: dir, Alias: map[string]string{"react": "./shim.js", "node:fs": "./shim.js"}, Define: map[string]string{"VERSION": `"1.2"`, "cfg.a": `{"b":3}`}}
	for _, c := range []struct {
		production bool
		define     string
		want       string
	}{
		{false, "", "shim,shim,1.2,development,Cloudflare-Workers,3"},
		{true, "", "shim,shim,1.2,production,Cloudflare-Workers,3"},
		{true, `"test"`, "shim,shim,1.2,test,Cloudflare-Workers,3"},
	} {
		o := o
		o.Production = c.production
		if c.define != "" {
			o.Define = map[string]string{"VERSION": `"1.2"`, "cfg.a": `{"b":3}`, "process.env.NODE_ENV": c.define}
		}
		if got, err := newRealm(t).result(mustBuild(t, o)); got != c.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, c.want)
		}
	}
	if e := mustFail(t, Options{Dir: dir, Define: map[string]string{"VERSION": "a b"}}); !strings.Contains(e.Error(), "VERSION") && !strings.Contains(e.Error(), "a b") {
		t.Errorf("error of a bad define: %v", e)
	}
}

func TestGlobalNavigator(t *testing.T) {
	for _, c := range []struct {
		date  string
		flags []string
		want  bool
	}{
		{"", nil, true}, {"2022-03-20", nil, false}, {"2022-03-21", nil, true}, {"2020-01-01", []string{"global_navigator"}, true}, {"2026-01-01", []string{"no_global_navigator"}, false},
	} {
		if o := (Options{CompatibilityDate: c.date, CompatibilityFlags: c.flags}); o.globalNavigator() != c.want {
			t.Errorf("%q %v: %v", c.date, c.flags, !c.want)
		}
	}
}

func TestModulesByRule(t *testing.T) {
	s := mustBuild(t, Options{
		Dir: project(t, map[string]string{
			"src/index.js": `import txt from "./a.txt"; import html from "./p.html"; import bin from "../d/é.bin"; import wasm from "./m.wasm?module"; import w2 from "./m.wasm"; import md from "./r.md"; import code from "./c.weird"
				export default [txt, html, bin, wasm, w2, md, code].join()`,
			"src/a.txt": "té", "src/p.html": "<p>", "d/é.bin": "\x00\xff", "src/m.wasm": "\x00asm", "src/r.md": "# md", "src/c.weird": "export default 'code'",
		}),
		Entry: "src/index.js",
		Rules: []Rule{{Type: "Text", Globs: []string{"**/*.md"}, Fallthrough: true}, {Type: "ESModule", Globs: []string{"src/*.weird"}}},
	})
	var names []string
	for _, m := range s.Modules {
		names = append(names, m.Name+"="+m.Type.String())
	}
	if got := strings.Join(names, " "); got != "./d/é.bin=Data ./src/m.wasm=CompiledWasm" {
		t.Errorf("modules: %s", got)
	}
	got, err := newRealm(t).result(s)
	if want := "té,<p>,\x00\uFFFD,\x00asm,\x00asm,# md,code"; got != want || err != nil {
		t.Errorf("got %q, want %q, %v", got, want, err)
	}

	// A rule without fallthrough ends the default rules of its type.
	e := mustFail(t, Options{Rules: []Rule{{Type: "Text", Globs: []string{"**/*.md"}}},
		Dir: project(t, map[string]string{"index.js": `import x from "./a.sql"; export default x`, "a.sql": "select"})})
	if !strings.Contains(e.Error(), "index.js:1:15: error: No loader is configured") || e.Messages[0].Hint == "" {
		t.Errorf("error: %s", e.Pretty())
	}
	if e := mustFail(t, Options{Dir: t.TempDir(), Rules: []Rule{{Type: "PythonModule"}}}); !strings.Contains(e.Error(), "PythonModule") {
		t.Error(e)
	}
}

func TestServiceWorkerBlobs(t *testing.T) {
	dir := project(t, map[string]string{"index.js": `addEventListener("fetch", e => PAGE)`, "p.html": "<p>", "d.bin": "\x00"})
	s := mustBuild(t, Options{Dir: dir, TextBlobs: map[string]string{"PAGE": "p.html"}, DataBlobs: map[string]string{"DATA": "./d.bin"}})
	if len(s.Modules) != 2 || s.Modules[0].Global != "DATA" || s.Modules[0].Type != BlobData || s.Modules[1].Global != "PAGE" || string(s.Modules[1].Data) != "<p>" {
		t.Errorf("modules: %+v", s.Modules)
	}
	if !slices.ContainsFunc(s.Inputs, func(p string) bool { return filepath.Base(p) == "p.html" }) {
		t.Errorf("a blob is not among the inputs: %v", s.Inputs)
	}
	mustFail(t, Options{Dir: dir, WasmModules: map[string]string{"W": "none.wasm"}})
}

func TestAdditionalModules(t *testing.T) {
	files := map[string]string{
		"src/index.js": `const n = "lang/" + "de"; export default Promise.all([import("./" + globalThis.name), import(n + ".js"), import(globalThis.other).catch(e => e.message)]).then(([a, b, c]) => a.hello + b.default + c)`,
		"src/fr.js":    `export const hello = "salut "`, "src/lang/de.js": `export default "hallo "`, "src/lang/en.js": `export default "hi"`,
		"src/node_modules/x/index.js": `throw 1`, "src/t.txt": "text",
	}
	for _, noBundle := range []bool{false, true} {
		s := mustBuild(t, Options{Dir: project(t, files), Entry: "src/index.js", FindAdditionalModules: true, NoBundle: noBundle})
		r := newRealm(t)
		r.set("name", "fr.js")
		r.set("other", "x")
		got, err := r.result(s)
		want := `salut hallo No such module "x"`
		if got != want || err != nil {
			t.Errorf("no_bundle %v: got %q, %v\n%s", noBundle, got, err, s.Code)
		}
	}
}

func TestEntry(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		entry string
		want  string // "" for an error
	}{
		{"index.ts", map[string]string{"index.ts": "export default 1", "index.js": "export default 2"}, "", "index.ts"},
		{"src", map[string]string{"src/index.tsx": "export default 1"}, "", "src/index.tsx"},
		{"package.json", map[string]string{"package.json": `{"main":"lib/w.js"}`, "lib/w.js": "export default 1", "index.js": ""}, "", "lib/w.js"},
		{"package.json of a build not done", map[string]string{"package.json": `{"main":"dist/w.js"}`, "index.js": "export default 1"}, "", "index.js"},
		{"broken package.json", map[string]string{"package.json": `{`, "index.js": "export default 1"}, "", ""},
		{"given", map[string]string{"a/b.js": "export default 1", "index.js": ""}, "a/b.js", "a/b.js"},
		{"missing", map[string]string{"index.js": ""}, "b.js", ""},
		{"directory", map[string]string{"b.js/index.js": ""}, "b.js", ""},
		{"nothing", map[string]string{"readme.md": ""}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Dir: project(t, c.files), Entry: c.entry}
			if c.want == "" {
				if e := mustFail(t, o); e.Error() == "" {
					t.Error("no text")
				}
				return
			}
			if s := mustBuild(t, o); s.Name != c.want {
				t.Errorf("name %q, want %q", s.Name, c.want)
			}
		})
	}
	mustFail(t, Options{Dir: filepath.Join(t.TempDir(), "none")})
}

func TestInputs(t *testing.T) {
	dir := project(t, map[string]string{
		"src/index.ts": `import "./b"; import j from "./j.json"; import p from "pkg"; import t from "./t.txt"; export default [j, p, t]`,
		"src/b.ts":     ``, "src/j.json": `1`, "src/t.txt": "t", "src/unused.ts": "",
		"tsconfig.json": `{"extends":"./base", /* c */}`, "base.json": `{}`, "package.json": `{}`,
		"node_modules/pkg/package.json": `{"main":"m.js"}`, "node_modules/pkg/m.js": `module.exports = 1`, "node_modules/pkg/tsconfig.json": `{}`,
	})
	s := mustBuild(t, Options{Dir: dir, Entry: "src/index.ts"})
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range s.Inputs {
		rel, err := filepath.Rel(real, in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rel)
	}
	want := "base.json node_modules/pkg/m.js node_modules/pkg/package.json package.json src/b.ts src/index.ts src/j.json src/t.txt tsconfig.json"
	if strings.Join(got, " ") != want {
		t.Errorf("inputs %v\nwant   %s", got, want)
	}
}

func TestHashIsReproducible(t *testing.T) {
	files := map[string]string{"index.ts": `import x from "./x.bin"; import y from "./y.bin"; export default [x, y, import.meta.url]`, "x.bin": "x", "y.bin": "y"}
	a, b := mustBuild(t, Options{Dir: project(t, files)}), mustBuild(t, Options{Dir: project(t, files)})
	if a.Hash != b.Hash || a.Code != b.Code || len(a.Hash) != 64 {
		t.Errorf("hashes %s and %s of equal projects in two places", a.Hash, b.Hash)
	}
	files["x.bin"] = "z"
	if c := mustBuild(t, Options{Dir: project(t, files)}); c.Hash == a.Hash {
		t.Error("another module, the same hash")
	}
}

func TestRebuild(t *testing.T) {
	dir := project(t, map[string]string{"index.js": `import v from "./v.js"; export default v`, "v.js": `export default 1`})
	c, err := NewContext(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := func(want string) {
		t.Helper()
		s, err := c.Rebuild(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := newRealm(t).result(s); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	want("1")
	write("v.js", `export default 22`)
	want("22")
	write("v.js", `export default (`)
	_, err = c.Rebuild(t.Context())
	var be *BuildError
	if !errors.As(err, &be) || be.Messages[0].File != "v.js" || be.Messages[0].Line != 1 {
		t.Fatalf("error %v", err)
	}
	if len(be.Inputs) != 2 {
		t.Errorf("inputs of a failed build: %v", be.Inputs)
	}
	write("v.js", `export default import("./w.js").then(m => m.default)`)
	write("w.js", `export default 333`)
	want("333")
	write("index.js", `addEventListener("fetch", () => {})`)
	if s, err := c.Rebuild(t.Context()); err != nil || s.Format != ServiceWorker {
		t.Errorf("%v, %v", s, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Rebuild(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	c.Close()
	if _, err := c.Rebuild(t.Context()); err == nil {
		t.Error("a closed context builds")
	}
}

func TestConcurrentBuilds(t *testing.T) {
	dir := project(t, map[string]string{"index.ts": `import { readFile } from "node:fs"; import x from "./x.bin"; export default { x, readFile }`, "x.bin": "x"})
	shared, err := NewContext(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	hashes := make([]string, 8)
	var wg sync.WaitGroup
	for i := range hashes {
		wg.Go(func() {
			build := func() (*Script, error) { return Build(t.Context(), Options{Dir: dir}) }
			if i%2 == 0 {
				build = func() (*Script, error) { return shared.Rebuild(t.Context()) }
			}
			s, err := build()
			if err != nil {
				t.Error(err)
				return
			}
			hashes[i] = s.Hash
			s.Map.Position(3, 3)
		})
	}
	wg.Wait()
	for _, h := range hashes {
		if h != hashes[0] || h == "" {
			t.Errorf("hashes %q", hashes)
		}
	}
}

func TestBuildCommand(t *testing.T) {
	dir := project(t, map[string]string{"sub/x": ""})
	s := mustBuild(t, Options{Dir: dir, Entry: "out.js", BuildCwd: "sub", BuildCommand: `printf 'export default "made"' > ../out.js`})
	if got, err := newRealm(t).result(s); got != "made" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	e := mustFail(t, Options{Dir: dir, BuildCommand: `echo first; echo oops >&2; exit 3`})
	if p := e.Pretty(); !strings.Contains(p, "exit status 3") || !strings.Contains(p, "oops") {
		t.Errorf("error: %s", p)
	}
	e = mustFail(t, Options{Dir: dir, BuildCommand: `i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done; echo last; exit 1`})
	if p := e.Pretty(); len(p) > 2*maxCommandOutput || !strings.Contains(p, "last") {
		t.Errorf("%d bytes of output are shown", len(p))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fifo := filepath.Join(dir, "started")
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	go func() {
		f, err := os.Open(fifo) // waits until the command opens it as well
		if err == nil {
			_ = f.Close()
		}
		cancel()
	}()
	if _, err := Build(ctx, Options{Dir: dir, BuildCommand: ": > started; while :; do :; done"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled command: %v", err)
	}
}

func TestCodeOptions(t *testing.T) {
	files := map[string]string{
		"index.tsx": `function long() {} { class long {} ; (globalThis as any).inner = long.name } export default [long.name, (globalThis as any).inner, <a/>, <></>].join()`,
		"ts/a.json": `{"compilerOptions":{"jsxFactory":"JSON.stringify"}}`,
		"r.ts":      `export {}; declare global { var r: any }`,
	}
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"names are kept", Options{KeepNames: true, Minify: true, JSXFactory: "String", JSXFragment: "1"}, "long,long,a,1"},
		{"tsconfig", Options{TSConfig: "ts/a.json", JSXFragment: "1"}, `long,long2,"a",1`},
	} {
		c.o.Dir = project(t, files)
		s := mustBuild(t, c.o)
		got, err := newRealm(t).result(s)
		if got != c.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q\n%s", c.name, got, err, c.want, s.Code)
		}
		if c.o.TSConfig != "" && !slices.ContainsFunc(s.Inputs, func(p string) bool { return strings.HasSuffix(p, "ts/a.json") }) {
			t.Errorf("inputs: %v", s.Inputs)
		}
	}
}

// BenchmarkRebuild rebuilds a project of 60 modules after one has changed: about the
// size of a Hono application. The aim of gannet dev is 300 ms from a change to the new
// version serving.
func BenchmarkRebuild(b *testing.B) {
	files := map[string]string{}
	var entry strings.Builder
	for i := range 60 {
		name := fmt.Sprintf("m%d", i)
		fmt.Fprintf(&entry, "import { %s } from './%s';\n", name, name)
		files[name+".ts"] = fmt.Sprintf("export class %s<T> {\n%s}\n", name, strings.Repeat("  #f = (x: T): T => x;\n  get = 1;\n  m(a: number) { return `${a} ${this.get}` }\n", 1)+
			strings.Repeat("  // a comment\n", 10))
	}
	entry.WriteString("export default [")
	for i := range 60 {
		fmt.Fprintf(&entry, "m%d, ", i)
	}
	entry.WriteString("];\n")
	files["index.ts"] = entry.String()
	dir := project(b, files)
	c, err := NewContext(Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if err := os.WriteFile(filepath.Join(dir, "m7.ts"), fmt.Appendf(nil, "export const m7 = %d", i), 0o666); err != nil {
			b.Fatal(err)
		}
		s, err := c.Rebuild(b.Context())
		if err != nil || !strings.Contains(s.Code, fmt.Sprintf("m7 = %d;", i)) {
			b.Fatalf("%v", err)
		}
	}
}
