package config

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

const wranglerJSONC = `{
  // the whole of it
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "shop",
  "main": "src/index.ts",
  "compatibility_date": "2025-01-31",
  "compatibility_flags": ["nodejs_compat"],
  "vars": { "A": "text", "B": { "z": 1, "a": [true, null, 1e3, "x"] }, "C": 12345678901234567890 },
  "routes": ["shop.example.com/*", { "pattern": "https://*.example.com/x*", "zone_name": "example.com" },
    { "pattern": "own.example.com", "custom_domain": true }],
  "alias": { "foo": "./src/foo.ts" },
  "define": { "DEBUG": "true" },
  "rules": [{ "type": "Text", "globs": ["**/*.md"], "fallthrough": false }],
  "build": { "command": "make", "cwd": "sub", "watch_dir": ["src", "lib"] },
  "minify": true, "keep_names": false, "tsconfig": "tsconfig.build.json",
  "jsx_factory": "h", "jsx_fragment": "Fragment", "base_dir": "src",
  "limits": { "cpu_ms": 100, "subrequests": 5, "startup_ms": 2000, "wall_ms": 1500, "memory_mb": 64 },
  "assets": { "directory": "./public", "binding": "ASSETS", "run_worker_first": ["/api/*", "!/api/docs"],
    "html_handling": "none", "not_found_handling": "single-page-application" },
  "text_blobs": { "TXT": "./a.txt" }, "data_blobs": { "BIN": "./a.txt" },
  "dev": { "ip": "0.0.0.0", "port": 9000 },
  "triggers": { "crons": ["* * * * *"] },
  "env": {
    "prod": {
      "vars": { "A": "prod" },
      "route": "prod.example.com/*",
      "kv_namespaces": [{ "binding": "KV", "id": "x" }],
    },
    "bare": {},
  },
}
`

var projectFiles = map[string]string{
	"wrangler.jsonc": wranglerJSONC, "src/index.ts": "", "a.txt": "", "public/index.html": "",
}

