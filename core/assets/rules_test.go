package assets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

// ruled makes a site with rules, and returns what it warned of.
func ruled(t testing.TB, o Options, headers, redirects string, files ...string) (*Server, *[]string) {
	t.Helper()
	o.Dir = t.TempDir()
	for _, name := range files {
		write(t, o.Dir, name, "content of "+name)
	}
	if headers != "" {
		write(t, o.Dir, "_headers", headers)
	}
	if redirects != "" {
		write(t, o.Dir, "_redirects", redirects)
	}
	var warned []string
	o.Warn = func(m string) { warned = append(warned, m) }
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, &warned
}

func TestHeadersFile(t *testing.T) {
	s, warned := ruled(t, Options{HTMLHandling: AutoTrailingSlash}, `
# comment
/*
  X-All: 1
  X-List: a
/secure/*
	X-Splat: [:splat]
	X-List: b
	Cache-Control: no-store
	Set-Cookie: a=1
	! ETag
/item/:id/:part_2
  X-Item: :id-:part_2-:other
/exact
  Content-Type: text/x-own
https://:sub.example.com/secure/*
  X-Sub: :sub
/again
  Set-Cookie: b=2
/again
  Set-Cookie: c=3
/r
  X-On-Redirect: yes
/caf é
  X-Space: 1
`, "/r /elsewhere\n", "/index.html", "/exact", "/secure/a.txt", "/item/7/x", "/again", "/caf é")
	if len(*warned) > 0 {
		t.Errorf("warned: %q", *warned)
	}
	f := func(host, target, name, want string) {
		t.Helper()
		resp := s.Serve("GET", target, fieldsOf("Host", host))
		if got, _ := resp.Fields.Joined(name); got != want {
			t.Errorf("%s%s: %s: %q, want %q (status %d)", host, target, name, got, want, resp.Status)
		}
	}
	f("", "/", "X-All", "1")
	f("", "/", "X-List", "a")
	f("", "/", "Cache-Control", "public, max-age=0, must-revalidate")
	f("", "/secure/a.txt", "X-Splat", "[a.txt]")
	f("", "/secure/a.txt", "X-List", "a, b")
	f("", "/secure/a.txt", "Cache-Control", "no-store")
	f("", "/secure/a.txt", "ETag", "")
	f("", "/secure/a.txt?q", "Set-Cookie", "a=1")
	f("", "/secure/missing", "X-Splat", "[missing]")
	f("", "/item/7/x", "X-Item", "7-x-:other")
	f("", "/item/7/x/y", "X-Item", "")
	f("", "/exact", "Content-Type", "text/x-own")
	f("shop.example.com:8443", "/secure/a.txt", "X-Sub", "shop")
	f("a.b.example.com", "/secure/a.txt", "X-Sub", "")
	f("other.org", "/secure/a.txt", "X-Sub", "")
	f("", "/again", "Set-Cookie", "b=2, c=3")
	f("", "/r", "X-On-Redirect", "yes")
	f("", "/caf%20%C3%A9", "X-Space", "1")
	f("", "/secure/%0d%0aX:1", "X-Splat", "[%0d%0aX:1]")
	f("", "/secure/\r\nX:1", "X-Splat", "")
	if n := len(s.Serve("GET", "/again", nil).Fields.Values("Set-Cookie")); n != 2 {
		t.Errorf("%d Set-Cookie lines", n)
	}
}

