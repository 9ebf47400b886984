package config

import (
	"errors"
	"strings"
	"testing"
)

func TestParsePattern(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		p, err := ParsePattern(in)
		if err != nil {
			t.Errorf("ParsePattern(%q): %v", in, err)
			return
		}
		if got := p.String(); got != want {
			t.Errorf("ParsePattern(%q) = %q, want %q", in, got, want)
		}
	}
	f("example.com/*", "example.com/*")
	f("example.com", "example.com/")
	f("EXAMPLE.com./Images/*", "example.com/Images/*")
	f("https://*.Example.com/shop/*", "https://*.example.com/shop/*")
	f("HTTP://example.com/", "http://example.com/")
	f("*example.com/*", "*example.com/*")
	f("*/*", "*/*")
	f("*", "*/")
	f("bücher.example/*", "xn--bcher-kva.example/*")
	f("*.bücher.example/*", "*.xn--bcher-kva.example/*")
	f("example.com/é*", "example.com/%C3%A9*")
	f("[::1]/*", "[::1]/*")
	f("127.0.0.1/a", "127.0.0.1/a")
	f("example.com/..*", "example.com/..*")
	f("a_b.example.com/%2F", "a_b.example.com/%2F")
}

func TestParsePatternErrors(t *testing.T) {
	f := func(in string, offset int, part string) {
		t.Helper()
		_, err := ParsePattern(in)
		var pe *PatternError
		if !errors.As(err, &pe) {
			t.Errorf("ParsePattern(%q) = %v, want a PatternError", in, err)
			return
		}
		if pe.Offset != offset || !strings.Contains(pe.Msg, part) {
			t.Errorf("ParsePattern(%q) failed at %d: %s; want %d and %q", in, pe.Offset, pe.Msg, offset, part)
		}
	}
	f("", 0, "empty")
	f("/*", 0, "no host")
	f("ftp://example.com/*", 0, "scheme")
	f("example.com:8080/*", 0, "port")
	f("[::1]:80/*", 0, "port")
	f("example.com/a?b", 13, "query")
	f("example.com?b", 11, "query")
	f("example.com/a*b", 13, "* may stand only")
	f("example.com/a**", 13, "* may stand only")
	f("a.*.example.com/", 0, "* may stand only")
	f("**.example.com/", 1, "* may stand only")
	f("example.com/a b", 13, "spaces")
	f("example.com/a/../b", 11, "segment")
	f("example.com/..", 11, "segment")
	f(`example.com\a`, 0, "not a host name")
	f(`example.com/\a`, 12, "backslash")
	f("a..example.com/", 0, "empty")
	f("*bücher.example/*", 1, "punycode")
	f("user@example.com/*", 0, "user name")
	f(strings.Repeat("a", 254)+"/*", 0, "longer")
	f("a.com/"+strings.Repeat("a", 4000), 0, "longer")
}

// FuzzParsePattern: what is accepted reads back from its normal form as the same pattern.
func FuzzParsePattern(f *testing.F) {
	for _, s := range []string{"example.com/*", "https://*.a.b/c*", "*", "[::1]/", "bücher.de/ü*", "*..a/", "a/..*", "*./"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePattern(s)
		if err != nil {
			var pe *PatternError
			if !errors.As(err, &pe) || pe.Offset < 0 || pe.Offset > len(s) {
				t.Fatalf("ParsePattern(%q): bad error %#v", s, err)
			}
			return
		}
		again, err := ParsePattern(p.String())
		if err != nil || again != p {
			t.Fatalf("ParsePattern(%q) = %+v, but its form %q gives %+v, %v", s, p, p, again, err)
		}
		if !strings.HasPrefix(p.Path, "/") || p.Host != strings.ToLower(p.Host) || strings.ContainsAny(p.Host+p.Path, "*?# ") {
			t.Fatalf("ParsePattern(%q) = %+v is not normal", s, p)
		}
	})
}
