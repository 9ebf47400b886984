package dom

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// globalScope is a realm's global scope as an event target.
type globalScope struct {
	target EventTarget
	// reporting is HTML's "in error reporting mode": an exception from an error listener is
	// not dispatched again.
	reporting bool
}

// The interfaces of the global scope. The global object itself has its members as its own
// and is no instance of them: programs only look whether they are there.
var (
	workerScopeInterface  = &realm.Interface{Name: "WorkerGlobalScope", Parent: EventTargetInterface}
	serviceScopeInterface = &realm.Interface{Name: "ServiceWorkerGlobalScope", Parent: workerScopeInterface}
)

var globalSlot = realm.NewSlot(func(*realm.Realm) *globalScope { return new(globalScope) })

// GlobalTarget is the event target behind the global addEventListener; its object is the
// global object. To dispatch at it, use Dispatch or DispatchWith with that object.
func GlobalTarget(r *realm.Realm) *EventTarget { return &globalSlot.Of(r).target }

// ReportException reports what a script threw and nobody caught (HTML 8.1.4.6): an error
// event at the global scope, and, unless a listener cancelled that, Host.Report. what says
// where it came from.
func ReportException(r *realm.Realm, what string, thrown goja.Value) {
	g := globalSlot.Of(r)
	if !g.reporting && g.target.Listeners("error") > 0 {
		g.reporting = true
		defer func() { g.reporting = false }()
		if !g.target.Dispatch(r, r.RT.GlobalObject(), NewErrorEvent(r, messageOf(r, thrown), thrown)) {
			return
		}
	}
	if r.Host != nil {
		r.Host.Report(what, thrown)
	}
}

// messageOf is the message of an error event: "Uncaught " and what the value says of itself.
func messageOf(r *realm.Realm, v goja.Value) string {
	msg := "Uncaught exception"
	_ = r.Try(func() { msg = "Uncaught " + v.String() }) // toString may be a script's, and throw
	return msg
}

func declareGlobalScope() {
	hook.GlobalTemplate().PutSym(goja.SymToStringTag, func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(rt.ToValue("ServiceWorkerGlobalScope"), false, false, true)
	})
	realm.GlobalFunc("addEventListener", 2, func(a realm.Args) goja.Value {
		t, _ := targetOf(a)
		return t.add(a)
	})
	realm.GlobalFunc("removeEventListener", 2, func(a realm.Args) goja.Value {
		t, _ := targetOf(a)
		return t.remove(a)
	})
	realm.GlobalFunc("dispatchEvent", 1, func(a realm.Args) goja.Value {
		t, obj := targetOf(a)
		return t.dispatch(a, obj)
	})
	realm.GlobalFunc("reportError", 1, func(a realm.Args) goja.Value {
		a.Need(1, "reportError")
		ReportException(a.Realm, "Uncaught exception (reportError)", a.Get(0))
		return goja.Undefined()
	})
}

// targetOf is the target a global function works on: that of `this`, or the global scope
// where it was called without one (WebIDL 3.7.7).
func targetOf(a realm.Args) (*EventTarget, *goja.Object) {
	global := a.RT.GlobalObject()
	if realm.IsNullish(a.This) || a.This == goja.Value(global) {
		return GlobalTarget(a.Realm), global
	}
	t, ok := realm.As[Target](a.This)
	if !ok {
		a.ThrowType("Illegal invocation")
	}
	return t.eventTarget(), a.This.(*goja.Object)
}