func TestLoadWrangler(t *testing.T) {
	dir := write(t, projectFiles)
	at := func(s string) string { return filepath.Join(dir, s) }
	p, problems := LoadWrangler(dir, "")
	wantLines(t, lines(dir, problems), `wrangler.jsonc:22:3: warning: triggers: ignored: scheduled events are not sent yet`)
	pattern := func(s string) Pattern {
		p, err := ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	pos := func(line, column int) Pos { return Pos{at("wrangler.jsonc"), line, column} }
	want := &Project{
		Dir: dir, File: at("wrangler.jsonc"), Files: []string{at("wrangler.jsonc")},
		Name: "shop", Main: at("src/index.ts"), CompatibilityDate: "2025-01-31", CompatibilityFlags: []string{"nodejs_compat"},
		Vars: []Var{{Name: "A", Text: "text"}, {Name: "B", JSON: json.RawMessage(`{"z":1,"a":[true,null,1e3,"x"]}`)},
			{Name: "C", JSON: json.RawMessage("12345678901234567890")}},
		Blobs: []Blob{{"TXT", at("a.txt"), true}, {"BIN", at("a.txt"), false}},
		Routes: []Route{
			{Pattern: pattern("shop.example.com/*"), Worker: "shop", Pos: pos(9, 14)},
			{Pattern: pattern("https://*.example.com/x*"), Worker: "shop", Pos: pos(9, 49)},
			{Pattern: pattern("own.example.com/*"), Worker: "shop", CustomDomain: true, Pos: pos(10, 18)},
		},
		Limits: core.Limits{CPU: 100 * time.Millisecond, Subrequests: 5, Startup: 2 * time.Second, Wall: 1500 * time.Millisecond, MemoryBytes: 64 << 20},
		Build: Build{Alias: map[string]string{"foo": "./src/foo.ts"}, Define: map[string]string{"DEBUG": "true"},
			Rules:   []ModuleRule{{Type: "Text", Globs: []string{"**/*.md"}}},
			Command: "make", Cwd: at("sub"), WatchDirs: []string{at("src"), at("lib")}, BaseDir: at("src"),
			Minify: true, TSConfig: at("tsconfig.build.json"), JSXFactory: "h", JSXFragment: "Fragment"},
		Assets: &Assets{Directory: at("public"), Binding: "ASSETS", RunWorkerFirstPatterns: []string{"/api/*", "!/api/docs"},
			HTMLHandling: "none", NotFoundHandling: "single-page-application"},
		Crons: []string{"* * * * *"},
		Dev:   Dev{IP: "0.0.0.0", Port: 9000},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got\n%+v\nwant\n%+v", p, want)
	}
}

func TestWranglerEnvironments(t *testing.T) {
	dir := write(t, projectFiles)
	p, problems := LoadWrangler(dir, "prod")
	wantLines(t, lines(dir, problems), `
wrangler.jsonc:12:3: warning: define: not in force in env.prod, which does not inherit it
wrangler.jsonc:22:3: warning: triggers: ignored: scheduled events are not sent yet
wrangler.jsonc:27:7: warning: kv_namespaces: not supported yet: env.KV throws on use`)
	if p.Name != "shop-prod" || p.Main != filepath.Join(dir, "src/index.ts") || p.Build.Define != nil || p.Build.Alias == nil {
		t.Errorf("the environment is put together wrongly: %+v", p)
	}
	if len(p.Vars) != 1 || p.Vars[0].Text != "prod" {
		t.Errorf("vars are inherited: %+v", p.Vars)
	}
	if len(p.Routes) != 1 || p.Routes[0].Pattern.Host != "prod.example.com" {
		t.Errorf("route does not replace routes: %+v", p.Routes)
	}
	if len(p.Bindings) != 1 || p.Bindings[0].Name != "KV" || p.Bindings[0].Type != "kv_namespace" {
		t.Errorf("bindings: %+v", p.Bindings)
	}
	p, problems = LoadWrangler(filepath.Join(dir, "wrangler.jsonc"), "bare")
	if Failed(problems) || len(p.Vars) != 0 || len(p.Routes) != 3 {
		t.Errorf("the empty environment: %+v, %v", p, lines(dir, problems))
	}
	_, problems = LoadWrangler(dir, "prodd")
	wantLines(t, lines(dir, problems), `wrangler.jsonc:23:3: there is no environment "prodd"; did you mean "prod"?`)
	_, problems = LoadWrangler(dir, "other")
	wantLines(t, lines(dir, problems), `wrangler.jsonc:23:3: there is no environment "other"; there are prod, bare`)
}

func TestWranglerProblems(t *testing.T) {
	tests := []struct{ name, toml, want string }{
		{"unknown keys", `
nam = "x"
main = "wrangler.toml"
[asets]
[observability.logs]
enbled = true
[[kv_namespaces]]
bindng = "KV"
[env.a]
main = "wrangler.toml"
[env.a.dev]
[env.b]
rout = "x"
`, `
wrangler.toml:2:1: warning: unknown key "nam"; did you mean "name"?
wrangler.toml:4:2: warning: unknown key "asets"; did you mean "assets"?
wrangler.toml:5:2: warning: observability: ignored: logs go to the terminal, traces nowhere
wrangler.toml:6:1: warning: unknown key "enbled" in observability.logs; did you mean "enabled"?
wrangler.toml:7:3: kv_namespaces: an entry has no binding
wrangler.toml:8:1: warning: unknown key "bindng" in kv_namespaces; did you mean "binding"?
wrangler.toml:11:8: warning: env.a.dev: ignored: it has a meaning at the top level only
wrangler.toml:13:1: warning: unknown key "rout" in env.b; did you mean "route"?`},
		{"not done", `
main = "wrangler.toml"
account_id = "x"
workers_dev = false
logpush = true
upload_source_maps = true
[queues]
producers = [{ binding = "Q", queue = "q" }, { binding = "R", queue = "r" }]
consumers = [{ queue = "q" }]
[ai]
binding = "AI"
[wasm_modules]
W = "w.wasm"
[[unsafe.bindings]]
name = "U"
type = "odd"
[triggers]
crons = []
`, `
wrangler.toml:3:1: warning: account_id: ignored: nothing is uploaded to an account
wrangler.toml:5:1: warning: logpush: ignored: logs go to the terminal
wrangler.toml:6:1: warning: upload_source_maps: ignored: source maps are always made, and stay here
wrangler.toml:8:1: warning: queues.producers: not supported yet: env.Q, env.R throw on use
wrangler.toml:9:1: warning: queues.consumers: ignored: queue events are not sent yet
wrangler.toml:10:2: warning: ai: not supported yet: env.AI throws on use
wrangler.toml:12:2: warning: wasm_modules: not supported yet: env.W throws on use
wrangler.toml:14:10: warning: unsafe.bindings: not supported yet: env.U throws on use`},
		{"errors", `
name = "a b"
main = "no.ts"
compatibility_date = "2025-13-01"
route = "a.b:80/*"
routes = [1, {}, { pattern = "a.b/*", custom_domain = true }, ""]
rules = [{ type = "Txt", globs = ["*"] }, {}]
vars = []
[assets]
directory = "no"
run_worker_first = ["api/*"]
html_handling = "non"
[limits]
cpu_ms = "x"
[text_blobs]
T = "no.txt"
`, `
wrangler.toml:2:8: name: "a b" may have letters, digits, - and _ only, and 63 of them
wrangler.toml:3:8: main: "no.ts": no such file or directory
wrangler.toml:4:22: compatibility_date must be a date such as "2025-01-31"
wrangler.toml:5:1: route and routes exclude each other
wrangler.toml:5:10: route "a.b:80/*": a host has no port here: every port matches
wrangler.toml:6:11: routes must be a string or a table with pattern, not an integer
wrangler.toml:6:14: routes has no pattern
wrangler.toml:6:30: routes: custom domain "a.b/*": * may stand only at the start of the host and at the end of the path
wrangler.toml:7:19: rules.type: there is no module type "Txt"; did you mean "Text"?
wrangler.toml:7:43: rules has no type
wrangler.toml:7:43: rules has no globs
wrangler.toml:8:1: vars must be a table, not an array
wrangler.toml:10:13: assets.directory: "no" is no directory
wrangler.toml:11:21: assets.run_worker_first: "api/*" must begin with "/" or "!/"
wrangler.toml:12:17: assets.html_handling must be one of auto-trailing-slash, force-trailing-slash, drop-trailing-slash, none; did you mean "none"?
wrangler.toml:14:10: limits.cpu_ms must be an integer, not a string
wrangler.toml:16:5: text_blobs.T: "no.txt" is no file`},
		{"no script", "name = 'x'\n", `wrangler.toml: names no script; add main = "src/index.ts"`},
		{"assets alone", "compatibility_date = 2025-01-31\n[assets]\ndirectory = '.'\n", ""},
		{"built by a command", "main = 'dist/x.js'\nbuild = { command = 'make' }\n", ""},
		{"required secrets", "main = 'wrangler.toml'\nsecrets.required = ['GANNET_TEST_A', 'GANNET_TEST_B']\n",
			"wrangler.toml:2:9: warning: required secrets that .dev.vars, .env and the environment do not hold: GANNET_TEST_A, GANNET_TEST_B"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"wrangler.toml": tt.toml})
			_, problems := LoadWrangler(dir, "")
			wantLines(t, lines(dir, problems), tt.want)
		})
	}
	t.Run("JSON", func(t *testing.T) {
		f := func(data, want string) {
			t.Helper()
			_, problems := parseWrangler("wrangler.json", []byte(data), "", true)
			wantLines(t, lines("/", problems), want)
		}
		f(`[]`, "wrangler.json:1:1: the file must hold an object, not an array")
		f("{\n \"a\": }", "wrangler.json:2:7: invalid character '}' at start of value")
		f(`{"a": "x`, "wrangler.json:1:9: parsing string: unexpected EOF")
		f(strings.Repeat("[", 1_000_000), "wrangler.json:1:201: values nest deeper than 200 levels")
		f(`{"a": "`+strings.Repeat(`[`, 300)+`\"[", /* [[[ */ "main": "x" // [[`+"\n}", "wrangler.json:1:2: warning: unknown key \"a\"; did you mean \"ai\"?\nwrangler.json:1:332: main: \"x\": no such file or directory")
	})
}

