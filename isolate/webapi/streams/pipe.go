package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// pipeOptions are StreamPipeOptions (Streams, section 4.2.1).
type pipeOptions struct {
	preventAbort, preventCancel, preventClose bool
	signal                                    *dom.AbortSignal
}

// pipeOptionsOf converts the second argument of pipeTo and pipeThrough.
func pipeOptionsOf(a realm.Args) (o pipeOptions) {
	dict := a.Get(1)
	o.preventAbort = a.Dict(dict, "preventAbort").ToBoolean()
	o.preventCancel = a.Dict(dict, "preventCancel").ToBoolean()
	o.preventClose = a.Dict(dict, "preventClose").ToBoolean()
	if v := a.Dict(dict, "signal"); !goja.IsUndefined(v) {
		signal, ok := dom.SignalOf(v)
		if !ok {
			a.ThrowType("signal is not of type 'AbortSignal'.")
		}
		o.signal = signal
	}
	return o
}

// pipeThrough is the method of that name.
func pipeThrough(s *ReadableStream, a realm.Args) goja.Value {
	a.Need(1, "ReadableStream.pipeThrough")
	pair := a.Get(0)
	out := a.Dict(pair, "readable")
	if !IsReadable(out) {
		a.ThrowType("readable is not of type 'ReadableStream'.")
	}
	in, ok := realm.As[*WritableStream](a.Dict(pair, "writable"))
	if !ok {
		a.ThrowType("writable is not of type 'WritableStream'.")
	}
	o := pipeOptionsOf(a)
	if s.locked() {
		a.ThrowType("This ReadableStream is currently locked to a reader.")
	}
	if in.locked() {
		a.ThrowType("This WritableStream is currently locked to a writer.")
	}
	done := s.pipeTo(in, o)
	upon(a.Realm, done, ignore, ignore) // so that its rejection counts as handled
	return out
}

// pipe is one ReadableStreamPipeTo under way (Streams, section 4.9.1).
type pipe struct {
	pipeOptions
	r            *realm.Realm
	source       *ReadableStream
	dest         *WritableStream
	reader       *reader
	writer       *writer
	done         *realm.Deferred
	lastWrite    goja.Value // the promise of the last write; nil before the first
	shuttingDown bool
	unwatch      func() // stops watching the signal
}

// pipeTo is ReadableStreamPipeTo; neither stream may be locked.
func (s *ReadableStream) pipeTo(dest *WritableStream, o pipeOptions) goja.Value {
	if done, ok := s.splice(dest, o); ok {
		return done
	}
	p := &pipe{pipeOptions: o, r: s.r, source: s, dest: dest,
		reader: s.acquire(), writer: dest.acquire(), done: s.r.NewDeferred()}
	s.disturbed = true
	if p.signal != nil {
		if p.signal.Aborted() {
			p.aborted(p.signal.Reason())
			return p.done.Promise()
		}
		p.unwatch = p.signal.OnAbort(p.aborted)
	}
	p.watch()
	p.step()
	return p.done.Promise()
}

// watch has errors and closing of one side propagated to the other.
func (p *pipe) watch() {
	failed := func(e goja.Value) { // the source errored
		if p.preventAbort {
			p.shutdown(nil, e)
		} else {
			p.shutdown(func() goja.Value { return p.dest.abort(e) }, e)
		}
	}
	cancelSource := func(e goja.Value) {
		if p.preventCancel {
			p.shutdown(nil, e)
		} else {
			p.shutdown(func() goja.Value { return p.source.cancel(e) }, e)
		}
	}
	ended := func(goja.Value) { // the source closed
		if p.preventClose {
			p.shutdown(nil, nil)
		} else {
			p.shutdown(p.writer.closePropagating, nil)
		}
	}
	if p.source.state == errored {
		failed(p.source.stored)
	}
	if p.dest.state == writableErrored {
		cancelSource(p.dest.stored)
	} else {
		upon(p.r, p.writer.closed.Promise(), ignore, cancelSource)
	}
	switch p.source.state {
	case closed:
		ended(nil)
	case readable:
		upon(p.r, p.reader.closedPromise(), ended, failed)
	}
	if p.dest.closing() || p.dest.state == writableClosed {
		cancelSource(p.r.NewError("TypeError", "The destination WritableStream closed before all data could be piped to it."))
	}
}

// aborted is the abort algorithm.
func (p *pipe) aborted(reason goja.Value) {
	p.shutdown(func() goja.Value {
		var aborting, cancelling goja.Value
		if !p.preventAbort && p.dest.state == writable {
			aborting = p.dest.abort(reason)
		}
		if !p.preventCancel && p.source.state == readable {
			cancelling = p.source.cancel(reason)
		}
		return both(p.r, aborting, cancelling)
	}, reason)
}

// both is a promise fulfilled when a and b are, rejected when one of them is.
func both(r *realm.Realm, a, b goja.Value) goja.Value {
	d, left := r.NewDeferred(), 2
	one := func(goja.Value) {
		if left--; left == 0 {
			d.Resolve(goja.Undefined())
		}
	}
	upon(r, a, one, d.Reject)
	upon(r, b, one, d.Reject)
	return d.Promise()
}

// step moves one chunk, when the destination wants one.
func (p *pipe) step() {
	if p.shuttingDown {
		return
	}
	if p.dest.state != writable || p.dest.backpressure || p.dest.closing() {
		upon(p.r, p.writer.ready.Promise(), func(goja.Value) { p.read() }, ignore)
		return
	}
	p.read()
}

func (p *pipe) read() {
	if !p.shuttingDown {
		p.source.read(p)
	}
}

// chunk implements readRequest. A chunk that was read is written, shutting down or not.
func (p *pipe) chunk(v goja.Value) {
	p.lastWrite = p.writer.write(v)
	upon(p.r, p.lastWrite, ignore, ignore)
	upon(p.r, nil, func(goja.Value) { p.step() }, ignore)
}

// close and error implement readRequest; watch sees to both.
func (p *pipe) close()           {}
func (p *pipe) error(goja.Value) {}

// shutdown is "shutdown with an action", or, if action is nil, "shutdown". e is the error
// to end with, nil for success.
func (p *pipe) shutdown(action func() goja.Value, e goja.Value) {
	if p.shuttingDown {
		return
	}
	p.shuttingDown = true
	rest := func() {
		if action == nil {
			p.finalize(e)
			return
		}
		upon(p.r, action(), func(goja.Value) { p.finalize(e) }, p.finalize)
	}
	if p.dest.state == writable && !p.dest.closing() {
		p.afterWrites(rest)
		return
	}
	rest()
}

// afterWrites calls f when every chunk that was read has been written, or failed to be.
func (p *pipe) afterWrites(f func()) {
	last := p.lastWrite
	again := func(goja.Value) {
		if p.lastWrite != last {
			p.afterWrites(f)
			return
		}
		f()
	}
	upon(p.r, last, again, again)
}

func (p *pipe) finalize(e goja.Value) {
	p.writer.release()
	p.reader.release()
	if p.unwatch != nil {
		p.unwatch()
	}
	if e != nil {
		p.done.Reject(e)
		return
	}
	p.done.Resolve(goja.Undefined())
}
