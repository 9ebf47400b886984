package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// writableController is the Go value behind a WritableStreamDefaultController (Streams,
// section 5.4).
type writableController struct {
	r      *realm.Realm
	stream *WritableStream
	queue  sizedQueue
	strategy
	started bool
	closing bool // the close sentinel stands at the end of the queue

	write func(chunk goja.Value) goja.Value
	close func() goja.Value
	abort func(reason goja.Value) goja.Value

	// The signal is made when a script asks for it; what happened before is kept here.
	signal  *dom.AbortSignal
	object  *goja.Object
	aborted bool
	reason  goja.Value
}

// newWritable is the first half of CreateWritableStream: start is to be called next.
func newWritable(r *realm.Realm, strat strategy) *WritableStream {
	s := &WritableStream{r: r}
	s.ctl = &writableController{r: r, stream: s, strategy: strat}
	s.updateBackpressure(s.ctl.backpressure())
	return s
}

// start is the end of SetUpWritableStreamDefaultController: result is what the start
// algorithm returned.
func (c *writableController) start(result goja.Value) {
	upon(c.r, resolvedWith(c.r, result), func(goja.Value) {
		c.started = true
		c.advance()
	}, func(e goja.Value) {
		c.started = true
		c.stream.dealWithRejection(e)
	})
}

func (c *writableController) desiredSize() float64 { return c.hwm - c.queue.total }

func (c *writableController) backpressure() bool { return c.desiredSize() <= 0 }

func (c *writableController) clearAlgorithms() {
	c.write, c.close, c.abort, c.size = nil, nil, nil, nil
}

// abortSteps is [[AbortSteps]].
func (c *writableController) abortSteps(reason goja.Value) goja.Value {
	abort := c.abort
	c.clearAlgorithms()
	if abort == nil {
		return nil
	}
	return abort(reason)
}

// error is WritableStreamDefaultControllerError.
func (c *writableController) error(e goja.Value) {
	c.clearAlgorithms()
	c.stream.startErroring(e)
}

// errorIfNeeded is WritableStreamDefaultControllerErrorIfNeeded.
func (c *writableController) errorIfNeeded(e goja.Value) {
	if c.stream.state == writable {
		c.error(e)
	}
}

// chunkSize is WritableStreamDefaultControllerGetChunkSize.
func (c *writableController) chunkSize(chunk goja.Value) float64 {
	size := 1.0
	if thrown := c.r.Try(func() { size = c.sizeOf(c.r, chunk) }); thrown != nil {
		c.errorIfNeeded(thrown)
		return 1
	}
	return size
}

// enqueue is WritableStreamDefaultControllerWrite.
func (c *writableController) enqueue(chunk goja.Value, size float64) {
	if thrown := c.r.Try(func() { c.queue.enqueue(c.r, chunk, size) }); thrown != nil {
		c.errorIfNeeded(thrown)
		return
	}
	if s := c.stream; !s.closing() && s.state == writable {
		s.updateBackpressure(c.backpressure())
	}
	c.advance()
}

// requestClose is WritableStreamDefaultControllerClose.
func (c *writableController) requestClose() {
	c.closing = true
	c.advance()
}

// advance is WritableStreamDefaultControllerAdvanceQueueIfNeeded.
func (c *writableController) advance() {
	s := c.stream
	if !c.started || s.inFlightWrite != nil {
		return
	}
	if s.state == writableErroring {
		s.finishErroring()
		return
	}
	switch {
	case c.queue.len() > 0:
		c.processWrite(c.queue.items[c.queue.head].value)
	case c.closing:
		c.processClose()
	}
}

// processClose is WritableStreamDefaultControllerProcessClose.
func (c *writableController) processClose() {
	s := c.stream
	s.inFlightClose, s.closeRequest = s.closeRequest, nil
	c.closing = false
	var p goja.Value
	if c.close != nil {
		p = c.close()
	}
	c.clearAlgorithms()
	upon(c.r, p, func(goja.Value) { s.finishInFlightClose() }, s.finishInFlightCloseWithError)
}

// processWrite is WritableStreamDefaultControllerProcessWrite.
func (c *writableController) processWrite(chunk goja.Value) {
	s := c.stream
	s.inFlightWrite = s.writes.pop()
	var p goja.Value
	if c.write != nil {
		p = c.write(chunk)
	}
	upon(c.r, p, func(goja.Value) {
		s.finishInFlightWrite(nil)
		c.queue.dequeue()
		if !s.closing() && s.state == writable {
			s.updateBackpressure(c.backpressure())
		}
		c.advance()
	}, func(e goja.Value) {
		if s.state == writable {
			c.clearAlgorithms()
		}
		s.finishInFlightWrite(e)
	})
}

// signalAbort signals abort on the controller's abort signal.
func (c *writableController) signalAbort(reason goja.Value) {
	if c.aborted {
		return
	}
	c.aborted, c.reason = true, reason
	if c.signal != nil {
		c.signal.Abort(c.r, reason)
	}
}

// signalObject returns the signal, made now if it was not yet.
func (c *writableController) signalObject() *goja.Object {
	if c.object == nil {
		c.signal, c.object = dom.NewSignal(c.r)
		if c.aborted {
			c.signal.Abort(c.r, c.reason)
		}
	}
	return c.object
}
