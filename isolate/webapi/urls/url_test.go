package urls

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

func TestParse(t *testing.T) {
	f := func(input, base, want string) {
		t.Helper()
		u, err := Parse(input, base)
		got := "failure"
		if err == nil {
			got = u.Href()
		}
		if got != want {
			t.Errorf("%q with base %q: got %s, want %s", input, base, got, want)
		}
	}
	f("https://example.com/a/b?c=d#e", "", "https://example.com/a/b?c=d#e")
	f("HTTPS://EXAMPLE.com:443", "", "https://example.com/")
	f(" \x00http://a/\t\nb ", "", "http://a/b")
	f(`http:\\a\b?\c`, "", `http://a/b?\c`)
	f("http:///////a", "", "http://a/")
	f("http://a/../b/./c/%2e%2E/d", "", "http://a/b/d")
	f("http://0x7f.1/", "", "http://127.0.0.1/")
	f("http://0300.0250.1", "", "http://192.168.0.1/")
	f("http://4294967296", "", "failure")
	f("http://1.2.3.08", "", "failure")
	f("http://+888", "", "http://+888/")
	f("http://256.1.1", "", "failure")
	f("http://[::1]:80/", "", "http://[::1]/")
	f("http://[1:0:0:2:0:0:0:3]", "", "http://[1:0:0:2::3]/")
	f("http://[::ffff:1.2.3.4]", "", "http://[::ffff:102:304]/")
	f("http://[fe80::1%25eth0]", "", "failure")
	f("http://[1.2.3.4]", "", "failure")
	f("http://[]", "", "failure")
	f("http://[::]]", "", "failure")
	f("http://8888888888918888888888b", "", "http://8888888888918888888888b/")
	f("http://münchen.de", "", "http://xn--mnchen-3ya.de/")
	f("http://ｅｘａｍｐｌｅ.com", "", "http://example.com/")
	f("http://ex%41mple.com", "", "http://example.com/")
	f("http://a b", "", "failure")
	f("http://a%00b", "", "failure")
	f("http://@", "", "failure")
	f("http://u:p@h:8080/", "", "http://u:p@h:8080/")
	f("http://a@b@c/", "", "http://a%40b@c/")
	f("http://h:65536", "", "failure")
	f("http://h:00080/", "", "http://h/")
	f("http://h:8a", "", "failure")
	f("mailto:a@b c", "", "mailto:a@b c")
	f("data:x  ?y", "", "data:x %20?y")
	f("file:///C|/a/..", "", "file:///C:/")
	f("file:c:\\a", "file:///d:/e", "file:///c:/a")
	f("file://localhost/x", "", "file:///x")
	f("../x", "http://a/b/c/d?q", "http://a/b/x")
	f("?q", "http://a/b", "http://a/b?q")
	f("#f", "mailto:x", "mailto:x#f")
	f("x", "mailto:x", "failure")
	f("//b/c", "https://a", "https://b/c")
	f("https:x", "https://a/b/c", "https://a/b/x")
	f("web+x:/.//p", "", "web+x:/.//p")
	f("http://a/^|'\"", "", "http://a/%5E|'%22")
	f("http://a/?'", "", "http://a/?%27")
	f("x://a/?'", "", "x://a/?'")
	f("http://a/\xff", "", "http://a/%EF%BF%BD")
	f("", "", "failure")
	f("//x", "", "failure")
}

func TestParts(t *testing.T) {
	u, err := Parse("https://u:p@example.com:8443/a?b#c", "")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join([]string{u.Protocol(), u.Scheme(), u.Username(), u.Password(), u.Host(), u.Hostname(), u.Port(), u.EffectivePort(),
		u.Pathname(), u.Search(), u.Query(), u.Hash(), u.Origin(), u.WithoutFragment()}, " ")
	want := "https: https u p example.com:8443 example.com 8443 8443 /a ?b b #c https://example.com:8443 https://u:p@example.com:8443/a?b"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for in, want := range map[string]string{
		"blob:https://a.b:444/x": "https://a.b:444", "blob:blob:https://a/": "null", "data:x": "null", "file:///x": "null", "ftp://a": "ftp://a",
	} {
		if u, err := Parse(in, ""); err != nil || u.Origin() != want {
			t.Errorf("origin of %s: %s", in, u.Origin())
		}
	}
}

// Space at the end of an opaque path must survive the loss of the query behind it.
func TestSpacesBeforeQuery(t *testing.T) {
	u, _ := Parse("data:space  ?query#x", "")
	u.SetSearch("")
	u.SetHash("")
	if got := u.Href(); got != "data:space %20" {
		t.Errorf("got %q", got)
	}
}

