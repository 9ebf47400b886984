package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

// write makes a directory with files: name to content.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines prints problems as the command does, without the directory.
func lines(dir string, problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, strings.ReplaceAll(p.Error(), dir+"/", ""))
	}
	return out
}

func wantLines(t *testing.T, got []string, want string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.TrimSpace(want); g != w {
		t.Errorf("got problems\n%s\nwant\n%s", g, w)
	}
}

const everything = `
data_dir = "state"
[admin]
listen = "localhost:9901"
[listen]
http = [":80", "[::1]:8080"]
max_body = "64MiB"
[tls]
cert = "cert.pem"
key = "key.pem"
[geo]
mmdb = "/dev/null"
[network]
allow_private = ["127.0.0.0/8", "10.1.2.3", "fd00::/8"]
hosts = { "Bucket.Example.com" = "127.0.0.1:9000", "b.example.com" = "::1" }

[[site]]
hosts = ["Shop.example.com", "*.shop.example.com"]
origin = ["http://10.0.0.1:8080", "https://10.0.0.2/base"]
cache = { enabled = false, max_object = "64MiB" }
compress = { enabled = false }
[[site]]
hosts = "static.example.com"
origin = "./public"
[[site]]
hosts = ["gone.example.com"]
respond = { status = 410, body = "gone\n", headers = { "X-A" = ["1", "2"] } }
[[site]]
hosts = ["www.example.com"]
redirect = { to = "https://example.com", status = 301, keep_path = true }

[[worker]]
name = "shop"
main = "shop.js"
routes = ["shop.example.com/*", "https://*.shop.example.com/api/*"]
vars = { GREETING = "hi", N = 1_000, F = 1.50, H = 0xff, LIST = [1, "a", { z = true, a = [] }] }
limits = { cpu_ms = 50, startup_ms = 2000, wall_ms = 1500, memory_mb = 64, subrequests = 7 }
secrets = { KEY = { env = "SHOP_KEY" }, PEM = { file = "key.pem" } }
isolation = "shared"
[[worker]]
name = "other"
dir = "other"
env = "prod"

[[route]]
pattern = ["shop.example.com/static/*"]
[[route]]
pattern = "other.example.com/*"
worker = "other"
`

func TestLoad(t *testing.T) {
	dir := write(t, map[string]string{
		"gannet.toml": everything, "cert.pem": "", "key.pem": "k\n", "shop.js": "", "public/index.html": "", "other/index.js": "",
	})
	c, problems := Load(filepath.Join(dir, "gannet.toml"))
	if problems != nil {
		t.Fatal(lines(dir, problems))
	}
	eq := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", what, got, want)
		}
	}
	eq("data_dir", c.DataDir, filepath.Join(dir, "state"))
	eq("admin", c.Admin, Admin{Listen: "127.0.0.1:9901"})
	eq("listen", c.Listen, Listen{HTTP: []string{":80", "[::1]:8080"}, MaxBody: 64 << 20})
	eq("tls", c.TLS, TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Pos: Pos{filepath.Join(dir, "gannet.toml"), 9, 8}})
	eq("geo", c.Geo, Geo{MMDB: "/dev/null", Pos: Pos{filepath.Join(dir, "gannet.toml"), 12, 8}})
	eq("allow_private", c.Network.AllowPrivate, []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.2.3/32"), netip.MustParsePrefix("fd00::/8")})
	eq("network.hosts", c.Network.Hosts, map[string]Pin{
		"bucket.example.com": {netip.MustParseAddr("127.0.0.1"), 9000}, "b.example.com": {netip.MustParseAddr("::1"), 0}})

	if len(c.Sites) != 4 || len(c.Workers) != 2 || len(c.Routes) != 2 {
		t.Fatalf("%d sites, %d workers, %d routes", len(c.Sites), len(c.Workers), len(c.Routes))
	}
	eq("hosts", c.Sites[0].Hosts, []string{"shop.example.com", "*.shop.example.com"})
	eq("origin", c.Sites[0].Origins[1].String(), "https://10.0.0.2/base")
	eq("directory", c.Sites[1].Origins, []Origin{{Dir: filepath.Join(dir, "public")}})
	eq("respond", c.Sites[2].Respond, &Respond{Status: 410, Body: "gone\n",
		Headers: []Header{{"Content-Type", "text/plain; charset=utf-8"}, {"X-A", "1"}, {"X-A", "2"}}})
	eq("redirect", c.Sites[3].Redirect, &Redirect{To: "https://example.com", Status: 301, KeepPath: true})

	w := c.Workers[0]
	eq("main", w.Main, filepath.Join(dir, "shop.js"))
	eq("routes", []string{w.Routes[0].Pattern.String(), w.Routes[1].Pattern.String()},
		[]string{"shop.example.com/*", "https://*.shop.example.com/api/*"})
	eq("route's worker", w.Routes[1].Worker, "shop")
	eq("limits", w.Limits, core.Limits{CPU: 50 * time.Millisecond, Startup: 2 * time.Second, Wall: 1500 * time.Millisecond, MemoryBytes: 64 << 20, Subrequests: 7})
	vars := map[string]string{}
	for _, v := range w.Vars {
		vars[v.Name] = v.Text + string(v.JSON)
	}
	eq("vars", vars, map[string]string{"GREETING": "hi", "N": "1000", "F": "1.50", "H": "255", "LIST": `[1,"a",{"z":true,"a":[]}]`})
	eq("order of vars", w.Vars[0].Name, "GREETING")
	eq("dir", c.Workers[1].Dir, filepath.Join(dir, "other"))
	eq("no worker", c.Routes[0].Worker, "")
	eq("named worker", c.Routes[1].Worker, "other")

	if v, err := w.Secrets[1].Read(); v != "k" || err != nil {
		t.Errorf("secret from a file: %q, %v", v, err)
	}
	t.Setenv("SHOP_KEY", "from env")
	if v, err := w.Secrets[0].Read(); v != "from env" || err != nil {
		t.Errorf("secret from the environment: %q, %v", v, err)
	}
	if got := w.String(); !strings.Contains(got, `worker "shop" (`) || !strings.Contains(got, "gannet.toml:32:3)") {
		t.Errorf("the worker is called %s", got)
	}
}

