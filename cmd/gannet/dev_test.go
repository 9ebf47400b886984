package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func answering(text string) string {
	return fmt.Sprintf("export default { fetch() { return new Response(%q) } }\n", text)
}

func TestDevReloadsUnderLoad(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"worker.js": answering("v0"), "lib.js": "export const x = 1"})
	p, url := dev(t, dir, "worker.js")
	want(t, url+"/", 200, "v0")
	stop := load(url + "/")
	var longest time.Duration
	for i := 1; i <= 8; i++ {
		begin := time.Now()
		write(t, filepath.Join(dir, "worker.js"), answering(fmt.Sprint("v", i)))
		serves(t, url+"/", fmt.Sprint("v", i))
		longest = max(longest, time.Since(begin))
	}
	wantNoneLost(t, stop)
	p.logged("Reloaded in ", 8)
	t.Logf("the longest time from edit to answer, under load: %v", longest)
	p.signal(syscall.SIGTERM)
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
}

func TestDevKeepsTheLastGoodVersion(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"index.ts":  `import { text } from "./lib"; export default { fetch: (): Response => new Response(text) };`,
		"lib.ts":    `export const text: string = "good";`,
		".dev.vars": "",
	})
	p, url := dev(t, dir)
	want(t, url+"/", 200, "good")
	write(t, filepath.Join(dir, "lib.ts"), "export const text: string = ;\n")
	p.logged("lib.ts:1:29: error:", 1)
	p.logged("the last good version goes on serving", 1)
	want(t, url+"/", 200, "good")
	// What throws at the top level is no better.
	write(t, filepath.Join(dir, "lib.ts"), "export const text: string = \"bad\";\nthrow new Error('at the top');\n")
	p.logged("at the top", 1)
	p.logged("lib.ts:2:", 1)
	p.logged("the last good version goes on serving", 2)
	want(t, url+"/", 200, "good")
	write(t, filepath.Join(dir, "lib.ts"), `export const text: string = "better";`)
	serves(t, url+"/", "better")
	// An edit that is taken back.
	write(t, filepath.Join(dir, "lib.ts"), "oops(")
	p.logged("the last good version goes on serving", 3)
	write(t, filepath.Join(dir, "lib.ts"), `export const text: string = "better";`)
	p.logged("Good again", 1)
	want(t, url+"/", 200, "better")
}

func TestDevShowsExceptionsWithTheirSource(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"src/index.ts": `interface Env { NAME: string }

const deep = (name: string): Response => {
  throw new TypeError("<i>cannot</i> greet " + name);
};

export default { fetch: (_: Request, env: Env) => deep(env.NAME) };
`})
	p, url := dev(t, dir, "--var", "NAME=Ada=Lovelace")
	wantPart(t, url+"/", 500, []string{"Accept", "text/html"}, "&lt;i&gt;cannot&lt;/i&gt; greet Ada=Lovelace", "src/index.ts:4", "throw new TypeError(")
	wantPart(t, url+"/", 500, nil, "TypeError: <i>cannot</i> greet Ada=Lovelace", "src/index.ts:4:")
	p.logged("src/index.ts:4:", 2)
}

func TestDevOrigin(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"worker.js":        `export default { async fetch(r) { const a = await fetch(r); return new Response("<" + await a.text() + ">", a) } }`,
		"site/index.html":  "home",
		"site/sub/a.txt":   "a",
		"site/.git/config": "secret",
	})
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		_, url := dev(t, dir, "worker.js", "--origin", "site")
		want(t, url+"/", 200, "<home>")
		want(t, url+"/sub/a.txt", 200, "<a>")
		want(t, url+"/.git/config", 404, "*")
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s%s %s", r.Host, r.URL, r.Header.Get("CF-IPCountry"))
		}))
		defer origin.Close()
		_, url := dev(t, dir, "--origin="+origin.URL, "--country", "nz", "worker.js")
		want(t, url+"/x?y", 200, "<shop.example/x?y NZ>", "Host", "shop.example")
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		_, url := dev(t, dir, "worker.js")
		wantPart(t, url+"/", 502, nil, "--origin")
	})
	t.Run("not there", func(t *testing.T) {
		t.Parallel()
		_, url := dev(t, dir, "worker.js", "--origin", "http://"+freeAddr(t))
		want(t, url+"/", 502, "*")
	})
}

