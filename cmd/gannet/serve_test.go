package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
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

// node is a running gannet serve.
type node struct {
	*process
	dir, url, admin string
}

// serve writes files, of which gannet.toml gets the tables that say where to listen in
// front, and serves them.
func serve(t *testing.T, files map[string]string) *node {
	t.Helper()
	n := &node{url: "http://" + freeAddr(t), admin: "http://" + freeAddr(t)}
	n.dir = project(t, files)
	n.configure(t, files["gannet.toml"])
	n.process = start(t, n.dir, "serve", "-c", "gannet.toml")
	n.ready(t)
	return n
}

func (n *node) configure(t *testing.T, rest string) {
	t.Helper()
	write(t, filepath.Join(n.dir, "gannet.toml"), fmt.Sprintf("[listen]\nhttp = [%q]\n[admin]\nlisten = %q\n%s",
		strings.TrimPrefix(n.url, "http://"), strings.TrimPrefix(n.admin, "http://"), rest))
}

func (n *node) ready(t *testing.T) {
	t.Helper()
	eventually(t, "the node is ready", func() bool {
		select {
		case <-n.done:
			t.Fatalf("gannet serve ended:\n%s", n.log())
		default:
		}
		status, _, err := get(n.admin + "/readyz")
		return err == nil && status == 200
	})
}

const twoWorkers = `
[[worker]]
name = "counter"
main = "counter.js"
routes = ["count.example/*"]
[[worker]]
name = "shop"
main = "shop.js"
routes = ["*.shop.example/*"]
vars = { GREETING = "hi" }
secrets = { KEY = { file = "key" } }
limits = { cpu_ms = 100 }
[[site]]
hosts = ["www.shop.example"]
origin = ["public"]
[[site]]
hosts = ["fixed.example"]
respond = { status = 201, body = "fixed" }
[[site]]
hosts = ["old.example"]
redirect = { to = "https://new.example", status = 301, keep_path = true }
[[route]]
pattern = "www.shop.example/raw/*"
`