// TestWranglerKeysAreAnswered: each key that wrangler knows is honoured, answered by a
// binding that throws, or named in a warning.
func TestWranglerKeysAreAnswered(t *testing.T) {
	answered := strings.Fields(`$schema env name main compatibility_date compatibility_flags vars secrets.required
		route routes alias define rules build.command build.cwd build.watch_dir no_bundle
		find_additional_modules base_dir minify keep_names tsconfig jsx_factory jsx_fragment
		limits.cpu_ms limits.startup_ms limits.wall_ms limits.memory_mb limits.subrequests assets text_blobs data_blobs dev.ip dev.port`)
	// What wrangler writes into the files it makes for itself; it says nothing to a reader.
	answered = append(answered, "configPath", "userConfigPath", "topLevelName", "definedEnvironments", "targetEnvironment")
	for _, n := range notDone {
		answered = append(answered, n.path)
	}
	for _, k := range bindingKinds {
		answered = append(answered, k.path)
	}
	known := wranglerKeys()
	used := make(map[string]bool)
	var visit func(k *wranglerKey, path string)
	visit = func(k *wranglerKey, path string) {
		if slices.Contains(answered, path) {
			used[path] = true
			return
		}
		if len(k.kids) == 0 {
			t.Errorf("%s is neither honoured nor answered by a warning", path)
		}
		for key, sub := range k.kids {
			visit(sub, join(path, key))
		}
	}
	visit(known, "")
	for _, a := range answered {
		if !used[a] {
			t.Errorf("%s is answered, but wrangler has no such key", a)
		}
	}
	for key := range notInherited {
		if known.kids[key] == nil {
			t.Errorf("%s is not inherited, but wrangler has no such key", key)
		}
	}
}