func TestDevPorts(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"worker.js": answering("ok")})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, stdout, stderr := run(t, dir, "dev", "--listen", l.Addr().String(), "worker.js")
	line := "gannet: cannot listen on " + l.Addr().String() + ": the address is in use by another program\n"
	if code != 1 || stdout != "" || stderr != line {
		t.Errorf("a port in use: got %d %q %q, want 1 and %q", code, stdout, stderr, line)
	}
	if d, err := net.Listen("tcp", "127.0.0.1:8787"); err == nil {
		defer d.Close() // else somebody has it already, which serves as well
	}
	p := start(t, dir, "dev", "worker.js")
	url := p.url()
	if strings.HasSuffix(url, ":8787") {
		t.Errorf("got %s, which was taken", url)
	}
	want(t, url+"/", 200, "ok")
}

func TestDevWranglerProject(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"wrangler.jsonc": `{
  // a project with a bit of everything
  "name": "shop",
  "main": "dist/index.ts",
  "compatibility_date": "2026-01-01",
  "vars": { "PLACE": "top", "N": 1 },
  "alias": { "greeting": "./src/hello.ts" },
  "rules": [{ "type": "Text", "globs": ["**/*.tpl"], "fallthrough": true }],
  "build": { "command": "mkdir -p dist && cp src/*.ts src/*.tpl dist/", "watch_dir": "src" },
  "assets": { "directory": "public", "binding": "ASSETS" },
  "kv_namespaces": [{ "binding": "CARTS", "id": "1" }],
  "env": { "staging": {
    "define": { "BUILD": "\"b7\"" },
    "vars": { "PLACE": "staging", "N": { "deep": [2] } },
    "kv_namespaces": [{ "binding": "CARTS", "id": "2" }]
  } }
}`,
		".dev.vars":    "SECRET=hush\nN=3\n",
		"src/hello.ts": `export const hello: string = "hello";`,
		"src/page.tpl": "template text",
		"src/index.ts": `import { hello } from "greeting";
import page from "./page.tpl";
declare const BUILD: string;
export default {
  async fetch(req: Request, env: any): Promise<Response> {
    const { pathname } = new URL(req.url);
    switch (pathname) {
      case "/vars": return Response.json([env.PLACE, env.N, env.SECRET, env.EXTRA]);
      case "/build": return Response.json([hello, page, BUILD]);
      case "/asset": return env.ASSETS.fetch("https://any.example/logo.txt");
      case "/kv": try { await env.CARTS.get("a"); return new Response("?") } catch (e: any) { return new Response(e.message, { status: 501 }) }
    }
    return new Response("worker " + pathname);
  },
  async scheduled() {},
};
export class Cart {}
`,
		"public/logo.txt":   "logo",
		"public/index.html": "<h1>home</h1>",
	})
	_, url := dev(t, dir, "--env", "staging", "--var", "EXTRA=4")
	want(t, url+"/vars", 200, `["staging","3","hush","4"]`)
	want(t, url+"/build", 200, `["hello","template text","b7"]`)
	want(t, url+"/asset", 200, "logo")
	want(t, url+"/logo.txt", 200, "logo")
	want(t, url+"/", 200, "<h1>home</h1>")
	want(t, url+"/other", 200, "worker /other")
	wantPart(t, url+"/kv", 501, nil, "CARTS", "kv_namespace")
	// Each kind of file that counts is watched: variables, sources of the build command, the
	// wrangler file itself.
	write(t, filepath.Join(dir, ".dev.vars"), "SECRET=whisper\n")
	serves(t, url+"/vars", `["staging",{"deep":[2]},"whisper","4"]`)
	write(t, filepath.Join(dir, "src/hello.ts"), `export const hello: string = "good day";`)
	serves(t, url+"/build", `["good day","template text","b7"]`)
	b, err := os.ReadFile(filepath.Join(dir, "wrangler.jsonc"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "wrangler.jsonc"), strings.Replace(string(b), `\"b7\"`, `\"b8\"`, 1))
	serves(t, url+"/build", `["good day","template text","b8"]`)
}

