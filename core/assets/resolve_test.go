package assets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// site makes a directory of files, each holding its own name, and serves it.
func site(t testing.TB, html HTMLHandling, notFound NotFoundHandling, files ...string) *Server {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		write(t, dir, name, "content of "+name)
	}
	s, err := New(Options{Dir: dir, HTMLHandling: html, NotFound: notFound})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// follow asks for target and follows redirects as a client does. It returns the name of
// the file in the answer, or "404", and where it was found.
func follow(t *testing.T, s *Server, target string) (file, final string) {
	t.Helper()
	for range 5 {
		resp := s.Serve("GET", target, nil)
		switch resp.Status {
		case 307:
			target = resp.Fields.Get("Location")
			if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
				t.Fatalf("redirect to %q leaves the site", target)
			}
		case 200, 404:
			return strings.TrimPrefix(string(body(t, resp)), "content of "), target
		default:
			t.Fatalf("%s: status %d", target, resp.Status)
		}
	}
	t.Fatalf("%s: redirected in a circle", target)
	return "", ""
}

// TestHTMLHandling holds, for each mode, "files: path -> file @final path" in the terms of
// the public documentation of Workers static assets.
func TestHTMLHandling(t *testing.T) {
	const (
		index   = "/index.html"
		both    = "/both.html /both/index.html"
		file    = "/file.html"
		folder  = "/folder/index.html"
		bin     = "/bin%2F /bin/index.html"
		fileBin = "/file-bin /file-bin.html"
		boop    = "/[boop].html"
		boops   = "/[boop].html /[boop]/index.html"
		encoded = "/%5Bboop%5D.html /[boop].html"
		query   = "/beep?boop.html"
	)
	type want struct{ files, path, file, final string }
	cases := map[HTMLHandling][]want{
		AutoTrailingSlash: {
			{index, "/", index, "/"}, {index, "/index", index, "/"}, {index, "/index.html", index, "/"},
			{both, "/both", "/both.html", "/both"}, {both, "/both.html", "/both.html", "/both"},
			{both, "/both/", "/both/index.html", "/both/"}, {both, "/both/index", "/both/index.html", "/both/"},
			{both, "/both/index.html", "/both/index.html", "/both/"},
			{file, "/file", file, "/file"}, {file, "/file.html", file, "/file"}, {file, "/file/", file, "/file"},
			{file, "/file/index", file, "/file"}, {file, "/file/index.html", file, "/file"},
			{folder, "/folder", folder, "/folder/"}, {folder, "/folder.html", folder, "/folder/"},
			{folder, "/folder/", folder, "/folder/"}, {folder, "/folder/index", folder, "/folder/"},
			{folder, "/folder/index.html", folder, "/folder/"},
			{bin, "/bin", "/bin/index.html", "/bin/"}, {bin, "/bin.html", "/bin/index.html", "/bin/"},
			{bin, "/bin%2F", "/bin/index.html", "/bin/"}, {bin, "/bin%252F", "/bin%2F", "/bin%252F"},
			{fileBin, "/file-bin", "/file-bin", "/file-bin"}, {fileBin, "/file-bin.html", "/file-bin.html", "/file-bin.html"},
			{fileBin, "/file-bin/", "404", ""}, {fileBin, "/file-bin/index", "404", ""}, {fileBin, "/file-bin/index.html", "404", ""},
			{boop, "/[boop]", boop, "/%5Bboop%5D"}, {boop, "/%5Bboop%5D", boop, "/%5Bboop%5D"}, {boop, "/[boop]/", boop, "/%5Bboop%5D"},
			{boop, "/%5bboop%5d.html", boop, "/%5Bboop%5D"},
			{boops, "/[boop]", boop, "/%5Bboop%5D"}, {boops, "/[boop]/", "/[boop]/index.html", "/%5Bboop%5D/"},
			{encoded, "/[boop]", boop, "/%5Bboop%5D"}, {encoded, "/%255Bboop%255D", "/%5Bboop%5D.html", "/%255Bboop%255D"},
			{query, "/beep?boop", "404", ""}, {query, "/beep%3Fboop", query, "/beep%3Fboop"}, {query, "/beep%3Fboop/", query, "/beep%3Fboop"},
			{file, "/file.html?a=b%2f&c", file, "/file?a=b%2f&c"}, {file, "//file", file, "/file"}, {file, "//file//", file, "/file"},
			{"/beep/[bòop].html", "/beep/[b%C3%B2op]", "/beep/[bòop].html", "/beep/%5Bb%C3%B2op%5D"},
			{"/index", "/index", "/index", "/index"}, {"/%zz.txt", "/%zz.txt", "/%zz.txt", "/%25zz.txt"},
		},
		ForceTrailingSlash: {
			{index, "/", index, "/"}, {index, "/index", index, "/"}, {index, "/index.html", index, "/"},
			{both, "/both", "/both/index.html", "/both/"}, {both, "/both.html", "/both.html", "/both.html"},
			{both, "/both/", "/both/index.html", "/both/"}, {both, "/both/index", "/both/index.html", "/both/"},
			{both, "/both/index.html", "/both/index.html", "/both/"},
			{file, "/file", file, "/file/"}, {file, "/file.html", file, "/file/"}, {file, "/file/", file, "/file/"},
			{file, "/file/index", file, "/file/"}, {file, "/file/index.html", file, "/file/"},
			{folder, "/folder", folder, "/folder/"}, {folder, "/folder.html", folder, "/folder/"},
			{folder, "/folder/", folder, "/folder/"}, {folder, "/folder/index", folder, "/folder/"},
			{bin, "/bin", "/bin/index.html", "/bin/"}, {bin, "/bin%2F", "/bin/index.html", "/bin/"}, {bin, "/bin%252F", "/bin%2F", "/bin%252F"},
			{fileBin, "/file-bin", "/file-bin", "/file-bin"}, {fileBin, "/file-bin.html", "/file-bin.html", "/file-bin/"},
			{fileBin, "/file-bin/", "/file-bin.html", "/file-bin/"}, {fileBin, "/file-bin/index", "/file-bin.html", "/file-bin/"},
			{fileBin, "/file-bin/index.html", "/file-bin.html", "/file-bin/"},
			{boop, "/[boop]/", boop, "/%5Bboop%5D/"}, {boops, "/[boop].html", boop, "/%5Bboop%5D.html"},
			{boops, "/[boop]", "/[boop]/index.html", "/%5Bboop%5D/"}, {encoded, "/%255Bboop%255D", "/%5Bboop%5D.html", "/%255Bboop%255D/"},
		},
		DropTrailingSlash: {
			{index, "/", index, "/"}, {index, "/index", index, "/"}, {index, "/index.html", index, "/"},
			{both, "/both", "/both.html", "/both"}, {both, "/both.html", "/both.html", "/both"}, {both, "/both/", "/both.html", "/both"},
			{both, "/both/index", "/both.html", "/both"}, {both, "/both/index.html", "/both/index.html", "/both/index.html"},
			{file, "/file", file, "/file"}, {file, "/file.html", file, "/file"}, {file, "/file/", file, "/file"},
			{file, "/file/index", file, "/file"}, {file, "/file/index.html", file, "/file"},
			{folder, "/folder", folder, "/folder"}, {folder, "/folder.html", folder, "/folder"}, {folder, "/folder/", folder, "/folder"},
			{folder, "/folder/index", folder, "/folder"}, {folder, "/folder/index.html", folder, "/folder"},
			{bin, "/bin", "/bin/index.html", "/bin"}, {bin, "/bin%2F", "/bin/index.html", "/bin"}, {bin, "/bin%252F", "/bin%2F", "/bin%252F"},
			{fileBin, "/file-bin", "/file-bin", "/file-bin"}, {fileBin, "/file-bin.html", "/file-bin.html", "/file-bin.html"},
			{fileBin, "/file-bin/", "404", ""}, {fileBin, "/file-bin/index", "404", ""}, {fileBin, "/file-bin/index.html", "404", ""},
			{boops, "/[boop]/", boop, "/%5Bboop%5D"}, {boops, "/[boop]/index.html", "/[boop]/index.html", "/%5Bboop%5D/index.html"},
		},
		ExactPaths: {
			{index, "/", "404", ""}, {index, "/index", "404", ""}, {index, "/index.html", index, "/index.html"},
			{both, "/both", "404", ""}, {both, "/both.html", "/both.html", "/both.html"}, {both, "/both/", "404", ""},
			{both, "/both/index.html", "/both/index.html", "/both/index.html"}, {file, "/file/index.html", "404", ""},
			{bin, "/bin", "404", ""}, {bin, "/bin%2F", "404", ""}, {bin, "/bin%252F", "/bin%2F", "/bin%252F"},
			{fileBin, "/file-bin", "/file-bin", "/file-bin"}, {fileBin, "/file-bin/", "404", ""},
		},
		Plain: {
			{index, "/", index, "/"}, {index, "/index.html", index, "/index.html"}, {index, "/index", "404", ""},
			{both, "/both", "/both/index.html", "/both/"}, {both, "/both.html", "/both.html", "/both.html"},
			{both, "/both/", "/both/index.html", "/both/"}, {folder, "/folder?x=1", folder, "/folder/?x=1"},
			{file, "/file", "404", ""}, {file, "/file.html/", "404", ""}, {boop, "/[boop].html", boop, "/[boop].html"},
			{boop, "/%5Bboop%5D.html", boop, "/%5Bboop%5D.html"}, {"/a/b", "/a", "404", ""}, {"/a/b", "/a/", "404", ""},
		},
	}
	for mode, table := range cases {
		for _, c := range table {
			t.Run(mode.String()+c.path+" of "+strings.ReplaceAll(c.files, "/", "|"), func(t *testing.T) {
				s := site(t, mode, NotFoundNone, strings.Fields(c.files)...)
				file, final := follow(t, s, c.path)
				if c.file == "404" {
					if !strings.HasPrefix(file, "404 ") || s.Match(c.path, true) {
						t.Errorf("served %q, want 404", file)
					}
					return
				}
				if file != c.file || final != c.final {
					t.Errorf("got %q at %q, want %q at %q", file, final, c.file, c.final)
				}
				if !s.Match(c.path, false) {
					t.Error("Match says no")
				}
			})
		}
	}
}

