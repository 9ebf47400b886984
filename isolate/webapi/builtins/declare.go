package builtins

import (
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// Declare adds the built-ins. It must run before the first realm is made; only its first
// call counts.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	realm.Built(hook.ObjectTemplate(), "groupBy", func(r *realm.Realm) goja.Value { return r.Func("groupBy", 2, objectGroupBy) })
	realm.Built(hook.StringProtoTemplate(), "isWellFormed", func(r *realm.Realm) goja.Value { return r.Func("isWellFormed", 0, isWellFormed) })
	realm.Built(hook.StringProtoTemplate(), "toWellFormed", func(r *realm.Realm) goja.Value { return r.Func("toWellFormed", 0, toWellFormed) })

	onTouch("Promise", func(r *realm.Realm) {
		c := hook.PromiseCtor(r.RT)
		method(r, c, "withResolvers", 0, withResolvers)
		method(r, c, "try", 1, promiseTry)
	})
	onTouch("Map", func(r *realm.Realm) { method(r, hook.MapCtor(r.RT), "groupBy", 2, mapGroupBy) })
	onTouch("Array", func(r *realm.Realm) { method(r, hook.ArrayCtor(r.RT), "fromAsync", 1, arrayFromAsync) })
	onTouch("Error", extendError)
	onTouch("Symbol", extendSymbol)
	for _, name := range []string{"Uint8Array", "Uint8ClampedArray", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array",
		"Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"} {
		onTouch(name, func(r *realm.Realm) { typedArraySlot.Of(r) })
	}
})

// onTouch has extend called when the global called name is first touched in a realm.
func onTouch(name string, extend func(r *realm.Realm)) {
	hook.GlobalTemplate().Wrap(name, func(rt *goja.Runtime, old hook.Factory) goja.Value {
		v := old(rt)
		if r, ok := hook.Owner(rt).(*realm.Realm); ok { // not in a runtime without a realm
			extend(r)
		}
		return v
	})
}

// method adds a function to obj as built-ins are: not enumerable. One that is there already
// stays.
func method(r *realm.Realm, obj *goja.Object, name string, length int, f func(a realm.Args) goja.Value) {
	if _, ok := hook.OwnProperty(obj, r.RT.ToValue(name)); !ok {
		_ = obj.DefineDataProperty(name, r.Func(name, length, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

// function checks that v is callable.
func function(a realm.Args, v goja.Value, what string) goja.Value {
	if hook.Callable(v) == nil {
		a.ThrowType("%s: %s is not a function", what, realm.Describe(v))
	}
	return v
}
