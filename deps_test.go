package gannet_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
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

// TestEveryPackageIsDocumented: each package has a doc.go, and a row in ARCHITECTURE.md of its
// own or of the subtree it is in, which then names it.
func TestEveryPackageIsDocumented(t *testing.T) {
	out, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]string) // first column to the row
	for _, row := range regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\|.*$").FindAllStringSubmatch(string(text), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			rows[strings.Trim(name, "`")] = row[0]
		}
	}
	for line := range strings.Lines(string(out)) {
		pkg := relative(strings.TrimSpace(line))
		if _, err := os.Stat(filepath.Join(filepath.FromSlash(pkg), "doc.go")); err != nil {
			t.Errorf("%q has no doc.go", pkg)
		}
		if pkg == "" || rows[pkg] != "" {
			continue
		}
		dir := path.Dir(pkg)
		row := rows[dir+"/*"]
		if row == "" {
			row = rows[dir]
		}
		if !strings.Contains(row, "`"+path.Base(pkg)+"`") {
			t.Errorf("%s is not in the table of ARCHITECTURE.md", pkg)
		}
	}
}

// TestTheLifeOfARequestNamesWhatExists: each function that the ten steps name is declared.
func TestTheLifeOfARequestNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, life, _ := strings.Cut(string(text), "## The life of a request\n")
	life, _, _ = strings.Cut(life, "\n## ")
	if n := len(regexp.MustCompile(`(?m)^[0-9]+\. `).FindAllString(life, -1)); n != 10 {
		t.Errorf("the life of a request has %d steps, want 10", n)
	}
	declared := make(map[string]bool)
	declaration := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*?\*?(\w+)\) )?(\w+)|type (\w+)|\t(\w+)\()`)
	err = filepath.WalkDir(".", func(p string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && p != "." || strings.HasPrefix(d.Name(), "_")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, m := range declaration.FindAllStringSubmatch(string(src), -1) {
			for _, name := range m[1:] {
				declared[name] = true
			}
			if m[1] != "" {
				declared[m[1]+"."+m[2]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// `net/h1.Server.Serve`, `h1.loop.OnTraffic`, `Edge.toSite`, `identify`; packages have a slash alone.
	named := 0
	for _, m := range regexp.MustCompile("`([\\w/]+(?:\\.\\w+)*)`").FindAllStringSubmatch(life, -1) {
		parts := strings.Split(m[1][strings.LastIndexByte(m[1], '/')+1:], ".")
		last := parts[len(parts)-1]
		if strings.Contains(m[1], "/") && len(parts) == 1 || last == "url" || last == "fetch" || last == "Response" {
			continue // a package, or a word of the Workers API
		}
		named++
		if !declared[last] {
			t.Errorf("nothing is called %s", m[1])
		}
		if len(parts) == 3 && !declared[parts[1]+"."+last] {
			t.Errorf("%s has no method %s", parts[1], last)
		}
	}
	if named < 20 {
		t.Errorf("only %d names were found", named)
	}
}
