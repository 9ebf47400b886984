package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// Source is a native underlying source.
type Source interface {
	// Pull asks for more: the source is to call one of c's Enqueue, Close or Error, at once
	// or later in the realm. It is not called again before that.
	Pull(c *Controller)
	// Cancel says that nothing more is wanted. Nothing may be given to c afterwards; what
	// is, is ignored.
	Cancel(reason goja.Value)
}

// Controller is the Go value behind a ReadableStreamDefaultController (Streams, section
// 4.6), and what controls a native source.
type Controller struct {
	r      *realm.Realm
	stream *ReadableStream
	queue  sizedQueue
	// strategy's size is cleared with the algorithms.
	strategy
	started, closeRequested bool
	pulling, pullAgain      bool
	inPull                  bool // native sources only: Pull is on the stack
	bytes                   bool // chunks are Uint8Arrays and count their bytes

	forward *byteController // what took its place, if a BYOB reader came

	src    Source
	pull   func() goja.Value
	cancel func(reason goja.Value) goja.Value
}

// newStream is CreateReadableStream: a stream of Go algorithms that is started.
func newStream(r *realm.Realm, s strategy, pull func() goja.Value, cancel func(goja.Value) goja.Value) *ReadableStream {
	st := &ReadableStream{r: r, length: -1}
	st.ctl = &Controller{r: r, stream: st, strategy: s, pull: pull, cancel: cancel}
	return st
}

// start is the end of SetUpReadableStreamDefaultController: result is what the start
// algorithm returned.
func (c *Controller) start(result goja.Value) {
	upon(c.r, resolvedWith(c.r, result), func(goja.Value) {
		c.started = true
		c.callPullIfNeeded()
	}, func(e goja.Value) { c.Error(e) })
}

// callPullIfNeeded is ReadableStreamDefaultControllerCallPullIfNeeded.
func (c *Controller) callPullIfNeeded() {
	if !c.shouldPull() {
		return
	}
	if c.pulling {
		c.pullAgain = true
		return
	}
	if c.src != nil {
		c.pullNative()
		return
	}
	if c.pull == nil {
		// A pull algorithm that does nothing would end pulling one microtask later, and
		// nothing can be observed in between.
		return
	}
	c.pulling = true
	upon(c.r, c.pull(), func(goja.Value) {
		c.pulling = false
		if c.pullAgain {
			c.pullAgain = false
			c.callPullIfNeeded()
		}
	}, func(e goja.Value) { c.Error(e) })
}

// pullNative pulls until the source gives no more at once, in a loop, so that a queue of
// reads as long as a script likes takes no stack.
func (c *Controller) pullNative() {
	if c.inPull {
		c.pullAgain = true
		return
	}
	c.inPull = true
	for {
		c.pulling, c.pullAgain = true, false
		c.src.Pull(c)
		if c.pulling || !c.pullAgain || !c.shouldPull() {
			break
		}
	}
	c.inPull = false
}

// given ends a native pull.
func (c *Controller) given() {
	if c.src != nil {
		c.pulling = false
	}
	if c.forward != nil {
		c.forward.pulling = false
	}
}

// shouldPull is ReadableStreamDefaultControllerShouldCallPull.
func (c *Controller) shouldPull() bool {
	if !c.canCloseOrEnqueue() || !c.started {
		return false
	}
	if rd := c.stream.reader; rd != nil && rd.requests.len() > 0 {
		return true
	}
	return c.hwm-c.queue.total > 0
}

// canCloseOrEnqueue is ReadableStreamDefaultControllerCanCloseOrEnqueue.
func (c *Controller) canCloseOrEnqueue() bool {
	return !c.closeRequested && c.stream.state == readable
}

// DesiredSize is how many more chunks (or bytes) the queue wants; 0 or less when it is full
// or the stream is closed or errored.
func (c *Controller) DesiredSize() float64 {
	if c.stream.state != readable {
		return 0
	}
	return c.hwm - c.queue.total
}

func (c *Controller) clearAlgorithms() {
	c.src, c.pull, c.cancel, c.size = nil, nil, nil, nil
}

// Enqueue is ReadableStreamDefaultControllerEnqueue. It throws when the size algorithm
// does, and does nothing when the stream takes no more.
func (c *Controller) Enqueue(chunk goja.Value) {
	c.given()
	if c.forward != nil {
		b, _ := c.r.Bytes(chunk)
		c.forward.enqueue(spanOf(b))
		return
	}
	if !c.canCloseOrEnqueue() {
		return
	}
	if rd := c.stream.reader; rd != nil && rd.requests.len() > 0 {
		rd.requests.pop().chunk(chunk)
	} else if thrown := c.r.Try(func() { c.queue.enqueue(c.r, chunk, c.chunkSize(chunk)) }); thrown != nil {
		c.Error(thrown)
		panic(thrown)
	}
	c.callPullIfNeeded()
}

func (c *Controller) chunkSize(chunk goja.Value) float64 {
	if c.bytes {
		b, _ := c.r.Bytes(chunk)
		return float64(len(b))
	}
	return c.sizeOf(c.r, chunk)
}

// EnqueueBytes enqueues a Uint8Array over b, which it takes over.
func (c *Controller) EnqueueBytes(b []byte) { c.Enqueue(c.r.NewBytes(b)) }

// Close is ReadableStreamDefaultControllerClose: the stream ends when its queue is empty.
func (c *Controller) Close() {
	c.given()
	if c.forward != nil {
		c.forward.finish()
		return
	}
	if !c.canCloseOrEnqueue() {
		return
	}
	c.closeRequested = true
	if c.queue.len() == 0 {
		c.clearAlgorithms()
		c.stream.close()
	}
}

// Error is ReadableStreamDefaultControllerError.
func (c *Controller) Error(e goja.Value) {
	c.given()
	if c.forward != nil {
		c.forward.error(e)
		return
	}
	if c.stream.state != readable {
		return
	}
	c.queue.reset()
	c.clearAlgorithms()
	c.stream.error(e)
}

// cancelSteps is [[CancelSteps]].
func (c *Controller) cancelSteps(reason goja.Value) goja.Value {
	c.queue.reset()
	src, cancel := c.src, c.cancel
	c.clearAlgorithms()
	switch {
	case src != nil:
		src.Cancel(reason)
		return nil
	case cancel != nil:
		return cancel(reason)
	}
	return nil
}

// pullSteps is [[PullSteps]].
func (c *Controller) pullSteps(req readRequest) {
	if c.queue.len() == 0 {
		c.stream.reader.requests.push(req)
		c.callPullIfNeeded()
		return
	}
	chunk := c.queue.dequeue()
	if c.closeRequested && c.queue.len() == 0 {
		c.clearAlgorithms()
		c.stream.close()
	} else {
		c.callPullIfNeeded()
	}
	req.chunk(chunk)
}

// New returns a ReadableStream over a native source. Its queue wants nothing by itself:
// Pull is called when somebody reads.
func New(r *realm.Realm, src Source) *goja.Object {
	s := &ReadableStream{r: r, length: -1}
	s.ctl = &Controller{r: r, stream: s, started: true, src: src}
	return wrapReadable(s)
}
