package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

var (
	writableInterface           = &realm.Interface{Name: "WritableStream"}
	writableControllerInterface = &realm.Interface{Name: "WritableStreamDefaultController"}
)

// wrapWritable makes the JavaScript object of s.
func wrapWritable(s *WritableStream) *goja.Object {
	s.obj = s.r.Wrap(writableInterface, s)
	return s.obj
}

// IsWritable reports whether v is a WritableStream.
func IsWritable(v goja.Value) bool {
	_, ok := realm.As[*WritableStream](v)
	return ok
}

func declareWritable() {
	writableInterface.New = func(a realm.Args) any { return constructWritable(a) }
	writableInterface.Made = func(_ *realm.Realm, obj *goja.Object, v any) { v.(*WritableStream).obj = obj }
	mustBeFree := func(s *WritableStream, a realm.Args) {
		if s.locked() {
			a.ThrowType("This WritableStream is currently locked to a writer.")
		}
	}
	writableInterface.Members = []realm.Member{
		realm.Attr("locked", func(s *WritableStream, a realm.Args) goja.Value { return a.RT.ToValue(s.locked()) }, nil),
		realm.Async("abort", 0, func(s *WritableStream, a realm.Args) goja.Value {
			mustBeFree(s, a)
			return promiseOf(a.Realm, s.abort(a.Get(0)))
		}),
		realm.Async("close", 0, func(s *WritableStream, a realm.Args) goja.Value {
			mustBeFree(s, a)
			if s.closing() {
				a.ThrowType("This WritableStream is being closed already.")
			}
			return s.close()
		}),
		realm.Method("getWriter", 0, func(s *WritableStream, a realm.Args) goja.Value {
			return a.Wrap(writerInterface, s.acquire())
		}),
	}
	writableControllerInterface.Members = []realm.Member{
		realm.Attr("signal", func(c *writableController, a realm.Args) goja.Value { return c.signalObject() }, nil),
		realm.Method("error", 0, func(c *writableController, a realm.Args) goja.Value {
			c.errorIfNeeded(a.Get(0))
			return goja.Undefined()
		}),
	}
}

// constructWritable is the constructor of WritableStream (Streams, section 5.2.4).
func constructWritable(a realm.Args) *WritableStream {
	sink := a.Get(0)
	if _, ok := sink.(*goja.Object); !ok && !goja.IsUndefined(sink) {
		a.ThrowType("The underlying sink is not an object.")
	}
	strat, given := strategyArg(a.Realm, a.Get(1))
	abort := callback(a.Realm, sink, "abort")
	closeFn := callback(a.Realm, sink, "close")
	start := callback(a.Realm, sink, "start")
	typ := a.Dict(sink, "type")
	write := callback(a.Realm, sink, "write")
	if !goja.IsUndefined(typ) {
		a.ThrowRange("The underlying sink must not have a type.")
	}
	s := newWritable(a.Realm, strat.defaulted(a.Realm, given, 1))
	c := s.ctl
	var self goja.Value = goja.Undefined()
	if start != nil || write != nil {
		self = a.Wrap(writableControllerInterface, c)
	}
	if write != nil {
		c.write = func(chunk goja.Value) goja.Value { return invoke(a.Realm, write, sink, chunk, self) }
	}
	if closeFn != nil {
		c.close = func() goja.Value { return invoke(a.Realm, closeFn, sink) }
	}
	if abort != nil {
		c.abort = func(reason goja.Value) goja.Value { return invoke(a.Realm, abort, sink, reason) }
	}
	var result goja.Value
	if start != nil {
		result = a.Call(start, sink, self)
	}
	c.start(result)
	return s
}
