package term

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestClean(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q): got %q, want %q", in, got, want)
		}
	}
	f("", "")
	f("/plain?q=ä", "/plain?q=ä")
	f("two\nlines\ttab", "two\nlines\ttab")
	f("\x1b[2Jgone", "␛[2Jgone")
	f("\x07\r\x00", "␇␍␀")
	f("\x7f\u009b31m", "\uFFFD\uFFFD31m")
	f("\xff", "\uFFFD") // no valid UTF-8; a raw 0x9B is a control sequence to some terminals
}

func TestRequestLine(t *testing.T) {
	f := func(color bool, method, target string, status int, took time.Duration, want string) {
		t.Helper()
		var b strings.Builder
		newOutput(&b, true, color).Request(method, target, status, took)
		if b.String() != want {
			t.Errorf("got %q, want %q", b.String(), want)
		}
	}
	f(false, "GET", "/", 200, 400*time.Microsecond, "GET / 200 0.4 ms\n")
	f(false, "GET", "/x", 0, 12*time.Millisecond, "GET /x gone 12 ms\n")
	f(false, "GET", "/\x1b[31m", 404, 2*time.Second, "GET /␛[31m 404 2000 ms\n")
	f(true, "GET", "/", 500, 0, "GET / \x1b[31m500\x1b[0m \x1b[2m0.0 ms\x1b[0m\n")
}

func TestHandler(t *testing.T) {
	f := func(want string, log func(l *slog.Logger)) {
		t.Helper()
		var b strings.Builder
		log(slog.New(NewHandler(Writer(&b), slog.LevelInfo)))
		if b.String() != want {
			t.Errorf("got %q, want %q", b.String(), want)
		}
	}
	f("hello\n", func(l *slog.Logger) { l.Info("hello") })
	f("", func(l *slog.Logger) { l.Debug("hello") })
	f("warning: odd key=value\n", func(l *slog.Logger) { l.Warn("odd", "key", "value", "empty", "") })
	f("error: TypeError: x url=http://a/\n    at f (a.js:1:2)\n", func(l *slog.Logger) {
		l.Error("TypeError: x", "worker", "w", "request", "1", "outcome", "exception", "url", "http://a/", "stack", "    at f (a.js:1:2)")
	})
	f("\x1b[1mbold\x1b[0m\n", func(l *slog.Logger) { l.Info("\x1b[1mbold\x1b[0m", "console", true, "worker", "w") })
	f("␛[1mnot ours a.b=1 a.c=2\n", func(l *slog.Logger) { l.WithGroup("a").With("b", 1).Info("\x1b[1mnot ours", "c", 2) })
}

func TestPaint(t *testing.T) {
	var b strings.Builder
	if got := newOutput(&b, true, true).Paint("x", Plain); got != "x" {
		t.Errorf("plain: %q", got)
	}
	if got := newOutput(&b, true, false).Paint("x", Red); got != "x" {
		t.Errorf("without colours: %q", got)
	}
}

func TestPipeIsNoTerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if o := New(f); o.Terminal || o.color {
		t.Error("the null device passes for a terminal")
	}
}

func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	f := func(in, want string) {
		t.Helper()
		if got := Path(in); got != want {
			t.Errorf("Path(%q): got %q, want %q", in, got, want)
		}
	}
	f(filepath.Join(dir, "a", "b.js"), "a/b.js")
	f(filepath.Join(filepath.Dir(dir), "b.js"), filepath.Join(filepath.Dir(dir), "b.js"))
	f("rel.js", "rel.js")
}
