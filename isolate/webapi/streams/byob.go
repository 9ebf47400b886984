package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// byobRequest is the Go value behind a ReadableStreamBYOBRequest (Streams, section 4.8).
type byobRequest struct {
	ctl  *byteController // nil once it is invalid
	obj  *goja.Object
	view goja.Value
	buf  goja.ArrayBuffer // what view is a view of
}

// byobRequestObject is ReadableByteStreamControllerGetBYOBRequest.
func (c *byteController) byobRequestObject() goja.Value {
	if c.request == nil {
		if len(c.pending) == 0 {
			return goja.Null()
		}
		d := c.pending[0]
		q := &byobRequest{ctl: c, buf: c.r.RT.NewArrayBuffer(d.mem)}
		q.view = newView(c.r, "Uint8Array", c.r.RT.ToValue(q.buf), d.offset+d.filled, d.length-d.filled)
		q.obj = c.r.Wrap(byobRequestInterface, q)
		c.request = q
	}
	return c.request.obj
}

// invalidate is ReadableByteStreamControllerInvalidateBYOBRequest. The view's buffer is
// detached where the standard transfers it.
func (c *byteController) invalidate() {
	if q := c.request; q != nil {
		q.buf.Detach()
		q.ctl, q.view = nil, goja.Null()
		c.request = nil
	}
}

// reclaim takes the first pending view back from a script; it throws if the script has
// transferred the buffer away.
func (c *byteController) reclaim() {
	if q := c.request; q != nil {
		if q.buf.Detached() {
			c.r.ThrowType("The buffer of the BYOB request has been detached.")
		}
		c.invalidate()
	}
}

// view is ReadableByteStreamControllerConvertPullIntoDescriptor.
func (d *pullInto) view(r *realm.Realm) goja.Value {
	return newView(r, d.ctor, r.NewBuffer(d.mem), d.offset, d.filled/d.elemSize)
}

// newView makes a view of length elements.
func newView(r *realm.Realm, ctor string, buf goja.Value, offset, length int) *goja.Object {
	return hook.Construct(r.RT, get(r.RT.GlobalObject(), ctor), nil, buf, r.RT.ToValue(offset), r.RT.ToValue(length))
}

// takeView transfers the buffer of an ArrayBufferView to Go: the buffer is detached for the
// script. It throws if v is no view, or its buffer is detached.
func takeView(r *realm.Realm, v goja.Value) (mem []byte, offset int, window []byte) {
	window, ok := viewBytes(v)
	if !ok {
		r.ThrowType("The argument must be an ArrayBufferView.")
	}
	obj := v.(*goja.Object)
	buf, ok := get(obj, "buffer").Export().(goja.ArrayBuffer)
	if !ok || buf.Detached() {
		r.ThrowType("The buffer of the view is detached.")
	}
	mem, offset = buf.Bytes(), int(get(obj, "byteOffset").ToInteger())
	if len(window) > 0 && (offset < 0 || offset+len(window) > len(mem) || &mem[offset] != &window[0]) {
		r.ThrowType("The view does not agree with its buffer.") // a script redefined one of the two
	}
	if len(window) == 0 && (offset < 0 || offset > len(mem)) {
		r.ThrowType("The view does not agree with its buffer.")
	}
	buf.Detach()
	return mem, offset, window
}

// byobReader is the Go value behind a ReadableStreamBYOBReader (Streams, section 4.5).
type byobReader struct {
	reader
	into fifo[*readInto]
}

// readInto is a read-into request.
type readInto struct {
	r *realm.Realm
	p *goja.Promise
}

func (q *readInto) give(view goja.Value, done bool) {
	(&promiseRead{q.r, q.p}).fulfill(view, done)
}

func (q *readInto) fail(e goja.Value) { hook.Reject(q.p, e) }

// acquireBYOB is AcquireReadableStreamBYOBReader; it throws if the stream is locked or has
// no byte controller.
func (s *ReadableStream) acquireBYOB() *byobReader {
	if s.locked() {
		s.r.ThrowType("This ReadableStream is currently locked to a reader.")
	}
	if !s.toBytes() {
		s.r.ThrowType("This ReadableStream does not support BYOB readers: its source is not of type 'bytes'.")
	}
	b := &byobReader{reader: reader{r: s.r, stream: s}}
	b.byob = b
	s.reader = &b.reader
	return b
}

// toBytes sees that s has a byte controller, if it can have one: a native body gets one when
// the first BYOB reader asks for it.
func (s *ReadableStream) toBytes() bool {
	if s.bytes != nil {
		return true
	}
	if s.ctl == nil && !s.native {
		return false
	}
	c := s.controller()
	if !c.bytes || c.src == nil && s.state == readable {
		return false
	}
	b := &byteController{r: s.r, stream: s, started: true, closeRequested: c.closeRequested, pulling: c.pulling, front: c, src: c.src}
	for c.queue.len() > 0 {
		view, _ := s.r.Bytes(c.queue.dequeue())
		b.enqueueChunk(spanOf(view))
	}
	c.forward, s.bytes = b, b
	return true
}

// elementSizes has the typed arrays, with the size of their elements in bytes.
var elementSizes = map[string]int{
	"Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1, "Int16Array": 2, "Uint16Array": 2, "Int32Array": 4,
	"Uint32Array": 4, "Float32Array": 4, "Float64Array": 8, "BigInt64Array": 8, "BigUint64Array": 8,
}