func TestDevVars(t *testing.T) {
	toml := "main = 'index.js'\n[vars]\nA = 'file'\nB = 'file'\n[env.x]\nvars = { A = 'x' }\n"
	f := func(name string, files map[string]string, env, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			files["index.js"] = ""
			if files["wrangler.toml"] == "" {
				files["wrangler.toml"] = toml
			}
			dir := write(t, files)
			p, problems := LoadWrangler(dir, env)
			if Failed(problems) {
				t.Fatal(lines(dir, problems))
			}
			var got []string
			for _, v := range p.AllVars() {
				s := v.Name + "=" + v.Text
				if v.Secret {
					s += "!"
				}
				got = append(got, s)
			}
			if g := strings.Join(got, " "); g != want {
				t.Errorf("got %s, want %s", g, want)
			}
		})
	}
	m := func(kv ...string) map[string]string {
		out := make(map[string]string)
		for i := 0; i < len(kv); i += 2 {
			out[kv[i]] = kv[i+1]
		}
		return out
	}
	t.Setenv("CLOUDFLARE_INCLUDE_PROCESS_ENV", "")
	t.Setenv("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "")
	t.Setenv("GANNET_TEST_SECRET", "process")
	f("none", m(), "", "A=file B=file")
	f(".dev.vars", m(".dev.vars", "A=dev\nC=$A"), "", "A=dev! B=file C=$A!")
	f(".dev.vars before .env", m(".dev.vars", "C=1", ".env", "A=env"), "", "A=file B=file C=1!")
	f("of an environment", m(".dev.vars", "C=1", ".dev.vars.x", "D=2"), "x", "A=x D=2!")
	f("of another environment", m(".dev.vars", "C=1", ".dev.vars.y", "D=2"), "x", "A=x C=1!")
	f(".env", m(".env", "A=1\nC=$A", ".env.local", "A=2", ".env.x", "no=1"), "", "A=2! B=file C=2!")
	f(".env of an environment", m(".env", "A=1", ".env.x", "A=2", ".env.x.local", "C=3"), "x", "A=2! C=3!")
	f("required", m("wrangler.toml", "main='index.js'\nsecrets.required=['A','GANNET_TEST_SECRET']\n", ".env", "A=1\nB=2"), "", "A=1! GANNET_TEST_SECRET=process!")
}