func TestForm(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := SerializeForm(ParseForm(in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f("a=1&b=2", "a=1&b=2")
	f("&&a&=b&", "a=&=b")
	f("a=b=c", "a=b%3Dc")
	f("a+b=%20%2B%zz", "a+b=+%2B%25zz")
	f("%F0%9F%98%80=*-._~", "%F0%9F%98%80=*-._%7E")
	f("%FF=%E2%82&x=%F0%80%80%C2", "%EF%BF%BD=%EF%BF%BD&x=%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD")
	if got := ParseForm("%EF%BB%BFa=1")[0][0]; got != "\uFEFFa" {
		t.Errorf("the byte order mark: %q", got)
	}
}

func TestCompareUTF16(t *testing.T) {
	words := []string{"", "a", "ab", "b", "\uD7FF", "\uE000", "\uFFFD", "\uFFFF", "\U00010000", "\U0010FFFF", "a\uFFFD", "a\U00010000"}
	units := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		}
		return b.String()
	}
	sign := func(n int) int { return min(max(n, -1), 1) }
	for _, a := range words {
		for _, b := range words {
			if got, want := sign(compareUTF16(a, b)), strings.Compare(units(a), units(b)); got != want {
				t.Errorf("%+q, %+q: got %d, want %d", a, b, got, want)
			}
		}
	}
}

// The parser must take linear time on input of any shape.
func TestParseIsLinear(t *testing.T) {
	for name, unit := range map[string]string{
		"dots": "/../a", "encoded": "/ ", "segments": "/.a", "ats": "@", "slashes": "/", "labels": "a.", "tabs": "\t", "percent": "%2e/", "controls": "\x01",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for _, prefix := range []string{"http://a/", "http://", "x:", "", "file:///c:/"} {
				_, _ = Parse(prefix+strings.Repeat(unit, 1<<20/len(unit)), "http://b/c")
			}
			if d := time.Since(start); d > 3*time.Second { // quadratic work would take minutes
				t.Errorf("1 MiB takes %v", d)
			}
		})
	}
}

// FuzzParse: what is parsed prints a URL that parses to itself, and plain input is read as
// the second implementation reads it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"http://user:pass@example.com:8080/a/../b?c#d", "https://[::1]/", "file:///C|/x", "mailto:x", "//x/y", "http://0x7f.1/", `\\x\y`, "http://xn--a/",
		"ws://a:80/%2e%2e/%zz", "foo://a@b:/..", "?x", "#y", ".././/", "http://a.b./", "http://1.2.3./", "http:a", "non-special:/..//p",
	} {
		f.Add(s)
	}
	lib := whatwg.NewParser()
	const base = "https://base.example/dir/file?q#f"
	f.Fuzz(func(t *testing.T, in string) {
		u, err := Parse(in, base)
		if err == nil {
			href := u.Href()
			again, err := Parse(href, "")
			if err != nil || again.Href() != href || *again != *u {
				t.Fatalf("%q: %q parses to something else: %v, %+v, %+v", in, href, err, again, u)
			}
		}
		for i := range len(in) {
			// Left out: what the library reads by an older standard, host names whose mapping
			// to ASCII the two leave to the same library in different ways, and signs and
			// underscores, which it takes for parts of numbers (http://+888).
			if c := in[i]; c >= 0x7F || c <= ' ' || strings.IndexByte("^%+-_", c) >= 0 {
				return
			}
		}
		// It strips any number of brackets, and fails at numbers beyond 64 bits.
		if strings.Count(in, "[") > 1 || strings.Count(in, "]") > 1 || manyDigits(in) {
			return
		}
		theirs, libErr := lib.ParseRef(base, in)
		if (err == nil) != (libErr == nil) {
			t.Fatalf("%q: %v, the library says %v", in, err, libErr)
		}
		if err == nil && theirs.Href(false) != u.Href() {
			t.Fatalf("%q: got %s, the library says %s", in, u.Href(), theirs.Href(false))
		}
	})
}

// manyDigits reports whether s has a run of 16 or more hexadecimal digits.
func manyDigits(s string) bool {
	run := 0
	for i := range len(s) {
		if run++; !isHex(s[i]) {
			run = 0
		}
		if run >= 16 {
			return true
		}
	}
	return false
}

// FuzzForm: parsing what was serialised gives the pairs back.
func FuzzForm(f *testing.F) {
	f.Add("a=b&c=%20+%")
	f.Add("%E2%82=\xff&&=")
	f.Fuzz(func(t *testing.T, in string) {
		list := ParseForm(in)
		again := ParseForm(SerializeForm(list))
		if len(list) != len(again) {
			t.Fatalf("%q: %d pairs, then %d", in, len(list), len(again))
		}
		for i := range list {
			if list[i] != again[i] {
				t.Fatalf("%q: %q, then %q", in, list[i], again[i])
			}
		}
	})
}

const plainURL = "https://shop.example.com/catalog/items/12345?page=2&sort=price"

func BenchmarkParse(b *testing.B) {
	b.Run("impl=gannet", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			u, err := Parse(plainURL, "")
			if err != nil || u.Pathname() != "/catalog/items/12345" {
				b.Fatal(err)
			}
		}
	})
	b.Run("impl=whatwg-url", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := whatwg.Parse(plainURL); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkHref(b *testing.B) {
	u, err := Parse(plainURL, "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		u.Href()
	}
}

// A plain URL costs one allocation to parse, the record itself, and one to print.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var u *URL
	if n := testing.AllocsPerRun(100, func() { u, _ = Parse(plainURL, "") }); n > 1 {
		t.Errorf("Parse: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = u.Href() }); n > 1 {
		t.Errorf("Href: %v allocations", n)
	}
}