func twoWorkerFiles() map[string]string {
	return map[string]string{
		"gannet.toml": twoWorkers,
		"key":         "k1\n",
		"counter.js":  `let n = 0; export default { fetch() { return new Response(String(++n)) } }`,
		"shop.js": `export default { async fetch(r, env) {
  const { pathname } = new URL(r.url);
  if (pathname === "/loop") for (;;);
  if (pathname === "/throw") throw new Error("secret reason");
  if (pathname === "/admin") { try { const a = await fetch(env.ADMIN ?? "http://127.0.0.1:1/"); return a } catch (e) { return new Response(e.message, { status: 599 }) } }
  if (pathname === "/hello") return new Response(env.GREETING + " " + env.KEY);
  return fetch(r);
} }`,
		"public/a.txt":     "a",
		"public/raw/b.txt": "b",
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	n := serve(t, twoWorkerFiles())
	shop := []string{"Host", "www.shop.example"}
	want(t, n.url+"/", 200, "1", "Host", "count.example:8080")
	want(t, n.url+"/hello", 200, "hi k1", shop...)
	want(t, n.url+"/a.txt", 200, "a", shop...)
	want(t, n.url+"/raw/b.txt", 200, "b", shop...)
	want(t, n.url+"/", 201, "fixed", "Host", "fixed.example")
	want(t, n.url+"/x", 301, "", "Host", "old.example")
	want(t, n.url+"/", 404, "*", "Host", "unknown.example")

	status, body, err := get(n.url+"/throw", "Host", "www.shop.example", "Accept", "text/html")
	if err != nil || status != 500 || strings.Contains(body, "secret reason") || strings.Contains(body, "shop.js") {
		t.Errorf("a throwing worker: got %d %q %v; want 500 that tells nothing", status, body, err)
	}
	n.logged("secret reason", 1)
	n.logged("shop.js:4:", 1)
	wantPart(t, n.url+"/loop", 503, shop, "1102")
	n.logged("limits.cpu_ms in gannet.toml", 1)

	eventually(t, "the request is counted, which comes after its response", func() bool {
		_, m, _ := get(n.admin + "/metrics")
		return strings.Contains(m, "gannet_requests_total{worker=\"shop\",outcome=\"cpu\"} 1\n")
	})
	wantPart(t, n.admin+"/metrics", 200, nil,
		`gannet_requests_total{worker="shop",outcome="ok"}`, `gannet_requests_total{worker="shop",outcome="cpu"} 1`,
		`gannet_request_duration_seconds_bucket{worker="counter"`, `gannet_cold_starts_total{worker="shop"}`, `gannet_isolates{worker="counter"} 1`,
		`gannet_worker_cpu_seconds_total{worker="shop"}`, "process_resident_memory_bytes", "go_goroutines", "gannet_connections_open")
	want(t, n.admin+"/healthz", 200, "ok\n")
	wantPart(t, n.admin+"/debug/pprof/goroutine?debug=1", 200, nil, "goroutine profile")
	want(t, n.admin+"/healthz", 421, "*", "Host", "rebound.example")
}

func TestServeGuardsWhereFetchGoes(t *testing.T) {
	t.Parallel()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) }))
	defer origin.Close()
	n := &node{url: "http://" + freeAddr(t), admin: "http://" + freeAddr(t)}
	n.dir = project(t, map[string]string{"w.js": `export default { async fetch(r) {
  try { return await fetch(new URL(r.url).searchParams.get("u")) } catch (e) { return new Response(e.message, { status: 599 }) }
} }`})
	const worker = "[[worker]]\nname = \"w\"\nmain = \"w.js\"\nroutes = [\"w.example/*\"]\n"
	n.configure(t, worker)
	n.process = start(t, n.dir, "serve", "-c", "gannet.toml")
	n.ready(t)
	ask := func(url string) string { return n.url + "/?u=" + url }
	host := []string{"Host", "w.example"}
	wantPart(t, ask(origin.URL), 599, host, "not allowed")
	// Allowed now, but the admin listener never is.
	n.configure(t, "[network]\nallow_private = [\"127.0.0.0/8\"]\nhosts = { \"pinned.example\" = \""+strings.TrimPrefix(origin.URL, "http://")+"\" }\n"+worker)
	n.signal(syscall.SIGHUP)
	n.logged("configuration in force", 1)
	eventually(t, "the new policy is in force", func() bool { s, _, err := get(ask(origin.URL), host...); return err == nil && s == 200 })
	want(t, ask("http://pinned.example"), 200, "pinned.example", host...)
	wantPart(t, ask(n.admin+"/metrics"), 599, host, "not allowed")
	port := n.admin[strings.LastIndex(n.admin, ":"):]
	wantPart(t, ask("http://127.1"+port+"/metrics"), 599, host, "not allowed")
	wantPart(t, ask("http://[::ffff:127.0.0.1]"+port+"/metrics"), 599, host, "not allowed")
}

func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	n := serve(t, twoWorkerFiles())
	shop := []string{"Host", "www.shop.example"}
	stop := load(n.url+"/hello", shop...)
	stopFiles := load(n.url+"/a.txt", shop...)
	for i := range 6 {
		greeting := fmt.Sprint("hello-", i)
		write(t, filepath.Join(n.dir, "key"), fmt.Sprint("k", i))
		n.configure(t, strings.Replace(twoWorkers, `"hi"`, fmt.Sprintf("%q", greeting), 1))
		if i%2 == 0 {
			n.signal(syscall.SIGHUP)
		} else if code, stdout, stderr := run(t, n.dir, "reload", "-c", "gannet.toml"); code != 0 || !strings.Contains(stdout, "2 workers (1 new)") {
			t.Fatalf("gannet reload: %d %q %q", code, stdout, stderr)
		}
		serves(t, n.url+"/hello", fmt.Sprintf("%s k%d", greeting, i), shop...)
		// The worker that did not change was not started anew: it still counts on.
		want(t, n.url+"/", 200, fmt.Sprint(i+1), "Host", "count.example")
	}
	wantNoneLost(t, stop)
	wantNoneLost(t, stopFiles)
	// Old versions are gone, and what they did still counts.
	eventually(t, "old versions have retired", func() bool {
		_, m, _ := get(n.admin + "/metrics")
		return strings.Contains(m, "gannet_isolates{worker=\"shop\"} 1\n") && strings.Contains(m, "gannet_cold_starts_total{worker=\"shop\"} 7\n")
	})
}

