package isolate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
	"gannet/isolate/webapi/guard"
)

// isolate is one realm that runs a worker. All fields but worker and actor belong to the
// goroutine that runs its turn.
type isolate struct {
	worker *Worker
	actor  core.Actor
	realm  *realm.Realm
	made   time.Time

	entry     entry // what the script exports; valid once evaluated
	evaluated bool  // the top level has run
	startErr  error // why it failed
	env       goja.Value

	current *event // on whose behalf the turn runs; nil at the top level
	begin   func() // startCurrent, bound once so that a request allocates no closure
	events  eventList
	ended   []*event // events the turn has answered; told after Disarm
	pending int      // completions and timers outstanding, of all events
	timers  uint64   // timers started so far, which gives them their order
	dead    bool

	rejections map[*goja.Promise]*event // rejected in this turn, and not handled so far
}

func newIsolate(w *Worker) (*isolate, error) {
	iso := &isolate{worker: w, made: w.cfg.Clock.Now()}
	r, err := realm.New(iso)
	if err != nil {
		return nil, err
	}
	iso.realm = r
	guard.Install(r)
	iso.begin = iso.startCurrent
	iso.actor = w.cfg.Scheduler.NewActor(core.ActorOptions{
		Interrupt: func() { r.RT.Interrupt(errCPULimit) },
	})
	r.RT.SetPromiseRejectionTracker(iso.trackRejection)
	w.stats.ColdStarts.Add(1)
	return iso, nil
}

// errCPULimit is the value goja's InterruptedError carries.
var errCPULimit = errors.New("CPU limit exceeded")

// start evaluates the top level in a turn of its own and waits for it.
func (iso *isolate) start(ctx context.Context) error {
	done := make(chan error, 1)
	t := &startTask{iso: iso, done: done}
	t.Task.Runner = t
	iso.actor.Post(&t.Task)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// startTask evaluates the script. done has room for its one result.
type startTask struct {
	core.Task
	iso  *isolate
	done chan error
}

func (t *startTask) Run(turn core.Turn) {
	t.iso.evaluate(turn)
	t.done <- t.iso.startErr
}

func (t *startTask) Drop() { t.done <- errors.New("isolate: the scheduler is closed") }

// evaluate runs the top level once.
func (iso *isolate) evaluate(turn core.Turn) {
	if iso.evaluated {
		return
	}
	iso.evaluated = true
	turn.Arm(iso.worker.cfg.Limits.Startup)
	err := iso.guard(iso.runTopLevel)
	if err == nil {
		err = iso.guard(iso.topLevelEnd)
	}
	var thrown *goja.Exception
	if errors.As(err, &thrown) {
		// Describing it runs scripts as well, so it happens in the same watch.
		if hard := iso.run(func() { err = iso.thrownError(thrown) }); hard != nil {
			err = hard
		}
	}
	used, fired := turn.Disarm()
	iso.worker.stats.CPU.Add(int64(used))
	if fired {
		iso.realm.RT.ClearInterrupt()
	}
	clear(iso.rejections)
	if err != nil {
		iso.startErr = iso.topLevelError(err, used)
	}
}

// topLevelEnd looks at how the top level and its microtasks ended.
func (iso *isolate) topLevelEnd() (err error) {
	hard := iso.realm.Run(func() {
		iso.reportRejections()
		err = iso.entry.failure(iso)
	})
	if hard != nil {
		return hard
	}
	return err
}

func (iso *isolate) topLevelError(err error, used time.Duration) error {
	limit := iso.worker.cfg.Limits.Startup
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		we := iso.workerError(core.OutcomeCPU, fmt.Sprintf("the top level of the script used %d ms of CPU, over its limit of %d ms (%s)",
			used.Milliseconds(), limit.Milliseconds(), iso.worker.limitKey("startup_ms")))
		we.Frames = iso.mapStack(interrupted.Stack())
		we.Stack = joinFrames(we.Frames)
		return we
	}
	return iso.asWorkerError(err)
}

// guard calls f, which enters the realm, and turns a panic of Go code into an error.
func (iso *isolate) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return f()
}

// run is guard around realm.Run, without a closure for the common case.
func (iso *isolate) run(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return iso.realm.Run(f)
}

// panicError is a panic of Gannet's own code, or goja's, inside a turn.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("internal error: %v", e.value) }