func TestRedirectsFile(t *testing.T) {
	s, warned := ruled(t, Options{HTMLHandling: AutoTrailingSlash, NotFound: NotFoundPage}, "", `
# comment
/old /new
/perm /new 301
/see /new 303 # why
/temp /new 307
/perm2 /new 308
/away https://other.example/x?y=1#z
/frag /new#part
/query /new?own=1
/file /elsewhere 302
/blog/* /news/:splat 301
/u/:name/p/:post /people/:name?post=:post
/in/* /:splat
/users/:id /user.html 200
/gone-in /missing 200
/sneak /../secret 200
/caf/é /new
`, "/file.html", "/user.html", "/new", "/404.html")
	if len(*warned) > 0 {
		t.Errorf("warned: %q", *warned)
	}
	f := func(target string, status int, location string) {
		t.Helper()
		resp := s.Serve("GET", target, nil)
		if resp.Status != status || resp.Fields.Get("Location") != location {
			t.Errorf("%s: %d %q, want %d %q", target, resp.Status, resp.Fields.Get("Location"), status, location)
		}
		if status != 404 && !s.Match(target, false) {
			t.Errorf("%s: no match", target)
		}
	}
	f("/old", 302, "/new")
	f("/old?a=b", 302, "/new?a=b")
	f("/perm", 301, "/new")
	f("/see", 303, "/new")
	f("/temp", 307, "/new")
	f("/perm2", 308, "/new")
	f("/away?q", 302, "https://other.example/x?y=1#z")
	f("/frag?q", 302, "/new?q#part")
	f("/query?q", 302, "/new?own=1")
	f("/file", 302, "/elsewhere") // followed although an asset matches
	f("/blog/2024/a?q", 301, "/news/2024/a?q")
	f("/blog/", 301, "/news/")
	f("/u/ann/p/7", 302, "/people/ann?post=7")
	f("/in//evil.example", 302, "/evil.example")
	f("/in/%5cevil.example", 302, "/%5cevil.example")
	f("/in/\\evil.example", 404, "")
	f("/in/a\r\nSet-Cookie:x", 404, "")
	f("/.hidden/x", 404, "")
	f("/users/7", 307, "/user") // the path it is rewritten to has a canonical spelling
	f("/gone-in", 404, "")
	f("/sneak", 404, "")
	f("/caf/%C3%A9", 302, "/new")
	f("/old/", 404, "")
	f("/oldest", 404, "")

	p, _ := ruled(t, Options{}, "", "/users/:id /user.html 200\n", "/user.html")
	if file, final := follow(t, p, "/users/7"); file != "/user.html" || final != "/users/7" {
		t.Errorf("rewritten to %q at %q", file, final)
	}
}

func TestRuleWarnings(t *testing.T) {
	_, warned := ruled(t, Options{}, strings.Join([]string{
		"X-Early: 1", "/a", "no colon", "Bad Name: x", "X-Empty:", "Content-Length: 5", "! bad name", "ftp://x/", "  X-Skipped: 1", "/**", "/:a/:a", "/" + strings.Repeat("x", 3000),
	}, "\n"), strings.Join([]string{
		"/only-source", "/a /b 302 extra", "/a /b 404", "/a /b 301!", "a /b", "/a?b /c", "/a b", "/a https://x/ 200", "/* /index.html 200", "/s /1", "/s /2", "/*/* /x", "/a ftp://x/",
	}, "\n"))
	want := []string{
		"_headers:1: a field before", "_headers:3: neither", "_headers:4: not a field name", "_headers:5: a field without", "_headers:6: this field is",
		"_headers:7: not a field name", "_headers:8: want a path", "_headers:10: only one *", "_headers:11: the placeholder :a", "_headers:12: longer",
		"_redirects:1: want: source", "_redirects:2: want: source", "_redirects:3: the code", "_redirects:4: the code", "_redirects:5: the source must be",
		"_redirects:6: the source must not", "_redirects:7: the destination", "_redirects:8: code 200", "_redirects:9: this would go round", "_redirects:11: the source was given",
		"_redirects:12: only one *", "_redirects:13: the destination",
	}
	if len(*warned) != len(want) {
		t.Errorf("%d warnings, want %d", len(*warned), len(want))
	}
	for i := range min(len(want), len(*warned)) {
		if got := strings.TrimPrefix((*warned)[i], "assets: "); !strings.HasPrefix(got, want[i]) {
			t.Errorf("warning %q, want %q", got, want[i])
		}
	}
	var many strings.Builder
	for i := range 2200 {
		fmt.Fprintf(&many, "/s%d /x\n/d%d/* /x\n", i, i)
	}
	static, dynamic := parseRedirects(many.String(), func(int, string) {})
	if len(static) != maxStaticRedirects || len(dynamic) != maxDynamicRules {
		t.Errorf("%d static and %d dynamic rules", len(static), len(dynamic))
	}
}