// read is the read method; min is in elements.
func (rd *byobReader) read(a realm.Args, v goja.Value, opts goja.Value) goja.Value {
	window, kind, elemSize := hook.Bytes(v)
	if kind != hook.TypedArray && kind != hook.DataView {
		a.ThrowType("The argument of read must be an ArrayBufferView.")
	}
	min := int64(1)
	if m := a.Dict(opts, "min"); !goja.IsUndefined(m) {
		min = a.Enforce(m, 0, 1<<53-1, "min")
	}
	if hook.Detached(v) || len(window) == 0 {
		a.ThrowType("The view must have at least one byte, and its buffer must not be detached.")
	}
	if min == 0 {
		a.ThrowType("min must be greater than 0.")
	}
	if min > int64(len(window)/elemSize) {
		a.ThrowRange("min must not be greater than the view's length.")
	}
	s := rd.stream
	if s == nil {
		a.Throw(rd.releasedError())
	}
	q := &readInto{r: rd.r, p: hook.NewPromise(rd.r.RT)}
	s.disturbed = true
	if s.state == errored {
		q.fail(s.stored)
		return hook.PromiseValue(q.p)
	}
	ctor := "DataView"
	if kind == hook.TypedArray {
		if tag := v.(*goja.Object).GetSymbol(goja.SymToStringTag); tag != nil {
			ctor = tag.String()
		}
		if elementSizes[ctor] != elemSize {
			a.ThrowType("The view is not what its Symbol.toStringTag says.")
		}
	}
	mem, offset, window := takeView(a.Realm, v)
	s.bytes.pullInto(&pullInto{mem: mem, offset: offset, length: len(window), minimum: int(min) * elemSize, elemSize: elemSize, ctor: ctor, reader: byobReaderKind}, q)
	return hook.PromiseValue(q.p)
}

var (
	byobReaderInterface  = &realm.Interface{Name: "ReadableStreamBYOBReader", Length: 1}
	byobRequestInterface = &realm.Interface{Name: "ReadableStreamBYOBRequest"}
)

func declareBYOB() {
	byobReaderInterface.New = func(a realm.Args) any { return streamArg(a, a.Get(0)).acquireBYOB() }
	byobReaderInterface.Members = append(readerMembers[*byobReader](),
		realm.Async("read", 1, func(rd *byobReader, a realm.Args) goja.Value {
			a.Need(1, "ReadableStreamBYOBReader.read")
			return rd.read(a, a.Get(0), a.Get(1))
		}),
		// The Workers API's own older form of read(view, { min }).
		realm.Async("readAtLeast", 2, func(rd *byobReader, a realm.Args) goja.Value {
			a.Need(2, "ReadableStreamBYOBReader.readAtLeast")
			opts := a.RT.NewObject()
			_ = opts.Set("min", a.Get(0)) // an own property of a new object
			return rd.read(a, a.Get(1), opts)
		}))
	byobRequestInterface.Members = []realm.Member{
		realm.Attr("view", func(q *byobRequest, a realm.Args) goja.Value { return q.view }, nil),
		realm.Method("respond", 1, func(q *byobRequest, a realm.Args) goja.Value {
			a.Need(1, "ReadableStreamBYOBRequest.respond")
			q.respond(a, a.Enforce(a.Get(0), 0, 1<<53-1, "bytesWritten"))
			return goja.Undefined()
		}),
		realm.Method("respondWithNewView", 1, func(q *byobRequest, a realm.Args) goja.Value {
			a.Need(1, "ReadableStreamBYOBRequest.respondWithNewView")
			q.respondWithNewView(a, a.Get(0))
			return goja.Undefined()
		}),
	}
}

// valid returns the controller, or throws.
func (q *byobRequest) valid(a realm.Args) *byteController {
	if q.ctl == nil {
		a.ThrowType("This BYOB request has been invalidated.")
	}
	return q.ctl
}

// respond is ReadableByteStreamControllerRespond.
func (q *byobRequest) respond(a realm.Args, n int64) {
	c := q.valid(a)
	if q.buf.Detached() {
		a.ThrowType("The buffer of the BYOB request has been detached.")
	}
	c.checkResponse(a, n)
	c.respond(int(n))
}

func (c *byteController) checkResponse(a realm.Args, n int64) {
	d := c.pending[0]
	switch {
	case c.stream.state == closed && n != 0:
		a.ThrowType("A closed byte stream can be responded to with 0 bytes only.")
	case c.stream.state == readable && n == 0:
		a.ThrowType("A byte stream that is not closed cannot be responded to with 0 bytes.")
	case int64(d.filled)+n > int64(d.length):
		a.ThrowRange("More bytes than the view of the BYOB request has.")
	}
}

// respondWithNewView is ReadableByteStreamControllerRespondWithNewView.
func (q *byobRequest) respondWithNewView(a realm.Args, v goja.Value) {
	window, ok := viewBytes(v)
	if !ok {
		a.ThrowType("The argument must be an ArrayBufferView.")
	}
	if hook.Detached(v) {
		a.ThrowType("The buffer of the view is detached.")
	}
	c := q.valid(a)
	c.checkResponse(a, int64(len(window)))
	d, obj := c.pending[0], v.(*goja.Object)
	whole, _ := a.Bytes(obj.Get("buffer"))
	if get(obj, "byteOffset").ToInteger() != int64(d.offset+d.filled) || len(whole) != len(d.mem) {
		a.ThrowRange("The view is not where the view of the BYOB request is.")
	}
	mem, _, _ := takeView(a.Realm, v)
	d.mem = mem
	c.respond(len(window))
}
