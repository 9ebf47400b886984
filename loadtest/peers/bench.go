package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// hostField is the Host of every request, the same for all contenders, so that routes and
// virtual hosts have a name to go by.
const hostField = "bench.example"

// readyLimit bounds a server's start: workerd compiles, gannet bundles.
const readyLimit = 20 * time.Second

// bench is one run of the program.
type bench struct {
	ctx     context.Context
	options options
	root    string // the module's directory
	work    string // generated configurations and built binaries; removed at the end
	out     string // the raw files of this run; stays
	stderr  io.Writer
}

func newBench(ctx context.Context, o options, stderr io.Writer) (*bench, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("cannot ask go for the module: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(mod)))
	if _, err := os.Stat(filepath.Join(root, "loadtest/peers")); err != nil {
		return nil, errors.New("run it inside Gannet's source tree")
	}
	b := &bench{ctx: ctx, options: o, root: root, stderr: stderr}
	if b.out, err = filepath.Abs(filepath.Join(o.out, time.Now().UTC().Format("20060102T150405Z"))); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return nil, err
	}
	if b.work, err = os.MkdirTemp("", "gannet-peers-"); err != nil {
		return nil, err
	}
	// nginx's workers give up root and must still reach their files.
	return b, os.Chmod(b.work, 0o755)
}

func (b *bench) close() {
	if err := os.RemoveAll(b.work); err != nil {
		b.logf("%v", err)
	}
}

func (b *bench) logf(format string, args ...any) {
	fmt.Fprintf(b.stderr, format+"\n", args...)
}

// file writes a generated file for a server to read, and returns its path. A copy stays
// with the raw files.
func (b *bench) file(name, content string) (string, error) {
	kept := filepath.Join(b.out, "config", strings.ReplaceAll(name, "/", "-"))
	path := filepath.Join(b.work, name)
	for _, p := range []string{kept, path} {
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	return path, nil
}

// benchCase is one question asked of several servers.
type benchCase struct {
	name, about string
	// target is what wrk asks for, and status and body the only right answer.
	target string
	status int
	body   string
	// reference is the contender whose CPU is 1.00 in the table.
	reference string
	// origin starts the server behind the contenders, if the case has one. Its CPU does
	// not count.
	origin     func(*bench) (*server, error)
	contenders []contender
}

// contender is one server in a case. start gets the origin's address, host:port, or "".
type contender struct {
	name  string
	start func(b *bench, origin string) (*server, error)
}

// registry holds the cases; each case_*.go adds its own.
var registry []*benchCase

func register(c *benchCase) { registry = append(registry, c) }

func caseNames() []string {
	names := make([]string, len(registry))
	for i, c := range registry {
		names[i] = c.name
	}
	return names
}

func findCase(name string) *benchCase {
	i := slices.IndexFunc(registry, func(c *benchCase) bool { return c.name == name })
	return registry[i]
}

// runCase starts what the case needs, measures, and stops it all. The result is nil when
// no contender could be measured; the error names those that could not.
func (b *bench) runCase(c *benchCase) (*caseResult, error) {
	b.logf("case %s: %s", c.name, c.about)
	originAddr := ""
	if c.origin != nil {
		o, err := c.origin(b)
		if err != nil {
			return nil, fmt.Errorf("%s: origin: %w", c.name, err)
		}
		defer o.stop()
		if err := b.ready(c, o); err != nil {
			return nil, fmt.Errorf("%s: origin: %w", c.name, err)
		}
		originAddr = o.addr
	}

	var failed error
	var servers []*server
	res := &caseResult{Name: c.name, About: c.about, Target: c.target, Reference: c.reference}
	for _, p := range c.contenders {
		if slices.Contains(b.options.skip, p.name) {
			continue
		}
		s, err := p.start(b, originAddr)
		if err == nil {
			defer s.stop()
			if err = b.ready(c, s); err == nil && b.options.warmup > 0 {
				_, err = b.wrk(s, c.target, b.options.warmup)
			}
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %s: %w", c.name, p.name, err))
			continue
		}
		servers = append(servers, s)
		res.Contenders = append(res.Contenders, contenderResult{Name: p.name})
	}
	if len(servers) == 0 {
		return nil, failed
	}

	for round := range b.options.rounds {
		for _, i := range order(len(servers), round) {
			sample, err := b.measure(c, servers[i], res.Contenders[i].Name, round)
			if err != nil {
				return res, errors.Join(failed, fmt.Errorf("%s: %s, round %d: %w", c.name, res.Contenders[i].Name, round+1, err))
			}
			b.logf("  round %d: %-12s %7.2f CPU-µs/req %9.0f req/s", round+1, res.Contenders[i].Name, sample.CPUMicros, sample.Rate)
			res.Contenders[i].Samples = append(res.Contenders[i].Samples, sample)
		}
	}
	return res, failed
}

// order is who goes when: every other round backwards, every pair of rounds beginning one
// further on, so that nobody always comes first, or always after the same neighbour's heat.
func order(n, round int) []int {
	turn := make([]int, n)
	for i := range turn {
		turn[i] = (i + round/2) % n
	}
	if round%2 == 1 {
		slices.Reverse(turn)
	}
	return turn
}

// ready waits until the server gives the right answer.
func (b *bench) ready(c *benchCase, s *server) error {
	ctx, cancel := context.WithTimeout(b.ctx, readyLimit)
	defer cancel()
	retry := time.NewTicker(50 * time.Millisecond) // servers tell nobody when they are ready
	defer retry.Stop()
	for {
		err := check(ctx, c, s)
		if err == nil {
			return nil
		}
		select {
		case <-s.proc.ended:
			return fmt.Errorf("it ended (%v):\n%s", s.proc.err, s.proc.tail())
		case <-ctx.Done():
			return fmt.Errorf("no right answer within %v: %w\n%s", readyLimit, err, s.proc.tail())
		case <-retry.C:
		}
	}
}

func check(ctx context.Context, c *benchCase, s *server) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+c.target, nil)
	if err != nil {
		return err
	}
	req.Host = hostField
	tr := &http.Transport{DisableKeepAlives: true}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != c.status || string(body) != c.body {
		return fmt.Errorf("got %d %.200q, want %d %.200q", resp.StatusCode, body, c.status, c.body)
	}
	return nil
}

