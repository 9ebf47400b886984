package isolate

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/webapi/fetch"
	"gannet/isolate/webapi/streams"
)

// event is one fetch event in an isolate. It is a task (its beginning) and stays in the
// isolate's list until it is over. All fields belong to the isolate's turn.
type event struct {
	core.Task
	host       hook.HostObject // its ExecutionContext
	iso        *isolate
	fe         *core.FetchEvent
	prev, next *event

	begun    bool // the handler was called
	answered bool // response or err is decided
	told     bool // Done was called
	over     bool

	response *core.Response
	err      *core.WorkerError

	cpu         time.Duration
	subrequests int
	fetches     int  // that wait for a response
	overLimit   bool // the log knows that subrequests are used up
	waits       int  // waitUntil promises not settled
	bodies      int  // response bodies the client is still reading
	passThrough bool
	request     goja.Value

	ctx    context.Context
	cancel context.CancelCauseFunc
	wall   core.Timer // until answered; then the bound of waitUntil
	timers timerHeap
}

func newEvent(iso *isolate, fe *core.FetchEvent) *event {
	e := &event{iso: iso, fe: fe}
	e.Task.Runner = e
	return e
}

// HostObject implements hook.Embedder.
func (e *event) HostObject() *hook.HostObject { return &e.host }

// Run implements core.Runner: the event begins.
func (e *event) Run(turn core.Turn) {
	iso := e.iso
	if iso.dead {
		iso.worker.redispatch(e)
		return
	}
	e.begun = true
	iso.events.push(e)
	if err := e.fe.Exchange.Err(); err != nil {
		e.fail(&core.WorkerError{Outcome: core.OutcomeCancelled, Message: err.Error()})
		iso.tell()
		return
	}
	iso.evaluate(turn)
	if iso.startErr != nil {
		iso.condemn(e, iso.asWorkerError(iso.startErr))
		return
	}
	iso.enter(turn, e, iso.begin)
	if !e.answered && !e.over {
		e.watch()
	}
}

// Drop implements core.Runner: the isolate is gone before the event began.
func (e *event) Drop() { e.iso.worker.redispatch(e) }

// watch starts what an event that did not answer at once needs: the wall limit, and to be
// told when its client goes away.
func (e *event) watch() {
	iso := e.iso
	limit := iso.worker.cfg.Limits.Wall
	e.wall = iso.worker.cfg.Clock.AfterFunc(limit, func() {
		iso.post(e, func() {
			if e.answered {
				return
			}
			while := ""
			if e.fetches > 0 {
				while = fmt.Sprintf(", with %d fetch(es) that had none either", e.fetches)
			}
			err := iso.workerError(core.OutcomeWall, fmt.Sprintf("no response within the wall limit of %d ms%s (%s)",
				limit.Milliseconds(), while, iso.worker.limitKey("wall_ms")))
			if e.fetches > 0 {
				err.Cause = core.ErrOriginTimeout // it is the origin that is slow
			}
			e.fail(err)
		})
	})
	e.fe.Exchange.OnCancel(func(err error) {
		iso.post(e, func() { e.clientGone(err) })
	})
}

// clientGone aborts request.signal and, unless waitUntil wants the event to go on, all of
// its I/O.
func (e *event) clientGone(err error) {
	if e.over {
		return
	}
	if req, ok := fetch.RequestOf(e.request); ok {
		req.AbortFromClient(e.iso.realm)
	}
	if !e.answered {
		e.fail(&core.WorkerError{Outcome: core.OutcomeCancelled, Message: err.Error()})
	}
	if e.waits == 0 && e.cancel != nil {
		e.cancel(err)
	}
}

// settleWith takes what the handler returned, or what respondWith was given.
func (e *event) settleWith(v goja.Value) {
	p, state := promiseState(v)
	switch {
	case p == nil && isThenable(v):
		e.iso.realm.Then(v, e.take, e.reject)
	case p == nil:
		e.take(v)
	case state == goja.PromiseStateFulfilled:
		e.take(p.Result())
	case state == goja.PromiseStateRejected:
		hook.MarkHandled(p)
		delete(e.iso.rejections, p)
		e.reject(p.Result())
	default:
		hook.React(p, e.take, e.reject)
	}
}

// isThenable reports whether v is an object with a then method, without being a promise.
// Platform objects (a Response above all) are none, and are not asked.
func isThenable(v goja.Value) bool {
	obj, ok := v.(*goja.Object)
	if !ok || hook.Host(v) != nil {
		return false
	}
	return hook.Callable(obj.Get("then")) != nil
}

// take makes v, which should be a Response, the answer.
func (e *event) take(v goja.Value) {
	if e.answered {
		return
	}
	resp, thrown := fetch.TakeResponse(e.iso.realm, v)
	if thrown != nil {
		e.reject(thrown)
		return
	}
	if resp.Body != nil {
		if _, whole := resp.Body.(*core.BytesBody); !whole {
			e.bodies++
			resp.Body = &trackedBody{Body: resp.Body, e: e}
		}
	}
	e.response = resp
	e.decide()
}

func (e *event) reject(reason goja.Value) {
	if !e.answered {
		e.fail(e.iso.exceptionError(reason))
	}
}

// fail makes err the answer.
func (e *event) fail(err *core.WorkerError) {
	if e.answered {
		return
	}
	if e.passThrough {
		c := *err
		c.PassThrough = true
		err = &c
	}
	e.err = err
	e.decide()
}

func (e *event) decide() {
	e.answered = true
	if e.wall != nil {
		e.wall.Stop()
		e.wall = nil
	}
	e.iso.ended = append(e.iso.ended, e)
}

