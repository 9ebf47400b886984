package config

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	known := []string{"listen", "hosts", "origin", "cpu_ms", "main", "name", "ai", "compatibility_date"}
	f := func(word, want string) {
		t.Helper()
		if want != "" {
			want = `did you mean "` + want + `"?`
		}
		if got := didYouMean(word, known); got != want {
			t.Errorf("didYouMean(%q) = %s, want %s", word, got, want)
		}
	}
	f("lisetn", "listen")
	f("host", "hosts")
	f("orgn", "origin")
	f("cpu", "cpu_ms")
	f("nmae", "name")
	f("mian", "main")
	f("compatability_date", "compatibility_date")
	f("xyzzy", "")
	f("", "")
	f("b", "")
	f(strings.Repeat("a", 1000), "")
}

func TestEditDistance(t *testing.T) {
	f := func(a, b string, want int) {
		t.Helper()
		if got, back := editDistance(a, b), editDistance(b, a); got != want || back != want {
			t.Errorf("editDistance(%q, %q) = %d and %d back, want %d", a, b, got, back, want)
		}
	}
	f("", "", 0)
	f("abc", "", 3)
	f("abc", "abc", 0)
	f("abc", "acb", 1)
	f("kitten", "sitting", 3)
	f("ab", "ba", 1)
}