// enter runs f in the realm on behalf of e, and settles what that ended.
func (iso *isolate) enter(turn core.Turn, e *event, f func()) {
	if iso.dead {
		return
	}
	iso.current = e
	turn.Arm(iso.worker.cfg.Limits.CPU - e.cpu)
	err := iso.run(f)
	if err != nil || len(iso.rejections) > 0 {
		err = iso.aftermath(e, err)
	}
	used, fired := turn.Disarm()
	iso.current = nil
	e.cpu += used
	iso.worker.stats.CPU.Add(int64(used))
	if fired {
		iso.realm.RT.ClearInterrupt() // the script may have been done before the interrupt got to it
	}
	if err != nil {
		iso.turnFailed(e, err)
		if iso.dead {
			return
		}
	}
	iso.settle(e)
}

// aftermath describes what the turn threw and what it rejected. That runs scripts (toString,
// getters) and so belongs to the turn, under its watch. It returns the error of a turn that
// was torn down: by an interrupt, an overflow of the stack or a panic.
func (iso *isolate) aftermath(e *event, err error) error {
	var thrown *goja.Exception
	if err != nil && !errors.As(err, &thrown) {
		return err
	}
	return iso.run(func() {
		switch {
		case thrown == nil:
		case e.answered:
			iso.logWorkerError("Uncaught", e, iso.thrownError(thrown))
		default:
			e.fail(iso.thrownError(thrown))
		}
		iso.reportRejections()
	})
}

// turnFailed handles a turn that was torn down. The engine has dropped its microtasks.
func (iso *isolate) turnFailed(e *event, err error) {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	var panicked *panicError
	switch {
	case errors.As(err, &interrupted):
		limit := iso.worker.cfg.Limits.CPU
		we := iso.workerError(core.OutcomeCPU, fmt.Sprintf("exceeded its CPU limit: used %d ms of %d ms (%s)",
			e.cpu.Milliseconds(), limit.Milliseconds(), iso.worker.limitKey("cpu_ms")))
		we.Frames = iso.mapStack(interrupted.Stack())
		we.Stack = joinFrames(we.Frames)
		iso.condemn(e, we)
	case errors.As(err, &overflow):
		// Unlike an interrupt this is a matter of one event: the engine has unwound all of
		// its stack, and only what e itself had queued is lost.
		we := iso.workerError(core.OutcomeException, overflowMessage)
		we.Frames = iso.mapStack(overflow.Stack())
		we.Stack = joinFrames(we.Frames)
		iso.abort(e, we)
	case errors.As(err, &panicked):
		iso.worker.cfg.Log.Error("panic in an isolate", "worker", iso.worker.cfg.Name, "request", e.fe.ID,
			"panic", fmt.Sprint(panicked.value), "stack", string(panicked.stack))
		iso.condemn(e, iso.workerError(core.OutcomeInternal, panicked.Error()))
	default:
		iso.abort(e, iso.workerError(core.OutcomeInternal, err.Error()))
	}
}

// overflowMessage is what V8 says.
const overflowMessage = "RangeError: Maximum call stack size exceeded"

// abort ends e alone: its answer, if it has none, its streams and its waitUntil.
func (iso *isolate) abort(e *event, err *core.WorkerError) {
	if e.answered {
		iso.logWorkerError("Uncaught", e, err)
	} else {
		e.fail(err)
	}
	e.waits = 0
	_ = e.Context() // made so that it can be cancelled, for what asks for it later
	e.cancel(err)
}

// condemn gives the isolate up. culprit gets err; the other events in flight get to know
// that they were caught in it; what waits in the mailbox goes to a fresh isolate.
func (iso *isolate) condemn(culprit *event, err *core.WorkerError) {
	iso.dead = true
	w := iso.worker
	w.stats.Condemned.Add(1)
	fresh, ferr := newIsolate(w)
	if ferr == nil {
		w.current.CompareAndSwap(iso, fresh)
	}
	if culprit.answered {
		iso.logWorkerError("Stopped after the response:", culprit, err)
	} else {
		culprit.fail(err)
	}
	others := &core.WorkerError{
		Outcome: err.Outcome,
		Message: "the isolate was stopped because another request of this worker failed: " + err.Message,
	}
	for e := iso.events.first; e != nil; e = e.next {
		if !e.answered {
			e.fail(others)
		} else if e.waits > 0 {
			w.cfg.Log.Warn("waitUntil was cut: the isolate was stopped", "worker", w.cfg.Name, "request", e.fe.ID)
		}
	}
	iso.tell()
	for iso.events.first != nil {
		iso.events.first.end()
	}
	iso.actor.Kill()
}

