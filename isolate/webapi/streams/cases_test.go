package streams

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

const casePrelude = `
function show(v) { return v === undefined ? 'undefined' : JSON.stringify(v.value) + (v.done ? ' done' : '') }
async function ticks(n) { for (let i = 0; i < n; i++) await null }
var asyncIterator = Symbol.asyncIterator || Symbol.for('Symbol.asyncIterator');
`

// TestCases runs testdata/cases.txt and compares what the cases log with cases.golden.
func TestCases(t *testing.T) {
	src, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	var golden strings.Builder
	want := map[string]string{}
	if text, err := os.ReadFile("testdata/cases.golden"); err == nil {
		for name, body := range sections(string(text)) {
			want[name] = body
		}
	}
	for name, body := range sections(string(src)) {
		w := newWorld(t)
		w.run(casePrelude)
		w.run("(async () => {" + body + "})().catch(e => log('uncaught', e, e && e.stack))")
		got := w.run(`out.join('\n')`).String()
		golden.WriteString("=== " + name + "\n" + got + "\n\n")
		if !*rewrite && strings.TrimSpace(got) != strings.TrimSpace(want[name]) {
			t.Errorf("%s:\n got:\n%s\nwant:\n%s", name, got, want[name])
		}
	}
	if *rewrite {
		if err := os.WriteFile("testdata/cases.golden", []byte(golden.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// sections yields the "=== name" sections of a test file.
func sections(text string) func(func(name, body string) bool) {
	return func(yield func(string, string) bool) {
		for i, part := range strings.Split("\n"+text, "\n=== ") {
			if name, body, _ := strings.Cut(part, "\n"); i > 0 && !yield(name, body) {
				return
			}
		}
	}
}
