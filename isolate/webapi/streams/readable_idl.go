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
				return a.Wrap(byobReaderInterface, s.acquireBYOB())
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
		realm.Attr("byobRequest", func(c *byteController, a realm.Args) goja.Value { return c.byobRequestObject() }, nil))
}

// anyController is what the members of both controllers need.
type anyController interface {
	of() *ReadableStream
	canCloseOrEnqueue() bool
	desired() float64
	end()
	fail(e goja.Value)
}

func (c *Controller) of() *ReadableStream     { return c.stream }
func (c *Controller) desired() float64        { return c.DesiredSize() }
func (c *Controller) end()                    { c.Close() }
func (c *Controller) fail(e goja.Value)       { c.Error(e) }
func (c *byteController) of() *ReadableStream { return c.stream }
func (c *byteController) fail(e goja.Value)   { c.error(e) }
func (c *byteController) end()                { c.close() }
func (c *byteController) desired() float64 {
	if c.stream.state != readable {
		return 0
	}
	return c.desiredSize()
}

// controllerMembers are the members both kinds of controller have.
func controllerMembers[C anyController](enqueue func(c C, a realm.Args)) []realm.Member {
	return []realm.Member{
		realm.Attr("desiredSize", func(c C, a realm.Args) goja.Value {
			if c.of().state == errored {
				return goja.Null()
			}
			return a.Number(c.desired())
		}, nil),
		realm.Method("close", 0, func(c C, a realm.Args) goja.Value {
			if !c.canCloseOrEnqueue() {
				a.ThrowType("This ReadableStream cannot be closed: it is closed, errored, or closing already.")
			}
			c.end()
			return goja.Undefined()
		}),
		realm.Method("enqueue", 0, func(c C, a realm.Args) goja.Value {
			if !c.canCloseOrEnqueue() {
				a.ThrowType("This ReadableStream takes no more chunks: it is closed, errored, or closing.")
			}
			enqueue(c, a)
			return goja.Undefined()
		}),
		realm.Method("error", 0, func(c C, a realm.Args) goja.Value {
			c.fail(a.Get(0))
			return goja.Undefined()
		}),
	}
}

// enqueueView is enqueue of a byte controller.
func enqueueView(c *byteController, a realm.Args) {
	b, ok := viewBytes(a.Get(0))
	if !ok {
		a.ThrowType("The chunk of a byte stream must be an ArrayBufferView.")
	}
	if len(b) == 0 {
		a.ThrowType("The chunk of a byte stream must have at least one byte, and its buffer must not be detached.")
	}
	if len(c.pending) > 0 && c.request != nil && c.request.buf.Detached() {
		a.ThrowType("The buffer of the BYOB request has been detached.")
	}
	mem, offset, window := takeView(a.Realm, a.Get(0))
	c.enqueue(span{mem, offset, len(window)})
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
	auto, autoGiven := int64(0), false
	if v := a.Dict(dict, "autoAllocateChunkSize"); !goja.IsUndefined(v) {
		auto, autoGiven = a.Enforce(v, 0, 1<<53-1, "autoAllocateChunkSize"), true
	}
	cancel := callback(a.Realm, dict, "cancel")
	pull := callback(a.Realm, dict, "pull")
	start := callback(a.Realm, dict, "start")
	s := &ReadableStream{r: a.Realm, length: -1}
	setPull := func(self *goja.Object) func() goja.Value {
		if pull == nil {
			return nil
		}
		return func() goja.Value { return invoke(a.Realm, pull, source, self) }
	}
	var onCancel func(goja.Value) goja.Value
	if cancel != nil {
		onCancel = func(reason goja.Value) goja.Value { return invoke(a.Realm, cancel, source, reason) }
	}
	begin := func(self *goja.Object) (result goja.Value) {
		if start != nil {
			result = a.Call(start, source, self)
		}
		return result
	}
	if typ := a.Dict(dict, "type"); !goja.IsUndefined(typ) {
		a.Enum(typ, "ReadableStreamType", "bytes")
		if strat.size != nil {
			a.ThrowRange("The strategy of a byte stream must not have a size function.")
		}
		c := &byteController{r: a.Realm, stream: s, hwm: strat.defaulted(a.Realm, given, 0).hwm}
		if autoGiven && auto == 0 {
			a.ThrowType("autoAllocateChunkSize must be greater than 0.")
		}
		if auto > maxAutoAllocate {
			a.ThrowRange("autoAllocateChunkSize must not be greater than %d.", maxAutoAllocate)
		}
		s.bytes, c.auto = c, int(auto)
		self := a.Wrap(byteControllerInterface, c)
		c.pull, c.cancel = setPull(self), onCancel
		c.start(begin(self))
		return s
	}
	c := &Controller{r: a.Realm, stream: s, strategy: strat.defaulted(a.Realm, given, 1)}
	s.ctl = c
	var self *goja.Object
	if start != nil || pull != nil {
		self = a.Wrap(controllerInterface, c)
	}
	c.pull, c.cancel = setPull(self), onCancel
	c.start(begin(self))
	return s
}

// maxAutoAllocate bounds autoAllocateChunkSize, in bytes: that much is allocated for a read
// before there is anything to put there. Larger ones are refused.
const maxAutoAllocate = 64 << 20
