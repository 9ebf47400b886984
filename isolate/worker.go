package isolate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"gannet/core"
	"gannet/isolate/bundle"
	"gannet/isolate/realm"
)

// Config is what a worker is made of. Script, Scheduler and Fetcher are required.
type Config struct {
	// Name names the worker in logs, metrics and errors.
	Name string
	// Script is the bundled source.
	Script *bundle.Script
	// Bindings are the properties of env, or globals in service-worker syntax.
	Bindings []Binding
	// Flags are the compatibility flags in force.
	Flags map[string]bool
	// Limits bound each event. Zero fields mean core.DefaultLimits.
	Limits    core.Limits
	Scheduler core.Scheduler
	// Fetcher sends the worker's subrequests.
	Fetcher core.Fetcher
	// Clock is core.SystemClock if nil.
	Clock core.Clock
	// Log takes console output and uncaught exceptions; slog.Default if nil.
	Log *slog.Logger
	// LimitsFile is the file whose limits.* keys raise a limit, for messages; "" if there is
	// none.
	LimitsFile string
}

// Worker is one version of a worker. It implements core.Worker. Its methods may be called
// from any goroutine.
type Worker struct {
	cfg     Config
	program *goja.Program
	// current is the isolate that new events go to. It is replaced by its own isolate when
	// that is condemned, before its mailbox is closed, so that a dropped event always finds
	// another one here.
	current  atomic.Pointer[isolate]
	inflight atomic.Int64 // events from Fetch to the end of their last work
	closing  atomic.Bool
	idle     chan struct{} // closed once, when closing and inflight is 0
	idleOnce atomic.Bool
	stats    Stats
}

// Stats counts what a worker did. The counters only grow.
type Stats struct {
	ColdStarts atomic.Int64
	Condemned  atomic.Int64
	CPU        atomic.Int64 // nanoseconds
}

// New compiles the script and evaluates its top level once, under Limits.Startup. It waits
// for that and must not be called on an event loop or an executor. The error is a
// *core.WorkerError with a source-mapped stack where the script is at fault.
func New(ctx context.Context, cfg Config) (*Worker, error) {
	declare()
	cfg.Limits = cfg.Limits.Or(core.DefaultLimits())
	if cfg.Clock == nil {
		cfg.Clock = core.SystemClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	w := &Worker{cfg: cfg, idle: make(chan struct{})}
	program, err := compile(cfg.Script)
	if err != nil {
		return nil, err
	}
	w.program = program
	iso, err := newIsolate(w)
	if err != nil {
		return nil, err
	}
	w.current.Store(iso)
	if err := iso.start(ctx); err != nil {
		iso.actor.Kill()
		return nil, err
	}
	return w, nil
}

// Name implements core.Worker.
func (w *Worker) Name() string { return w.cfg.Name }

// Stats returns the worker's counters.
func (w *Worker) Stats() *Stats { return &w.stats }

// Inflight is the number of events that are not over, waitUntil included.
func (w *Worker) Inflight() int64 { return w.inflight.Load() }

// Fetch implements core.Worker.
func (w *Worker) Fetch(b core.Batch, fe *core.FetchEvent) {
	iso := w.current.Load()
	if iso.actor.Depth() >= w.cfg.Limits.Queue {
		fe.Done.FetchDone(fe, nil, &core.WorkerError{
			Outcome: core.OutcomeShed,
			Message: fmt.Sprintf("%d events wait for this worker already", w.cfg.Limits.Queue),
		})
		return
	}
	w.inflight.Add(1)
	e := newEvent(iso, fe)
	b.Post(iso.actor, &e.Task)
}

// redispatch sends an event its isolate never began to the one that replaced it. It runs on
// whatever goroutine dropped the event.
func (w *Worker) redispatch(e *event) {
	iso := w.current.Load()
	if w.closing.Load() || iso == e.iso {
		e.answer(nil, &core.WorkerError{Outcome: core.OutcomeShed, Message: "the worker is closed"})
		w.eventOver()
		return
	}
	again := newEvent(iso, e.fe)
	iso.actor.Post(&again.Task)
}

// eventOver counts an event out.
func (w *Worker) eventOver() {
	if w.inflight.Add(-1) == 0 && w.closing.Load() {
		w.becomeIdle()
	}
}

func (w *Worker) becomeIdle() {
	if w.idleOnce.CompareAndSwap(false, true) {
		close(w.idle)
	}
}

// Close ends the worker: it waits until its events are over, waitUntil included, or ctx is
// done, and then gives its isolates up; events still in flight are answered with an error.
// No Fetch may follow; the caller has taken the worker out of the plan before.
func (w *Worker) Close(ctx context.Context) error {
	w.closing.Store(true)
	if w.inflight.Load() == 0 {
		w.becomeIdle()
	}
	var err error
	select {
	case <-w.idle:
	case <-ctx.Done():
		err = fmt.Errorf("isolate: worker %s closed with %d events in flight: %w", w.cfg.Name, w.inflight.Load(), ctx.Err())
	}
	for {
		iso := w.current.Load()
		iso.shutDown()
		if w.current.Load() == iso {
			return err
		} // else it was condemned meanwhile, and the fresh one may have taken events over
	}
}

// compile turns a script into a program. Errors point into the source. goja would follow a
// source map that the code names, from the file system: it is told not to.
func compile(s *bundle.Script) (*goja.Program, error) {
	ast, err := goja.Parse(s.Name, s.Code, parser.WithDisableSourceMaps)
	if err == nil {
		var p *goja.Program
		if p, err = goja.CompileAST(ast, false); err == nil {
			return p, nil
		}
	}
	var syntax *goja.CompilerSyntaxError
	var list parser.ErrorList
	switch {
	case errors.As(err, &list) && len(list) > 0:
		return nil, syntaxError(s, list[0].Message, list[0].Position.Line, list[0].Position.Column)
	case errors.As(err, &syntax) && syntax.File != nil:
		pos := syntax.File.Position(syntax.Offset)
		return nil, syntaxError(s, syntax.Message, pos.Line, pos.Column)
	}
	return nil, &core.WorkerError{Outcome: core.OutcomeException, Message: err.Error()}
}

func syntaxError(s *bundle.Script, msg string, line, col int) *core.WorkerError {
	frame := mapFrame(s, "", line, col)
	return &core.WorkerError{
		Outcome: core.OutcomeException,
		Message: "SyntaxError: " + msg,
		Stack:   "    at " + frame.String(),
		Frames:  []core.Frame{frame},
	}
}

var _ core.Worker = (*Worker)(nil)
var _ realm.Host = (*isolate)(nil)