func TestBadFileKeepsTheOldPlan(t *testing.T) {
	t.Parallel()
	n := serve(t, twoWorkerFiles())
	shop := []string{"Host", "www.shop.example"}
	want(t, n.url+"/hello", 200, "hi k1", shop...)
	good, err := os.ReadFile(filepath.Join(n.dir, "shop.js"))
	if err != nil {
		t.Fatal(err)
	}
	bad := []struct{ name, toml, script, part string }{
		{"unknown key", strings.Replace(twoWorkers, "routes = [\"count", "rotues = [\"count", 1), string(good), `did you mean "routes"?`},
		{"two claims on one route", strings.Replace(twoWorkers, "*.shop.example/*", "count.example/*", 1), string(good), "count.example/*"},
		{"syntax error in a worker", twoWorkers, "export default {", "shop.js:1:"},
		{"a worker that throws at the top", twoWorkers, "throw new Error('at the top')", "at the top"},
		{"a secret that is not there", strings.Replace(twoWorkers, `file = "key"`, `env = "GANNET_TEST_ABSENT"`, 1), string(good), "GANNET_TEST_ABSENT"},
	}
	for _, b := range bad {
		t.Run(b.name, func(t *testing.T) {
			write(t, filepath.Join(n.dir, "shop.js"), b.script)
			n.configure(t, b.toml)
			code, stdout, stderr := run(t, n.dir, "reload", "-c", "gannet.toml")
			if code != 1 || stdout != "" || !strings.Contains(stderr, b.part) {
				t.Errorf("gannet reload: got %d %q %q, want 1 and %q", code, stdout, stderr, b.part)
			}
			want(t, n.url+"/hello", 200, "hi k1", shop...)
		})
	}
	before := strings.Count(n.log(), "reload failed")
	n.signal(syscall.SIGHUP)
	n.logged("reload failed", before+1)
	n.logged("GANNET_TEST_ABSENT", 1)
	want(t, n.url+"/hello", 200, "hi k1", shop...)
	// Mended, it goes on where it was.
	n.configure(t, strings.Replace(twoWorkers, `"hi"`, `"again"`, 1))
	n.signal(syscall.SIGHUP)
	serves(t, n.url+"/hello", "again k1", shop...)
	want(t, n.url+"/", 200, "1", "Host", "count.example")
}

func TestRequestContentIsBounded(t *testing.T) {
	t.Parallel()
	n := serve(t, map[string]string{"gannet.toml": "[[worker]]\nname = 'w'\nmain = 'w.js'\nroutes = ['*/*']\n",
		"w.js": "export default { fetch: async (r) => new Response(String((await r.text()).length)) }"})
	file := filepath.Join(n.dir, "gannet.toml")
	unbounded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	post := func(size int) int {
		t.Helper()
		resp, err := client.Post(n.url, "text/plain", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := post(20); got != 200 {
		t.Fatalf("without a bound: got %d", got)
	}
	write(t, file, strings.Replace(string(unbounded), "[listen]", "[listen]\nmax_body = 10", 1))
	n.signal(syscall.SIGHUP)
	eventually(t, "11 bytes are too many", func() bool { return post(11) == 413 })
	if got := post(10); got != 200 {
		t.Errorf("10 bytes: got %d, want 200", got)
	}
	write(t, file, string(unbounded))
	n.signal(syscall.SIGHUP)
	eventually(t, "the bound is gone", func() bool { return post(20) == 200 })
}

func TestReloadMovesListeners(t *testing.T) {
	t.Parallel()
	n := serve(t, twoWorkerFiles())
	old := *n
	n.url, n.admin = "http://"+freeAddr(t), "http://"+freeAddr(t)
	n.configure(t, twoWorkers)
	n.signal(syscall.SIGHUP)
	serves(t, n.url+"/", "fixed", "Host", "fixed.example")
	want(t, n.admin+"/healthz", 200, "ok\n")
	eventually(t, "the old addresses are closed", func() bool {
		for _, u := range []string{old.url, old.admin} {
			if c, err := net.Dial("tcp", strings.TrimPrefix(u, "http://")); err == nil {
				c.Close()
				return false
			}
		}
		return true
	})
	// A listener that cannot be had leaves everything as it is.
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	moved := *n
	moved.url = "http://" + taken.Addr().String()
	moved.configure(t, twoWorkers)
	if code, _, stderr := run(t, n.dir, "reload"); code != 1 || !strings.Contains(stderr, "in use") {
		t.Errorf("got %d %q", code, stderr)
	}
	want(t, n.url+"/", 201, "fixed", "Host", "fixed.example")
}

// slowOrigin is an origin whose answers wait for release.
func slowOrigin(t *testing.T) (url string, arrived <-chan struct{}, release func()) {
	t.Helper()
	in, out := make(chan struct{}, 8), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in <- struct{}{}
		select {
		case <-out:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "slow but whole")
	}))
	var released bool
	release = func() {
		if !released {
			released = true
			close(out)
		}
	}
	t.Cleanup(func() { release(); s.Close() })
	return s.URL, in, release
}

