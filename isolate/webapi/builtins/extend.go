package builtins

import (
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// extendSymbol gives Symbol the well-known symbols that goja lacks, as registered ones.
func extendSymbol(r *realm.Realm) {
	ctor := hook.SymbolCtor(r.RT)
	registered := ctor.Get("for") // goja's own: no script has touched Symbol yet
	for _, name := range []string{"asyncIterator", "dispose", "asyncDispose"} {
		if _, ok := hook.OwnProperty(ctor, r.RT.ToValue(name)); !ok {
			sym := r.Call(registered, ctor, r.RT.ToValue("Symbol."+name))
			_ = ctor.DefineDataProperty(name, sym, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
		}
	}
}

// stackTraceLimit is what Error.stackTraceLimit says at first. It is there to be read and
// set, as programs written for V8 do; the length of stacks does not follow it.
const stackTraceLimit = 10

// extendError gives Error what programs written for V8 look for.
func extendError(r *realm.Realm) {
	ctor := hook.ErrorCtor(r.RT, "Error")
	method(r, ctor, "captureStackTrace", 2, captureStackTrace)
	if _, ok := hook.OwnProperty(ctor, r.RT.ToValue("stackTraceLimit")); !ok {
		_ = ctor.Set("stackTraceLimit", stackTraceLimit)
	}
}

// captureStackTrace is V8's Error.captureStackTrace: it sets the property stack of an object
// to where it is called.
func captureStackTrace(a realm.Args) goja.Value {
	obj, ok := a.Get(0).(*goja.Object)
	if !ok {
		a.ThrowType("Error.captureStackTrace: the argument is not an object")
	}
	title := "Error"
	if v := obj.Get("name"); v != nil && !goja.IsUndefined(v) {
		title = a.Realm.String(v)
	}
	if v := obj.Get("message"); v != nil && !goja.IsUndefined(v) && a.Realm.String(v) != "" {
		title += ": " + a.Realm.String(v)
	}
	here, _ := dom.ExceptionOf(dom.NewException(a.Realm, "Error", ""))
	_, frames, _ := strings.Cut(here.Stack(), "\n")
	if first, rest, ok := strings.Cut(frames, "\n"); ok && strings.HasSuffix(first, "(native)") {
		frames = rest // this function itself
	}
	if err := obj.DefineDataProperty("stack", a.RT.ToValue(title+"\n"+frames), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		a.ThrowType("Error.captureStackTrace: cannot define property stack")
	}
	return goja.Undefined()
}

// typedArraySlot repairs %TypedArray%.from once in a realm: goja's takes no strings, as in
// Uint8Array.from(atob(text), c => c.charCodeAt(0)).
var typedArraySlot = realm.NewSlot(func(r *realm.Realm) bool {
	ctor := hook.TypedArrayCtor(r.RT)
	from := ctor.Get("from")
	f := r.Func("from", 1, func(a realm.Args) goja.Value {
		if v := a.Get(0); goja.IsString(v) {
			a.List = append([]goja.Value{v.ToObject(a.RT)}, a.List[1:]...)
		}
		return a.Call(from, a.This, a.List...)
	})
	_ = ctor.DefineDataProperty("from", f, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return true
})
