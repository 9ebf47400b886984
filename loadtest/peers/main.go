package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	cases    []string
	skip     []string
	rounds   int
	duration time.Duration // of one wrk run
	warmup   time.Duration // of the run before the first round, which does not count
	conns    int
	loops    int           // event loops of bare gnet
	gannet   string        // path of the binary; "" builds one
	out      string        // directory that gets a directory per run
	timeout  time.Duration // of the whole run, set-up included
}

func main() {
	// Children ask the kernel to die with the thread that started them (Pdeathsig), so that
	// thread must be the one that lasts.
	runtime.LockOSThread()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{}
	var cases, skip string
	fs := flag.NewFlagSet("peers", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&cases, "cases", "hello,hono,proxy", "cases to run, comma-separated: "+strings.Join(caseNames(), ", "))
	fs.StringVar(&skip, "skip", "", "contenders to leave out, comma-separated")
	fs.IntVar(&o.rounds, "rounds", 5, "interleaved rounds")
	fs.DurationVar(&o.duration, "duration", 5*time.Second, "length of one run of wrk")
	fs.DurationVar(&o.warmup, "warmup", time.Second, "length of the run before the first round")
	fs.IntVar(&o.conns, "connections", 64, "connections of wrk")
	fs.IntVar(&o.loops, "loops", runtime.GOMAXPROCS(0), "event loops of bare gnet: as many as gannet has")
	fs.StringVar(&o.gannet, "gannet", "", "the gannet binary; built from this tree if empty")
	fs.StringVar(&o.out, "out", "bench-out", "directory for the raw files")
	fs.DurationVar(&o.timeout, "timeout", 20*time.Minute, "bound on the whole run")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	o.cases, o.skip = split(cases), split(skip)
	for _, name := range o.cases {
		if !slices.Contains(caseNames(), name) {
			return o, fmt.Errorf("no case %q; there are %s", name, strings.Join(caseNames(), ", "))
		}
	}
	switch {
	case len(o.cases) == 0:
		return o, errors.New("no case to run")
	case o.rounds < 1 || o.conns < 1 || o.loops < 1:
		return o, errors.New("-rounds, -connections and -loops must be at least 1")
	case o.duration < time.Second || o.warmup < 0:
		return o, errors.New("-duration must be at least 1s, -warmup not negative") // wrk counts whole seconds
	}
	return o, nil
}

func split(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("not done within %v (-timeout)", o.timeout))
	defer cancel()

	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.install(); err != nil {
		return err
	}
	rep := report{Machine: describe(b, args)}
	var failed error
	for _, name := range o.cases {
		res, err := b.runCase(findCase(name))
		// A contender that does not start is named and left out; the others still count.
		failed = errors.Join(failed, err)
		if res != nil {
			rep.Cases = append(rep.Cases, *res)
		}
		if ctx.Err() != nil {
			return errors.Join(failed, context.Cause(ctx))
		}
	}
	rep.Machine.LoadAfter = loadAverage()

	var text strings.Builder
	rep.print(&text)
	if _, err := io.WriteString(stdout, text.String()); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.out, "table.txt"), []byte(text.String()), 0o644); err != nil {
		return err
	}
	if err := rep.writeJSON(filepath.Join(b.out, "results.json")); err != nil {
		return err
	}
	b.logf("raw files: %s", b.out)
	return failed
}
