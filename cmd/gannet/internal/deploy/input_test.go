package deploy

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"gannet/core"
	"gannet/core/config"
	"gannet/isolate"
	"gannet/isolate/bundle"
)

func TestHash(t *testing.T) {
	hash := func(change func(*Input, *bundle.Script)) string {
		in := &Input{
			Name: "w", Vars: []config.Var{{Name: "A", Text: "1"}}, Limits: core.DefaultLimits(),
			Project: &config.Project{Bindings: []config.Binding{{Name: "KV", Type: "kv_namespace", Pos: config.Pos{File: "wrangler.toml", Line: 3}}}},
		}
		script := &bundle.Script{Hash: "abc"}
		if change != nil {
			change(in, script)
		}
		return Hash(in, script)
	}
	base := hash(nil)
	if again := hash(nil); again != base {
		t.Error("the same input gives another hash")
	}
	f := func(name string, same bool, change func(*Input, *bundle.Script)) {
		t.Helper()
		if got := hash(change) == base; got != same {
			t.Errorf("%s: same version is %v, want %v", name, got, same)
		}
	}
	f("the place of a binding", true, func(in *Input, _ *bundle.Script) { in.Project.Bindings[0].Pos.Line = 9 })
	f("the code", false, func(_ *Input, s *bundle.Script) { s.Hash = "abd" })
	f("a variable", false, func(in *Input, _ *bundle.Script) { in.Vars[0].Text = "2" })
	f("text against JSON", false, func(in *Input, _ *bundle.Script) { in.Vars[0] = config.Var{Name: "A", JSON: json.RawMessage("1")} })
	f("a limit", false, func(in *Input, _ *bundle.Script) { in.Limits.CPU++ })
	f("a binding", false, func(in *Input, _ *bundle.Script) { in.Project.Bindings[0].Type = "r2_bucket" })
	f("assets", false, func(in *Input, _ *bundle.Script) { in.Project.Assets = &config.Assets{Directory: "/x"} })
	f("a flag", false, func(in *Input, _ *bundle.Script) { in.Project.CompatibilityFlags = []string{"x"} })
	f("the name", false, func(in *Input, _ *bundle.Script) { in.Name = "v" })
}

func TestBindings(t *testing.T) {
	in := &Input{
		Vars: []config.Var{{Name: "TEXT", Text: `a "b"`}, {Name: "OBJECT", JSON: json.RawMessage(`{"z":1,"a":2}`)}},
		Project: &config.Project{
			Bindings: []config.Binding{{Name: "KV", Type: "kv_namespace"}},
			Assets:   &config.Assets{Binding: "ASSETS"},
		},
	}
	got := make(map[string]isolate.Binding)
	for _, b := range bindings(in, core.Fetcher(nil)) {
		got[b.Name] = b
	}
	if string(got["TEXT"].Value) != `"a \"b\""` || string(got["OBJECT"].Value) != `{"z":1,"a":2}` {
		t.Errorf("variables: %s %s", got["TEXT"].Value, got["OBJECT"].Value)
	}
	if got["KV"].Kind != isolate.Unsupported || got["KV"].Type != "kv_namespace" {
		t.Errorf("KV: %+v", got["KV"])
	}
	if _, ok := got["ASSETS"]; ok {
		t.Error("there are no assets, and yet a binding")
	}
}

func TestFlags(t *testing.T) {
	f := func(date string, given []string, flag string, want bool) {
		t.Helper()
		if got := flags(&config.Project{CompatibilityDate: date, CompatibilityFlags: given})[flag]; got != want {
			t.Errorf("%s with %v: %s is %v, want %v", date, given, flag, got, want)
		}
	}
	f("", nil, navigationFlag, false)
	f("2025-03-31", nil, navigationFlag, false)
	f("2025-04-01", nil, navigationFlag, true)
	f("2026-01-01", []string{"assets_navigation_has_no_effect"}, navigationFlag, false)
	f("", []string{navigationFlag}, navigationFlag, true)
	f("2026-01-01", []string{"nodejs_compat"}, "nodejs_compat", true)
}

func TestBundleOptionsLeaveJSXToTheProject(t *testing.T) {
	in := &Input{Project: &config.Project{Build: config.Build{JSXFactory: "React.createElement", JSXFragment: "h.F"}}}
	if o := in.BundleOptions(); o.JSXFactory != "" || o.JSXFragment != "h.F" {
		t.Errorf("got %q and %q", o.JSXFactory, o.JSXFragment)
	}
}

func TestMessages(t *testing.T) {
	err := &core.WorkerError{Message: "TypeError: x", Frames: []core.Frame{{Func: "f", File: "src/a.ts", Line: 3, Column: 4}, {File: "src/b.ts", Line: 5, Column: 6}}}
	got := Messages("/project", nil, err)
	if len(got) != 1 || OneLine(got[0]) != "/project/src/a.ts:3:4: error: TypeError: x" || got[0].Notes[0].File != "/project/src/b.ts" {
		t.Errorf("got %+v", got)
	}
	if got := Messages("/project", nil, errors.New("plain")); len(got) != 1 || OneLine(got[0]) != "error: plain" {
		t.Errorf("got %+v", got)
	}
	be := &bundle.BuildError{Messages: []bundle.Message{{Text: "two\nlines", File: "a.js", Line: 1, Column: 2, Hint: "do this"}}}
	if got := Messages("/p", nil, be); !strings.HasSuffix(OneLine(got[0]), "/p/a.js:1:2: error: two lines (do this)") {
		t.Errorf("got %q", OneLine(got[0]))
	}
}

func TestWithVars(t *testing.T) {
	base := []config.Var{{Name: "A", Text: "1"}, {Name: "B", Text: "2"}}
	got := WithVars(base, []config.Var{{Name: "B", Text: "3"}, {Name: "C", Text: "4"}})
	if len(got) != 3 || got[1].Text != "3" || got[2].Name != "C" || base[1].Text != "2" {
		t.Errorf("got %+v of %+v", got, base)
	}
}
