package assets

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

func body(t testing.TB, resp *core.Response) []byte {
	t.Helper()
	if resp.Body == nil {
		return nil
	}
	r := core.Reader(resp.Body)
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	return b
}

func fieldsOf(pairs ...string) core.Fields {
	var f core.Fields
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

// aged makes a site with one file that was last changed on a known date.
func aged(t testing.TB, name, content string) (*Server, time.Time) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, name, content)
	mod := time.Date(2024, 2, 29, 12, 30, 15, 123456789, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, name), mod, mod); err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, mod
}

func TestConditional(t *testing.T) {
	s, mod := aged(t, "a.txt", "0123456789")
	first := s.Serve("GET", "/a.txt", nil)
	etag := first.Fields.Get("ETag")
	if !strings.HasPrefix(etag, `"`) {
		t.Fatalf("ETag %q is not strong", etag)
	}
	if lm := first.Fields.Get("Last-Modified"); lm != "Thu, 29 Feb 2024 12:30:15 GMT" {
		t.Errorf("Last-Modified %q", lm)
	}
	at := func(d time.Duration) string { return mod.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name   string
		fields core.Fields
		want   int
	}{
		{"none", nil, 200},
		{"same tag", fieldsOf("If-None-Match", etag), 304},
		{"weak tag compares weakly", fieldsOf("If-None-Match", "W/"+etag), 304},
		{"list", fieldsOf("If-None-Match", `"x", W/"y,z" ,`+etag), 304},
		{"list over two lines", fieldsOf("If-None-Match", `"x"`, "If-None-Match", etag), 304},
		{"star", fieldsOf("If-None-Match", " * "), 304},
		{"other tag", fieldsOf("If-None-Match", `"x"`), 200},
		{"comma inside a tag", fieldsOf("If-None-Match", `"x,`+etag[1:]), 200},
		{"garbage", fieldsOf("If-None-Match", "garbage, "+etag), 200},
		{"unterminated", fieldsOf("If-None-Match", `"x`), 200},
		{"empty", fieldsOf("If-None-Match", ""), 200},
		{"tag wins over date", fieldsOf("If-None-Match", `"x"`, "If-Modified-Since", at(time.Hour)), 200},
		{"not modified since", fieldsOf("If-Modified-Since", at(0)), 304},
		{"not modified since later", fieldsOf("If-Modified-Since", at(time.Hour)), 304},
		{"modified since", fieldsOf("If-Modified-Since", at(-time.Second)), 200},
		{"bad date", fieldsOf("If-Modified-Since", "yesterday"), 200},
		{"old date form", fieldsOf("If-Modified-Since", "Thursday, 29-Feb-24 12:30:15 GMT"), 304},
		{"if-match", fieldsOf("If-Match", etag), 200},
		{"if-match star", fieldsOf("If-Match", "*"), 200},
		{"if-match weak", fieldsOf("If-Match", "W/"+etag), 412},
		{"if-match other", fieldsOf("If-Match", `"x"`), 412},
		{"unmodified since", fieldsOf("If-Unmodified-Since", at(0)), 200},
		{"modified after", fieldsOf("If-Unmodified-Since", at(-time.Second)), 412},
		{"if-match wins over unmodified", fieldsOf("If-Match", etag, "If-Unmodified-Since", at(-time.Hour)), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				resp := s.Serve(method, "/a.txt", c.fields)
				if resp.Status != c.want {
					t.Fatalf("%s: status %d, want %d", method, resp.Status, c.want)
				}
				if c.want == 304 && (resp.Body != nil || resp.Fields.Get("ETag") != etag || resp.Fields.Has("Content-Type")) {
					t.Errorf("%s: 304 with body %v and fields %v", method, resp.Body, resp.Fields)
				}
			}
		})
	}
}

// TestFreshFile: a file that was just written may change again within the tick of the
// clock, so its entity tag is weak and parts of it are not combined.
func TestFreshFile(t *testing.T) {
	s := site(t, Plain, NotFoundNone, "/a.txt")
	etag := s.Serve("GET", "/a.txt", nil).Fields.Get("ETag")
	if !strings.HasPrefix(etag, `W/"`) {
		t.Fatalf("ETag %q is strong", etag)
	}
	if resp := s.Serve("GET", "/a.txt", fieldsOf("If-None-Match", strings.TrimPrefix(etag, "W/"))); resp.Status != 304 {
		t.Errorf("status %d, want 304", resp.Status)
	}
	if resp := s.Serve("GET", "/a.txt", fieldsOf("Range", "bytes=0-0", "If-Range", etag)); resp.Status != 200 {
		t.Errorf("status %d, want 200", resp.Status)
	}
}

