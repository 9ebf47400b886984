package dom

import (
	"slices"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// EventTarget is the Go value behind an EventTarget (DOM 2.7). Embed it to make an interface
// that inherits from EventTargetInterface. The zero value is ready.
type EventTarget struct {
	listeners []*listener
	handlers  []*handler
	// changed, if set, is called after a listener came or went.
	changed func()
}

// Target is implemented by every Go value that embeds EventTarget.
type Target interface{ eventTarget() *EventTarget }

func (t *EventTarget) eventTarget() *EventTarget { return t }

// listener is an event listener (DOM 2.7). Either callback or handler is set.
type listener struct {
	typ                    string
	callback               *goja.Object
	handler                *handler
	capture, once, passive bool
	removed                bool
	// forget takes the listener off the signal that would remove it.
	forget func()
}

// handler is an event handler (HTML 8.1.8.1), the value of an attribute like onabort.
type handler struct {
	typ   string
	value *goja.Object
	l     *listener // nil until the first value, and after null
}

// EventTargetInterface is EventTarget.
var EventTargetInterface = &realm.Interface{Name: "EventTarget"}

func declareTarget() {
	EventTargetInterface.New = func(realm.Args) any { return new(EventTarget) }
	EventTargetInterface.Members = []realm.Member{
		realm.Method("addEventListener", 2, func(t Target, a realm.Args) goja.Value { return t.eventTarget().add(a) }),
		realm.Method("removeEventListener", 2, func(t Target, a realm.Args) goja.Value { return t.eventTarget().remove(a) }),
		realm.Method("dispatchEvent", 1, func(t Target, a realm.Args) goja.Value {
			return t.eventTarget().dispatch(a, a.This.(*goja.Object))
		}),
	}
}

// callbackOf checks an EventListener? argument: nil for null and undefined.
func callbackOf(a realm.Args, what string) *goja.Object {
	v := a.Get(1)
	if realm.IsNullish(v) {
		return nil
	}
	obj, ok := v.(*goja.Object)
	if !ok {
		a.ThrowType("%s: parameter 2 is not of type 'EventListener'.", what)
	}
	return obj
}

// add is addEventListener (DOM 2.7, "add an event listener").
func (t *EventTarget) add(a realm.Args) goja.Value {
	a.Need(2, "EventTarget.addEventListener")
	l := &listener{typ: a.Realm.String(a.Get(0)), callback: callbackOf(a, "EventTarget.addEventListener")}
	var signal *AbortSignal
	if opts, ok := a.Get(2).(*goja.Object); ok {
		l.capture = a.Dict(opts, "capture").ToBoolean()
		l.once = a.Dict(opts, "once").ToBoolean()
		l.passive = a.Dict(opts, "passive").ToBoolean()
		if v := a.Dict(opts, "signal"); !goja.IsUndefined(v) {
			if signal, ok = SignalOf(v); !ok {
				a.ThrowType("EventTarget.addEventListener: member signal is not of type 'AbortSignal'.")
			}
		}
	} else {
		l.capture = a.Get(2).ToBoolean()
	}
	if l.callback == nil || signal != nil && signal.aborted || t.find(l.typ, l.callback, l.capture) >= 0 {
		return goja.Undefined()
	}
	t.append(l)
	if signal != nil {
		l.forget = signal.OnAbort(func(goja.Value) { t.drop(l) })
	}
	return goja.Undefined()
}

// remove is removeEventListener.
func (t *EventTarget) remove(a realm.Args) goja.Value {
	a.Need(2, "EventTarget.removeEventListener")
	typ, callback := a.Realm.String(a.Get(0)), callbackOf(a, "EventTarget.removeEventListener")
	capture := false
	if opts, ok := a.Get(2).(*goja.Object); ok {
		capture = a.Dict(opts, "capture").ToBoolean()
	} else {
		capture = a.Get(2).ToBoolean()
	}
	if i := t.find(typ, callback, capture); i >= 0 {
		t.drop(t.listeners[i])
	}
	return goja.Undefined()
}

func (t *EventTarget) find(typ string, callback *goja.Object, capture bool) int {
	if callback == nil {
		return -1
	}
	return slices.IndexFunc(t.listeners, func(l *listener) bool {
		return l.callback == callback && l.capture == capture && l.typ == typ
	})
}

// append adds l. It does not write to the array that a dispatch under way iterates over.
func (t *EventTarget) append(l *listener) {
	t.listeners = append(t.listeners[:len(t.listeners):len(t.listeners)], l)
	if t.changed != nil {
		t.changed()
	}
}

// drop removes l, if it is still there.
func (t *EventTarget) drop(l *listener) {
	if l.removed {
		return
	}
	l.removed = true
	if i := slices.Index(t.listeners, l); i >= 0 {
		rest := make([]*listener, 0, len(t.listeners)-1)
		t.listeners = append(append(rest, t.listeners[:i]...), t.listeners[i+1:]...)
	}
	if l.forget != nil {
		l.forget()
	}
	if t.changed != nil {
		t.changed()
	}
}

// Listeners is the number of listeners for events of the type, handlers included.
func (t *EventTarget) Listeners(typ string) int {
	n := 0
	for _, l := range t.listeners {
		if l.typ == typ {
			n++
		}
	}
	return n
}

// dispatch is dispatchEvent.
func (t *EventTarget) dispatch(a realm.Args, obj *goja.Object) goja.Value {
	a.Need(1, "EventTarget.dispatchEvent")
	ev, ok := realm.As[AnyEvent](a.Get(0))
	if !ok {
		a.ThrowType("EventTarget.dispatchEvent: parameter 1 is not of type 'Event'.")
	}
	if e := ev.event(); e.dispatching || !e.initialized {
		Throw(a.Realm, "InvalidStateError", "The event is already being dispatched.")
	}
	ev.event().trusted = false
	return a.RT.ToValue(t.Dispatch(a.Realm, obj, a.Get(0).(*goja.Object)))
}

// Dispatch dispatches the event ev, whose Go value embeds Event and which must not be under
// dispatch, at obj, the object t is behind (DOM 2.9). It reports whether the event was not
// cancelled. What listeners throw is reported (see ReportException) and stops nobody.
func (t *EventTarget) Dispatch(r *realm.Realm, obj, ev *goja.Object) bool {
	return t.DispatchWith(r, obj, ev, func(thrown goja.Value) {
		ReportException(r, "Uncaught exception in an event listener", thrown)
	})
}

// DispatchWith is Dispatch with another place for what listeners throw.
func (t *EventTarget) DispatchWith(r *realm.Realm, obj, ev *goja.Object, thrown func(goja.Value)) bool {
	anyEvent, ok := realm.As[AnyEvent](ev)
	if !ok {
		panic("BUG: Dispatch of an object that is no event")
	}
	e := anyEvent.event()
	e.dispatching = true
	defer func() { // also when an interrupt passes
		e.phase, e.currentTarget = phaseNone, nil
		e.dispatching, e.stop, e.stopNow = false, false, false
	}()
	e.target = obj
	e.phase = phaseAtTarget
	// With one target in the path, both passes of DOM 2.9 invoke it: capturing listeners
	// first, the others then, unless propagation was stopped before.
	for _, capture := range [...]bool{true, false} {
		if e.stop {
			break
		}
		e.currentTarget = obj
		t.invoke(r, obj, ev, e, capture, thrown)
	}
	return !e.canceled
}

// invoke is "inner invoke" (DOM 2.9) over the listeners there are now.
func (t *EventTarget) invoke(r *realm.Realm, obj, ev *goja.Object, e *Event, capture bool, thrown func(goja.Value)) {
	for _, l := range t.listeners {
		if l.removed || l.capture != capture || l.typ != e.typ {
			continue
		}
		if l.once {
			t.drop(l)
		}
		e.passive = l.passive
		ex := r.Try(func() { l.call(r, obj, ev, e) })
		e.passive = false
		if ex != nil {
			thrown(ex)
		}
		if e.stopNow {
			return
		}
	}
}

// call calls a function, the handleEvent method of an object (looked up each time), or an
// event handler, whose result false means preventDefault (HTML 8.1.8.1).
func (l *listener) call(r *realm.Realm, obj, ev *goja.Object, e *Event) {
	switch {
	case l.handler != nil:
		if f := l.handler.value; f != nil && hook.Callable(f) != nil {
			if r.Call(f, obj, ev) == r.RT.ToValue(false) {
				e.preventDefault()
			}
		}
	case hook.Callable(l.callback) != nil:
		r.Call(l.callback, obj, ev)
	default:
		f := l.callback.Get("handleEvent")
		if hook.Callable(f) == nil {
			r.ThrowType("The provided event listener's handleEvent is not a function.")
		}
		r.Call(f, l.callback, ev)
	}
}

// HandlerAttr declares an event handler attribute, such as "onabort", for events of type
// typ (HTML 8.1.8.1).
func HandlerAttr[T Target](name, typ string) realm.Member {
	return realm.Attr(name, func(t T, _ realm.Args) goja.Value {
		if h := t.eventTarget().handler(typ); h != nil && h.value != nil {
			return h.value
		}
		return goja.Null()
	}, func(t T, _ realm.Args, v goja.Value) {
		obj, _ := v.(*goja.Object) // [LegacyTreatNonObjectAsNull]
		t.eventTarget().setHandler(typ, obj)
	})
}

func (t *EventTarget) handler(typ string) *handler {
	for _, h := range t.handlers {
		if h.typ == typ {
			return h
		}
	}
	return nil
}

func (t *EventTarget) setHandler(typ string, v *goja.Object) {
	h := t.handler(typ)
	if h == nil {
		h = &handler{typ: typ}
		t.handlers = append(t.handlers, h)
	}
	h.value = v
	switch {
	case v == nil && h.l != nil:
		t.drop(h.l)
		h.l = nil
	case v != nil && h.l == nil:
		h.l = &listener{typ: typ, handler: h}
		t.append(h.l)
	}
}
