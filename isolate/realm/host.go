package realm

import (
	"context"
	"log/slog"
	"time"

	"gannet/core"
)

// Host is what platform objects need of the isolate they live in. Unless said otherwise its
// methods are called on the goroutine that has entered the realm.
type Host interface {
	// Async starts an operation whose end comes from another goroutine. It returns the
	// completion to hand there. While a completion is outstanding its event is not hung.
	// It throws where no event runs (at the top level of a script).
	Async(what string) Completion
	// Event is the event now running, or nil at the top level.
	Event() Event
	// Timer runs fn in the realm, with a microtask drain, d from now; in the event that
	// started it. cancel may be called at any time.
	Timer(d time.Duration, fn func()) (cancel func())
	// Fetcher sends subrequests.
	Fetcher() core.Fetcher
	// Now is the time scripts see.
	Now() time.Time
	// Start is when the isolate was made: the time origin of performance.now.
	Start() time.Time
	// Console takes one line of console output, already formatted.
	Console(level slog.Level, line string)
	// Report takes an exception that nobody caught, for the log.
	Report(what string, reason any)
	// Flag reports whether a compatibility flag is in force for the worker.
	Flag(name string) bool
}

// Completion carries the end of an asynchronous operation back into the realm. Exactly one
// of its methods is called, once, on any goroutine.
type Completion interface {
	// Complete runs fn in the realm, in the event the operation belongs to, then drains
	// microtasks. If the isolate or the event is gone fn is never run.
	Complete(fn func())
}

// Event is the request (or other event) on whose behalf the realm runs.
type Event interface {
	// Context is done when the event's client is gone or its limits are used up.
	Context() context.Context
	// Subrequest counts one subrequest, and returns an error, naming the limit, when the
	// event may send no more.
	Subrequest() error
	// Exchange is the client's exchange; nil for events without one.
	Exchange() *core.Exchange
	// WorkerName names the worker for subrequests.
	WorkerName() string
}

// Droppable is a Completion that says when its function will never run, for operations that
// bring something that must be given back.
type Droppable interface {
	Completion
	// CompleteOr is Complete; drop is called instead of fn, on any goroutine, if the isolate
	// or the event is gone. drop may be nil.
	CompleteOr(fn, drop func())
}

// CompleteOr is c.CompleteOr where c has that, else c.Complete.
func CompleteOr(c Completion, fn, drop func()) {
	if d, ok := c.(Droppable); ok {
		d.CompleteOr(fn, drop)
		return
	}
	c.Complete(fn)
}
