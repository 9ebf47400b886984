package isolate

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// executionContext is the third argument of a fetch handler; *event is behind it.
var executionContext = &realm.Interface{Name: "ExecutionContext", Hidden: true}

// fetchEventInterface is the event of service-worker syntax; *fetchEvent is behind it, and so
// far behind its parent, too.
var (
	extendableEventInterface = &realm.Interface{Name: "ExtendableEvent"}
	fetchEventInterface      = &realm.Interface{Name: "FetchEvent", Parent: extendableEventInterface}
)

// fetchEvent is the object a fetch listener gets.
type fetchEvent struct {
	dom.Event
	e         *event
	object    *goja.Object
	responded bool
	over      bool // the listeners have run: it is too late for respondWith
}

func newFetchEvent(r *realm.Realm, e *event) *fetchEvent {
	fe := &fetchEvent{e: e}
	fe.Init(r, "fetch", false, true)
	fe.object = r.Wrap(fetchEventInterface, fe)
	return fe
}

func declareContext() {
	executionContext.Members = []realm.Member{
		realm.Method("waitUntil", 1, func(e *event, a realm.Args) goja.Value {
			a.Need(1, "ExecutionContext.waitUntil")
			e.waitUntil(a.Get(0))
			return goja.Undefined()
		}),
		realm.Method("passThroughOnException", 0, func(e *event, a realm.Args) goja.Value {
			e.passThrough = true
			return goja.Undefined()
		}),
		realm.Attr("props", func(e *event, a realm.Args) goja.Value { return a.RT.NewObject() }, nil),
	}
	extendableEventInterface.Parent = dom.EventInterface
	extendableEventInterface.Members = []realm.Member{
		realm.Method("waitUntil", 1, func(fe *fetchEvent, a realm.Args) goja.Value {
			a.Need(1, "ExtendableEvent.waitUntil")
			fe.e.waitUntil(a.Get(0))
			return goja.Undefined()
		}),
	}
	fetchEventInterface.Members = []realm.Member{
		realm.Attr("request", func(fe *fetchEvent, a realm.Args) goja.Value { return fe.e.request }, nil),
		realm.Method("respondWith", 1, func(fe *fetchEvent, a realm.Args) goja.Value {
			a.Need(1, "FetchEvent.respondWith")
			if fe.responded {
				dom.Throw(a.Realm, "InvalidStateError", "FetchEvent.respondWith() has already been called; it can only be called once.")
			}
			if fe.over {
				dom.Throw(a.Realm, "InvalidStateError", "Too late to call FetchEvent.respondWith(). It must be called synchronously in the event handler.")
			}
			fe.responded = true
			fe.StopImmediately() // Service Workers 4.6.7: the listener that answers is the last
			fe.e.settleWith(a.Get(0))
			return goja.Undefined()
		}),
		realm.Method("passThroughOnException", 0, func(fe *fetchEvent, a realm.Args) goja.Value {
			fe.e.passThrough = true
			return goja.Undefined()
		}),
	}
	realm.Declare(executionContext, extendableEventInterface, fetchEventInterface)
}