func TestLoadDefaults(t *testing.T) {
	dir := write(t, map[string]string{"gannet.toml": ""})
	c, problems := Load(filepath.Join(dir, "gannet.toml"))
	want := &Config{File: filepath.Join(dir, "gannet.toml"), DataDir: filepath.Join(dir, "var"),
		Admin: Admin{Listen: "127.0.0.1:9900"}, Listen: Listen{HTTP: []string{"127.0.0.1:8080"}}}
	if problems != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, %v", c, problems)
	}
}

// TestLoadProblems: every problem of a file is reported, in the order of the file, with
// place and suggestion.
func TestLoadProblems(t *testing.T) {
	tests := []struct{ name, toml, want string }{
		{"unknown keys", "dat_dir = 1\n[netwrok]\n[listen]\nhtp = []\n[[site]]\nhosts = [\"a.b\"]\norign = \"x\"\n", `
gannet.toml:1:1: unknown key "dat_dir"; did you mean "data_dir"?
gannet.toml:2:2: unknown key "netwrok"; did you mean "network"?
gannet.toml:4:1: unknown key "htp" in listen; did you mean "http"?
gannet.toml:7:1: unknown key "orign" in site; did you mean "origin"?`},
		{"nothing near", "xyzzy = 1\n", `gannet.toml:1:1: unknown key "xyzzy"`},
		{"types", "data_dir = 1\nadmin = []\nsite = {}\n[listen]\nhttp = [1, \"x\", \":99999\", \"example.com:80\", \"::1:80\"]\n", `
gannet.toml:1:12: data_dir must be a string, not an integer
gannet.toml:2:1: admin must be a table, not an array
gannet.toml:3:8: site must be an array, not a table
gannet.toml:5:9: listen.http must hold strings, not an integer
gannet.toml:5:12: listen.http: "x" is no address to listen on: it needs a port, such as "127.0.0.1:8080"
gannet.toml:5:17: listen.http: ":99999" is no address to listen on: the port must be a number up to 65535
gannet.toml:5:27: listen.http: "example.com:80" is no address to listen on: the host must be an IP address, or nothing for all of them
gannet.toml:5:45: listen.http: "::1:80" is no address to listen on: an IPv6 address goes in brackets`},
		{"syntax", "[admin]\nlisten = \n", "gannet.toml:2:10: unexpected character U+000A at start of value"},
		{"a table twice", "[admin]\n[admin]\n", "gannet.toml:2:2: table admin already exists"},
		{"a key twice", "data_dir = 'a'\ndata_dir = 'b'\n", "gannet.toml:2:1: key data_dir is already defined"},
		{"a port twice", "[admin]\nlisten = \"127.0.0.1:80\"\n[listen]\nhttp = [\"127.0.0.1:80\", \"127.0.0.1:0\", \"127.0.0.1:0\"]\n",
			"gannet.toml:4:9: listen.http: 127.0.0.1:80 is taken already, at gannet.toml:2:10"},
		{"no listener", "[listen]\nhttp = []\n", `gannet.toml:1:2: listen names no address, such as http = ["127.0.0.1:8080"]`},
		{"not yet", "[listen]\nhttps = [\":443\"]\n[tls.acme]\nemail = 'x'\n[[site]]\nhosts = ['a.b']\ncache = { enabled = true }\ncompress = { enabled = true }\n[[worker]]\nname = 'w'\nmain = 'gannet.toml'\nisolation = 'request'\n", `
gannet.toml:2:1: listen.https needs a certificate: [tls] with cert and key
gannet.toml:3:6: warning: not yet in effect: tls.acme
gannet.toml:7:11: warning: not yet in effect: site.cache.enabled
gannet.toml:8:14: warning: not yet in effect: site.compress.enabled
gannet.toml:12:1: warning: not yet in effect: worker.isolation = "request"`},
		{"files", "[tls]\ncert = 'no.pem'\n[geo]\nmmdb = '.'\n[[site]]\nhosts = ['a']\norigin = ['./no', 'gannet.toml', 'ftp://a', 'http://', 'http://u@a', 'http://a/?q']\n", `
gannet.toml:1:2: tls needs both cert and key
gannet.toml:2:8: tls.cert: "no.pem": no such file or directory
gannet.toml:4:8: geo.mmdb: "." is a directory
gannet.toml:7:11: site.origin: "./no": no such file or directory
gannet.toml:7:11: site.origin: a directory stands alone, not in a list with other origins
gannet.toml:7:19: site.origin: "gannet.toml" is not a directory
gannet.toml:7:19: site.origin: a directory stands alone, not in a list with other origins
gannet.toml:7:34: site.origin: "ftp://a": an origin is an http or https URL, or a directory
gannet.toml:7:45: site.origin: "http://": the URL has no host
gannet.toml:7:56: site.origin: "http://u@a": an origin's URL carries no user name
gannet.toml:7:70: site.origin: "http://a/?q": an origin's URL has no query and no fragment`},
		{"sites", "[[site]]\norigin = 'http://a'\nrespond = {}\n[[site]]\nhosts = ['a:1', 'a', 'A.', '*', 'x y']\nredirect = { status = 305, to = '/x' }\n[[site]]\nhosts = []\nredirect = {}\n[[site]]\nhosts = 'b'\nrespond = { status = 99, content_type = \"a\\nb\", headers = { 'a b' = 'x', Connection = 'x' } }\n", `
gannet.toml:1:3: site has no hosts
gannet.toml:1:3: site has origin and respond: one of them can answer
gannet.toml:5:10: site.hosts: "a:1": a host has no port here: every port matches
gannet.toml:5:22: site.hosts: "A." is named twice
gannet.toml:5:28: site.hosts: "*": * may stand only at the start of the host and at the end of the path
gannet.toml:5:33: site.hosts: "x y": not a host name
gannet.toml:6:23: site.redirect.status must be 301, 302, 303, 307 or 308
gannet.toml:6:33: site.redirect.to: "/x" is no absolute URL
gannet.toml:8:1: site.hosts is empty
gannet.toml:9:1: site.redirect has no to
gannet.toml:12:22: site.respond.status must be between 200 and 599
gannet.toml:12:41: site.respond.content_type: "a\nb" cannot stand in a field
gannet.toml:12:61: site.respond.headers: "a b" is no field name
gannet.toml:12:74: site.respond.headers: Connection is set by the server`},
		{"workers", "[[worker]]\nmain = 'gannet.toml'\ndir = '.'\n[[worker]]\nname = 'a b'\nlimits = { cpu_ms = 0, cpu = 1 }\nisolation = 'requst'\n[[worker]]\nname = 'w'\nmain = 'gannet.toml'\nvars = { A = 'x', B = inf }\nsecrets = { A = { env = 'A' }, C = 'plain', D = { env = 'x', file = 'y' }, E = {} }\n[[worker]]\nname = 'w'\nmain = 'gannet.toml'\nenv = 'x'\n", `
gannet.toml:1:3: worker has no name
gannet.toml:3:1: worker "" has main and dir: one of them names the script
gannet.toml:4:3: worker "a b" has neither main nor dir, so it has no script
gannet.toml:5:8: worker.name: "a b" may have letters, digits, - and _ only, and 63 of them
gannet.toml:6:21: worker.limits.cpu_ms must be between 1 and 315360000000
gannet.toml:6:24: unknown key "cpu" in worker.limits; did you mean "cpu_ms"?
gannet.toml:7:13: worker.isolation must be "shared" or "request", not "requst"; did you mean "request"?
gannet.toml:11:23: worker.vars.B: inf has no form in JSON
gannet.toml:12:13: "A" is a secret and a variable of worker "w"
gannet.toml:12:36: worker.secrets.C must be { env = "…" } or { file = "…" }: no secret stands in this file
gannet.toml:12:45: worker.secrets.D must have one of env and file
gannet.toml:12:76: worker.secrets.E must have one of env and file
gannet.toml:13:3: worker "w" has env, which is a part of the wrangler file in dir
gannet.toml:13:3: worker "w" is defined twice, first at gannet.toml:8:3`},
		{"routes", "[[route]]\npattern = ['a.com', 'a.com:80/*', 'é.com/?']\nworker = 'sohp'\n[[route]]\n[[worker]]\nname = 'shop'\nmain = 'gannet.toml'\n", `
gannet.toml:2:12: warning: route "a.com" matches the path / alone; write "a.com/*" for all of it
gannet.toml:2:12: there is no worker "sohp"; did you mean "shop"?
gannet.toml:2:22: route "a.com:80/*": a host has no port here: every port matches
gannet.toml:2:35: route "é.com/?": a route has no query and no fragment; a trailing * covers any query
gannet.toml:4:3: route has no pattern`},
		{"network", "[network]\nallow_private = ['10.0.0.1/8', 'x']\nhosts = { 'a:1' = '1.2.3.4', b = 'c.com', d = 'localhost:1' }\n", `
gannet.toml:2:18: network.allow_private: "10.0.0.1/8" has bits set beyond its length: write 10.0.0.0/8
gannet.toml:2:32: network.allow_private: "x" is no network: write it as 10.0.0.0/8 or 10.1.2.3
gannet.toml:3:11: network.hosts: "a:1": a host has no port here: every port matches
gannet.toml:3:30: network.hosts: "c.com" is not an IP address with or without a port`},
		{"too deep", "a" + strings.Repeat(".a", 300) + " = 1\n", "gannet.toml:1:601: values nest deeper than 200 levels"},
		{"too deep in arrays", "a = " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "\n", "gannet.toml:1:1: values nest deeper than 200 levels"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"gannet.toml": tt.toml})
			_, problems := Load(filepath.Join(dir, "gannet.toml"))
			wantLines(t, lines(dir, problems), tt.want)
			if !slices.IsSortedFunc(problems, func(a, b Problem) int { return a.Line - b.Line }) {
				t.Error("the problems are not in the order of the file")
			}
		})
	}
	_, problems := Load("/nonexistent/gannet.toml")
	wantLines(t, lines("/x", problems), "/nonexistent/gannet.toml: cannot open: no such file or directory")
}