func TestNotFoundHandling(t *testing.T) {
	files := []string{"/index.html", "/404.html", "/docs/404.html", "/docs/a.html"}
	f := func(n NotFoundHandling, path string, status int, file string, navigationMatches bool) {
		t.Helper()
		s := site(t, AutoTrailingSlash, n, files...)
		resp := s.Serve("GET", path, nil)
		if got := strings.TrimPrefix(string(body(t, resp)), "content of "); resp.Status != status || got != file {
			t.Errorf("%s %s: %d %q, want %d %q", n, path, resp.Status, got, status, file)
		}
		if s.Match(path, false) {
			t.Errorf("%s %s: matches without navigation", n, path)
		}
		if got := s.Match(path, true); got != navigationMatches {
			t.Errorf("%s %s: navigation matches: %v", n, path, got)
		}
	}
	f(NotFoundNone, "/no", 404, "404 Not Found\n", false)
	f(NotFoundPage, "/no", 404, "/404.html", true)
	f(NotFoundPage, "/no/deeper/still/", 404, "/404.html", true)
	f(NotFoundPage, "/docs/no", 404, "/docs/404.html", true)
	f(NotFoundPage, "/docs/no/deeper", 404, "/docs/404.html", true)
	f(NotFoundPage, "/docs/", 404, "/docs/404.html", true)
	f(NotFoundPage, "/docs/a.html/deeper", 404, "/docs/404.html", true)
	f(NotFoundPage, "/no/docs/x", 404, "/404.html", true)
	f(NotFoundPage, strings.Repeat("/x", 8000), 404, "/404.html", true)
	f(NotFoundSPA, "/no", 200, "/index.html", true)
	f(NotFoundSPA, "/docs/no", 200, "/index.html", true)

	// An error page is no success: preconditions and ranges do not apply to it.
	s := site(t, AutoTrailingSlash, NotFoundPage, files...)
	etag := s.Serve("GET", "/no", nil).Fields.Get("ETag")
	resp := s.Serve("GET", "/no", fieldsOf("If-None-Match", etag, "Range", "bytes=0-1"))
	if resp.Status != 404 {
		t.Errorf("conditional request for an error page: %d", resp.Status)
	}
}

