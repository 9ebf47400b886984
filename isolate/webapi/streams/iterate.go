package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// asyncIteratorInterface is the prototype of what ReadableStream's values returns.
var asyncIteratorInterface = &realm.Interface{Name: "ReadableStreamAsyncIterator", Hidden: true}

// asyncIteratorSymbol is the realm's Symbol.asyncIterator. goja has none of its own; code
// lowered by esbuild, and the pinned Symbol.asyncIterator, use the registered symbol.
func asyncIteratorSymbol(r *realm.Realm) *goja.Symbol {
	ctor := hook.SymbolCtor(r.RT)
	if sym, ok := ctor.Get("asyncIterator").(*goja.Symbol); ok {
		return sym
	}
	if f := ctor.Get("for"); isCallable(f) {
		if sym, ok := r.Call(f, ctor, r.RT.ToValue("Symbol.asyncIterator")).(*goja.Symbol); ok {
			return sym
		}
	}
	return nil
}

// installed puts the members whose key is the realm's own Symbol.asyncIterator on the
// prototypes. It is reached before a script can see either prototype.
var installed = realm.NewSlot(func(r *realm.Realm) *goja.Symbol {
	var sym *goja.Symbol
	_ = r.Try(func() { sym = asyncIteratorSymbol(r) }) // a script broke Symbol: it goes without
	if sym == nil {
		return goja.NewSymbol("Symbol.asyncIterator")
	}
	proto := r.Proto(readableInterface)
	define(proto, sym, proto.Get("values"))
	define(r.Proto(asyncIteratorInterface), sym, r.Func("[Symbol.asyncIterator]", 0, func(a realm.Args) goja.Value { return a.This }))
	return sym
})

