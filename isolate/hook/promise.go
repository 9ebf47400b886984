package hook

import (
	"unsafe"

	"github.com/dop251/goja"
)

//go:linkname addReactions github.com/dop251/goja.(*Promise).addReactions
func addReactions(p *goja.Promise, fulfill, reject *promiseReaction)

// NewPromise returns a pending promise. Its value is PromiseValue(rt, p).
func NewPromise(rt *goja.Runtime) *goja.Promise {
	return newPromise(rt, getPromisePrototype(rt))
}

// PromiseValue returns the JavaScript value of p.
func PromiseValue(p *goja.Promise) *goja.Object {
	return (*baseObject)(unsafe.Pointer(p)).val
}

//go:linkname newPromiseResolveThenableJob github.com/dop251/goja.(*Runtime).newPromiseResolveThenableJob
func newPromiseResolveThenableJob(r *goja.Runtime, p *goja.Promise, thenable goja.Value, then *jobCallback) func()

// Resolve resolves p, which must be pending and not yet resolved, with v: a promise or
// other thenable is followed, anything else fulfils it. It is the body of ECMA-262's promise
// resolve functions (27.2.1.3.2), without making those.
func Resolve(p *goja.Promise, v goja.Value) {
	obj, ok := v.(*goja.Object)
	if !ok {
		promiseFulfill(p, v)
		return
	}
	rt := Runtime(obj)
	if obj == PromiseValue(p) {
		promiseReject(p, rt.NewTypeError("Promise self-resolution"))
		return
	}
	var then goja.Value
	if ex := rt.Try(func() { then = obj.Get("then") }); ex != nil {
		promiseReject(p, ex.Value())
		return
	}
	f := Callable(then)
	if f == nil {
		promiseFulfill(p, v)
		return
	}
	enqueuePromiseJob(rt, newPromiseResolveThenableJob(rt, p, v, &jobCallback{callback: f}))
}

// Fulfill settles p with v as it is, without looking for a then method.
func Fulfill(p *goja.Promise, v goja.Value) { promiseFulfill(p, v) }

// Reject rejects p, which must be pending, with reason.
func Reject(p *goja.Promise, reason goja.Value) { promiseReject(p, reason) }

// ResolvedPromise is PromiseResolve(%Promise%, v): v itself if it is a promise, else a
// promise resolved with it.
func ResolvedPromise(rt *goja.Runtime, v goja.Value) *goja.Object {
	return promiseResolve(rt, getPromise(rt), v)
}

// PromiseOf returns the promise behind v, or nil if v is not one (a thenable is not).
func PromiseOf(v goja.Value) *goja.Promise {
	obj, ok := v.(*goja.Object)
	if !ok || obj == nil || (*object)(unsafe.Pointer(obj)).self.tab != promiseTab() {
		return nil
	}
	return (*goja.Promise)((*object)(unsafe.Pointer(obj)).self.data)
}

// React has one of the functions called, as a microtask, once p is settled. It does not
// look up p.then, and marks p as handled.
func React(p *goja.Promise, onFulfilled, onRejected func(goja.Value)) {
	addReactions(p,
		&promiseReaction{typ: reactionFulfill, handler: callback(onFulfilled)},
		&promiseReaction{typ: reactionReject, handler: callback(onRejected)})
}

func callback(f func(goja.Value)) *jobCallback {
	return &jobCallback{callback: func(c goja.FunctionCall) goja.Value {
		f(c.Argument(0))
		return goja.Undefined()
	}}
}

// MarkHandled keeps p from being reported as an unhandled rejection.
func MarkHandled(p *goja.Promise) { (*promise)(unsafe.Pointer(p)).handled = true }

// Enqueue queues a microtask.
func Enqueue(rt *goja.Runtime, job func()) { enqueuePromiseJob(rt, job) }
