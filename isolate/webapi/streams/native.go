package streams

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// FromBody returns a ReadableStream of Uint8Arrays over b, which it takes over; nil is an
// empty body. Nothing is made and nothing is read before a script asks for bytes.
func FromBody(r *realm.Realm, b core.Body) *goja.Object {
	s := &ReadableStream{r: r, native: true, body: b}
	if b != nil {
		s.length = b.Length()
	}
	return wrapReadable(s)
}

// FromBytes returns a ReadableStream over b, which must not be changed any more. The
// stream's chunk is a copy.
func FromBytes(r *realm.Realm, b []byte) *goja.Object { return FromBody(r, core.NewBytes(b)) }

// TakeBody gives back the body behind a stream of FromBody that no script has touched: not
// locked, not disturbed. The stream is then disturbed and closed. An empty body is nil.
func TakeBody(r *realm.Realm, stream goja.Value) (core.Body, bool) {
	s, ok := realm.As[*ReadableStream](stream)
	if !ok {
		return nil, false
	}
	return s.take()
}

func (s *ReadableStream) take() (core.Body, bool) {
	if !s.native || s.locked() || s.disturbed {
		return nil, false
	}
	b := s.body
	s.native, s.body = false, nil
	s.disturbed, s.state = true, closed
	return b, true
}

// IsReadable reports whether v is a ReadableStream.
func IsReadable(v goja.Value) bool {
	_, ok := realm.As[*ReadableStream](v)
	return ok
}

// IsLocked reports whether v is a ReadableStream with a reader.
func IsLocked(v goja.Value) bool {
	s, ok := realm.As[*ReadableStream](v)
	return ok && s.locked()
}

// IsDisturbed reports whether v is a ReadableStream that was read from or cancelled.
func IsDisturbed(v goja.Value) bool {
	s, ok := realm.As[*ReadableStream](v)
	return ok && s.disturbed
}

// LengthOf is the number of bytes the stream v gives in all, when that is known (a body's,
// a FixedLengthStream's), or -1.
func LengthOf(v goja.Value) int64 {
	if s, ok := realm.As[*ReadableStream](v); ok {
		return s.length
	}
	return -1
}

// Cancel cancels the stream v, whoever has locked it, for Go code that gives it up.
func Cancel(r *realm.Realm, v, reason goja.Value) {
	if s, ok := realm.As[*ReadableStream](v); ok {
		if p := s.cancel(reason); p != nil {
			upon(r, p, ignore, ignore)
		}
	}
}

// Tee is ReadableStreamTee with cloned chunks: what Request.clone and Response.clone do to
// a body (Fetch, "clone a body"). The stream v gets locked. It throws if it already is.
func Tee(r *realm.Realm, v goja.Value) (a, b *goja.Object) {
	s, ok := realm.As[*ReadableStream](v)
	if !ok {
		r.ThrowType("The provided value is not of type 'ReadableStream'.")
	}
	one, two := s.tee(true)
	return wrapReadable(one), wrapReadable(two)
}

// bodySource is the underlying source of a native body that a script reads.
type bodySource struct {
	r    *realm.Realm
	body core.Body
	gone bool // cancelled, or at its end
}

// Pull implements Source.
func (s *bodySource) Pull(c *Controller) {
	if s.body == nil {
		c.Close()
		return
	}
	next(c.r, s.body, func(chunk []byte, err error) {
		switch {
		case s.gone:
		case err == nil:
			c.EnqueueBytes(append(make([]byte, 0, len(chunk)), chunk...))
		case errors.Is(err, io.EOF):
			s.gone = true
			c.Close()
		default:
			s.gone = true
			c.Error(bodyError(c.r, err))
		}
	})
}

// Cancel implements Source.
func (s *bodySource) Cancel(reason goja.Value) {
	s.gone = true
	if s.body != nil {
		e := newThrown(s.r, reason)
		e.cause = core.ErrAbandoned
		s.body.Close(e)
	}
}

// bodyError is the error scripts see when a body breaks off. An error that came out of a
// script of this realm is that script's again.
func bodyError(r *realm.Realm, err error) goja.Value {
	if v, ok := ThrownIn(r, err); ok {
		return v
	}
	return r.NewError("TypeError", "The body broke off: %v", err)
}

// The states of a call of Body.Next made by next.
const (
	nextCalled    uint32 = iota
	nextDelivered        // the result is in the call; nobody has taken it yet
	nextAwaited          // Next gave nothing before it returned: a completion waits
	nextDropped          // nobody wants the result any more
)

// nextCall is one call of Body.Next whose result goes into the realm.
//
//	N1  chunk and err are written before the state becomes nextDelivered, or before
//	    Complete, and read after.
//	N2  comp is written before the state becomes nextAwaited, and read by whoever saw that.
//
// So a body that answers at once costs no completion and no turn.
type nextCall struct {
	state atomic.Uint32
	body  core.Body
	comp  realm.Completion
	chunk []byte
	err   error
	fn    func(chunk []byte, err error)
}

// next calls b.Next and has fn called in the realm with the result: at once if it is there
// at once, else in a turn of its own. fn is called exactly once, unless the realm goes
// first. Where no asynchronous operation may be started, b is closed and fn gets that error.
func next(r *realm.Realm, b core.Body, fn func(chunk []byte, err error)) {
	if whole, ok := core.TakeBytes(b); ok {
		fn(whole, nil)
		return
	}
	call := &nextCall{body: b, fn: fn}
	b.Next(call.deliver)
	if call.state.Load() == nextDelivered {
		fn(call.chunk, call.err)
		return
	}
	if thrown := r.Try(func() { call.comp = r.Host.Async("reading a body") }); thrown != nil {
		call.state.Store(nextDropped)
		b.Close(core.ErrAbandoned)
		fn(nil, newThrown(r, thrown))
		return
	}
	if !call.state.CompareAndSwap(nextCalled, nextAwaited) {
		call.complete() // it came in between
	}
}

func (c *nextCall) run() { c.fn(c.chunk, c.err) }

func (c *nextCall) deliver(chunk []byte, err error) {
	c.chunk, c.err = chunk, err
	if !c.state.CompareAndSwap(nextCalled, nextDelivered) && c.state.Load() == nextAwaited {
		c.complete()
	}
}

// complete brings the result into the realm, or, with the event gone, closes the body.
func (c *nextCall) complete() {
	realm.CompleteOr(c.comp, c.run, func() { c.body.Close(core.ErrAbandoned) })
}

// viewBytes returns the bytes of an ArrayBufferView, not copied.
func viewBytes(v goja.Value) ([]byte, bool) {
	b, kind, _ := hook.Bytes(v)
	return b, kind == hook.TypedArray || kind == hook.DataView
}