func define(obj *goja.Object, sym *goja.Symbol, v goja.Value) {
	_ = obj.DefineDataPropertySymbol(sym, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// streamIterator is the state of an asynchronous iterator of a stream (Streams, section
// 4.2.5, and WebIDL 3.7.10).
type streamIterator struct {
	r             *realm.Realm
	reader        *reader
	preventCancel bool
	finished      bool
	ongoing       goja.Value // the promise of the last next or return; nil before the first
}

func (s *ReadableStream) values(a realm.Args) goja.Value {
	preventCancel := a.Dict(a.Get(0), "preventCancel").ToBoolean()
	it := &streamIterator{r: a.Realm, reader: s.acquire(), preventCancel: preventCancel}
	return a.Wrap(asyncIteratorInterface, it)
}

func declareIterator() {
	asyncIteratorInterface.Members = []realm.Member{
		realm.Async("next", 0, func(it *streamIterator, a realm.Args) goja.Value {
			return it.after(it.next)
		}),
		realm.Async("return", 1, func(it *streamIterator, a realm.Args) goja.Value {
			v := a.Get(0)
			return it.after(func() goja.Value { return it.finish(v) })
		}),
	}
}

// after runs step once the operation under way is settled, however it was.
func (it *streamIterator) after(step func() goja.Value) goja.Value {
	if it.ongoing == nil {
		it.ongoing = step()
	} else {
		run := func(goja.Value) goja.Value { return step() }
		it.ongoing = chain(it.r, it.ongoing, run, run)
	}
	return it.ongoing
}

func (it *streamIterator) next() goja.Value {
	d := it.r.NewDeferred()
	if it.finished || it.reader.stream == nil {
		d.Resolve(hook.IterResult(it.r.RT, goja.Undefined(), true))
		return d.Promise()
	}
	it.reader.stream.read(&iteratorRead{it, d})
	return d.Promise()
}

func (it *streamIterator) finish(v goja.Value) goja.Value {
	result := hook.IterResult(it.r.RT, v, true)
	if it.finished || it.reader.stream == nil {
		it.finished = true
		return it.r.Resolved(result)
	}
	it.finished = true
	var p goja.Value
	if !it.preventCancel {
		p = it.reader.stream.cancel(v)
	}
	it.reader.release()
	return chain(it.r, p, func(goja.Value) goja.Value { return result }, nil)
}

// iteratorRead is the read request of the iterator's next.
type iteratorRead struct {
	it *streamIterator
	d  *realm.Deferred
}

func (q *iteratorRead) chunk(v goja.Value) { q.d.Resolve(hook.IterResult(q.it.r.RT, v, false)) }

func (q *iteratorRead) close() {
	q.end()
	q.d.Resolve(hook.IterResult(q.it.r.RT, goja.Undefined(), true))
}

func (q *iteratorRead) error(e goja.Value) {
	q.end()
	q.d.Reject(e)
}

func (q *iteratorRead) end() {
	q.it.finished = true
	if q.it.reader.stream != nil {
		q.it.reader.release()
	}
}

// from is ReadableStreamFromIterable (Streams, section 4.9.1).
func from(r *realm.Realm, iterable goja.Value) *ReadableStream {
	it := iteratorOf(r, iterable)
	var s *ReadableStream
	s = newStream(r, strategy{}, func() goja.Value {
		result := resultOf(r, func() goja.Value { return r.Call(it.next, it.obj) })
		return chain(r, result, func(v goja.Value) goja.Value {
			res, ok := v.(*goja.Object)
			if !ok {
				r.ThrowType("The iterator's next() gave no object.")
			}
			if get(res, "done").ToBoolean() {
				s.ctl.Close()
				return nil
			}
			value := get(res, "value")
			if !it.sync {
				s.ctl.Enqueue(value)
				return nil
			}
			// %AsyncFromSyncIteratorPrototype%.next awaits each value.
			return chain(r, resultOf(r, func() goja.Value { return value }), func(v goja.Value) goja.Value {
				s.ctl.Enqueue(v)
				return nil
			}, nil)
		}, nil)
	}, func(reason goja.Value) goja.Value {
		var method goja.Value
		if thrown := r.Try(func() { method = get(it.obj, "return") }); thrown != nil {
			return rejectedWith(r, thrown)
		}
		if realm.IsNullish(method) {
			return nil
		}
		result := resultOf(r, func() goja.Value { return r.Call(method, it.obj, reason) })
		return chain(r, result, func(v goja.Value) goja.Value {
			if _, ok := v.(*goja.Object); !ok {
				r.ThrowType("The iterator's return() gave no object.")
			}
			return nil
		}, nil)
	})
	s.ctl.start(nil)
	return s
}

// resultOf is f's result as a promise, rejected with what it throws.
func resultOf(r *realm.Realm, f func() goja.Value) goja.Value {
	var v goja.Value
	if thrown := r.Try(func() { v = f() }); thrown != nil {
		return rejectedWith(r, thrown)
	}
	d := r.NewDeferred()
	d.Resolve(v)
	return d.Promise()
}

// iterator is an iterator record; sync means its values may be promises to await.
type iterator struct {
	obj  *goja.Object
	next goja.Value
	sync bool
}

// iteratorOf is GetIterator(iterable, async) of ECMA-262.
func iteratorOf(r *realm.Realm, iterable goja.Value) iterator {
	if realm.IsNullish(iterable) {
		r.ThrowType("%s is not iterable", realm.Describe(iterable))
	}
	holder := iterable.ToObject(r.RT)
	method, sync := holder.GetSymbol(installed.Of(r)), false
	if realm.IsNullish(method) {
		method, sync = holder.GetSymbol(goja.SymIterator), true
	}
	if realm.IsNullish(method) || !isCallable(method) {
		r.ThrowType("%s is not iterable", realm.Describe(iterable))
	}
	obj, ok := r.Call(method, iterable).(*goja.Object)
	if !ok {
		r.ThrowType("The iterator is not an object.")
	}
	return iterator{obj, get(obj, "next"), sync}
}

// get is obj[name], undefined where goja has nil.
func get(obj *goja.Object, name string) goja.Value {
	if v := obj.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

// wrapGlobal has the first touch of the global ReadableStream reach installed.
func wrapGlobal() {
	hook.GlobalTemplate().Wrap(readableInterface.Name, func(rt *goja.Runtime, old hook.Factory) goja.Value {
		installed.Of(realm.Of(rt))
		return old(rt)
	})
}
