package timers

import (
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// Declare declares the functions and objects of this package. It must run before the first
// realm is made; only its first call counts.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	dom.Declare()
	declareTimers()
	declareClone()
	declareScheduler()
	declarePerformance()
	declareNavigator()
	realm.GlobalFunc("queueMicrotask", 1, queueMicrotask)
	realm.Global("self", true, func(r *realm.Realm) goja.Value { return r.RT.GlobalObject() })
	realm.Global("origin", true, func(r *realm.Realm) goja.Value { return r.RT.ToValue("null") })
})

// queueMicrotask is the function of that name (HTML 8.7).
func queueMicrotask(a realm.Args) goja.Value {
	a.Need(1, "queueMicrotask")
	fn := a.Get(0)
	if hook.Callable(fn) == nil {
		a.ThrowType("queueMicrotask: parameter 1 is not of type 'Function'.")
	}
	r := a.Realm
	r.Microtask(func() {
		if thrown := r.Try(func() { r.Call(fn, goja.Undefined()) }); thrown != nil {
			dom.ReportException(r, "Uncaught exception in a microtask", thrown)
		}
	})
	return goja.Undefined()
}
