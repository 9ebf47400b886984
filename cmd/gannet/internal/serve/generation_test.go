package serve

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"gannet/cmd/gannet/internal/node"
	"gannet/core/config"
)

// TestMain ignores what runs before any test: goroutines of a package that gnet imports.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const twoNamed = `
[[worker]]
name = "a"
main = "a.js"
routes = ["a.example/*"]
[[worker]]
name = "b"
main = "b.js"
routes = ["b.example/*"]
`

const ok = "export default { fetch() { return new Response('ok') } }"

func TestPrepareTakesOverWhatDidNotChange(t *testing.T) {
	n := node.New(node.Options{Log: slog.New(slog.DiscardHandler)})
	dir := t.TempDir()
	put(t, dir, "a.js", ok)
	put(t, dir, "b.js", ok)
	file := put(t, dir, "gannet.toml", twoNamed)

	first, report := prepare(t.Context(), n, file, nil)
	if first == nil {
		t.Fatalf("refused: %v", report.Errors)
	}
	n.Swap(first.plan, first.workers)
	if len(first.started) != 2 {
		t.Errorf("%d workers were started, want 2", len(first.started))
	}
	put(t, dir, "b.js", strings.Replace(ok, "ok", "ko", 1))
	second, report := prepare(t.Context(), n, file, first)
	if second == nil {
		t.Fatalf("refused: %v", report.Errors)
	}
	if second.workers[0] != first.workers[0] || second.workers[1] == first.workers[1] || len(second.started) != 1 {
		t.Error("want a kept and b new")
	}
	n.Swap(second.plan, second.workers)

	// A route that moved within the file is no new version, nor is a comment.
	put(t, dir, "gannet.toml", "# moved\n\n"+strings.Replace(twoNamed, "b.example/*", "c.example/*", 1))
	third, report := prepare(t.Context(), n, file, second)
	if third == nil {
		t.Fatalf("refused: %v", report.Errors)
	}
	if len(third.started) != 0 {
		t.Errorf("%d workers were started, want none", len(third.started))
	}
	n.Swap(third.plan, third.workers)
	if err := n.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPrepareRefusedLeavesNothing: what was started for a file that is refused ends, which
// TestMain sees to, and what was in force goes on.
func TestPrepareRefusedLeavesNothing(t *testing.T) {
	n := node.New(node.Options{Log: slog.New(slog.DiscardHandler)})
	dir := t.TempDir()
	put(t, dir, "a.js", ok)
	put(t, dir, "b.js", "throw new Error('at the top')")
	file := put(t, dir, "gannet.toml", twoNamed)
	g, report := prepare(t.Context(), n, file, nil)
	if g != nil || len(report.Errors) != 1 || !strings.Contains(report.Errors[0], "at the top") {
		t.Errorf("got %v, %v", g, report.Errors)
	}
	if err := n.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPolicy(t *testing.T) {
	p := policy(&config.Config{
		Admin:   config.Admin{Listen: "127.0.0.1:9900"},
		Network: config.Network{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Hosts: map[string]config.Pin{"x.example": {Addr: netip.MustParseAddr("10.1.1.1"), Port: 81}, "y.example": {Addr: netip.MustParseAddr("::1")}}},
	})
	if p.AllowAll || len(p.AllowPrivate) != 1 || len(p.Deny) != 1 || p.Deny[0].String() != "127.0.0.1:9900" ||
		p.Pins["x.example"].String() != "10.1.1.1:81" || p.Pins["y.example"].Port() != 0 {
		t.Errorf("got %+v", p)
	}
}

// TestCheckEndsWhatItStarted: like the above, over the whole of gannet check.
func TestCheckEndsWhatItStarted(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.js", ok)
	put(t, dir, "b.js", ok)
	if r := Check(put(t, dir, "gannet.toml", twoNamed)); len(r.Errors)+len(r.Warnings) > 0 {
		t.Errorf("got %v %v", r.Errors, r.Warnings)
	}
}
