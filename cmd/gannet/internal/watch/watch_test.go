package watch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a watcher over a directory of its own. A sentinel file, always watched, marks
// the end of what a test waits for.
type fixture struct {
	*testing.T
	w   *Watcher
	dir string
	n   int
}

func start(t *testing.T) *fixture {
	t.Helper()
	w, err := New(10 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{T: t, w: w, dir: dir}
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fixture) set(files, trees []string) {
	f.Helper()
	abs := func(names []string) (out []string) {
		for _, n := range names {
			out = append(out, f.path(n))
		}
		return out
	}
	if err := f.w.Set(append(abs(files), f.path("sentinel")), abs(trees)); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) write(name, text string) {
	f.Helper()
	if err := os.MkdirAll(filepath.Dir(f.path(name)), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(f.path(name), []byte(text), 0o644); err != nil {
		f.Fatal(err)
	}
}

// want waits for a report that names the file.
func (f *fixture) want(name string) {
	f.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case got := <-f.w.Changes():
			if slices.Contains(got, f.path(name)) {
				return
			}
		case <-late:
			f.Fatalf("no change of %s was reported", name)
		}
	}
}

// wantQuiet checks that nothing but the sentinel is reported.
func (f *fixture) wantQuiet() {
	f.Helper()
	f.n++
	f.write("sentinel", string(rune('a'+f.n)))
	got := <-f.w.Changes()
	if !slices.Equal(got, []string{f.path("sentinel")}) {
		f.Fatalf("reported %v, want the sentinel alone", got)
	}
}

func TestWrittenInPlace(t *testing.T) {
	f := start(t)
	f.write("a.js", "1")
	f.set([]string{"a.js"}, nil)
	f.write("a.js", "2")
	f.want("a.js")
	f.write("other.js", "1")
	f.wantQuiet()
}

func TestRenamedOver(t *testing.T) {
	f := start(t)
	f.write("a.js", "1")
	f.set([]string{"a.js"}, nil)
	for i := range 3 { // the second time is where a watch on the file itself would be lost
		f.write(".a.js.swp", string(rune('p'+i)))
		if err := os.Rename(f.path(".a.js.swp"), f.path("a.js")); err != nil {
			t.Fatal(err)
		}
		f.want("a.js")
	}
}

func TestSameContentIsNoChange(t *testing.T) {
	f := start(t)
	f.write("a.js", "1")
	f.set([]string{"a.js"}, nil)
	f.write("a.js", "2")
	f.want("a.js")
	f.write("a.js", "2")
	f.wantQuiet()
	f.write("a.js", "3")
	f.want("a.js")
}

func TestRemovedAndBack(t *testing.T) {
	f := start(t)
	f.write("a.js", "1")
	f.set([]string{"a.js"}, nil)
	if err := os.Remove(f.path("a.js")); err != nil {
		t.Fatal(err)
	}
	f.want("a.js")
	f.write("a.js", "1")
	f.want("a.js")
}

func TestFileInDirectoryYetToCome(t *testing.T) {
	f := start(t)
	f.set([]string{"node_modules/hono/index.js"}, nil)
	f.write("node_modules/hono/index.js", "1")
	// Either the file's own event or that of a directory on the way to it must wake us.
	select {
	case <-f.w.Changes():
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was reported")
	}
}

func TestTree(t *testing.T) {
	f := start(t)
	f.write("src/a.ts", "1")
	f.set(nil, []string{"src"})
	f.write("src/a.ts", "2")
	f.want("src/a.ts")
	if err := os.Mkdir(f.path("src/deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.want("src/deep")
	f.write("src/deep/b.ts", "1")
	f.want("src/deep/b.ts")
	f.write("src/node_modules/x.js", "1")
	f.write("src/.cache/x", "1")
	f.wantQuiet()
}

func TestSetReplaces(t *testing.T) {
	f := start(t)
	f.write("one/a.js", "1")
	f.write("two/b.js", "1")
	f.set([]string{"one/a.js"}, nil)
	f.set([]string{"two/b.js"}, nil)
	f.write("one/a.js", "2")
	f.wantQuiet()
	f.write("two/b.js", "2")
	f.want("two/b.js")
}
