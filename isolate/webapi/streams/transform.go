package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// TransformStream is the Go value behind a TransformStream object (Streams, section 6.2).
type TransformStream struct {
	r        *realm.Realm
	readable *ReadableStream
	writable *WritableStream

	backpressure bool
	change       *realm.Deferred // settled when backpressure changes

	transform func(chunk goja.Value) goja.Value
	flush     func() goja.Value
	cancel    func(reason goja.Value) goja.Value
	// finished is set once one of closing, aborting and cancelling began.
	finished *realm.Deferred
	native   bool // transform is Go code
}

// Transformer is a native transformer, such as a text decoder. Both methods may throw,
// which errors both sides.
type Transformer interface {
	// Transform handles one chunk, and calls t.Enqueue as often as it likes.
	Transform(t *TransformStream, chunk goja.Value)
	// Flush is called at the end of the input.
	Flush(t *TransformStream)
}

// NewTransform makes a transform stream of a native transformer, with the high-water marks
// "set up a TransformStream" gives (Streams, section 9.3.1).
func NewTransform(r *realm.Realm, x Transformer) *TransformStream {
	t := &TransformStream{r: r, native: true}
	t.transform = func(chunk goja.Value) goja.Value {
		return t.attempt(func() { x.Transform(t, chunk) })
	}
	t.flush = func() goja.Value { return t.attempt(func() { x.Flush(t) }) }
	t.initialize(nil, strategy{hwm: 1}, strategy{hwm: 0})
	return t
}

// Readable is the readable side's object.
func (t *TransformStream) Readable() *goja.Object { return objectOf(t.readable) }

// Writable is the writable side's object.
func (t *TransformStream) Writable() *goja.Object {
	if t.writable.obj == nil {
		wrapWritable(t.writable)
	}
	return t.writable.obj
}

func objectOf(s *ReadableStream) *goja.Object {
	if s.obj == nil {
		wrapReadable(s)
	}
	return s.obj
}

// attempt makes a promise of a native step: nil, or rejected with what it throws.
func (t *TransformStream) attempt(f func()) goja.Value {
	if thrown := t.r.Try(f); thrown != nil {
		return rejectedWith(t.r, thrown)
	}
	return nil
}

// initialize is InitializeTransformStream. start is what both sides' start algorithms
// return.
func (t *TransformStream) initialize(start goja.Value, in, out strategy) {
	t.writable = newWritable(t.r, in)
	t.writable.ctl.write = t.sinkWrite
	t.writable.ctl.close = t.sinkClose
	t.writable.ctl.abort = t.sinkAbort
	t.readable = newStream(t.r, out, t.sourcePull, t.sourceCancel)
	t.setBackpressure(true)
	t.writable.ctl.start(start)
	t.readable.ctl.start(start)
}

// setBackpressure is TransformStreamSetBackpressure.
func (t *TransformStream) setBackpressure(backpressure bool) {
	if t.change != nil {
		t.change.Resolve(goja.Undefined())
	}
	t.change = t.r.NewDeferred()
	t.backpressure = backpressure
}

func (t *TransformStream) clearAlgorithms() { t.transform, t.flush, t.cancel = nil, nil, nil }

// error is TransformStreamError.
func (t *TransformStream) error(e goja.Value) {
	t.readable.ctl.Error(e)
	t.errorWritable(e)
}

// errorWritable is TransformStreamErrorWritableAndUnblockWrite.
func (t *TransformStream) errorWritable(e goja.Value) {
	t.clearAlgorithms()
	t.writable.ctl.errorIfNeeded(e)
	t.unblockWrite()
}

// unblockWrite is TransformStreamUnblockWrite.
func (t *TransformStream) unblockWrite() {
	if t.backpressure {
		t.setBackpressure(false)
	}
}

