package dom

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// customEvent is behind CustomEvent (DOM 2.4).
type customEvent struct {
	Event
	detail goja.Value
}

// messageEvent is behind MessageEvent (HTML 9.1).
type messageEvent struct {
	Event
	data, source, ports goja.Value
	origin, lastEventID string
}

// errorEvent is behind ErrorEvent (HTML 8.1.4.6).
type errorEvent struct {
	Event
	message, filename string
	lineno, colno     int64
	err               goja.Value
}

// rejectionEvent is behind PromiseRejectionEvent (HTML 8.1.4.7).
type rejectionEvent struct {
	Event
	promise, reason goja.Value
}

// closeEvent is behind CloseEvent (WebSockets 6).
type closeEvent struct {
	Event
	wasClean bool
	code     int64
	reason   string
}

var (
	customEventInterface    = &realm.Interface{Name: "CustomEvent", Length: 1, Parent: EventInterface}
	messageEventInterface   = &realm.Interface{Name: "MessageEvent", Length: 1, Parent: EventInterface}
	errorEventInterface     = &realm.Interface{Name: "ErrorEvent", Length: 1, Parent: EventInterface}
	rejectionEventInterface = &realm.Interface{Name: "PromiseRejectionEvent", Length: 2, Parent: EventInterface}
	closeEventInterface     = &realm.Interface{Name: "CloseEvent", Length: 1, Parent: EventInterface}
)

func declareEventKinds() {
	type args = realm.Args
	customEventInterface.New = func(a args) any {
		e := &customEvent{detail: dictOr(a, "detail", goja.Null())}
		e.InitFrom(a)
		return e
	}
	customEventInterface.Members = []realm.Member{
		realm.Attr("detail", func(e *customEvent, _ args) goja.Value { return e.detail }, nil),
	}

	messageEventInterface.New = func(a args) any {
		e := new(messageEvent)
		e.InitFrom(a)
		e.data = dictOr(a, "data", goja.Null())
		e.source = dictOr(a, "source", goja.Null())
		e.origin = dictString(a, "origin")
		e.lastEventID = dictString(a, "lastEventId")
		var ports []any
		if v := a.Dict(a.Get(1), "ports"); !goja.IsUndefined(v) {
			a.Iterate(v, func(p goja.Value) bool { ports = append(ports, p); return true })
		}
		e.ports = a.RT.NewArray(ports...)
		return e
	}
	messageEventInterface.Members = []realm.Member{
		realm.Attr("data", func(e *messageEvent, _ args) goja.Value { return e.data }, nil),
		realm.Attr("origin", func(e *messageEvent, a args) goja.Value { return a.RT.ToValue(e.origin) }, nil),
		realm.Attr("lastEventId", func(e *messageEvent, a args) goja.Value { return a.RT.ToValue(e.lastEventID) }, nil),
		realm.Attr("source", func(e *messageEvent, _ args) goja.Value { return e.source }, nil),
		realm.Attr("ports", func(e *messageEvent, a args) goja.Value {
			if e.ports == nil {
				e.ports = a.RT.NewArray()
			}
			return e.ports
		}, nil),
	}

	errorEventInterface.New = func(a args) any {
		e := new(errorEvent)
		e.InitFrom(a)
		e.message = dictString(a, "message")
		e.filename = dictString(a, "filename")
		e.lineno = a.Long(a.Dict(a.Get(1), "lineno"), 0, 1<<32-1)
		e.colno = a.Long(a.Dict(a.Get(1), "colno"), 0, 1<<32-1)
		e.err = a.Dict(a.Get(1), "error")
		return e
	}
	errorEventInterface.Members = []realm.Member{
		realm.Attr("message", func(e *errorEvent, a args) goja.Value { return a.RT.ToValue(e.message) }, nil),
		realm.Attr("filename", func(e *errorEvent, a args) goja.Value { return a.RT.ToValue(e.filename) }, nil),
		realm.Attr("lineno", func(e *errorEvent, a args) goja.Value { return a.RT.ToValue(e.lineno) }, nil),
		realm.Attr("colno", func(e *errorEvent, a args) goja.Value { return a.RT.ToValue(e.colno) }, nil),
		realm.Attr("error", func(e *errorEvent, _ args) goja.Value { return e.err }, nil),
	}

	rejectionEventInterface.New = func(a args) any {
		e := new(rejectionEvent)
		e.InitFrom(a)
		p := a.Dict(a.Get(1), "promise")
		if goja.IsUndefined(p) {
			a.ThrowType("Failed to construct 'PromiseRejectionEvent': required member promise is undefined.")
		}
		e.promise = a.Resolved(p)
		e.reason = a.Dict(a.Get(1), "reason")
		return e
	}
	rejectionEventInterface.Members = []realm.Member{
		realm.Attr("promise", func(e *rejectionEvent, _ args) goja.Value { return e.promise }, nil),
		realm.Attr("reason", func(e *rejectionEvent, _ args) goja.Value { return e.reason }, nil),
	}

	closeEventInterface.New = func(a args) any {
		e := new(closeEvent)
		e.InitFrom(a)
		e.wasClean = a.Dict(a.Get(1), "wasClean").ToBoolean()
		e.code = a.Long(a.Dict(a.Get(1), "code"), 0, 1<<16-1)
		e.reason = dictString(a, "reason")
		return e
	}
	closeEventInterface.Members = []realm.Member{
		realm.Attr("wasClean", func(e *closeEvent, a args) goja.Value { return a.RT.ToValue(e.wasClean) }, nil),
		realm.Attr("code", func(e *closeEvent, a args) goja.Value { return a.RT.ToValue(e.code) }, nil),
		realm.Attr("reason", func(e *closeEvent, a args) goja.Value { return a.RT.ToValue(e.reason) }, nil),
	}
}

// dictOr is the member name of the constructor's second argument, def where it is undefined.
func dictOr(a realm.Args, name string, def goja.Value) goja.Value {
	if v := a.Dict(a.Get(1), name); !goja.IsUndefined(v) {
		return v
	}
	return def
}

func dictString(a realm.Args, name string) string {
	if v := a.Dict(a.Get(1), name); !goja.IsUndefined(v) {
		return a.Realm.String(v)
	}
	return ""
}

// NewMessageEvent makes a trusted message event that carries data.
func NewMessageEvent(r *realm.Realm, typ string, data goja.Value) *goja.Object {
	e := &messageEvent{data: data, source: goja.Null()}
	e.Init(r, typ, false, false)
	return r.Wrap(messageEventInterface, e)
}

// NewErrorEvent makes a trusted, cancelable error event about the thrown value err.
func NewErrorEvent(r *realm.Realm, message string, err goja.Value) *goja.Object {
	e := &errorEvent{message: message, err: err}
	e.Init(r, "error", false, true)
	return r.Wrap(errorEventInterface, e)
}

// NewRejectionEvent makes a trusted, cancelable event of a promise: typ is
// "unhandledrejection" or "rejectionhandled".
func NewRejectionEvent(r *realm.Realm, typ string, promise *goja.Object, reason goja.Value) *goja.Object {
	e := &rejectionEvent{promise: promise, reason: reason}
	e.Init(r, typ, false, true)
	return r.Wrap(rejectionEventInterface, e)
}

// NewCloseEvent makes a trusted close event.
func NewCloseEvent(r *realm.Realm, code int, reason string, wasClean bool) *goja.Object {
	e := &closeEvent{code: int64(code), reason: reason, wasClean: wasClean}
	e.Init(r, "close", false, false)
	return r.Wrap(closeEventInterface, e)
}