func TestRulesAreReadAnew(t *testing.T) {
	now := time.Now()
	s, warned := ruled(t, Options{Now: func() time.Time { return now }}, "/*\n X-A: 1\n", "", "/f")
	get := func() string { return s.Serve("GET", "/f", nil).Fields.Get("X-A") }
	dir := s.root.Name()
	if get() != "1" {
		t.Error("the first rules do not hold")
	}
	write(t, dir, "_headers", "/*\n X-A: two\n")
	if get() != "1" {
		t.Error("the files are looked at for every request")
	}
	now = now.Add(rulesAge)
	if get() != "two" {
		t.Error("a changed file was not read")
	}
	if err := os.Remove(filepath.Join(dir, "_headers")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(rulesAge)
	if get() != "" {
		t.Error("a removed file still holds")
	}
	write(t, dir, "_headers", strings.Repeat("#", maxRulesFile+1))
	now = now.Add(rulesAge)
	if get() != "" || len(*warned) != 1 || !strings.Contains((*warned)[0], "1 MiB") {
		t.Errorf("warned: %q", *warned)
	}
}

func TestFetcher(t *testing.T) {
	s, _ := ruled(t, Options{HTMLHandling: AutoTrailingSlash}, "https://a.example/*\n X-A: 1\n", "", "/index.html", "/b.html")
	var f core.Fetcher = s
	ask := func(r *core.Subrequest) *core.Response {
		ready := make(chan *core.Response, 1)
		f.Fetch(context.Background(), r, func(resp *core.Response, err error) {
			if err != nil {
				t.Error(err)
			}
			ready <- resp
		})
		return <-ready
	}
	for url, want := range map[string]string{
		"https://a.example/": "200  1", "http://b.example:80": "200  ", "https://a.example?q": "200  1", "https://a.example/b.html?q#f": "307 /b?q 1",
		"http://assets.local/b": "200  ", "http://x/no": "404  ", "http://x/../../etc/passwd": "404  ",
	} {
		resp := ask(&core.Subrequest{Method: "GET", URL: url})
		if got := fmt.Sprintf("%d %s %s", resp.Status, resp.Fields.Get("Location"), resp.Fields.Get("X-A")); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	if resp := ask(&core.Subrequest{Method: "POST", URL: "http://x/b", Body: core.NewBytes([]byte("x"))}); resp.Status != 405 {
		t.Errorf("POST: %d", resp.Status)
	}
}

// FuzzRules: no text of a rules file and no path breaks the parser, and what comes out is
// fit for a response.
func FuzzRules(f *testing.F) {
	f.Add("/*\n X: :splat\n", "/a/* /:splat\n", "/a//b")
	f.Add("https://:h.x/:p\n ! ETag\n A: :h", "/:a /:a/:b 200", "/x")
	f.Fuzz(func(t *testing.T, headers, redirects, path string) {
		none := func(int, string) {}
		r := &rules{headers: parseHeaders(headers, none)}
		r.static, r.dynamic = parseRedirects(redirects, none)
		if !visible(path) || !strings.HasPrefix(path, "/") {
			return
		}
		fields := fieldsOf("ETag", `"x"`, "Content-Type", "text/plain")
		r.apply(&fields, "h.x", path)
		for _, line := range fields {
			if !isToken(line.Name) || !isFieldValue(line.Value) {
				t.Fatalf("field %q: %q", line.Name, line.Value)
			}
		}
		if to, status, ok := r.redirect(path, ""); ok {
			if !slices.Contains([]int{200, 301, 302, 303, 307, 308}, status) || strings.HasPrefix(to, "//") || !isFieldValue(to) || strings.Contains(to, "\\") {
				t.Fatalf("redirected to %q with %d", to, status)
			}
		}
	})
}