func TestRanges(t *testing.T) {
	const content = "0123456789"
	s, mod := aged(t, "a.txt", content)
	etag := s.Serve("GET", "/a.txt", nil).Fields.Get("ETag")
	date := mod.Format(http.TimeFormat)
	for _, c := range []struct {
		name, value, ifRange string
		status               int
		body, contentRange   string
	}{
		{"first", "bytes=0-0", "", 206, "0", "bytes 0-0/10"},
		{"middle", "bytes=2-5", "", 206, "2345", "bytes 2-5/10"},
		{"open", "bytes=7-", "", 206, "789", "bytes 7-9/10"},
		{"whole", "bytes=0-", "", 206, content, "bytes 0-9/10"},
		{"suffix", "bytes=-3", "", 206, "789", "bytes 7-9/10"},
		{"suffix beyond", "bytes=-99", "", 206, content, "bytes 0-9/10"},
		{"end beyond", "bytes=8-99", "", 206, "89", "bytes 8-9/10"},
		{"end huge", "bytes=8-99999999999999999999999", "", 206, "89", "bytes 8-9/10"},
		{"unit case and space", "Bytes= 1-1 ", "", 206, "1", "bytes 1-1/10"},
		{"start beyond", "bytes=10-", "", 416, "", "bytes */10"},
		{"start huge", "bytes=99999999999999999999-", "", 416, "", "bytes */10"},
		{"empty suffix", "bytes=-0", "", 416, "", "bytes */10"},
		{"reversed", "bytes=5-2", "", 200, content, ""},
		{"several", "bytes=0-1,3-4", "", 200, content, ""},
		{"other unit", "lines=0-1", "", 200, content, ""},
		{"no dash", "bytes=5", "", 200, content, ""},
		{"only dash", "bytes=-", "", 200, content, ""},
		{"sign", "bytes=+1-2", "", 200, content, ""},
		{"double dash", "bytes=--1", "", 200, content, ""},
		{"empty", "", "", 200, content, ""},
		{"if-range tag", "bytes=0-1", etag, 206, "01", "bytes 0-1/10"},
		{"if-range weak tag", "bytes=0-1", "W/" + etag, 200, content, ""},
		{"if-range other tag", "bytes=0-1", `"x"`, 200, content, ""},
		{"if-range date", "bytes=0-1", date, 206, "01", "bytes 0-1/10"},
		{"if-range later date", "bytes=0-1", mod.Add(time.Second).Format(http.TimeFormat), 200, content, ""},
		{"if-range garbage", "bytes=0-1", "x", 200, content, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fieldsOf("Range", c.value)
			if c.ifRange != "" {
				f.Add("If-Range", c.ifRange)
			}
			resp := s.Serve("GET", "/a.txt", f)
			if resp.Status != c.status || resp.Fields.Get("Content-Range") != c.contentRange {
				t.Fatalf("%d %v", resp.Status, resp.Fields)
			}
			if got := body(t, resp); c.status != 416 && string(got) != c.body {
				t.Errorf("body %q, want %q", got, c.body)
			}
			if resp := s.Serve("HEAD", "/a.txt", f); resp.Status != 200 || resp.Body != nil || resp.Fields.Get("Content-Length") != "10" {
				t.Errorf("HEAD: %d %v", resp.Status, resp.Fields)
			}
		})
	}
	if s, _ := aged(t, "empty", ""); s.Serve("GET", "/empty", fieldsOf("Range", "bytes=0-")).Status != 416 {
		t.Error("a range of an empty file was satisfiable")
	}
}

func TestMethods(t *testing.T) {
	s := site(t, AutoTrailingSlash, NotFoundNone, "/a.html")
	f := func(method, target string, status int) {
		t.Helper()
		resp := s.Serve(method, target, nil)
		if resp.Status != status || status == 405 && resp.Fields.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: %d %v", method, target, resp.Status, resp.Fields)
		}
	}
	f("GET", "/a", 200)
	f("HEAD", "/a", 200)
	f("POST", "/a", 405)
	f("DELETE", "/a.html", 405)
	f("get", "/a", 405)
	f("POST", "/no", 404)
	f("OPTIONS", "*", 404)
}

func TestFields(t *testing.T) {
	s := site(t, AutoTrailingSlash, NotFoundNone, "/a.html", "/b.WOFF2", "/c", "/d.tar.gz", "/x.y/e")
	f := func(target, ct string) {
		t.Helper()
		if got := s.Serve("GET", target, nil).Fields.Get("Content-Type"); got != ct {
			t.Errorf("%s: %q, want %q", target, got, ct)
		}
	}
	f("/a", "text/html; charset=utf-8")
	f("/b.WOFF2", "font/woff2")
	f("/c", "")
	f("/d.tar.gz", "application/gzip")
	f("/x.y/e", "")
	if len(mimeTypes) < 80 {
		t.Errorf("%d media types", len(mimeTypes))
	}
	const revalidate = "public, max-age=0, must-revalidate"
	if got := s.Serve("GET", "/a", nil).Fields.Get("Cache-Control"); got != revalidate {
		t.Errorf("Cache-Control %q", got)
	}
	if s.Serve("GET", "/a", fieldsOf("Authorization", "x")).Fields.Has("Cache-Control") {
		t.Error("Cache-Control on an authorised request")
	}
}

// TestLargeFile streams; the file may shrink meanwhile, which must show.
func TestLargeFile(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB
	s, _ := aged(t, "big.bin", string(content))
	resp := s.Serve("GET", "/big.bin", nil)
	if resp.Body.Length() != int64(len(content)) {
		t.Fatalf("length %d", resp.Body.Length())
	}
	if got := body(t, resp); !bytes.Equal(got, content) {
		t.Fatalf("%d bytes differ", len(got))
	}
	resp = s.Serve("GET", "/big.bin", fieldsOf("Range", "bytes=5-200004"))
	if got := body(t, resp); !bytes.Equal(got, content[5:200005]) {
		t.Fatalf("part: %d bytes differ", len(got))
	}
	if resp.Fields.Get("Content-Length") != strconv.Itoa(200000) {
		t.Errorf("Content-Length %s", resp.Fields.Get("Content-Length"))
	}
	resp = s.Serve("GET", "/big.bin", nil)
	if err := os.Truncate(filepath.Join(s.root.Name(), "big.bin"), 100<<10); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, core.Reader(resp.Body)); err != io.ErrUnexpectedEOF {
		t.Errorf("a file cut short gave %d bytes and %v", n, err)
	}
	s.Serve("GET", "/big.bin", nil).Discard() // closes the file
}
