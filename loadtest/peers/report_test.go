package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{
		{nil, 0}, {[]float64{7}, 7}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}, {[]float64{2, 2, 2, 100}, 2},
	} {
		in := slices.Clone(c.in)
		if got := median(in); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.in, got, c.want)
		}
		if !slices.Equal(in, c.in) {
			t.Errorf("median sorted its argument: %v", in)
		}
	}
}

func TestOrder(t *testing.T) {
	for n := 1; n <= 5; n++ {
		first := map[int]bool{}
		for round := range 4 * n {
			turn := order(n, round)
			first[turn[0]] = true
			slices.Sort(turn)
			for i, v := range turn {
				if v != i {
					t.Fatalf("order(%d, %d) leaves somebody out: %v", n, round, turn)
				}
			}
		}
		if len(first) != n {
			t.Errorf("of %d, only %v ever come first", n, first)
		}
	}
}

func sampleReport() *report {
	s := func(cpu, rate float64, p99 time.Duration, rss, errors int64) sample {
		return sample{CPUMicros: cpu, Rate: rate, P50: time.Millisecond, P99: p99, RSS: rss << 20, HWM: rss << 21, Requests: 1000, Errors: errors}
	}
	return &report{
		Machine: machine{
			Time: "2026-11-24T12:00:00Z", CPU: "Some CPU", Cores: 2, Kernel: "6.1", Go: "go1.26", Commit: "abc", Command: "go run ./loadtest/peers",
			Versions: map[string]string{"wrk": "4.1.0", "nginx": "1.22.1"}, LoadBefore: "0.10", LoadAfter: "2.00",
		},
		Cases: []caseResult{{
			Name: "hello", About: "a case", Reference: "floor",
			Contenders: []contenderResult{
				{"gannet", []sample{s(12, 50_000, 3*time.Millisecond, 30, 0), s(9, 70_000, 2*time.Millisecond, 32, 1), s(10, 60_000, 9*time.Millisecond, 31, 2)}},
				{"floor", []sample{s(6, 90_000, time.Millisecond, 10, 0), s(4, 90_000, time.Millisecond, 10, 0)}},
				{"absent", nil},
			},
		}},
	}
}

func TestPrint(t *testing.T) {
	const want = `Some CPU, 2 cores, Linux 6.1, go1.26, commit abc, 2026-11-24T12:00:00Z
load 0.10 before, 2.00 after; nginx 1.22.1, wrk 4.1.0
$ go run ./loadtest/peers

hello: a case
  server  CPU-µs/req     (min–max)     ×  req/s      (min–max)  p50  p99  RSS MiB  peak MiB  errors
  gannet       10.00  (9.00–12.00)  2.00  60000  (50000–70000)  1ms  3ms     31.0      64.0       3
   floor        5.00   (4.00–6.00)  1.00  90000  (90000–90000)  1ms  1ms     10.0      20.0       0
`
	var got strings.Builder
	sampleReport().print(&got)
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestPrintWithoutReference(t *testing.T) {
	r := sampleReport()
	r.Cases[0].Contenders = r.Cases[0].Contenders[:1]
	var got strings.Builder
	r.print(&got)
	if !strings.Contains(got.String(), "  –  ") {
		t.Errorf("a ratio to nothing:\n%s", got.String())
	}
}

func TestWriteJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	if err := sampleReport().writeJSON(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if got := back.Cases[0].Contenders[0].Samples[1]; got != sampleReport().Cases[0].Contenders[0].Samples[1] {
		t.Errorf("read back %+v", got)
	}
}

func TestParseOptions(t *testing.T) {
	o, err := parse([]string{"-cases", " hello, proxy,", "-skip", "gannet,bare gnet", "-rounds", "3", "-duration", "2s"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.cases, []string{"hello", "proxy"}) || !slices.Equal(o.skip, []string{nameGannet, nameBareGnet}) || o.rounds != 3 || o.duration != 2*time.Second {
		t.Errorf("options %+v", o)
	}
	if o, err := parse(nil, io.Discard); err != nil || len(o.cases) != 3 {
		t.Errorf("by default %+v, %v", o, err)
	}
	for _, args := range [][]string{
		{"-cases", "nothing"}, {"-cases", ","}, {"-rounds", "0"}, {"-duration", "10ms"}, {"-connections", "0"}, {"-loops", "0"}, {"stray"}, {"-none"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

// Every case can be run and printed: names are unique, the reference takes part, the
// answer is one wrk counts as good.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range registry {
		if seen[c.name] {
			t.Errorf("two cases are called %s", c.name)
		}
		seen[c.name] = true
		names := map[string]bool{}
		for _, p := range c.contenders {
			if names[p.name] || p.start == nil {
				t.Errorf("%s: contender %q is there twice or cannot start", c.name, p.name)
			}
			names[p.name] = true
		}
		if !names[c.reference] || !names[nameGannet] {
			t.Errorf("%s: %s and gannet must take part: %v", c.name, c.reference, names)
		}
		if c.about == "" || !strings.HasPrefix(c.target, "/") || c.status < 200 || c.status > 399 || c.body == "" {
			t.Errorf("%s: %+v", c.name, c)
		}
	}
	if len(originBody) != 1024 {
		t.Errorf("the proxied body has %d bytes, want 1024", len(originBody))
	}
}
