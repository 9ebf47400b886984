package isolate

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

const warnLevel = slog.LevelWarn

// globalScopeMessage is what Workers says of I/O at the top level of a script.
const globalScopeMessage = "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, and generating random values are not allowed within global scope. To fix this error, perform this operation within a handler."

// mustHaveEvent returns the current event, or throws at the top level.
func (iso *isolate) mustHaveEvent() *event {
	if iso.current == nil {
		iso.realm.Throw(iso.realm.NewError("Error", globalScopeMessage))
	}
	return iso.current
}

// completion implements realm.Completion. Only the first of several calls of Complete counts:
// a task must not be in its queue twice.
type completion struct {
	core.Task
	iso    *isolate
	e      *event
	fetch  bool // of a fetch whose response has not come
	posted atomic.Bool
	fn     func()
	drop   func() // gives up what fn would have taken over; may be nil
}

// Async implements realm.Host.
func (iso *isolate) Async(what string) realm.Completion {
	e := iso.mustHaveEvent()
	iso.pending++
	c := &completion{iso: iso, e: e, fetch: strings.HasPrefix(what, "fetch ")}
	if c.fetch {
		e.fetches++
	}
	return c
}

// Complete implements realm.Completion.
func (c *completion) Complete(fn func()) { c.CompleteOr(fn, nil) }

// CompleteOr implements realm.Droppable.
func (c *completion) CompleteOr(fn, drop func()) {
	if c.posted.Swap(true) {
		if drop != nil {
			drop()
		}
		return
	}
	c.fn, c.drop = fn, drop
	c.Task.Runner = c
	c.iso.actor.Post(&c.Task)
}

// Run implements core.Runner.
func (c *completion) Run(turn core.Turn) {
	c.iso.pending--
	if c.fetch {
		c.e.fetches--
	}
	if c.e.over || c.iso.dead {
		c.Drop()
		return
	}
	c.iso.enter(turn, c.e, c.fn)
}

// Drop implements core.Runner: with the isolate gone nobody waits.
func (c *completion) Drop() {
	if c.drop != nil {
		c.drop()
	}
}

// Event implements realm.Host.
func (iso *isolate) Event() realm.Event {
	if iso.current == nil {
		return nil
	}
	return iso.current
}

// Fetcher implements realm.Host.
func (iso *isolate) Fetcher() core.Fetcher { return iso.worker.cfg.Fetcher }

// Now implements realm.Host.
func (iso *isolate) Now() time.Time { return iso.worker.cfg.Clock.Now() }

// Start implements realm.Host.
func (iso *isolate) Start() time.Time { return iso.made }

// Console implements realm.Host.
func (iso *isolate) Console(level slog.Level, line string) {
	iso.worker.cfg.Log.LogAttrs(context.Background(), level, line, append(iso.attrs(iso.current), slog.Bool("console", true))...)
}

// Report implements realm.Host.
func (iso *isolate) Report(what string, reason any) {
	switch reason := reason.(type) {
	case goja.Value:
		iso.logException(what, iso.current, reason)
	case *goja.Exception:
		iso.logWorkerError(what, iso.current, iso.thrownError(reason))
	case error:
		iso.logWorkerError(what, iso.current, iso.asWorkerError(reason))
	}
}

// Flag implements realm.Host.
func (iso *isolate) Flag(name string) bool { return iso.worker.cfg.Flags[name] }

// MemoryLimit implements guard.Limited.
func (iso *isolate) MemoryLimit() int64 { return iso.worker.cfg.Limits.MemoryBytes }

// limitKey names the key that raises a limit, for messages.
func (w *Worker) limitKey(key string) string {
	if w.cfg.LimitsFile == "" {
		return "raise it by limits." + key
	}
	return "raise it by limits." + key + " in " + w.cfg.LimitsFile
}