// answer calls Done.
func (e *event) answer(resp *core.Response, err *core.WorkerError) {
	if e.told {
		return
	}
	e.told = true
	e.fe.CPU = e.cpu
	e.response = nil
	if err != nil {
		if req, ok := fetch.RequestOf(e.request); ok {
			e.fe.BodyUsed = req.Consumed()
		}
		e.done(nil, err)
		return
	}
	e.done(resp, nil)
}

// done calls Done. A panic there is a fault of Gannet's own, but not this isolate's: the
// other events must not suffer for it.
func (e *event) done(resp *core.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			e.iso.worker.cfg.Log.Error("panic in the handling of an answer", "worker", e.iso.worker.cfg.Name, "request", e.fe.ID,
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	e.fe.Done.FetchDone(e.fe, resp, err)
}

// endIfOver ends the event when nothing of it is left, or bounds what is left.
func (e *event) endIfOver() {
	switch {
	case e.over || !e.told || e.bodies > 0:
	case e.waits == 0:
		e.end()
	case e.wall == nil:
		iso, limit := e.iso, e.iso.worker.cfg.Limits.WaitUntil
		e.wall = iso.worker.cfg.Clock.AfterFunc(limit, func() {
			iso.post(e, func() {
				if e.over {
					return
				}
				iso.worker.cfg.Log.LogAttrs(context.Background(), warnLevel,
					fmt.Sprintf("waitUntil was cut: %d promise(s) not settled %d s after the response", e.waits, int(limit.Seconds())), iso.attrs(e)...)
				e.waits = 0
			})
		})
	}
}

// end takes the event out of the isolate and cancels all that still runs for it.
func (e *event) end() {
	if e.over {
		return
	}
	e.over = true
	e.iso.events.remove(e)
	if e.wall != nil {
		e.wall.Stop()
		e.wall = nil
	}
	for len(e.timers) > 0 {
		e.timers[len(e.timers)-1].cancel()
	}
	if e.cancel != nil {
		e.cancel(context.Canceled)
	}
	if req, ok := fetch.RequestOf(e.request); ok && e.err == nil {
		req.Expire() // after an error, the body is the edge's to send on
	}
	e.request = nil
	e.iso.worker.eventOver()
}

// waitUntil keeps the event alive until v is settled.
func (e *event) waitUntil(v goja.Value) {
	e.waits++
	done := func() {
		if e.waits > 0 {
			e.waits--
		}
	}
	e.iso.realm.Then(v, func(goja.Value) { done() }, func(reason goja.Value) {
		e.iso.logException("Uncaught (in waitUntil)", e, reason)
		done()
	})
}

// Context implements realm.Event.
func (e *event) Context() context.Context {
	if e.ctx == nil {
		e.ctx, e.cancel = context.WithCancelCause(context.Background())
		if e.over {
			e.cancel(context.Canceled)
		}
	}
	return e.ctx
}

// Subrequest implements realm.Event.
func (e *event) Subrequest() error {
	limit := e.iso.worker.cfg.Limits.Subrequests
	if e.subrequests >= limit {
		if !e.overLimit {
			e.overLimit = true
			e.iso.worker.cfg.Log.LogAttrs(context.Background(), warnLevel, fmt.Sprintf("exceeded its subrequest limit: used %d of %d (%s)",
				e.subrequests, limit, e.iso.worker.limitKey("subrequests")), e.iso.attrs(e)...)
		}
		return fmt.Errorf("%d of %d used; %s", e.subrequests, limit, e.iso.worker.limitKey("subrequests"))
	}
	e.subrequests++
	return nil
}

// Exchange implements realm.Event.
func (e *event) Exchange() *core.Exchange { return e.fe.Exchange }

// WorkerName implements realm.Event.
func (e *event) WorkerName() string { return e.iso.worker.cfg.Name }

// trackedBody is a streaming response body: its end is news for the event, which lives, with
// its context, for as long as the client reads.
type trackedBody struct {
	core.Body
	e     *event
	ended atomic.Bool
}

// Next implements core.Body.
func (b *trackedBody) Next(done func([]byte, error)) {
	b.Body.Next(func(chunk []byte, err error) {
		if err != nil {
			b.report(err)
			b.end()
		}
		done(chunk, err)
	})
}

// Close implements core.Body.
func (b *trackedBody) Close(err error) {
	b.Body.Close(err)
	b.end()
}

// Trailer implements core.Trailered.
func (b *trackedBody) Trailer() core.Fields {
	if t, ok := b.Body.(core.Trailered); ok {
		return t.Trailer()
	}
	return nil
}

// report logs what a script's stream broke the response off with: the client only sees that
// it is cut, and nobody else would ever know why. A client that went away is the reason itself.
func (b *trackedBody) report(err error) {
	iso := b.e.iso
	var reason any = err
	if v, ok := streams.ThrownIn(iso.realm, err); ok {
		reason = v
	} else if !errors.Is(err, streams.ErrBodyLength) {
		return
	}
	if b.e.fe.Exchange.Err() == nil && !b.ended.Load() {
		iso.post(b.e, func() { iso.Report("Uncaught (in response)", reason) })
	}
}

func (b *trackedBody) end() {
	if b.ended.CompareAndSwap(false, true) {
		b.e.iso.post(b.e, func() { b.e.bodies-- })
	}
}

// eventList is the isolate's events in the order they began.
type eventList struct{ first, last *event }

func (l *eventList) push(e *event) {
	e.prev = l.last
	if l.last != nil {
		l.last.next = e
	} else {
		l.first = e
	}
	l.last = e
}

func (l *eventList) remove(e *event) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.first = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.last = e.prev
	}
	e.prev, e.next = nil, nil
}
