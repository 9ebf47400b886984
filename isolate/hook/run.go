package hook

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// Run calls f inside rt and drains the microtasks afterwards, as at the end of a script.
// It returns what f threw, or the error that interrupted it. Nested in a running script it
// drains nothing.
func Run(rt *goja.Runtime, f func()) error { return runWrapped(rt, f) }

// ForbidCode makes every way to compile code from a string at run time throw what thrown
// returns: eval, and the Function, AsyncFunction and GeneratorFunction constructors,
// however they are reached. Programs compiled outside the runtime still run.
//
// All of these ways parse with the runtime's parser options, so an option that panics, in
// the place where natives throw, reaches exactly them.
func ForbidCode(rt *goja.Runtime, thrown func() goja.Value) {
	opt := func(unsafe.Pointer) { panic(thrown()) }
	rt.SetParserOptions(*(*parser.Option)(unsafe.Pointer(&opt)))
}

// owner carries a realm in a runtime's field-name mapper, which nothing else of Gannet uses.
type owner struct {
	goja.FieldNameMapper
	value any
}

var mapperOffset = func() uintptr {
	f, _ := reflect.TypeFor[goja.Runtime]().FieldByName("fieldNameMapper")
	return f.Offset
}()

// SetOwner attaches v to rt.
func SetOwner(rt *goja.Runtime, v any) { rt.SetFieldNameMapper(&owner{value: v}) }

// Owner returns what SetOwner attached.
func Owner(rt *goja.Runtime) any {
	m := (*iface)(unsafe.Add(unsafe.Pointer(rt), mapperOffset))
	if m.data == nil {
		return nil
	}
	return (*owner)(m.data).value
}

// Callable returns the function behind v, or nil. Unlike goja.AssertFunction's, it never
// drains microtasks, and what it throws is a Go panic: call it inside Run, or from a native
// function.
func Callable(v goja.Value) func(goja.FunctionCall) goja.Value {
	f, _ := assertCallable(v)
	return f
}

// Construct is `new ctor(...args)`. It throws like Callable's functions, a TypeError if
// ctor is no constructor. newTarget may be nil.
func Construct(rt *goja.Runtime, ctor goja.Value, newTarget *goja.Object, args ...goja.Value) *goja.Object {
	return toConstructor(rt, ctor)(args, newTarget)
}
