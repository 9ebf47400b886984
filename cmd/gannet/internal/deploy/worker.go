package deploy

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"gannet/core"
	"gannet/core/config"
	"gannet/core/edge"
	"gannet/isolate"
	"gannet/isolate/bundle"
)

// Env is what a node gives to every worker.
type Env struct {
	Scheduler core.Scheduler
	Edge      *edge.Edge
	Log       *slog.Logger
}

// engine is what answers: an isolate.Worker, or files alone.
type engine interface {
	Fetch(b core.Batch, ev *core.FetchEvent)
	Close(ctx context.Context) error
}

// Worker is one running version of a worker. It implements core.Worker.
type Worker struct {
	name   string
	engine engine
	script *isolate.Worker // engine again, or nil for files alone

	// Route is the handle for the plan's rules that lead here.
	Route *edge.Route
	// Hash names the version.
	Hash string
	// Script is what runs; nil for a project of assets alone.
	Script *bundle.Script

	// entering counts the calls of Fetch under way, and next is the version that took
	// over. Fetch counts itself in before it looks at next, Retire sets next before it
	// looks at entering: whoever did not see next was seen by Retire, which waits for it.
	entering atomic.Int64
	next     atomic.Pointer[Worker]
}

// Bundle builds the script of in once; nil for a project of assets alone. The error is a
// *bundle.BuildError unless ctx ended.
func Bundle(ctx context.Context, in *Input) (*bundle.Script, error) {
	if in.Project.Main == "" {
		return nil, nil
	}
	return bundle.Build(ctx, in.BundleOptions())
}

// Hash names the version that in and its script make.
func Hash(in *Input, script *bundle.Script) string { return in.hash(script) }

// Start starts a worker: its top level is evaluated. The error is a *core.WorkerError where
// the script is at fault.
func Start(ctx context.Context, in *Input, script *bundle.Script, env Env) (*Worker, error) {
	w := &Worker{name: in.Name, Script: script, Hash: in.hash(script)}
	files, err := OpenAssets(in.Project.Assets, func(msg string) { env.Log.Warn(msg, "worker", in.Name) })
	if err != nil {
		return nil, err
	}
	edge.RegisterWorker(in.Name)
	if script == nil {
		if files == nil {
			return nil, fmt.Errorf("the worker %q has neither a script nor assets", in.Name)
		}
		w.engine = filesOnly{files}
		return w, nil
	}
	cfg := isolate.Config{
		Name: in.Name, Script: script, Flags: flags(in.Project), Limits: in.Limits, LimitsFile: in.LimitsFile,
		Scheduler: env.Scheduler, Fetcher: env.Edge.Fetcher(), Log: env.Log,
	}
	var fetcher core.Fetcher
	if files != nil {
		fetcher = env.Edge.AssetsFetcher(files)
		w.Route = route(in.Project.Assets, files, cfg.Flags[navigationFlag])
	}
	cfg.Bindings = bindings(in, fetcher)
	if w.script, err = isolate.New(ctx, cfg); err != nil {
		return nil, err
	}
	w.engine = w.script
	return w, nil
}

func route(a *config.Assets, files edge.Files, navigation bool) *edge.Route {
	return &edge.Route{
		Assets: files, AlwaysWorker: a.RunWorkerFirst && len(a.RunWorkerFirstPatterns) == 0,
		WorkerFirst: a.RunWorkerFirstPatterns, NavigationFirst: navigation,
	}
}

// Name implements core.Worker.
func (w *Worker) Name() string { return w.name }

// Fetch implements core.Worker.
func (w *Worker) Fetch(b core.Batch, ev *core.FetchEvent) {
	w.entering.Add(1)
	if next := w.next.Load(); next != nil {
		w.entering.Add(-1)
		next.Fetch(b, ev)
		return
	}
	w.engine.Fetch(b, ev)
	w.entering.Add(-1)
}

// Figures are what a version has done, and does.
type Figures struct {
	ColdStarts, Condemned int64
	CPU                   time.Duration
	Inflight              int64
	// Isolates is how many are alive.
	Isolates int64
}

// Figures returns the worker's figures.
func (w *Worker) Figures() Figures {
	if w.script == nil {
		return Figures{}
	}
	s := w.script.Stats()
	return Figures{ColdStarts: s.ColdStarts.Load(), Condemned: s.Condemned.Load(), CPU: time.Duration(s.CPU.Load()),
		Inflight: w.script.Inflight(), Isolates: 1}
}

// enteringPoll is how often Retire looks whether the calls of Fetch it met have returned.
// They take microseconds.
const enteringPoll = time.Millisecond

// Retire ends the version once its events are over, or ctx is done. The plan must lead
// elsewhere already. Events that come all the same go to next; without one they are shed.
func (w *Worker) Retire(ctx context.Context, next *Worker) error {
	if next == nil {
		next = &Worker{name: w.name, engine: gone{}}
	}
	w.next.Store(next)
	tick := time.NewTicker(enteringPoll)
	defer tick.Stop()
	for w.entering.Load() != 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return w.engine.Close(ctx)
		}
	}
	return w.engine.Close(ctx)
}

// gone answers for a worker that is no more.
type gone struct{}

func (gone) Fetch(_ core.Batch, ev *core.FetchEvent) {
	ev.Done.FetchDone(ev, nil, &core.WorkerError{Outcome: core.OutcomeShed, Message: "the worker was removed"})
}

func (gone) Close(context.Context) error { return nil }

// filesOnly answers every request with the assets of a project that has no script.
type filesOnly struct{ files edge.Files }

// Fetch reads the file on a goroutine of its own, which ends with the event.
func (f filesOnly) Fetch(_ core.Batch, ev *core.FetchEvent) {
	go func() {
		req := &ev.Exchange.Request
		if req.Body != nil {
			req.Body.Close(core.ErrAbandoned)
			ev.BodyUsed = true
		}
		ev.Done.FetchDone(ev, f.files.Serve(req.Method, req.Target, req.Fields), nil)
	}()
}

func (filesOnly) Close(context.Context) error { return nil }
