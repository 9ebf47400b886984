package cli

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"gannet/cmd/gannet/internal/term"
)

func TestParse(t *testing.T) {
	f := func(args, wantRest, wantA, wantErr string) {
		t.Helper()
		fs := flag.NewFlagSet("x", flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		a := fs.String("all", "", "")
		fs.Int("number", 0, "")
		fs.Bool("c", false, "")
		rest, err := parse(fs, strings.Fields(args))
		text := ""
		if err != nil {
			text = err.Error()
			var usage *usageError
			if errors.As(err, &usage) && usage.hint != "" {
				text += "; " + usage.hint
			}
		}
		if text != wantErr || err == nil && (!slices.Equal(rest, strings.Fields(wantRest)) || *a != wantA) {
			t.Errorf("%q: got %v, all=%q, %q; want %v, %q, %q", args, rest, *a, text, wantRest, wantA, wantErr)
		}
	}
	f("", "", "", "")
	f("--all x y", "y", "x", "")
	f("y --all x z", "y z", "x", "")
	f("y --all=x=1 -- --all", "y --all", "x=1", "")
	f("-- -c", "-c", "", "")
	f("-all x", "", "x", "")
	f("--all", "", "", "--all needs a value; see gannet help x")
	f("--al x", "", "", `unknown flag --al; did you mean "--all"?`)
	f("--zzzzzz", "", "", "unknown flag --zzzzzz; see gannet help x")
	f("-d", "", "", `unknown flag -d; did you mean "-c"?`)
	f("--number x", "", "", `--number "x": parse error`)
	f("-help", "", "", flag.ErrHelp.Error())
}

func TestNearest(t *testing.T) {
	words := []string{"dev", "serve", "check", "reload", "version", "help"}
	f := func(in, want string) {
		t.Helper()
		if got := nearest(in, words); got != want {
			t.Errorf("nearest(%q): got %q, want %q", in, got, want)
		}
	}
	f("serv", "serve")
	f("sevre", "serve")
	f("CHECK", "check")
	f("relaod", "reload")
	f("deploy", "")
	f(strings.Repeat("x", 10000), "")
	f("de", "dev")
}

func TestFail(t *testing.T) {
	f := func(err error, code int, want string) {
		t.Helper()
		var b strings.Builder
		env := &environment{stdout: term.Writer(io.Discard), stderr: term.Writer(&b)}
		if got := fail(env, err); got != code || b.String() != want {
			t.Errorf("%v: got %d %q, want %d %q", err, got, b.String(), code, want)
		}
	}
	f(nil, 0, "")
	f(errReported, 1, "")
	f(errors.New("it broke\n"), 1, "gannet: it broke\n")
	f(&usageError{"what?", "this"}, 2, "gannet: what? (this)\n")
	f(errors.New("\x1b[2J"), 1, "gannet: ␛[2J\n")
}

func TestReachable(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := reachable(in); got != want {
			t.Errorf("reachable(%q): got %q, want %q", in, got, want)
		}
	}
	f("127.0.0.1:9900", "127.0.0.1:9900")
	f("0.0.0.0:9900", "127.0.0.1:9900")
	f(":9900", "127.0.0.1:9900")
	f("[::]:9900", "[::1]:9900")
	f("localhost:1", "localhost:1")
}