// TestDeepPathIsCheap: a path of many segments costs no more than a path of one, as far as
// memory shows it: looking for a 404.html above each segment took 64 MB.
func TestDeepPathIsCheap(t *testing.T) {
	s := site(t, AutoTrailingSlash, NotFoundPage, "/404.html")
	deep := strings.Repeat("/x", 8000)
	if n := testing.AllocsPerRun(5, func() { s.resolve(deep, NotFoundPage) }); n > 200 {
		t.Errorf("%v allocations", n)
	}
}

func TestParseHandling(t *testing.T) {
	for h := AutoTrailingSlash; h <= ExactPaths; h++ {
		if got, err := ParseHTMLHandling(h.String()); err != nil || got != h {
			t.Errorf("%v: %v, %v", h, got, err)
		}
	}
	for n := NotFoundNone; n <= NotFoundSPA; n++ {
		if got, err := ParseNotFoundHandling(n.String()); err != nil || got != n {
			t.Errorf("%v: %v, %v", n, got, err)
		}
	}
	if h, err := ParseHTMLHandling(""); err != nil || h != AutoTrailingSlash {
		t.Errorf("default: %v, %v", h, err)
	}
	if _, err := ParseHTMLHandling("plain"); err == nil {
		t.Error("plain is not wrangler's")
	}
	if _, err := ParseNotFoundHandling("404"); err == nil {
		t.Error("404 was taken")
	}
}
