package examples

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nginx serves dir on a port the kernel picks and ends with the test. It returns host:port.
func nginx(t *testing.T, name, dir string) string {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil { // Debian's place is not in everybody's PATH
		path = "/usr/sbin/nginx"
		need(t, path, "apt-get install nginx")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	prefix := t.TempDir()
	// nginx cannot be asked for port 0, so a port is picked here and, if somebody was
	// faster, another one.
	var out bytes.Buffer
	for range 5 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		conf := filepath.Join(prefix, "nginx.conf")
		if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, addr, root, name), 0o600); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		cmd := exec.Command(path, "-p", prefix, "-c", conf, "-e", "stderr")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Stderr = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = cmd.Wait()
		}()
		if answers(addr, ended) {
			t.Cleanup(func() {
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				<-ended
			})
			return addr
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	t.Fatalf("nginx does not start:\n%s", out.String())
	return ""
}

// nginxConf takes address, root and name. One process and no master: it runs as whoever
// runs the test, so it can read what the test can.
const nginxConf = `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	types { text/html html; text/css css; image/svg+xml svg; image/png png; }
	server {
		listen %s;
		root %q;
		add_header X-Origin %s always;
		add_header X-Host $http_host always;
	}
}
`

// answers waits until addr accepts a connection, or the server ended or took too long.
func answers(addr string, ended <-chan struct{}) bool {
	deadline := time.NewTimer(startLimit)
	defer deadline.Stop()
	retry := time.NewTicker(10 * time.Millisecond) // nginx tells nobody when it is ready
	defer retry.Stop()
	for {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-deadline.C:
			return false
		case <-retry.C:
		}
	}
}

func siteFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("seed/site", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSeedBetweenClientAndNginx(t *testing.T) {
	t.Parallel()
	site := nginx(t, "site", "seed/site")
	bucket := nginx(t, "bucket", "seed/site")
	e := dev(t, "--country", "DE", "--origin", "http://"+site, "--map", "bucket.example="+bucket, "seed")

	t.Run("the root redirects by country", func(t *testing.T) {
		for _, method := range []string{"GET", "HEAD"} {
			r := e.do(method, "/", "")
			r.want(t, 302, "")
			r.wantField(t, "Location", "/DE/")
			r.wantField(t, "X-Origin", "")
		}
		// The client cannot choose: the edge knows the country.
		e.get("/", "CF-IPCountry", "US").wantField(t, "Location", "/DE/")
		e.get("/?utm_source=x").wantField(t, "Location", "/DE/")
	})
	t.Run("pages come from the origin", func(t *testing.T) {
		for target, file := range map[string]string{
			"/DE/": "DE/index.html", "/JP/index.html": "JP/index.html", "/about.html": "about.html", "/style.css": "style.css",
		} {
			r := e.get(target, "Referer", "http://elsewhere.example/")
			r.want(t, 200, siteFile(t, file))
			r.wantField(t, "X-Origin", "site")
		}
		e.get("/none.html").want(t, 404, "*")
		r := e.do("HEAD", "/DE/", "")
		r.want(t, 200, "")
		r.wantField(t, "Content-Length", fmt.Sprint(len(siteFile(t, "DE/index.html"))))
	})
	t.Run("images come from the bucket", func(t *testing.T) {
		for _, file := range []string{"images/gannet.svg", "images/colony.svg", "images/favicon.png"} {
			r := e.get("/" + file)
			r.want(t, 200, siteFile(t, file))
			r.wantField(t, "X-Origin", "bucket")
			r.wantField(t, "X-Host", "bucket.example")
		}
		e.get("/images/none.png").want(t, 404, "*")
	})
	t.Run("conditional and range requests reach the origins", func(t *testing.T) {
		first := e.get("/images/favicon.png")
		e.get("/images/favicon.png", "If-None-Match", first.Header.Get("ETag")).want(t, 304, "")
		part := e.get("/images/favicon.png", "Range", "bytes=1-3")
		part.want(t, 206, "PNG")
		part.wantField(t, "Content-Range", fmt.Sprintf("bytes 1-3/%d", len(siteFile(t, "images/favicon.png"))))
	})
	t.Run("referers", func(t *testing.T) { testReferers(t, e) })
}

func testReferers(t *testing.T, e *edge) {
	const www = "www.seed.example" // a request's host need not be the address
	_, port, _ := net.SplitHostPort(e.host)
	long := strings.Repeat("x", 6000)
	for _, c := range []struct {
		name, referer string
		allowed       bool
	}{
		{"empty", "", true},
		{"same host", "http://www.seed.example/DE/", true},
		{"same host and port", "http://www.seed.example:" + port + "/", true},
		{"other port", "http://www.seed.example:9/", true},
		{"https", "https://www.seed.example/", true},
		{"upper case", "HTTP://WWW.SEED.EXAMPLE/DE/", true},
		{"path and query", "http://www.seed.example/a/b?c=http://evil.example/#d", true},
		{"own host with userinfo", "http://evil.example@www.seed.example/", true},
		{"long", "http://www.seed.example/" + long, true},
		{"other host", "http://evil.example/", false},
		{"other host over https", "https://evil.example/page", false},
		{"subdomain", "http://sub.www.seed.example/", false},
		{"parent domain", "http://seed.example/", false},
		{"host as prefix", "http://www.seed.example.evil.example/", false},
		{"host as suffix", "http://evilwww.seed.example/", false},
		{"host in the path", "http://evil.example/www.seed.example/", false},
		{"host in the query", "http://evil.example/?http://www.seed.example/", false},
		{"host in the fragment", "http://evil.example/#http://www.seed.example/", false},
		{"host as userinfo", "http://www.seed.example@evil.example/", false},
		{"host as userinfo and password", "http://www.seed.example:80@evil.example/", false},
		{"backslash before userinfo", `http://evil.example\@www.seed.example/`, false},
		{"IPv4", "http://192.0.2.7/", false},
		{"IPv4 as a number", "http://3221225991/", false},
		{"IPv6", "http://[2001:db8::1]/", false},
		{"long, other host", "http://evil.example/" + long, false},
		{"trailing dot", "http://www.seed.example./", false},
		{"no URL", "nonsense", false},
		{"only a host", "www.seed.example", false},
		{"relative", "/DE/", false},
		{"scheme without host", "http://", false},
		{"no host in the scheme", "data:text/html,hello", false},
		{"about:blank", "about:blank", false},
		{"bad port", "http://www.seed.example:99999/", false},
		{"bad escape in host", "http://www.seed%zz.example/", false},
		{"lone bracket", "http://[/", false},
		{"not ASCII", "http://www.seed.ex\xc3\xa4mple/", false},
		{"broken UTF-8", "http://\xff\xfe/", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := e.get("/images/gannet.svg", "Host", www, "Referer", c.referer)
			if c.allowed {
				r.want(t, 200, siteFile(t, "images/gannet.svg"))
				r.wantField(t, "X-Origin", "bucket")
				return
			}
			r.want(t, 403, "Hotlinking not allowed.")
			r.wantField(t, "X-Origin", "")
		})
	}
	t.Run("absent", func(t *testing.T) {
		e.get("/images/gannet.svg", "Host", www).want(t, 200, siteFile(t, "images/gannet.svg"))
	})
	t.Run("the edge's own address", func(t *testing.T) {
		e.get("/images/gannet.svg", "Referer", e.url+"/DE/").want(t, 200, "*")
		e.get("/images/gannet.svg", "Referer", "http://127.0.0.1/").want(t, 200, "*")
		e.get("/images/gannet.svg", "Referer", "http://127.1/").want(t, 200, "*") // the same address
		e.get("/images/gannet.svg", "Referer", "http://127.0.0.2/").want(t, 403, "*")
	})
	t.Run("other directories are not guarded", func(t *testing.T) {
		e.get("/style.css", "Host", www, "Referer", "http://evil.example/").want(t, 200, "*")
	})
}

// The whole job without a network: the site is a directory, and there is no bucket.
func TestSeedWithoutBucket(t *testing.T) {
	t.Parallel()
	e := dev(t, "--origin", "seed/site", "--map", "bucket.example="+unused(t), "seed")
	root := e.get("/")
	root.want(t, 302, "")
	country := root.Header.Get("Location")
	e.get(country).want(t, 200, siteFile(t, country+"index.html"))
	e.get("/images/gannet.svg").want(t, 200, siteFile(t, "images/gannet.svg"))
	e.get("/images/gannet.svg", "Referer", "http://evil.example/").want(t, 403, "Hotlinking not allowed.")
	e.get("/none").want(t, 404, "*")
}

func TestSeedAsSingleFile(t *testing.T) {
	t.Parallel()
	bucket := serve(t, "bucket", nil)
	e := dev(t, "--country", "FR", "--origin", "seed/site", "--map", "bucket.example="+bucket.addr, "seed/worker.js")
	e.get("/").wantField(t, "Location", "/FR/")
	e.get("/images/x.png?size=2").want(t, 200, "bucket /images/x.png?size=2")
}
