//lint:file-ignore U1000 the fields mirror those of other structs

package hook

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"
)

// This file changes what goja's own native functions do, in place: identity, properties and
// whatever goja itself holds on to stay as they are.

type baseFuncObject struct {
	baseObject
	lenProp valueProperty
}

// nativeFuncObject is goja's struct of the same name.
type nativeFuncObject struct {
	baseFuncObject
	f         func(goja.FunctionCall) goja.Value
	construct func(args []goja.Value, newTarget *goja.Object) *goja.Object
}

// templatedFuncObject is goja's struct of the same name: a native function, too.
type templatedFuncObject struct {
	templatedObject
	f         func(goja.FunctionCall) goja.Value
	construct func(args []goja.Value, newTarget *goja.Object) *goja.Object
}

// templatedFuncTab is the itab of goja's templated functions, taken from a sample.
var templatedFuncTab = sync.OnceValue(func() unsafe.Pointer {
	return (*object)(unsafe.Pointer(templatedSample(goja.New()))).self.tab
})

func templatedSample(rt *goja.Runtime) *goja.Object { return NewClass(rt, NewTemplate(), nil, nil) }

// Call is what a native function does when it is called, New when it is constructed.
type (
	Call = func(goja.FunctionCall) goja.Value
	New  = func(args []goja.Value, newTarget *goja.Object) *goja.Object
)

// nativeParts returns what a native function does; nil, nil for anything else.
func nativeParts(fn goja.Value) (*Call, *New) {
	obj, ok := fn.(*goja.Object)
	if !ok || obj == nil {
		return nil, nil
	}
	self := (*object)(unsafe.Pointer(obj)).self
	switch self.tab {
	case nativeTab():
		n := (*nativeFuncObject)(self.data)
		return &n.f, &n.construct
	case templatedFuncTab():
		n := (*templatedFuncObject)(self.data)
		return &n.f, &n.construct
	}
	return nil, nil
}

// Rewire replaces what calling the native function fn does by what wrap makes of it. It
// reports false, and does nothing, if fn is no native function.
func Rewire(fn goja.Value, wrap func(old Call) Call) bool {
	f, _ := nativeParts(fn)
	if f == nil || *f == nil {
		return false
	}
	*f = wrap(*f)
	return true
}

// RewireNew is Rewire for `new fn()`. Classes that extend fn go through it, too.
func RewireNew(fn goja.Value, wrap func(old New) New) bool {
	_, construct := nativeParts(fn)
	if construct == nil || *construct == nil {
		return false
	}
	*construct = wrap(*construct)
	return true
}

// PropValue is the value in what a Factory returned: a bare value, or that of a property.
// It is nil for an accessor.
func PropValue(v goja.Value) goja.Value {
	if (*iface)(unsafe.Pointer(&v)).tab == propTab() {
		return propOf(v).value
	}
	return v
}

//go:linkname getFunctionProtoTemplate github.com/dop251/goja.getFunctionProtoTemplate
func getFunctionProtoTemplate() *Template

//go:linkname getRegExpPrototype github.com/dop251/goja.(*Runtime).getRegExpPrototype
func getRegExpPrototype(r *goja.Runtime) *goja.Object

//go:linkname arraySpeciesCreate github.com/dop251/goja.arraySpeciesCreate
func arraySpeciesCreate(obj *goja.Object, size int64) *goja.Object

//go:linkname createDataPropertyOrThrow github.com/dop251/goja.createDataPropertyOrThrow
func createDataPropertyOrThrow(o *goja.Object, p, v goja.Value)

//go:linkname hasProperty github.com/dop251/goja.(*Object).hasProperty
func hasProperty(o *goja.Object, p goja.Value) bool

//go:linkname getProperty github.com/dop251/goja.(*Object).get
func getProperty(o *goja.Object, p, receiver goja.Value) goja.Value

// FunctionProtoTemplate is the template of Function.prototype.
func FunctionProtoTemplate() *Template { return getFunctionProtoTemplate() }

// RegExpProto is %RegExp.prototype% of rt.
func RegExpProto(rt *goja.Runtime) *goja.Object { return getRegExpPrototype(rt) }

// SpeciesArray is ArraySpeciesCreate (ECMA-262, 10.4.2.2) with a length of 0.
func SpeciesArray(original *goja.Object) *goja.Object { return arraySpeciesCreate(original, 0) }

// CreateProperty is CreateDataPropertyOrThrow (ECMA-262, 7.3.7).
func CreateProperty(o *goja.Object, key, v goja.Value) { createDataPropertyOrThrow(o, key, v) }

// HasProperty is HasProperty (ECMA-262, 7.3.11): the prototypes count.
func HasProperty(o *goja.Object, key goja.Value) bool { return hasProperty(o, key) }

// GetProperty is Get (ECMA-262, 7.3.2) with any key, an integer above all. It is nil where an
// ordinary object has no such property.
func GetProperty(o *goja.Object, key goja.Value) goja.Value { return getProperty(o, key, nil) }