// Enqueue is TransformStreamDefaultControllerEnqueue; it throws when the readable side
// takes no more.
func (t *TransformStream) Enqueue(chunk goja.Value) {
	ctl := t.readable.ctl
	if !ctl.canCloseOrEnqueue() {
		t.r.ThrowType("The readable side of this TransformStream takes no more chunks.")
	}
	if thrown := t.r.Try(func() { ctl.Enqueue(chunk) }); thrown != nil {
		t.errorWritable(thrown)
		t.r.Throw(t.readable.stored)
	}
	if backpressure := !ctl.shouldPull(); backpressure != t.backpressure {
		t.setBackpressure(true)
	}
}

// terminate is TransformStreamDefaultControllerTerminate.
func (t *TransformStream) terminate() {
	t.readable.ctl.Close()
	t.errorWritable(t.r.NewError("TypeError", "The TransformStream has been terminated."))
}

// perform is TransformStreamDefaultControllerPerformTransform.
func (t *TransformStream) perform(chunk goja.Value) goja.Value {
	p := t.transform(chunk)
	if p == nil && t.native {
		return nil // no script can tell one microtask less
	}
	return chain(t.r, p, nil, func(e goja.Value) goja.Value {
		t.error(e)
		panic(e)
	})
}

// sinkWrite is TransformStreamDefaultSinkWriteAlgorithm.
func (t *TransformStream) sinkWrite(chunk goja.Value) goja.Value {
	if !t.backpressure {
		return t.perform(chunk)
	}
	return chain(t.r, t.change.Promise(), func(goja.Value) goja.Value {
		if t.writable.state == writableErroring {
			panic(t.writable.stored)
		}
		return t.perform(chunk)
	}, nil)
}

// finish runs one of the three endings, unless one of them has begun: algorithm first, then
// ended, which throws to reject, or failed with what algorithm rejected with.
func (t *TransformStream) finish(algorithm func() goja.Value, ended, failed func(e goja.Value)) goja.Value {
	if t.finished != nil {
		return t.finished.Promise()
	}
	done := t.r.NewDeferred()
	t.finished = done
	p := algorithm()
	t.clearAlgorithms()
	upon(t.r, p, func(goja.Value) {
		if thrown := t.r.Try(func() { ended(nil) }); thrown != nil {
			done.Reject(thrown)
			return
		}
		done.Resolve(goja.Undefined())
	}, func(e goja.Value) {
		failed(e)
		done.Reject(e)
	})
	return done.Promise()
}

func (t *TransformStream) runCancel(reason goja.Value) goja.Value {
	if t.cancel == nil {
		return nil
	}
	return t.cancel(reason)
}

// sinkAbort is TransformStreamDefaultSinkAbortAlgorithm.
func (t *TransformStream) sinkAbort(reason goja.Value) goja.Value {
	return t.finish(func() goja.Value { return t.runCancel(reason) }, func(goja.Value) {
		if t.readable.state == errored {
			panic(t.readable.stored)
		}
		t.readable.ctl.Error(reason)
	}, t.readable.ctl.Error)
}

// sinkClose is TransformStreamDefaultSinkCloseAlgorithm.
func (t *TransformStream) sinkClose() goja.Value {
	return t.finish(func() goja.Value {
		if t.flush == nil {
			return nil
		}
		return t.flush()
	}, func(goja.Value) {
		if t.readable.state == errored {
			panic(t.readable.stored)
		}
		t.readable.ctl.Close()
	}, t.readable.ctl.Error)
}

// sourceCancel is TransformStreamDefaultSourceCancelAlgorithm.
func (t *TransformStream) sourceCancel(reason goja.Value) goja.Value {
	return t.finish(func() goja.Value { return t.runCancel(reason) }, func(goja.Value) {
		if t.writable.state == writableErrored {
			panic(t.writable.stored)
		}
		t.writable.ctl.errorIfNeeded(reason)
		t.unblockWrite()
	}, func(e goja.Value) {
		t.writable.ctl.errorIfNeeded(e)
		t.unblockWrite()
	})
}

// sourcePull is TransformStreamDefaultSourcePullAlgorithm.
func (t *TransformStream) sourcePull() goja.Value {
	t.setBackpressure(false)
	return t.change.Promise()
}

// Realm is the realm of the stream.
func (t *TransformStream) Realm() *realm.Realm { return t.r }