func TestBareDirectories(t *testing.T) {
	f := func(want string, files ...string) {
		t.Helper()
		m := make(map[string]string)
		for i := 0; i < len(files); i += 2 {
			m[files[i]] = files[i+1]
		}
		dir := write(t, m)
		p, problems := LoadWrangler(dir, "")
		if p == nil {
			if want != "" {
				t.Errorf("%v: %v, want %s", files, lines(dir, problems), want)
			}
			return
		}
		if got, _ := filepath.Rel(dir, p.Main); got != want || problems != nil {
			t.Errorf("%v: got %s, want %s; %v", files, got, want, problems)
		}
	}
	f("index.ts", "index.ts", "", "index.js", "")
	f("src/index.js", "src/index.js", "", "worker.js", "")
	f("worker.js", "worker.js", "", "README.md", "")
	f("lib/a.mjs", "package.json", `{"main": "lib/a.mjs", "module": "index.js"}`, "lib/a.mjs", "", "index.js", "")
	f("m.js", "package.json", `{"main": "dist/missing.js", "module": "m.js"}`, "m.js", "", "index.js", "")
	f("index.tsx", "package.json", `{"main": 1}`, "index.tsx", "")
	f("index.js", "package.json", "{", "index.js", "")
	f("", "README.md", "")

	dir := write(t, map[string]string{"a.js": "", ".dev.vars": "A=1"})
	p, problems := LoadWrangler(filepath.Join(dir, "a.js"), "")
	if problems != nil || p.Main != filepath.Join(dir, "a.js") || len(p.DevVars) != 1 || p.Dir != dir {
		t.Errorf("a script alone: %+v, %v", p, problems)
	}
	if _, problems := LoadWrangler(filepath.Join(dir, "none.js"), ""); !Failed(problems) {
		t.Error("a missing script is no error")
	}
}

// FuzzWrangler: no input panics, in any format, and what fails says where.
func FuzzWrangler(f *testing.F) {
	f.Add(wranglerJSONC, true, "prod")
	f.Add("main = 'x'\nenv.a.vars.b = 1\n[[routes]]\npattern = 'a/*'\n[ai]\nbinding = 1", false, "a")
	f.Add(`{"env": {"a": []}, "vars": {"a": 1, "a": {}}, "rules": {}, "assets": 1, "unsafe": {"bindings": [1]}}`, true, "")
	f.Add(`{"secrets": {"required": [1]}, "queues": [], "dev": {"port": 1.5}}`, true, "")
	f.Fuzz(func(t *testing.T, data string, isJSON bool, env string) {
		name := "/nonexistent/wrangler.toml"
		if isJSON {
			name = "/nonexistent/wrangler.jsonc"
		}
		p, problems := parseWrangler(name, []byte(data), env, true)
		if p == nil && !Failed(problems) {
			t.Fatal("neither a project nor an error")
		}
		for _, pr := range problems {
			if pr.Msg == "" || pr.Line > strings.Count(data, "\n")+1 {
				t.Fatalf("bad problem %+v", pr)
			}
		}
		if p != nil {
			for _, v := range p.Vars {
				if v.JSON != nil && !json.Valid(v.JSON) {
					t.Fatalf("the variable %s is no JSON: %s", v.Name, v.JSON)
				}
			}
		}
	})
}
