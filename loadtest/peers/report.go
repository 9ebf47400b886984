package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a run found, as results.json has it.
type report struct {
	Machine machine      `json:"machine"`
	Cases   []caseResult `json:"cases"`
}

// machine says where and how the figures came about; without it they mean nothing.
type machine struct {
	Time       string            `json:"time"`
	CPU        string            `json:"cpu"`
	Cores      int               `json:"cores"`
	Kernel     string            `json:"kernel"`
	Go         string            `json:"go"`
	Commit     string            `json:"commit"`
	Command    string            `json:"command"`
	Versions   map[string]string `json:"versions"`
	LoadBefore string            `json:"load_before"`
	LoadAfter  string            `json:"load_after"`
}

type caseResult struct {
	Name       string            `json:"name"`
	About      string            `json:"about"`
	Target     string            `json:"target"`
	Reference  string            `json:"reference"`
	Contenders []contenderResult `json:"contenders"`
}

type contenderResult struct {
	Name    string   `json:"name"`
	Samples []sample `json:"samples"`
}

// sample is one run of wrk.
type sample struct {
	CPUMicros float64       `json:"cpu_us_per_request"`
	Rate      float64       `json:"requests_per_second"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	RSS       int64         `json:"rss_bytes"`
	HWM       int64         `json:"hwm_bytes"`
	Requests  int64         `json:"requests"`
	Errors    int64         `json:"errors"`
}

// column takes one figure out of every sample.
func column[T cmp.Ordered](samples []sample, f func(sample) T) []T {
	all := make([]T, len(samples))
	for i, s := range samples {
		all[i] = f(s)
	}
	return all
}

// median is the middle value, the mean of the two middle ones if their number is even, and
// 0 of none. values is left as it is.
func median[T int64 | float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return sorted[mid-1] + (sorted[mid]-sorted[mid-1])/2
}

// print writes the tables.
func (r *report) print(w io.Writer) {
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, Linux %s, %s, commit %s, %s\n", m.CPU, m.Cores, m.Kernel, m.Go, m.Commit, m.Time)
	fmt.Fprintf(w, "load %s before, %s after; %s\n$ %s\n", m.LoadBefore, m.LoadAfter, versions(m.Versions), m.Command)
	for _, c := range r.Cases {
		fmt.Fprintf(w, "\n%s: %s\n", c.Name, c.About)
		c.print(w)
	}
}

func versions(v map[string]string) string {
	var parts []string
	for name, version := range v {
		parts = append(parts, name+" "+version)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func (c *caseResult) print(w io.Writer) {
	cpu := func(s sample) float64 { return s.CPUMicros }
	rate := func(s sample) float64 { return s.Rate }
	var reference float64
	for _, p := range c.Contenders {
		if p.Name == c.Reference {
			reference = median(column(p.Samples, cpu))
		}
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "server\tCPU-µs/req\t(min–max)\t×\treq/s\t(min–max)\tp50\tp99\tRSS MiB\tpeak MiB\terrors\t\n")
	for _, p := range c.Contenders {
		if len(p.Samples) == 0 {
			continue
		}
		cpus, rates := column(p.Samples, cpu), column(p.Samples, rate)
		ratio := "–"
		if reference > 0 {
			ratio = fmt.Sprintf("%.2f", median(cpus)/reference)
		}
		var errors int64
		for _, s := range p.Samples {
			errors += s.Errors
		}
		fmt.Fprintf(tw, "%s\t%.2f\t(%.2f–%.2f)\t%s\t%.0f\t(%.0f–%.0f)\t%v\t%v\t%.1f\t%.1f\t%d\t\n", p.Name,
			median(cpus), slices.Min(cpus), slices.Max(cpus), ratio,
			median(rates), slices.Min(rates), slices.Max(rates),
			median(column(p.Samples, func(s sample) time.Duration { return s.P50 })),
			median(column(p.Samples, func(s sample) time.Duration { return s.P99 })),
			mebibytes(median(column(p.Samples, func(s sample) int64 { return s.RSS }))),
			mebibytes(slices.Max(column(p.Samples, func(s sample) int64 { return s.HWM }))), errors)
	}
	_ = tw.Flush() // to memory
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

func (r *report) writeJSON(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// describe gathers what is known of the machine; what cannot be found out is "unknown".
func describe(b *bench, args []string) machine {
	first := func(argv ...string) string {
		cmd := exec.CommandContext(b.ctx, argv[0], argv[1:]...)
		cmd.Dir = b.root
		out, _ := cmd.CombinedOutput() // wrk -v and nginx -v print to stderr; wrk exits with 1
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return cmp.Or(strings.TrimSpace(line), "unknown")
	}
	command := "go run ./loadtest/peers"
	for _, a := range args {
		if strings.ContainsAny(a, " '\"") {
			a = fmt.Sprintf("%q", a)
		}
		command += " " + a
	}
	m := machine{
		Time: time.Now().UTC().Format(time.RFC3339), CPU: cpuModel(), Cores: runtime.NumCPU(),
		Kernel: first("uname", "-r"), Go: runtime.Version(), Commit: first("git", "describe", "--tags", "--always", "--dirty"),
		Command: command, LoadBefore: loadAverage(), Versions: map[string]string{},
	}
	version := func(name, line string) {
		f := strings.Fields(line)
		for _, word := range f {
			if _, after, ok := strings.Cut(word, "/"); ok {
				word = after
			}
			if word != "" && word[0] >= '0' && word[0] <= '9' {
				m.Versions[name] = word
				return
			}
		}
	}
	version("nginx", first(nginxPath(), "-v"))
	version("wrk", first("wrk", "-v"))
	if b.wants(nameWorkerd) {
		version("workerd", first(b.workerdPath(), "--version"))
	}
	return m
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "unknown CPU (" + runtime.GOARCH + ")"
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(b), " ")
	return load
}