// shutDown gives the isolate up at the end of the worker: from inside a turn if one can be
// had, so that its state is not touched by two goroutines.
func (iso *isolate) shutDown() {
	done := make(chan struct{})
	t := &closeTask{iso: iso, done: done}
	t.Task.Runner = t
	iso.actor.Post(&t.Task)
	<-done
}

type closeTask struct {
	core.Task
	iso  *isolate
	done chan struct{}
}

func (t *closeTask) Run(core.Turn) {
	iso := t.iso
	iso.dead = true
	for e := iso.events.first; e != nil; e = e.next {
		if !e.answered {
			e.fail(&core.WorkerError{Outcome: core.OutcomeShed, Message: "the worker was closed before it answered"})
		}
	}
	iso.tell()
	for iso.events.first != nil {
		iso.events.first.end()
	}
	iso.actor.Kill()
	close(t.done)
}

func (t *closeTask) Drop() { close(t.done) }

// settle ends what can be ended after a turn of e: answers are handed out, events without
// work left are over, and an event nothing can wake is told so.
func (iso *isolate) settle(e *event) {
	if !e.answered && iso.pending == 0 {
		iso.failHung()
	}
	iso.tell()
	e.endIfOver()
}

// failHung answers every begun event: no completion and no timer is outstanding in the
// whole isolate, so no JavaScript will ever run again that could answer them.
func (iso *isolate) failHung() {
	for e := iso.events.first; e != nil; e = e.next {
		if !e.answered {
			e.fail(iso.workerError(core.OutcomeHung,
				"the handler waits for a promise that nothing can settle: no fetch, timer or stream is left that could wake it"))
		}
	}
}

// tell hands the answers of this turn out, now that the watchdog is off.
func (iso *isolate) tell() {
	for i := 0; i < len(iso.ended); i++ {
		e := iso.ended[i]
		iso.ended[i] = nil
		e.answer(e.response, e.err)
		e.endIfOver()
	}
	iso.ended = iso.ended[:0]
}

// trackRejection implements goja.PromiseRejectionTracker.
func (iso *isolate) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	if op == goja.PromiseRejectionHandle {
		delete(iso.rejections, p)
		return
	}
	if iso.rejections == nil {
		iso.rejections = make(map[*goja.Promise]*event)
	}
	iso.rejections[p] = iso.current
}

// reportRejections logs what was rejected in this turn and handled by nobody, unless a
// listener of unhandledrejection cancels its event. It runs inside realm.Run: listeners, and
// describing a reason, may run scripts, which may reject more.
func (iso *isolate) reportRejections() {
	for len(iso.rejections) > 0 {
		for p, e := range iso.rejections {
			delete(iso.rejections, p)
			if iso.rejectionHandled(p) {
				continue
			}
			iso.logException("Uncaught (in promise)", e, p.Result())
		}
	}
}

// rejectionHandled dispatches unhandledrejection (HTML 8.1.6.5) and reports whether a listener
// cancelled it.
func (iso *isolate) rejectionHandled(p *goja.Promise) bool {
	r := iso.realm
	target := dom.GlobalTarget(r)
	if target.Listeners("unhandledrejection") == 0 {
		return false
	}
	ev := dom.NewRejectionEvent(r, "unhandledrejection", hook.PromiseValue(p), p.Result())
	return !target.Dispatch(r, r.RT.GlobalObject(), ev)
}

// callback is a task that runs a function in the realm: a completion or a timer.
type callback struct {
	core.Task
	iso *isolate
	e   *event
	fn  func()
}

func (iso *isolate) post(e *event, fn func()) {
	c := &callback{iso: iso, e: e, fn: fn}
	c.Task.Runner = c
	iso.actor.Post(&c.Task)
}

func (c *callback) Run(turn core.Turn) {
	c.iso.enter(turn, c.e, c.fn)
}

func (c *callback) Drop() {}

// attrs are the log attributes of an event.
func (iso *isolate) attrs(e *event) []slog.Attr {
	attrs := []slog.Attr{slog.String("worker", iso.worker.cfg.Name)}
	if e != nil && e.fe.ID != "" {
		attrs = append(attrs, slog.String("request", e.fe.ID))
	}
	return attrs
}

// promiseState looks at v: whether it is a native promise, and how it stands.
func promiseState(v goja.Value) (p *goja.Promise, state goja.PromiseState) {
	if p = hook.PromiseOf(v); p != nil {
		return p, p.State()
	}
	return nil, goja.PromiseStatePending
}
