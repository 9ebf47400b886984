package gannet_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// imports is who may import whom inside Gannet: package (or "dir/..." for a subtree) to
// the packages and subtrees it may import. The most specific entry counts.
// ARCHITECTURE.md gives the reasons.
var imports = map[string][]string{
	"":                   {},
	"core":               {},
	"core/config":        {"core"},
	"core/plan":          {"core", "core/config"},
	"core/sched":         {"core"},
	"core/assets":        {"core"},
	"core/edge":          {"core", "core/..."},
	"isolate/hook":       {},
	"isolate/realm":      {"core", "isolate/hook"},
	"isolate/webapi/...": {"core", "isolate/hook", "isolate/realm", "isolate/webapi/..."},
	"isolate/bundle":     {"core"},
	"isolate/compat":     {},
	"isolate":            {"core", "isolate/..."},
	"net/h1/wire":        {"core"},
	"net/h1":             {"core", "net/h1/wire"},
	"net/origin":         {"core", "net/h1/wire"},
	"loadtest/...":       {"loadtest/..."},
	"cmd/...":            {"..."},
	"examples/...":       {"..."},
}

// confined is where a library that shapes the design may be used at all.
var confined = map[string]string{
	"github.com/panjf2000/gnet/v2": "net",
	"github.com/quic-go/quic-go":   "net/h3",
	"github.com/dop251/goja":       "isolate",
	"github.com/evanw/esbuild":     "isolate/bundle",
}

func TestImportDirections(t *testing.T) {
	type pkg struct {
		ImportPath string
		Imports    []string
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		seen++
		from := relative(p.ImportPath)
		allowed, ok := rule(from)
		if !ok {
			t.Errorf("package %q has no entry in the import table", from)
			continue
		}
		for _, imp := range p.Imports {
			if imp == "gannet" || strings.HasPrefix(imp, "gannet/") {
				if !within(allowed, relative(imp)) {
					t.Errorf("%s imports %s, which the table does not allow", from, relative(imp))
				}
				continue
			}
			for lib, home := range confined {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && from != home && !strings.HasPrefix(from, home+"/") &&
					!strings.HasPrefix(from, "loadtest") {
					t.Errorf("%s imports %s, which belongs under %s", from, imp, home)
				}
			}
		}
	}
	if seen == 0 {
		t.Fatal("go list named no package")
	}
}

func relative(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, "gannet"), "/")
}

// rule finds the entry for a package: its own, or that of the nearest subtree above it.
func rule(p string) ([]string, bool) {
	if r, ok := imports[p]; ok {
		return r, true
	}
	for dir := p; dir != "."; dir = path.Dir(dir) {
		if r, ok := imports[dir+"/..."]; ok {
			return r, true
		}
	}
	return nil, false
}

func within(allowed []string, p string) bool {
	for _, a := range allowed {
		if a == "..." || a == p {
			return true
		}
		if tree, ok := strings.CutSuffix(a, "/..."); ok && (p == tree || strings.HasPrefix(p, tree+"/")) {
			return true
		}
	}
	return false
}
