package streams

import (
	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// state is the state of a readable stream.
type state uint8

const (
	readable state = iota
	closed
	errored
)

// ReadableStream is the Go value behind a ReadableStream object (Streams, section 4.2).
type ReadableStream struct {
	r         *realm.Realm
	obj       *goja.Object
	state     state
	disturbed bool
	stored    goja.Value // the error, in state errored
	reader    *reader    // what locks it; nil if nothing does
	ctl       *Controller
	bytes     *byteController // in place of ctl: of a source of type "bytes"

	// native is set while a body lies behind the stream that nobody has asked for bytes
	// yet; body may still be nil then, which is the empty body. ctl is made of it when it
	// is first needed.
	native bool
	body   core.Body
	// length is the number of bytes the stream will give, -1 when it is not known.
	length int64
}

// wrapReadable makes the JavaScript object of s.
func wrapReadable(s *ReadableStream) *goja.Object {
	installed.Of(s.r)
	s.obj = s.r.Wrap(readableInterface, s)
	return s.obj
}

// controller returns the controller, made now if the stream is still native.
func (s *ReadableStream) controller() *Controller {
	if s.ctl == nil {
		s.ctl = &Controller{r: s.r, stream: s, started: true, bytes: true}
		if s.native {
			s.native = false
			s.ctl.src = &bodySource{r: s.r, body: s.body}
			s.body = nil
		}
	}
	return s.ctl
}

// locked is IsReadableStreamLocked.
func (s *ReadableStream) locked() bool { return s.reader != nil }

// close is ReadableStreamClose.
func (s *ReadableStream) close() {
	s.state = closed
	rd := s.reader
	if rd == nil {
		return
	}
	rd.settleClosed(nil)
	for _, req := range rd.requests.drain() {
		req.close()
	}
}

// error is ReadableStreamError.
func (s *ReadableStream) error(e goja.Value) {
	s.state, s.stored = errored, e
	rd := s.reader
	if rd == nil {
		return
	}
	rd.settleClosed(e)
	rd.errorRequests(e)
}

// cancel is ReadableStreamCancel.
func (s *ReadableStream) cancel(reason goja.Value) goja.Value {
	s.disturbed = true
	switch s.state {
	case closed:
		return nil
	case errored:
		return rejectedWith(s.r, s.stored)
	}
	cancelSteps := s.cancelSteps()
	s.close()
	if rd := s.reader; rd != nil && rd.byob != nil {
		for _, req := range rd.byob.into.drain() {
			req.give(goja.Undefined(), true)
		}
	}
	return chain(s.r, cancelSteps(reason), func(goja.Value) goja.Value { return goja.Undefined() }, nil)
}

// read is ReadableStreamDefaultReaderRead.
func (s *ReadableStream) read(req readRequest) {
	s.disturbed = true
	switch s.state {
	case closed:
		req.close()
	case errored:
		req.error(s.stored)
	default:
		if s.bytes != nil {
			s.bytes.pullSteps(req)
			return
		}
		s.controller().pullSteps(req)
	}
}

func (s *ReadableStream) cancelSteps() func(reason goja.Value) goja.Value {
	if s.bytes != nil {
		return s.bytes.cancelSteps
	}
	return s.controller().cancelSteps
}

// queued is the number of chunks in the queue.
func (s *ReadableStream) queued() int {
	if s.bytes != nil {
		return s.bytes.queue.len()
	}
	return s.ctl.queue.len()
}
