package core

import (
	"context"
	"errors"
	"sync/atomic"
)

// Errors an exchange is cancelled with.
var (
	// ErrClientGone means the client reset or closed the connection, or a write to it failed.
	ErrClientGone = errors.New("core: the client is gone")
	// ErrDraining means the process is going down and its patience with this exchange ended.
	ErrDraining = errors.New("core: the server is shutting down")
)

// Responder is a listener's end of an exchange.
type Responder interface {
	// Respond sends the final response to x. It is called exactly once per exchange, on
	// any goroutine, and takes resp and its body over. It never blocks. Should the client
	// be gone, it closes the body.
	Respond(x *Exchange, resp *Response)
}

// Exchange couples one request with the way its response takes back (RFC 9110, section
// 3.4). A listener embeds one in its own stream object, and sets Request and Responder
// before it dispatches it.
type Exchange struct {
	Request   Request
	Responder Responder

	// watchers is a stack of functions to call on cancellation: pushed by OnCancel, taken
	// as a whole by Cancel, which leaves the closed marker.
	//   X1  The marker is stored once and never replaced, so each watcher runs at most once:
	//       either Cancel's swap saw it, or OnCancel saw the marker and calls it itself.
	watchers atomic.Pointer[cancelWatcher]
	err      atomic.Pointer[error]
}

type cancelWatcher struct {
	fn   func(error)
	next *cancelWatcher
}

var cancelled = new(cancelWatcher) // the closed marker

// Respond sends the final response. See Responder.
func (x *Exchange) Respond(resp *Response) { x.Responder.Respond(x, resp) }

// Cancel tells everyone who works for this exchange that its answer is not wanted any
// more. It is the listener's to call; only the first call counts. It does not answer: the
// owner of the exchange still calls Respond.
func (x *Exchange) Cancel(err error) {
	if err == nil {
		err = ErrClientGone
	}
	if !x.err.CompareAndSwap(nil, &err) {
		return
	}
	for w := x.watchers.Swap(cancelled); w != nil && w != cancelled; w = w.next {
		w.fn(err)
	}
}

// Err returns why the exchange was cancelled, or nil.
func (x *Exchange) Err() error {
	if p := x.err.Load(); p != nil {
		return *p
	}
	return nil
}

// OnCancel has fn called once when the exchange is cancelled; at once if it already is. fn
// runs on the goroutine that cancels, often an event loop: it must not block.
func (x *Exchange) OnCancel(fn func(error)) {
	w := &cancelWatcher{fn: fn}
	for {
		old := x.watchers.Load()
		if old == cancelled {
			fn(x.Err())
			return
		}
		w.next = old
		if x.watchers.CompareAndSwap(old, w) {
			return
		}
	}
}

// Context returns a context that is done when the exchange is cancelled or cancel is
// called, for libraries that want one. cancel must be called.
func (x *Exchange) Context(parent context.Context) (ctx context.Context, cancel context.CancelFunc) {
	ctx, cause := context.WithCancelCause(parent)
	x.OnCancel(func(err error) { cause(err) })
	return ctx, func() { cause(context.Canceled) }
}

// Dispatcher is one event loop's way into the edge. It is used by that loop alone.
type Dispatcher interface {
	// Dispatch takes x over and sees that x.Respond is called, during the call or later.
	// It must not block. Work for other goroutines may be held back until Flush.
	Dispatch(x *Exchange)
	// Flush ends a batch: a loop calls it once after it dispatched all the requests that
	// one read brought, so that an executor is woken once and not for each of them.
	Flush()
}

// Handler is what listeners serve: the edge.
type Handler interface {
	// NewDispatcher returns a dispatcher for one loop, or for one goroutine that serves a
	// connection in blocking mode.
	NewDispatcher() Dispatcher
}

// HandlerFunc makes a Handler of a function that never holds work back.
type HandlerFunc func(x *Exchange)

// NewDispatcher implements Handler.
func (f HandlerFunc) NewDispatcher() Dispatcher { return funcDispatcher(f) }

type funcDispatcher func(x *Exchange)

func (f funcDispatcher) Dispatch(x *Exchange) { f(x) }
func (f funcDispatcher) Flush()               {}
