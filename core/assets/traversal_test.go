package assets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const secret = "the secret"

// guarded makes a site beside a secret file, with links and dot files that must not show.
func guarded(t testing.TB, html HTMLHandling) *Server {
	t.Helper()
	top := t.TempDir()
	dir := filepath.Join(top, "public")
	write(t, top, "secret", secret)
	write(t, top, "public-other/secret", secret)
	for _, name := range []string{".env", ".git/config", "sub/.hidden", ".well-known/.hidden", "sub/.well-known/x", "_headers", "_redirects"} {
		write(t, dir, name, secret)
	}
	for _, name := range []string{"index.html", "sub/a.txt", ".well-known/security.txt", "a..b"} {
		write(t, dir, name, "public")
	}
	for link, to := range map[string]string{"out": "../secret", "dir": "..", "abs": filepath.Join(top, "secret"), "sub/in": "a.txt"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(Options{Dir: dir, HTMLHandling: html, NotFound: NotFoundNone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTraversal(t *testing.T) {
	targets := []string{
		"/../secret", "/..", "/.", "/./index.html", "/sub/../index.html", "/sub/../../secret", "/%2e%2e/secret", "/%2E%2E/secret",
		"/.%2e/secret", "/..%2fsecret", "/..%2Fsecret", "/sub%2f..%2f..%2fsecret", "/sub/..%2f..%2fsecret", "/%2f..%2fsecret",
		"/..\\secret", "/..%5csecret", "/sub\\..\\..\\secret", "/secret%00.html", "/index.html%00", "/%00", "/index.html\x00",
		"/%252e%252e/secret", "/%c0%ae%c0%ae/secret", "/..;/secret", "/....//secret", "/.//secret", "//../secret", "///../secret",
		"/.env", "/%2eenv", "/.env/", "/.git/config", "/.git%2fconfig", "/sub/.hidden", "/sub/%2ehidden", "/.well-known/.hidden",
		"/.well-known/%2ehidden", "/sub/.well-known/x", "/.well-knownx", "/.well-known/../.env", "/_headers", "/_redirects", "/%5fheaders",
		"//_headers", "/_redirects.html",
		"/out", "/dir/secret", "/abs", "/dir", "/dir/", "/dir/public-other/secret", "secret", "", "*", "http://x/index.html", "?", "/index.html\n", "/\x7f",
		"/sub", "/sub/",
	}
	for _, mode := range []HTMLHandling{Plain, AutoTrailingSlash, ForceTrailingSlash, DropTrailingSlash, ExactPaths} {
		s := guarded(t, mode)
		for _, target := range targets {
			if resp := s.Serve("GET", target, nil); resp.Status != 404 {
				t.Errorf("%s: %q: status %d %v %q", mode, target, resp.Status, resp.Fields, body(t, resp))
			}
			if s.Match(target, true) {
				t.Errorf("%s: %q matches", mode, target)
			}
		}
		for _, target := range []string{"/sub/a.txt", "/sub/in", "/.well-known/security.txt", "/a..b", "/%73ub/a.txt"} {
			if file, _ := follow(t, s, target); file != "public" {
				t.Errorf("%s: %q: %q", mode, target, file)
			}
		}
	}
}

// FuzzServe: whatever the target, nothing outside the directory and no dot file is
// served, and a redirect stays on the site and ends.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{"/", "/index", "/sub/in", "/..%2f..%2fsecret", "/%2eenv", "//x//..", "/a?b", "/%", "/%zz", "/\xff", "/.well-known/security.txt", "/index.html/../"} {
		f.Add(seed, uint8(1))
	}
	servers := make([]*Server, ExactPaths+1)
	for mode := range servers {
		servers[mode] = guarded(f, HTMLHandling(mode))
	}
	f.Fuzz(func(t *testing.T, target string, mode uint8) {
		s := servers[int(mode)%len(servers)]
		match := s.Match(target, false)
		for hop := 0; ; hop++ {
			resp := s.Serve("GET", target, nil)
			if hop == 0 && match != (resp.Status != 404) {
				t.Fatalf("%q: Match says %v, Serve %d", target, match, resp.Status)
			}
			if got := body(t, resp); strings.Contains(string(got), secret) {
				t.Fatalf("%q served the secret", target)
			}
			if resp.Status != 307 {
				break
			}
			if hop == 2 {
				t.Fatalf("%q: a third redirect", target)
			}
			target = resp.Fields.Get("Location")
			if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.ContainsAny(target, "\r\n\\\x00") {
				t.Fatalf("redirect to %q", target)
			}
		}
	})
}

// FuzzCleanPath: what is accepted has no segment that is hidden or leads up, and its
// canonical spelling means the same path.
func FuzzCleanPath(f *testing.F) {
	for _, seed := range []string{"/", "/a%2fb", "/%2e", "/a//b?c", "/\u00e9", "/%e9", "/%25"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		p, _, _, ok := cleanPath(target)
		if !ok {
			return
		}
		for i, seg := range strings.Split(p[1:], "/") {
			if strings.HasPrefix(seg, ".") && (i > 0 || seg != wellKnown) {
				t.Fatalf("%q gave %q", target, p)
			}
		}
		if again, _, _, ok := cleanPath(encodePath(p)); !ok || again != p {
			t.Fatalf("%q gave %q, whose spelling %q means %q", target, p, encodePath(p), again)
		}
	})
}

func TestSpanLiesWithin(t *testing.T) {
	// A span lies within the file, whatever the field says.
	for _, v := range []string{"bytes=0-", "bytes=-1", "bytes=5-7", "bytes=9223372036854775807-", "bytes=0-9223372036854775807"} {
		for size := range int64(12) {
			if s, verdict := parseRange(v, size); verdict == rangeOne && (s.start < 0 || s.length < 1 || s.start+s.length > size) {
				t.Errorf("%s of %d: %+v", v, size, s)
			}
		}
	}
}
