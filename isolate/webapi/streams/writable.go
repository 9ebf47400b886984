package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// writableState is the state of a writable stream.
type writableState uint8

const (
	writable writableState = iota
	writableErroring
	writableErrored
	writableClosed
)

// WritableStream is the Go value behind a WritableStream object (Streams, section 5.2).
type WritableStream struct {
	r            *realm.Realm
	obj          *goja.Object
	state        writableState
	stored       goja.Value
	backpressure bool
	ctl          *writableController
	writer       *writer
	// through is the transform stream s is the writable side of, if that passes every chunk
	// on as it is.
	through *TransformStream

	writes        fifo[*realm.Deferred] // write requests not yet in flight
	inFlightWrite *realm.Deferred
	closeRequest  *realm.Deferred
	inFlightClose *realm.Deferred
	pendingAbort  *abortRequest
}

// abortRequest is a pending abort request (Streams, section 5.2.1).
type abortRequest struct {
	done               *realm.Deferred
	reason             goja.Value
	wasAlreadyErroring bool
}

// locked is IsWritableStreamLocked.
func (s *WritableStream) locked() bool { return s.writer != nil }

// closing is WritableStreamCloseQueuedOrInFlight.
func (s *WritableStream) closing() bool { return s.closeRequest != nil || s.inFlightClose != nil }

// abort is WritableStreamAbort.
func (s *WritableStream) abort(reason goja.Value) goja.Value {
	if s.state == writableClosed || s.state == writableErrored {
		return nil
	}
	s.ctl.signalAbort(reason)
	if s.state == writableClosed || s.state == writableErrored { // the signal's listeners ran
		return nil
	}
	if s.pendingAbort != nil {
		return s.pendingAbort.done.Promise()
	}
	req := &abortRequest{done: s.r.NewDeferred(), reason: reason}
	if s.state == writableErroring {
		req.wasAlreadyErroring, req.reason = true, goja.Undefined()
	}
	s.pendingAbort = req
	if !req.wasAlreadyErroring {
		s.startErroring(reason)
	}
	return req.done.Promise()
}

// close is WritableStreamClose.
func (s *WritableStream) close() goja.Value {
	if s.state == writableClosed || s.state == writableErrored {
		return s.r.Rejected(s.r.NewError("TypeError", "This WritableStream has been closed."))
	}
	d := s.r.NewDeferred()
	s.closeRequest = d
	if s.writer != nil && s.backpressure && s.state == writable {
		s.writer.ready.Resolve(goja.Undefined())
	}
	s.ctl.requestClose()
	return d.Promise()
}

// dealWithRejection is WritableStreamDealWithRejection.
func (s *WritableStream) dealWithRejection(e goja.Value) {
	if s.state == writable {
		s.startErroring(e)
		return
	}
	s.finishErroring()
}

// startErroring is WritableStreamStartErroring.
func (s *WritableStream) startErroring(reason goja.Value) {
	s.state, s.stored = writableErroring, reason
	if s.writer != nil {
		s.writer.rejectReady(reason)
	}
	if s.inFlightWrite == nil && s.inFlightClose == nil && s.ctl.started {
		s.finishErroring()
	}
}

// finishErroring is WritableStreamFinishErroring.
func (s *WritableStream) finishErroring() {
	s.state = writableErrored
	s.ctl.queue.reset()
	s.ctl.closing = false
	for _, d := range s.writes.drain() {
		d.Reject(s.stored)
	}
	req := s.pendingAbort
	if req == nil {
		s.rejectCloseAndClosed()
		return
	}
	s.pendingAbort = nil
	if req.wasAlreadyErroring {
		req.done.Reject(s.stored)
		s.rejectCloseAndClosed()
		return
	}
	upon(s.r, s.ctl.abortSteps(req.reason), func(goja.Value) {
		req.done.Resolve(goja.Undefined())
		s.rejectCloseAndClosed()
	}, func(e goja.Value) {
		req.done.Reject(e)
		s.rejectCloseAndClosed()
	})
}

// rejectCloseAndClosed is WritableStreamRejectCloseAndClosedPromiseIfNeeded.
func (s *WritableStream) rejectCloseAndClosed() {
	if s.closeRequest != nil {
		s.closeRequest.Reject(s.stored)
		s.closeRequest = nil
	}
	if s.writer != nil {
		s.writer.closed.MarkHandled()
		s.writer.closed.Reject(s.stored)
	}
}

// finishInFlightWrite is WritableStreamFinishInFlightWrite, or, with an e,
// WritableStreamFinishInFlightWriteWithError.
func (s *WritableStream) finishInFlightWrite(e goja.Value) {
	d := s.inFlightWrite
	s.inFlightWrite = nil
	if e == nil {
		d.Resolve(goja.Undefined())
		return
	}
	d.Reject(e)
	s.dealWithRejection(e)
}

// finishInFlightClose is WritableStreamFinishInFlightClose.
func (s *WritableStream) finishInFlightClose() {
	s.inFlightClose.Resolve(goja.Undefined())
	s.inFlightClose = nil
	if s.state == writableErroring {
		s.stored = nil
		if s.pendingAbort != nil {
			s.pendingAbort.done.Resolve(goja.Undefined())
			s.pendingAbort = nil
		}
	}
	s.state = writableClosed
	if s.writer != nil {
		s.writer.closed.Resolve(goja.Undefined())
	}
}

// finishInFlightCloseWithError is WritableStreamFinishInFlightCloseWithError.
func (s *WritableStream) finishInFlightCloseWithError(e goja.Value) {
	s.inFlightClose.Reject(e)
	s.inFlightClose = nil
	if s.pendingAbort != nil {
		s.pendingAbort.done.Reject(e)
		s.pendingAbort = nil
	}
	s.dealWithRejection(e)
}

// updateBackpressure is WritableStreamUpdateBackpressure.
func (s *WritableStream) updateBackpressure(backpressure bool) {
	if w := s.writer; w != nil && backpressure != s.backpressure {
		if backpressure {
			w.ready = s.r.NewDeferred()
		} else {
			w.ready.Resolve(goja.Undefined())
		}
	}
	s.backpressure = backpressure
}
