package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

var (
	readableInterface       = &realm.Interface{Name: "ReadableStream"}
	controllerInterface     = &realm.Interface{Name: "ReadableStreamDefaultController"}
	byteControllerInterface = &realm.Interface{Name: "ReadableByteStreamController"}
)

func declareReadable() {
	readableInterface.New = func(a realm.Args) any { return constructReadable(a) }
	readableInterface.Made = func(r *realm.Realm, obj *goja.Object, v any) {
		installed.Of(r)
		v.(*ReadableStream).obj = obj
	}
	readableInterface.Statics = []realm.Member{
		realm.Static("from", 1, func(a realm.Args) goja.Value {
			a.Need(1, "ReadableStream.from")
			return wrapReadable(from(a.Realm, a.Get(0)))
		}),
	}
	readableInterface.Members = []realm.Member{
		realm.Attr("locked", func(s *ReadableStream, a realm.Args) goja.Value { return a.RT.ToValue(s.locked()) }, nil),
		realm.Async("cancel", 0, func(s *ReadableStream, a realm.Args) goja.Value {
			if s.locked() {
				a.ThrowType("This ReadableStream is currently locked to a reader.")
			}
			return promiseOf(a.Realm, s.cancel(a.Get(0)))
		}),
		realm.Method("getReader", 0, func(s *ReadableStream, a realm.Args) goja.Value {
			if mode := a.Dict(a.Get(0), "mode"); !goja.IsUndefined(mode) {
				a.Enum(mode, "ReadableStreamReaderMode", "byob")
				a.ThrowType("This ReadableStream does not support BYOB readers.")
			}
			return a.Wrap(readerInterface, s.acquire())
		}),
		realm.Method("pipeThrough", 1, pipeThrough),
		realm.Async("pipeTo", 1, func(s *ReadableStream, a realm.Args) goja.Value {
			dest, ok := realm.As[*WritableStream](a.Get(0))
			if !ok {
				a.ThrowType("The provided value is not of type 'WritableStream'.")
			}
			o := pipeOptionsOf(a)
			if s.locked() {
				a.ThrowType("This ReadableStream is currently locked to a reader.")
			}
			if dest.locked() {
				a.ThrowType("This WritableStream is currently locked to a writer.")
			}
			return s.pipeTo(dest, o)
		}),
		realm.Method("tee", 0, func(s *ReadableStream, a realm.Args) goja.Value {
			one, two := s.tee(false)
			return a.RT.NewArray(wrapReadable(one), wrapReadable(two))
		}),
		realm.Method("values", 0, func(s *ReadableStream, a realm.Args) goja.Value { return s.values(a) }),
	}

	controllerInterface.Members = controllerMembers(func(c *Controller, a realm.Args) {
		c.Enqueue(a.Get(0))
	})
	byteControllerInterface.Members = append(controllerMembers(enqueueView),
		realm.Attr("byobRequest", func(*Controller, realm.Args) goja.Value { return goja.Null() }, nil))
}

// controllerMembers are the members both kinds of controller have.
func controllerMembers(enqueue func(c *Controller, a realm.Args)) []realm.Member {
	return []realm.Member{
		realm.Attr("desiredSize", func(c *Controller, a realm.Args) goja.Value {
			if c.stream.state == errored {
				return goja.Null()
			}
			return a.Number(c.DesiredSize())
		}, nil),
		realm.Method("close", 0, func(c *Controller, a realm.Args) goja.Value {
			if !c.canCloseOrEnqueue() {
				a.ThrowType("This ReadableStream cannot be closed: it is closed, errored, or closing already.")
			}
			c.Close()
			return goja.Undefined()
		}),
		realm.Method("enqueue", 0, func(c *Controller, a realm.Args) goja.Value {
			if !c.canCloseOrEnqueue() {
				a.ThrowType("This ReadableStream takes no more chunks: it is closed, errored, or closing.")
			}
			enqueue(c, a)
			return goja.Undefined()
		}),
		realm.Method("error", 0, func(c *Controller, a realm.Args) goja.Value {
			c.Error(a.Get(0))
			return goja.Undefined()
		}),
	}
}

// enqueueView is enqueue of a byte controller. The bytes are copied where the standard
// transfers the buffer: the chunk is as safe from later changes, and the source may go on
// using its buffer.
func enqueueView(c *Controller, a realm.Args) {
	b, ok := viewBytes(a.Get(0))
	if !ok {
		a.ThrowType("The chunk of a byte stream must be an ArrayBufferView.")
	}
	if len(b) == 0 {
		a.ThrowType("The chunk of a byte stream must have at least one byte.")
	}
	c.EnqueueBytes(append(make([]byte, 0, len(b)), b...))
}

// constructReadable is the constructor of ReadableStream (Streams, section 4.2.4).
func constructReadable(a realm.Args) *ReadableStream {
	source := a.Get(0)
	obj, isObject := source.(*goja.Object)
	if !isObject && !goja.IsUndefined(source) {
		a.ThrowType("The underlying source is not an object.")
	}
	strat, given := strategyArg(a.Realm, a.Get(1))
	var dict goja.Value = goja.Undefined()
	if isObject {
		dict = obj
	}
	if auto := a.Dict(dict, "autoAllocateChunkSize"); !goja.IsUndefined(auto) {
		if a.Enforce(auto, 0, 1<<53-1, "autoAllocateChunkSize") == 0 {
			a.ThrowType("autoAllocateChunkSize must be greater than 0.")
		}
	}
	cancel := callback(a.Realm, dict, "cancel")
	pull := callback(a.Realm, dict, "pull")
	start := callback(a.Realm, dict, "start")
	def := 1.0
	c := &Controller{r: a.Realm}
	if typ := a.Dict(dict, "type"); !goja.IsUndefined(typ) {
		a.Enum(typ, "ReadableStreamType", "bytes")
		if strat.size != nil {
			a.ThrowRange("The strategy of a byte stream must not have a size function.")
		}
		def, c.bytes = 0, true
	}
	c.strategy = strat.defaulted(a.Realm, given, def)
	c.stream = &ReadableStream{r: a.Realm, ctl: c, length: -1}

	var self goja.Value = goja.Undefined()
	if start != nil || pull != nil {
		iface := controllerInterface
		if c.bytes {
			iface = byteControllerInterface
		}
		self = a.Wrap(iface, c)
	}
	if pull != nil {
		c.pull = func() goja.Value { return invoke(a.Realm, pull, source, self) }
	}
	if cancel != nil {
		c.cancel = func(reason goja.Value) goja.Value { return invoke(a.Realm, cancel, source, reason) }
	}
	var result goja.Value
	if start != nil {
		result = a.Call(start, source, self)
	}
	c.start(result)
	return c.stream
}