// measure is one run of wrk against one server, with what the server used meanwhile.
func (b *bench) measure(c *benchCase, s *server, name string, round int) (sample, error) {
	before, err := s.proc.usage()
	if err != nil {
		return sample{}, err
	}
	w, err := b.wrk(s, c.target, b.options.duration)
	if err != nil {
		return sample{}, err
	}
	after, err := s.proc.usage()
	if err != nil {
		return sample{}, err
	}
	cpu := after.cpu - before.cpu
	raw := fmt.Sprintf("# %s, %s, round %d\n# server: %s\n# client: %s\n# CPU of the server's process tree: %v\n# VmRSS %d, VmHWM %d bytes\n%s",
		c.name, name, round+1, strings.Join(s.proc.argv, " "), strings.Join(w.argv, " "), cpu, after.rss, after.hwm, w.output)
	path := filepath.Join(b.out, fmt.Sprintf("%s-%s-r%d.txt", c.name, strings.ReplaceAll(name, " ", "-"), round+1))
	if err := os.WriteFile(path, []byte(raw), 0o644); err != nil {
		return sample{}, err
	}
	if w.requests == 0 {
		return sample{}, errors.New("wrk counted no request")
	}
	return sample{
		CPUMicros: float64(cpu) / float64(time.Microsecond) / float64(w.requests),
		Rate:      w.rate,
		P50:       w.p50, P99: w.p99,
		RSS: after.rss, HWM: after.hwm,
		Requests: w.requests, Errors: w.errors,
	}, nil
}

// wrk runs wrk against the server.
func (b *bench) wrk(s *server, target string, d time.Duration) (wrkResult, error) {
	argv := []string{"wrk", "-t1", fmt.Sprintf("-c%d", b.options.conns), fmt.Sprintf("-d%ds", max(1, int(d.Seconds()))),
		"--latency", "-H", "Host: " + hostField, "http://" + s.addr + target}
	ctx, cancel := context.WithTimeout(b.ctx, d+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return wrkResult{}, fmt.Errorf("wrk: %w\n%s", err, out.String())
	}
	select {
	case <-s.proc.ended:
		return wrkResult{}, fmt.Errorf("the server ended under load (%v):\n%s", s.proc.err, s.proc.tail())
	default:
	}
	res, err := parseWrk(out.String())
	res.argv, res.output = argv, out.String()
	return res, err
}
