package isolate

import (
	"fmt"

	"github.com/dop251/goja"

	"gannet/isolate/bundle"
	"gannet/isolate/hook"
	"gannet/isolate/webapi/dom"
	"gannet/isolate/webapi/fetch"
)

// entry is what a script exports, as the isolate calls it.
type entry struct {
	module  bool
	pending *goja.Promise // a module's exports, while its top-level await goes on
	failed  goja.Value    // what its top-level await rejected with

	class   goja.Value // default export that is a class: made anew for each event
	handler goja.Value // default export that is an object
	fetch   func(goja.FunctionCall) goja.Value
}

// runTopLevel evaluates the program. The caller guards it: it enters the realm itself, once
// for the program and once for the function the program may be.
func (iso *isolate) runTopLevel() error {
	r, script := iso.realm, iso.worker.cfg.Script
	iso.entry.module = script.Format == bundle.Module
	if err := iso.bindEnv(!iso.entry.module); err != nil {
		return err
	}
	if err := iso.bindBlobs(); err != nil {
		return err
	}
	v, err := r.RT.RunProgram(iso.worker.program)
	if err != nil || !script.Wrapped {
		return err
	}
	return r.Run(func() {
		exports := callable(v)(goja.FunctionCall{This: goja.Undefined(), Arguments: []goja.Value{iso.hostObject()}})
		p := hook.PromiseOf(exports)
		if p == nil {
			iso.entry.read(iso, exports)
			return
		}
		iso.entry.pending = p
		hook.React(p, func(v goja.Value) {
			iso.entry.pending = nil
			iso.entry.read(iso, v)
		}, func(reason goja.Value) {
			iso.entry.pending, iso.entry.failed = nil, reason
		})
	})
}

// failure says, after the top level and its microtasks have run, why the script cannot
// serve. A module without a fetch handler can: it may be there for its other exports.
func (en *entry) failure(iso *isolate) error {
	switch {
	case en.failed != nil:
		return iso.exceptionError(en.failed)
	case en.pending != nil:
		return fmt.Errorf("the script's top-level await never ends: nothing at the top level can settle it, since I/O and timers need a request")
	}
	return nil
}

// read takes the handlers out of a module's exports.
func (en *entry) read(iso *isolate, exports goja.Value) {
	obj, ok := exports.(*goja.Object)
	if !ok {
		return
	}
	def, ok := obj.Get("default").(*goja.Object)
	if !ok {
		return
	}
	if f := callable(def.Get("fetch")); f != nil {
		en.handler, en.fetch = def, f
		return
	}
	if callable(def) == nil {
		return
	}
	if proto, ok := def.Get("prototype").(*goja.Object); ok && callable(proto.Get("fetch")) != nil {
		en.class = def
	}
}

// startCurrent begins the current event: it calls the handler. It runs inside realm.Run, so
// what the handler throws comes out of that.
func (iso *isolate) startCurrent() {
	e := iso.current
	r := iso.realm
	e.request = fetch.NewRequest(r, e.fe.Exchange, e.fe.URL, e.fe.CF)
	if !iso.entry.module {
		iso.dispatchFetch(e)
		return
	}
	ctx := r.Wrap(executionContext, e)
	switch {
	case iso.entry.fetch != nil:
		e.settleWith(iso.entry.fetch(goja.FunctionCall{This: iso.entry.handler, Arguments: []goja.Value{e.request, iso.env, ctx}}))
	case iso.entry.class != nil:
		instance := hook.Construct(r.RT, iso.entry.class, nil, ctx, iso.env)
		f := callable(instance.Get("fetch"))
		if f == nil {
			r.ThrowType("the default export's class has no fetch method")
		}
		e.settleWith(f(goja.FunctionCall{This: instance, Arguments: []goja.Value{e.request, iso.env, ctx}}))
	default:
		r.ThrowType("Handler does not export a fetch() function.")
	}
}

// dispatchFetch fires the fetch event of service-worker syntax. Without a listener, or
// without respondWith, the request goes to the origin, as in Workers.
func (iso *isolate) dispatchFetch(e *event) {
	r := iso.realm
	target := dom.GlobalTarget(r)
	if target.Listeners("fetch") == 0 {
		r.ThrowType("No event handlers were registered. This script does nothing.")
	}
	fe := newFetchEvent(r, e)
	target.DispatchWith(r, r.RT.GlobalObject(), fe.object, func(thrown goja.Value) {
		fe.responded = true
		e.reject(thrown)
	})
	fe.over = true
	if !fe.responded && !e.answered {
		e.settleWith(fetch.FetchDefault(r, e.request))
	}
}
