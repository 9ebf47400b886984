package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files in testdata")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs. got:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := twoWorkerFiles()
	cases := []struct {
		name  string
		files map[string]string
		code  int
	}{
		{"good", good, 0},
		{"keys", map[string]string{"gannet.toml": `data_dri = "var"
[listen]
http = ["127.0.0.1"]
htps = []
[[site]]
hosts = ["a.example"]
origin = ["ftp://x"]
[[worker]]
name = "w"
main = "missing.js"
rotues = ["a.example/*"]
limits = { cpu_ms = "many" }
`}, 1},
		{"workers", map[string]string{
			"gannet.toml": `[[worker]]
name = "syntax"
main = "syntax.ts"
routes = ["a.example/*"]
[[worker]]
name = "engine"
main = "throws.ts"
routes = ["b.example/*"]
[[worker]]
name = "package"
main = "package.js"
routes = ["c.example/*", "a.example/*"]
[[worker]]
name = "project"
dir = "project"
`,
			"syntax.ts":             "export default {\n  fetch( { }\n",
			"throws.ts":             "interface A { b: string }\nconst a: A = undefined as any;\nconst c = a.b;\nexport default { fetch() {} };\n",
			"package.js":            "import { Hono } from 'hono'\n",
			"project/wrangler.toml": "name = \"p\"\nmain = \"index.js\"\nmian = 1\ncompatibility_date = \"2026-01-01\"\nroutes = [\"d.example/*\"]\n",
			"project/index.js":      answering("ok"),
		}, 1},
		// What stands in a file for development is not for a node.
		{"secrets", map[string]string{
			"gannet.toml":           "[[worker]]\nname = \"w\"\ndir = \"project\"\nroutes = [\"a.example/*\"]\nsecrets = { ONE = { file = \"one\" } }\n",
			"one":                   "1",
			"project/wrangler.toml": "name = \"p\"\nmain = \"index.js\"\ncompatibility_date = \"2026-01-01\"\n[secrets]\nrequired = [\"ONE\", \"TWO\"]\n",
			"project/.dev.vars":     "TWO=2\n",
			"project/index.js":      answering("ok"),
		}, 1},
		{"conflicts", map[string]string{
			"gannet.toml": `[[site]]
hosts = ["a.example"]
respond = { status = 204 }
[[site]]
hosts = ["a.example"]
respond = { status = 204 }
[[worker]]
name = "one"
main = "w.js"
routes = ["a.example/*"]
[[worker]]
name = "two"
main = "w.js"
routes = ["a.example/*"]
[[worker]]
name = "three"
main = "w.js"
[tls]
cert = "none.pem"
key = "none.pem"
`,
			"w.js": answering("ok"), "none.pem": "",
		}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, project(t, c.files), "check")
			if code != c.code || stderr != "" {
				t.Errorf("got code %d and stderr %q, want %d and nothing", code, stderr, c.code)
			}
			golden(t, "check-"+c.name+".txt", stdout)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := run(t, ".", "help")
	if code != 0 || stderr != "" {
		t.Errorf("got %d %q", code, stderr)
	}
	golden(t, "help.txt", stdout)
	for _, name := range []string{"dev", "serve", "check", "reload", "version", "help"} {
		code, stdout, stderr := run(t, ".", "help", name)
		if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "Usage: gannet "+name) {
			t.Errorf("help %s: got %d %q %q", name, code, stdout, stderr)
		}
		for _, flag := range []string{"--help", "-h"} {
			if code, out, _ := run(t, ".", name, flag); code != 0 || out != stdout {
				t.Errorf("%s %s: got %d %q", name, flag, code, out)
			}
		}
		if !strings.Contains(helpOverview(t), "  "+name) {
			t.Errorf("gannet help does not name %s", name)
		}
	}
}

func helpOverview(t *testing.T) string {
	_, stdout, _ := run(t, ".", "--help")
	return stdout
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	f := func(code int, stdout, stderr string, args ...string) {
		t.Helper()
		gotCode, gotOut, gotErr := run(t, ".", args...)
		if gotCode != code || !strings.HasPrefix(gotOut, stdout) || stdout == "" && gotOut != "" || gotErr != stderr {
			t.Errorf("gannet %s: got %d %q %q, want %d %q %q", strings.Join(args, " "), gotCode, gotOut, gotErr, code, stdout, stderr)
		}
	}
	f(0, "gannet ", "", "version")
	f(0, "gannet ", "", "--version")
	f(2, "", "gannet: unknown command \"serv\" (did you mean \"serve\"?)\n", "serv")
	f(2, "", "gannet: unknown command \"frobnicate\" (see gannet help)\n", "frobnicate")
	f(2, "", "gannet: unknown command \"chekc\" (did you mean \"check\"?)\n", "help", "chekc")
	f(2, "", "gannet: unknown flag --confg (did you mean \"--config\"?)\n", "check", "--confg=x")
	f(2, "", "gannet: unexpected argument \"extra\"\n", "check", "extra")
	if code, stdout, stderr := run(t, "."); code != 2 || stdout != "" || !strings.HasPrefix(stderr, "Gannet runs") {
		t.Errorf("without a command: got %d %q %q", code, stdout, stderr)
	}
}