func slowNode(t *testing.T, origin string) *node {
	return serve(t, map[string]string{
		"w.js":        `export default { async fetch(r) { const a = await fetch(r); return new Response("<" + await a.text() + ">") } }`,
		"gannet.toml": "[[site]]\nhosts = [\"w.example\"]\norigin = [\"" + origin + "\"]\n[[worker]]\nname = \"w\"\nmain = \"w.js\"\nroutes = [\"w.example/*\"]\n",
	})
}

func TestTermDrains(t *testing.T) {
	t.Parallel()
	origin, arrived, release := slowOrigin(t)
	n := slowNode(t, origin)
	type answer struct {
		status int
		body   string
		err    error
	}
	got := make(chan answer, 1)
	go func() {
		status, body, err := get(n.url+"/", "Host", "w.example")
		got <- answer{status, body, err}
	}()
	<-arrived
	n.signal(syscall.SIGTERM)
	eventually(t, "/readyz says that it drains", func() bool {
		status, _, err := get(n.admin + "/readyz")
		return err == nil && status == 503
	})
	eventually(t, "new connections are refused", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(n.url, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case a := <-got:
		t.Fatalf("the request ended before its origin answered: %+v", a)
	case <-n.done:
		t.Fatal("the process ended with a request in flight")
	default:
	}
	release()
	if a := <-got; a.err != nil || a.status != 200 || a.body != "<slow but whole>" {
		t.Errorf("the request in flight: %+v", a)
	}
	if code := n.ended(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// TestTermWaitsForWaitUntil: work that goes on after the response counts as in flight.
func TestTermWaitsForWaitUntil(t *testing.T) {
	t.Parallel()
	origin, arrived, release := slowOrigin(t)
	n := serve(t, map[string]string{
		"w.js": `export default { fetch(r, env, ctx) {
  ctx.waitUntil(fetch(r).then(a => a.text()).then(text => { if (text !== "slow but whole") throw new Error("got " + text) }));
  return new Response("at once");
} }`,
		"gannet.toml": "[[site]]\nhosts = [\"w.example\"]\norigin = [\"" + origin + "\"]\n[[worker]]\nname = \"w\"\nmain = \"w.js\"\nroutes = [\"w.example/*\"]\n",
	})
	want(t, n.url+"/", 200, "at once", "Host", "w.example")
	<-arrived
	n.signal(syscall.SIGTERM)
	eventually(t, "/readyz says that it drains", func() bool {
		status, _, err := get(n.admin + "/readyz")
		return err == nil && status == 503
	})
	select {
	case <-n.done:
		t.Fatal("the process ended before waitUntil was settled")
	default:
	}
	release()
	if code := n.ended(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	for _, bad := range []string{"cut", "got ", "Uncaught"} {
		if strings.Contains(n.log(), bad) {
			t.Errorf("the log has %q", bad)
		}
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	origin, arrived, _ := slowOrigin(t)
	n := slowNode(t, origin)
	lost := make(chan error, 1)
	go func() { _, _, err := get(n.url+"/", "Host", "w.example"); lost <- err }()
	<-arrived
	n.signal(syscall.SIGINT)
	n.logged("draining", 1)
	n.signal(syscall.SIGTERM)
	if code := n.ended(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if err := <-lost; err == nil {
		t.Error("the request was answered?")
	}
}

// certificate writes a self-signed certificate of a name, and its key.
func certificate(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
}

func TestCertificatesAreSwapped(t *testing.T) {
	t.Parallel()
	files := twoWorkerFiles()
	addr := freeAddr(t)
	n := &node{url: "http://" + freeAddr(t), admin: "http://" + freeAddr(t), dir: project(t, files)}
	certificate(t, n.dir, "one.example")
	n.configure(t, "[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"\n"+twoWorkers)
	text, err := os.ReadFile(filepath.Join(n.dir, "gannet.toml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(n.dir, "gannet.toml"), strings.Replace(string(text), "[listen]\n", fmt.Sprintf("[listen]\nhttps = [%q]\n", addr), 1))
	n.process = start(t, n.dir, "serve")
	n.ready(t)

	dial := func() *tls.Conn {
		t.Helper()
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask := func(c *tls.Conn) string {
		t.Helper()
		_ = c.SetDeadline(time.Now().Add(late))
		if _, err := io.WriteString(c, "GET /hello HTTP/1.1\r\nHost: www.shop.example\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		read := ""
		for !strings.Contains(read, "hi k1") {
			m, err := c.Read(b)
			if err != nil {
				t.Fatalf("after %q: %v", read, err)
			}
			read += string(b[:m])
		}
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	first := dial()
	defer first.Close()
	if name := ask(first); name != "one.example" {
		t.Errorf("got the certificate of %s", name)
	}
	certificate(t, n.dir, "two.example")
	n.signal(syscall.SIGHUP)
	n.logged("configuration in force", 1)
	eventually(t, "the new certificate is used", func() bool {
		c := dial()
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName == "two.example"
	})
	if name := ask(first); name != "one.example" { // the connection lives on
		t.Errorf("got the certificate of %s", name)
	}
	// A key that does not fit changes nothing.
	write(t, filepath.Join(n.dir, "key.pem"), "no key")
	n.signal(syscall.SIGHUP)
	n.logged("reload failed", 1)
	second := dial()
	defer second.Close()
	if name := ask(second); name != "two.example" {
		t.Errorf("got the certificate of %s", name)
	}
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // after the subtests, which run in parallel
	admin := "[admin]\nlisten = \"127.0.0.1:0\"\n"
	worker := "[[worker]]\nname = \"w\"\nmain = \"w.js\"\nroutes = [\"w.example/*\"]\n"
	cases := []struct{ name, toml, script, part string }{
		{"a port in use", "[listen]\nhttp = [\"" + taken.Addr().String() + "\"]\n" + admin, "", "in use"},
		{"an admin port in use", "[listen]\nhttp = [\"127.0.0.1:0\"]\n[admin]\nlisten = \"" + taken.Addr().String() + "\"\n", "", "admin.listen"},
		{"a syntax error in the file", "[listen\n", "", "gannet.toml:1:"},
		{"a syntax error in a worker", admin + worker, "let 1", "w.js:1:5: error:"},
		{"a script that is not there", admin + worker, "", "w.js"},
		{"a package that is not there", admin + worker, "import 'nowhere'", "npm install nowhere"},
		{"a worker that loops at the top", admin + worker, "for (;;);", "startup"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"gannet.toml": c.toml}
			if c.script != "" {
				files["w.js"] = c.script
			}
			code, stdout, stderr := run(t, project(t, files), "serve")
			if code != 1 || stdout != "" || !strings.Contains(stderr, c.part) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("got %d %q %q, want 1 and one line with %q", code, stdout, stderr, c.part)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		t.Parallel()
		code, _, stderr := run(t, t.TempDir(), "serve", "-c", "nope.toml")
		if code != 1 || !strings.Contains(stderr, "nope.toml") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("got %d %q", code, stderr)
		}
	})
	t.Run("reload with nobody there", func(t *testing.T) {
		t.Parallel()
		dir := project(t, map[string]string{"gannet.toml": "[admin]\nlisten = \"" + freeAddr(t) + "\"\n"})
		code, _, stderr := run(t, dir, "reload")
		if code != 1 || !strings.Contains(stderr, "no gannet serve answers") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("got %d %q", code, stderr)
		}
	})
}
