package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// writer is the Go value behind a WritableStreamDefaultWriter, and what Go code locks a
// writable stream with (Streams, section 5.3).
type writer struct {
	r      *realm.Realm
	stream *WritableStream // nil once released
	ready  *realm.Deferred
	closed *realm.Deferred
}

// acquire is AcquireWritableStreamDefaultWriter; it throws if the stream is locked.
func (s *WritableStream) acquire() *writer {
	if s.locked() {
		s.r.ThrowType("This WritableStream is currently locked to a writer.")
	}
	w := &writer{r: s.r, stream: s, ready: s.r.NewDeferred(), closed: s.r.NewDeferred()}
	s.writer = w
	switch s.state {
	case writable:
		if s.closing() || !s.backpressure {
			w.ready.Resolve(goja.Undefined())
		}
	case writableErroring:
		w.rejectReady(s.stored)
	case writableClosed:
		w.ready.Resolve(goja.Undefined())
		w.closed.Resolve(goja.Undefined())
	case writableErrored:
		w.rejectReady(s.stored)
		w.rejectClosed(s.stored)
	}
	return w
}

// rejectReady is WritableStreamDefaultWriterEnsureReadyPromiseRejected.
func (w *writer) rejectReady(e goja.Value) { w.ready = rejectOrReplace(w.r, w.ready, e) }

// rejectClosed is WritableStreamDefaultWriterEnsureClosedPromiseRejected.
func (w *writer) rejectClosed(e goja.Value) { w.closed = rejectOrReplace(w.r, w.closed, e) }

func rejectOrReplace(r *realm.Realm, d *realm.Deferred, e goja.Value) *realm.Deferred {
	if d.Settled() {
		d = r.NewDeferred()
	}
	d.MarkHandled()
	d.Reject(e)
	return d
}

// write is WritableStreamDefaultWriterWrite.
func (w *writer) write(chunk goja.Value) goja.Value {
	s := w.stream
	size := s.ctl.chunkSize(chunk)
	if s != w.stream {
		return w.r.Rejected(w.releasedError())
	}
	switch {
	case s.state == writableErrored:
		return w.r.Rejected(s.stored)
	case s.closing() || s.state == writableClosed:
		return w.r.Rejected(w.r.NewError("TypeError", "This WritableStream has been closed."))
	case s.state == writableErroring:
		return w.r.Rejected(s.stored)
	}
	d := w.r.NewDeferred()
	s.writes.push(d)
	s.ctl.enqueue(chunk, size)
	return d.Promise()
}

// closePropagating is WritableStreamDefaultWriterCloseWithErrorPropagation.
func (w *writer) closePropagating() goja.Value {
	s := w.stream
	switch {
	case s.closing() || s.state == writableClosed:
		return nil
	case s.state == writableErrored:
		return rejectedWith(w.r, s.stored)
	}
	return s.close()
}

// release is WritableStreamDefaultWriterRelease.
func (w *writer) release() {
	e := w.releasedError()
	w.rejectReady(e)
	w.rejectClosed(e)
	w.stream.writer, w.stream = nil, nil
}

func (w *writer) releasedError() goja.Value {
	return w.r.NewError("TypeError", "This WritableStream writer has been released.")
}

// must returns the stream, or throws if the writer is released.
func (w *writer) must() *WritableStream {
	if w.stream == nil {
		w.r.Throw(w.releasedError())
	}
	return w.stream
}

var writerInterface = &realm.Interface{Name: "WritableStreamDefaultWriter", Length: 1}

func declareWriter() {
	writerInterface.New = func(a realm.Args) any {
		s, ok := realm.As[*WritableStream](a.Get(0))
		if !ok {
			a.ThrowType("The provided value is not of type 'WritableStream'.")
		}
		return s.acquire()
	}
	writerInterface.Members = []realm.Member{
		realm.Attr("closed", func(w *writer, a realm.Args) goja.Value { return w.closed.Promise() }, nil),
		realm.Attr("desiredSize", func(w *writer, a realm.Args) goja.Value {
			switch s := w.must(); s.state {
			case writableErrored, writableErroring:
				return goja.Null()
			case writableClosed:
				return a.RT.ToValue(0)
			default:
				return a.Number(s.ctl.desiredSize())
			}
		}, nil),
		realm.Attr("ready", func(w *writer, a realm.Args) goja.Value { return w.ready.Promise() }, nil),
		realm.Async("abort", 0, func(w *writer, a realm.Args) goja.Value {
			return promiseOf(a.Realm, w.must().abort(a.Get(0)))
		}),
		realm.Async("close", 0, func(w *writer, a realm.Args) goja.Value {
			if w.must().closing() {
				a.ThrowType("This WritableStream is being closed already.")
			}
			return w.stream.close()
		}),
		realm.Method("releaseLock", 0, func(w *writer, a realm.Args) goja.Value {
			if w.stream != nil {
				w.release()
			}
			return goja.Undefined()
		}),
		realm.Async("write", 0, func(w *writer, a realm.Args) goja.Value {
			w.must()
			return w.write(a.Get(0))
		}),
	}
}
