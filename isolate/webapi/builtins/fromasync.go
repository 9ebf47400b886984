package builtins

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// fromAsync is one Array.fromAsync under way (ECMA-262 proposal, stage 4).
type fromAsync struct {
	a       realm.Args
	mapper  goja.Value // undefined without one
	this    goja.Value
	out     *goja.Object
	n       int64
	promise *realm.Deferred

	// Either next and iterator, of an async or sync iterator, or like and length.
	iterator goja.Value
	next     goja.Value
	isAsync  bool
	like     *goja.Object
	length   int64
}

// arrayFromAsync is Array.fromAsync.
func arrayFromAsync(a realm.Args) goja.Value {
	f := &fromAsync{a: a, mapper: a.Get(1), this: a.Get(2), promise: a.NewDeferred()}
	if thrown := a.Try(f.start); thrown != nil {
		f.promise.Reject(thrown)
	} else {
		f.step()
	}
	return f.promise.Promise()
}

func (f *fromAsync) start() {
	a := f.a
	if !goja.IsUndefined(f.mapper) {
		function(a, f.mapper, "Array.fromAsync")
	}
	if realm.IsNullish(a.Get(0)) {
		a.ThrowType("Array.fromAsync: %s is not iterable", realm.Describe(a.Get(0)))
	}
	items := a.Get(0).ToObject(a.RT)
	asyncIterator, _ := hook.SymbolCtor(a.RT).Get("asyncIterator").(*goja.Symbol)
	var m goja.Value
	if asyncIterator != nil {
		m = items.GetSymbol(asyncIterator)
	}
	if f.isAsync = !realm.IsNullish(m); !f.isAsync {
		m = items.GetSymbol(goja.SymIterator)
	}
	if !realm.IsNullish(m) {
		f.iterator = a.Call(m, items)
		it, ok := f.iterator.(*goja.Object)
		if !ok {
			a.ThrowType("Array.fromAsync: the iterator is not an object")
		}
		f.next = it.Get("next")
		f.out = f.create()
		return
	}
	f.like = items
	if v := items.Get("length"); v != nil {
		f.length = max(v.ToInteger(), 0)
	}
	f.out = f.create(a.RT.ToValue(f.length))
}

// create makes the result: by `this` if that is a constructor.
func (f *fromAsync) create(args ...goja.Value) *goja.Object {
	if c := f.a.This; c != goja.Value(hook.ArrayCtor(f.a.RT)) && hook.IsConstructor(f.a.RT, c) {
		return hook.Construct(f.a.RT, c, nil, args...)
	}
	return f.a.RT.NewArray()
}

// guard runs one synchronous part; what it throws rejects the result, and closes the
// iterator if open says that it is not finished.
func (f *fromAsync) guard(open bool, part func()) {
	if thrown := f.a.Try(part); thrown != nil {
		f.fail(thrown, open)
	}
}

func (f *fromAsync) fail(reason goja.Value, open bool) {
	if open && f.iterator != nil {
		_ = f.a.Try(func() {
			if ret := f.iterator.(*goja.Object).Get("return"); !realm.IsNullish(ret) {
				f.a.Call(ret, f.iterator)
			}
		})
	}
	f.promise.Reject(reason)
}

// step asks for the next value.
func (f *fromAsync) step() {
	f.guard(false, func() {
		switch {
		case f.like != nil:
			if f.n >= f.length {
				f.finish()
				return
			}
			v := f.like.Get(f.a.RT.ToValue(f.n).String())
			if v == nil {
				v = goja.Undefined()
			}
			f.await(v, f.mapped, false)
		case f.isAsync:
			f.await(f.a.Call(f.next, f.iterator), f.result, false)
		default:
			f.result(f.a.Call(f.next, f.iterator))
		}
	})
}

// await has then called with what v resolves to.
func (f *fromAsync) await(v goja.Value, then func(goja.Value), open bool) {
	f.a.Then(v, func(v goja.Value) { f.guard(open, func() { then(v) }) }, func(reason goja.Value) { f.fail(reason, open) })
}

// result takes an iterator result.
func (f *fromAsync) result(v goja.Value) {
	obj, ok := v.(*goja.Object)
	if !ok {
		f.a.ThrowType("Array.fromAsync: the iterator result is not an object")
	}
	if done := obj.Get("done"); done != nil && done.ToBoolean() {
		f.finish()
		return
	}
	value := obj.Get("value")
	if value == nil {
		value = goja.Undefined()
	}
	if f.isAsync {
		f.guard(true, func() { f.mapped(value) })
		return
	}
	f.await(value, f.mapped, true)
}

// mapped maps a value, and waits for what the mapper gives.
func (f *fromAsync) mapped(v goja.Value) {
	if goja.IsUndefined(f.mapper) {
		f.store(v)
		return
	}
	f.await(f.a.Call(f.mapper, f.this, v, f.a.RT.ToValue(f.n)), f.store, true)
}

func (f *fromAsync) store(v goja.Value) {
	if err := f.out.DefineDataProperty(f.a.RT.ToValue(f.n).String(), v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
		f.a.ThrowType("Array.fromAsync: cannot define element %d", f.n)
	}
	f.n++
	f.step()
}

func (f *fromAsync) finish() {
	if err := f.out.Set("length", f.n); err != nil {
		f.a.ThrowType("Array.fromAsync: cannot set length")
	}
	f.promise.Resolve(f.out)
}
