package realm

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// Deferred is a promise with its resolving functions: only the first settlement counts.
type Deferred struct {
	r       *Realm
	p       *goja.Promise
	settled bool
}

// NewDeferred makes a pending promise.
func (r *Realm) NewDeferred() *Deferred { return &Deferred{r: r, p: hook.NewPromise(r.RT)} }

// Promise is the promise as a JavaScript value.
func (d *Deferred) Promise() *goja.Object { return hook.PromiseValue(d.p) }

// Settled reports whether Resolve or Reject was called.
func (d *Deferred) Settled() bool { return d.settled }

// Resolve resolves the promise with v; a thenable is followed.
func (d *Deferred) Resolve(v goja.Value) {
	if d.settled {
		return
	}
	d.settled = true
	if v == nil {
		v = goja.Undefined()
	}
	hook.Resolve(d.p, v)
}

// Reject rejects the promise.
func (d *Deferred) Reject(reason goja.Value) {
	if d.settled {
		return
	}
	d.settled = true
	hook.Reject(d.p, reason)
}

// MarkHandled keeps a rejection from being reported as unhandled.
func (d *Deferred) MarkHandled() { hook.MarkHandled(d.p) }

// Resolved returns a promise resolved with v (v itself if it is a promise).
func (r *Realm) Resolved(v goja.Value) *goja.Object {
	if v == nil {
		v = goja.Undefined()
	}
	return hook.ResolvedPromise(r.RT, v)
}

// Rejected returns a promise rejected with reason.
func (r *Realm) Rejected(reason goja.Value) *goja.Object {
	d := r.NewDeferred()
	d.Reject(reason)
	return d.Promise()
}

// Promised calls f and returns a promise: of what it returns, or rejected with what it
// throws.
func (r *Realm) Promised(f func() goja.Value) *goja.Object {
	var v goja.Value
	if thrown := r.Try(func() { v = f() }); thrown != nil {
		return r.Rejected(thrown)
	}
	return r.Resolved(v)
}

// Then has one of the functions called, as a microtask, once v (a promise, a thenable, or a
// plain value) is settled. It ignores what scripts did to Promise.prototype.then.
func (r *Realm) Then(v goja.Value, onFulfilled, onRejected func(goja.Value)) {
	p := hook.PromiseOf(v)
	if p == nil {
		p = hook.PromiseOf(r.Resolved(v))
	}
	hook.React(p, onFulfilled, onRejected)
}

// Microtask queues f.
func (r *Realm) Microtask(f func()) { hook.Enqueue(r.RT, f) }