func TestParseSize(t *testing.T) {
	f := func(in string, want int64) {
		t.Helper()
		got, err := ParseSize(in)
		if err != nil && want >= 0 || err == nil && got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	f("64MiB", 64<<20)
	f("1.5 GB", 1_500_000_000)
	f("4096", 4096)
	f("10k", 10<<10)
	f("1tib", 1<<40)
	f("", -1)
	f("MiB", -1)
	f("-1", -1)
	f("1 parsec", -1)
	f("99999999999TiB", -1)
}

// FuzzLoad: no input panics, and what fails says where.
func FuzzLoad(f *testing.F) {
	f.Add(everything)
	f.Add("[[site]]\n[site.x]\n[[site.x.y]]\n")
	f.Add("a.b.c = {d.e = [[1,],]}\n[a]\n")
	f.Add("a = 1979-05-27T07:32:00Z\nb = '''x\n'''\n\"\" = inf")
	f.Add("\ufeff[worker]\n[[worker]]")
	f.Fuzz(func(t *testing.T, data string) {
		c, problems := Parse("gannet.toml", []byte(data))
		if c == nil && !Failed(problems) {
			t.Fatalf("%q gives neither a configuration nor an error", data)
		}
		for _, p := range problems {
			if p.File != "gannet.toml" || p.Msg == "" || p.Line < 0 || p.Line > strings.Count(data, "\n")+1 || strings.Contains(p.Error(), "\n") {
				t.Fatalf("%q: bad problem %+v", data, p)
			}
		}
	})
}
