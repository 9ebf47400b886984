package dom

import (
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// Event is the Go value behind an Event (DOM 2.2). Embed it to make an interface that
// inherits from EventInterface, and call Init on it.
type Event struct {
	typ                           string
	bubbles, cancelable, composed bool
	trusted                       bool
	timeStamp                     float64 // milliseconds since the realm's time origin

	target, currentTarget *goja.Object
	phase                 int

	initialized   bool
	dispatching   bool
	stop, stopNow bool // stop propagation and stop immediate propagation flags
	canceled      bool
	passive       bool // in passive listener flag
}

// The values of eventPhase.
const (
	phaseNone     = 0
	phaseAtTarget = 2
)

// AnyEvent is implemented by every Go value behind an event.
type AnyEvent interface{ event() *Event }

func (e *Event) event() *Event { return e }

// EventInterface is Event.
var EventInterface = &realm.Interface{Name: "Event", Length: 1}

// Init sets up an event the platform makes (isTrusted is true).
func (e *Event) Init(r *realm.Realm, typ string, bubbles, cancelable bool) {
	e.typ, e.bubbles, e.cancelable = typ, bubbles, cancelable
	e.initialized, e.trusted = true, true
	e.timeStamp = sinceStart(r)
}

// InitFrom sets up an event from the arguments of its constructor: type and EventInit.
func (e *Event) InitFrom(a realm.Args) {
	e.typ = a.Realm.String(a.Get(0))
	init := a.Get(1)
	e.bubbles = a.Dict(init, "bubbles").ToBoolean()
	e.cancelable = a.Dict(init, "cancelable").ToBoolean()
	e.composed = a.Dict(init, "composed").ToBoolean()
	e.initialized = true
	e.timeStamp = sinceStart(a.Realm)
}

// Type is the event's type.
func (e *Event) Type() string { return e.typ }

// Canceled reports whether preventDefault was called to effect.
func (e *Event) Canceled() bool { return e.canceled }

// Dispatching reports whether the event is being dispatched right now.
func (e *Event) Dispatching() bool { return e.dispatching }

// StopImmediately keeps further listeners from being called.
func (e *Event) StopImmediately() { e.stop, e.stopNow = true, true }

// sinceStart is the time scripts see, in milliseconds since the time origin.
func sinceStart(r *realm.Realm) float64 {
	if r.Host == nil {
		return 0
	}
	return float64(r.Host.Now().Sub(r.Host.Start())) / float64(time.Millisecond)
}

// NewEvent makes a plain trusted event that neither bubbles nor can be cancelled.
func NewEvent(r *realm.Realm, typ string) (*Event, *goja.Object) {
	e := new(Event)
	e.Init(r, typ, false, false)
	return e, r.Wrap(EventInterface, e)
}

func (e *Event) preventDefault() {
	if e.cancelable && !e.passive {
		e.canceled = true
	}
}

func declareEvents() {
	type args = realm.Args
	EventInterface.New = func(a args) any {
		e := new(Event)
		e.InitFrom(a)
		return e
	}
	undefined := goja.Undefined()
	EventInterface.Members = []realm.Member{
		realm.Attr("type", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().typ) }, nil),
		realm.Attr("target", func(e AnyEvent, _ args) goja.Value { return orNull(e.event().target) }, nil),
		realm.Attr("srcElement", func(e AnyEvent, _ args) goja.Value { return orNull(e.event().target) }, nil),
		realm.Attr("currentTarget", func(e AnyEvent, _ args) goja.Value { return orNull(e.event().currentTarget) }, nil),
		realm.Method("composedPath", 0, func(e AnyEvent, a args) goja.Value {
			if t := e.event().currentTarget; t != nil {
				return a.RT.NewArray(t)
			}
			return a.RT.NewArray()
		}),
		realm.Attr("eventPhase", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().phase) }, nil),
		realm.Method("stopPropagation", 0, func(e AnyEvent, _ args) goja.Value {
			e.event().stop = true
			return undefined
		}),
		realm.Attr("cancelBubble", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().stop) },
			func(e AnyEvent, _ args, v goja.Value) { e.event().stop = e.event().stop || v.ToBoolean() }),
		realm.Method("stopImmediatePropagation", 0, func(e AnyEvent, _ args) goja.Value {
			e.event().StopImmediately()
			return undefined
		}),
		realm.Attr("bubbles", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().bubbles) }, nil),
		realm.Attr("cancelable", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().cancelable) }, nil),
		realm.Attr("returnValue", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(!e.event().canceled) },
			func(e AnyEvent, _ args, v goja.Value) {
				if !v.ToBoolean() {
					e.event().preventDefault()
				}
			}),
		realm.Method("preventDefault", 0, func(e AnyEvent, _ args) goja.Value {
			e.event().preventDefault()
			return undefined
		}),
		realm.Attr("defaultPrevented", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().canceled) }, nil),
		realm.Attr("composed", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().composed) }, nil),
		realm.Attr("isTrusted", func(e AnyEvent, a args) goja.Value { return a.RT.ToValue(e.event().trusted) }, nil),
		realm.Attr("timeStamp", func(e AnyEvent, a args) goja.Value { return a.Number(e.event().timeStamp) }, nil),
		realm.Method("initEvent", 1, func(e AnyEvent, a args) goja.Value {
			a.Need(1, "Event.initEvent")
			ev := e.event()
			typ, bubbles, cancelable := a.Realm.String(a.Get(0)), a.Get(1).ToBoolean(), a.Get(2).ToBoolean()
			if !ev.dispatching {
				ts := ev.timeStamp
				*ev = Event{typ: typ, bubbles: bubbles, cancelable: cancelable, initialized: true, timeStamp: ts}
			}
			return undefined
		}),
	}
	for i, name := range []string{"NONE", "CAPTURING_PHASE", "AT_TARGET", "BUBBLING_PHASE"} {
		c := realm.Const(name, i)
		EventInterface.Members = append(EventInterface.Members, c)
		EventInterface.Statics = append(EventInterface.Statics, c)
	}
	declareEventKinds()
}

func orNull(obj *goja.Object) goja.Value {
	if obj == nil {
		return goja.Null()
	}
	return obj
}