func TestDevAssetsAlone(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"wrangler.toml":   "name = \"site\"\ncompatibility_date = \"2026-01-01\"\n[assets]\ndirectory = \"public\"\nnot_found_handling = \"404-page\"\n",
		"public/a.html":   "a",
		"public/404.html": "nothing here",
	})
	_, url := dev(t, dir)
	want(t, url+"/a", 200, "a")
	want(t, url+"/b", 404, "nothing here")
}

func TestDevSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"empty/readme.md":       "",
		"nomain/wrangler.toml":  "name = \"x\"\nmain = \"gone.ts\"\ncompatibility_date = \"2026-01-01\"\n",
		"badtoml/wrangler.toml": "name = \n",
		"worker.js":             answering("ok"),
		"syntax.js":             "export default {\n  fetch( {\n}\n",
		"throws.js":             "throw new Error('at the top')\n",
	})
	cases := []struct {
		name string
		args []string
		code int
		part string
	}{
		{"no such file", []string{"nope.js"}, 1, "nope.js"},
		{"no script in the directory", []string{"empty"}, 1, "no script here"},
		{"main is missing", []string{"nomain"}, 1, "gone.ts"},
		{"a wrangler file that cannot be parsed", []string{"badtoml"}, 1, "wrangler.toml:1:"},
		{"the origin is no directory", []string{"--origin", "nowhere", "worker.js"}, 1, "nowhere"},
		{"a syntax error", []string{"syntax.js"}, 1, "syntax.js:4:1: error: "},
		{"a script that throws at the top", []string{"throws.js"}, 1, "throws.js:1:7: error: Error: at the top"},
		{"unknown flag", []string{"--lisen", "x"}, 2, `unknown flag --lisen (did you mean "--listen"?)`},
		{"a flag without its value", []string{"--listen"}, 2, "--listen needs a value"},
		{"a listening address that is none", []string{"--listen", "nonsense"}, 2, "--listen"},
		{"a pin that is none", []string{"--map", "a"}, 2, "--map"},
		{"a variable that is none", []string{"--var", "a"}, 2, "--var"},
		{"two workers", []string{"worker.js", "b.js"}, 2, `unexpected argument "b.js"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, dir, append([]string{"dev", "--listen", "127.0.0.1:0"}, c.args...)...)
			if code != c.code || stdout != "" || !strings.HasPrefix(stderr, "gannet: ") || !strings.Contains(stderr, c.part) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("got %d %q %q, want %d and one line with %q", code, stdout, stderr, c.code, c.part)
			}
		})
	}
}

func TestDevTellsOfLongRequestsOnce(t *testing.T) {
	t.Parallel()
	rounds := 2_000_000 // some 160 ms; under the race detector a tenth takes longer
	if raceEnabled {
		rounds /= 10
	}
	dir := project(t, map[string]string{"worker.js": fmt.Sprintf(`export default { fetch() {
  let n = 0;
  for (let i = 0; i < %d; i++) n += i;
  return new Response("ok")
} }`, rounds)})
	p, url := dev(t, dir, "worker.js")
	for range 2 {
		want(t, url+"/slow", 200, "ok")
	}
	p.logged("of CPU time for GET /slow", 1)
	p.signal(syscall.SIGTERM)
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if n := strings.Count(p.log(), "CPU time"); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
	if strings.Contains(p.log(), "GET /slow 200") {
		t.Error("requests are printed where there is no terminal")
	}
}
