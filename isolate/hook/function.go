package hook

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"
)

// FunctionType is what kind of function an object is.
type FunctionType uint8

// The kinds of functions. PlainFunction stands for native and bound ones, too.
const (
	PlainFunction FunctionType = iota
	ClassFunction
	AsyncFunction
	GeneratorFunction
)

// functionSamples makes one function of each of goja's structs that is not a plain one.
var functionSamples = goja.MustCompile("", `[class {}, class extends Object {}, async function() {}, async () => 0, ({async m() {}}).m,
	function*() {}, ({*m() {}}).m]`, false)

var functionTypes = sync.OnceValue(func() map[unsafe.Pointer]FunctionType {
	types := [...]FunctionType{ClassFunction, ClassFunction, AsyncFunction, AsyncFunction, AsyncFunction, GeneratorFunction, GeneratorFunction}
	m := map[unsafe.Pointer]FunctionType{}
	rt := goja.New()
	list, _ := rt.RunProgram(functionSamples)
	i := 0
	rt.ForOf(list, func(v goja.Value) bool {
		m[(*object)(unsafe.Pointer(v.(*goja.Object))).self.tab] = types[i]
		i++
		return true
	})
	return m
})

// FunctionTypeOf returns the kind of the function fn.
func FunctionTypeOf(fn *goja.Object) FunctionType {
	return functionTypes()[(*object)(unsafe.Pointer(fn)).self.tab]
}

var nativeTab = sync.OnceValue(func() unsafe.Pointer {
	f := NewFunc(goja.New(), "", 0, func(goja.FunctionCall) goja.Value { return nil })
	return (*object)(unsafe.Pointer(f)).self.tab
})

// IsNative reports whether fn is a function made by NewFunc, or one of goja's own: calling
// it runs no script by itself.
func IsNative(fn *goja.Object) bool { return (*object)(unsafe.Pointer(fn)).self.tab == nativeTab() }
