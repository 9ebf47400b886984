package builtins

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// capability is a PromiseCapability record (ECMA-262 27.2.1.1).
type capability struct{ promise, resolve, reject goja.Value }

// newCapability is NewPromiseCapability (27.2.1.5), for any constructor.
func newCapability(a realm.Args, c goja.Value) capability {
	if !hook.IsConstructor(a.RT, c) {
		a.ThrowType("%s is not a constructor", realm.Describe(c))
	}
	cap := capability{resolve: goja.Undefined(), reject: goja.Undefined()}
	executor := a.Func("", 2, func(b realm.Args) goja.Value {
		if !goja.IsUndefined(cap.resolve) || !goja.IsUndefined(cap.reject) {
			a.ThrowType("Promise executor has already been invoked with non-undefined arguments")
		}
		cap.resolve, cap.reject = b.Get(0), b.Get(1)
		return goja.Undefined()
	})
	cap.promise = hook.Construct(a.RT, c, nil, executor)
	if hook.Callable(cap.resolve) == nil || hook.Callable(cap.reject) == nil {
		a.ThrowType("Promise resolve or reject function is not callable")
	}
	return cap
}

// withResolvers is Promise.withResolvers (27.2.4.8).
func withResolvers(a realm.Args) goja.Value {
	c := newCapability(a, a.This)
	o := a.RT.NewObject()
	_ = o.Set("promise", c.promise)
	_ = o.Set("resolve", c.resolve)
	_ = o.Set("reject", c.reject)
	return o
}

// promiseTry is Promise.try (27.2.4.7).
func promiseTry(a realm.Args) goja.Value {
	if _, ok := a.This.(*goja.Object); !ok {
		a.ThrowType("Promise.try called on non-object")
	}
	c := newCapability(a, a.This)
	var rest []goja.Value
	if len(a.List) > 1 {
		rest = a.List[1:]
	}
	var v goja.Value
	if thrown := a.Try(func() { v = a.Call(a.Get(0), goja.Undefined(), rest...) }); thrown != nil {
		a.Call(c.reject, goja.Undefined(), thrown)
	} else {
		a.Call(c.resolve, goja.Undefined(), v)
	}
	return c.promise
}
