package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// settled is a promise resolved with undefined, one per realm, never shown to scripts:
// what nil stands for where an algorithm returns a promise. Reacting to it, not queueing a
// bare microtask, keeps the async context of the job.
var settled = realm.NewSlot(func(r *realm.Realm) goja.Value { return r.Resolved(goja.Undefined()) })

func ignore(goja.Value) {}

// upon is WebIDL's "react to a promise". p may be nil, see settled.
func upon(r *realm.Realm, p goja.Value, fulfilled, rejected func(goja.Value)) {
	if p == nil {
		p = settled.Of(r)
	}
	r.Then(p, fulfilled, rejected)
}

// chain is "the result of reacting to p with the given steps": a promise resolved with what
// a step returns, rejected with what it throws. A nil step passes the settlement on.
func chain(r *realm.Realm, p goja.Value, fulfilled, rejected func(goja.Value) goja.Value) goja.Value {
	d := r.NewDeferred()
	run := func(step func(goja.Value) goja.Value, v goja.Value) {
		var result goja.Value
		if thrown := r.Try(func() { result = step(v) }); thrown != nil {
			d.Reject(thrown)
			return
		}
		d.Resolve(result)
	}
	upon(r, p, func(v goja.Value) {
		if fulfilled == nil {
			d.Resolve(v)
			return
		}
		run(fulfilled, v)
	}, func(e goja.Value) {
		if rejected == nil {
			d.Reject(e)
			return
		}
		run(rejected, e)
	})
	return d.Promise()
}

// resolvedWith is WebIDL's "a promise resolved with v": always a new promise, so that a
// promise in v takes the ticks the standard gives it.
func resolvedWith(r *realm.Realm, v goja.Value) goja.Value {
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	d := r.NewDeferred()
	d.Resolve(v)
	return d.Promise()
}

// rejectedWith is a promise rejected with e that is not reported as unhandled: somebody
// always reacts to it, but maybe only when a script asks for it.
func rejectedWith(r *realm.Realm, e goja.Value) *goja.Object {
	d := r.NewDeferred()
	d.MarkHandled()
	d.Reject(e)
	return d.Promise()
}

// invoke calls a callback of an underlying object whose WebIDL type returns a promise: what
// it throws rejects.
func invoke(r *realm.Realm, fn, this goja.Value, args ...goja.Value) goja.Value {
	var v goja.Value
	if thrown := r.Try(func() { v = r.Call(fn, this, args...) }); thrown != nil {
		return rejectedWith(r, thrown)
	}
	return resolvedWith(r, v)
}

// promiseOf makes a JavaScript promise of an algorithm's result.
func promiseOf(r *realm.Realm, p goja.Value) goja.Value {
	if p == nil {
		return r.Resolved(goja.Undefined())
	}
	return p
}

// callback returns the callback called name of a dictionary, nil if it is undefined, and
// throws if it is no function.
func callback(r *realm.Realm, dict goja.Value, name string) goja.Value {
	v := r.Dict(dict, name)
	if goja.IsUndefined(v) {
		return nil
	}
	if !isCallable(v) {
		r.ThrowType("%s is not a function", name)
	}
	return v
}
