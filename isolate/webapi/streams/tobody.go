package streams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// coalesce is how many bytes of chunks that already wait in a stream's queue one Next may
// join, in bytes: a hop between goroutines costs more than copying this much, and a client's
// socket takes no more at once.
const coalesce = 32 << 10

// ErrBodyLength means a stream gave another number of bytes than was announced for it.
var ErrBodyLength = errors.New("streams: the body's length is not what was announced")

// ErrEventOver is the error of a body whose stream lives in an isolate, or belongs to an
// event, that is gone.
var ErrEventOver = errors.New("streams: the event the body's stream belongs to is over")

// ThrownError is the error of a body that a script's stream broke off.
type ThrownError struct {
	realm *realm.Realm
	value goja.Value
	text  string
	cause error // what the error is besides, nil for nothing
}

func newThrown(r *realm.Realm, v goja.Value) *ThrownError {
	e := &ThrownError{realm: r, value: v, text: realm.Describe(v)}
	_ = r.Try(func() { e.text = v.String() }) // a toString that throws has nothing to add
	return e
}

// Error implements error: what the thrown value says as a string.
func (e *ThrownError) Error() string { return e.text }

// Unwrap gives core.ErrAbandoned for the reason of a cancel.
func (e *ThrownError) Unwrap() error { return e.cause }

// Value is what was thrown. It may be looked at in its realm only.
func (e *ThrownError) Value() goja.Value { return e.value }

// NewThrown is the error of a body that ends by a script's word, such as the reason of an
// AbortSignal: readers in r get v itself.
func NewThrown(r *realm.Realm, v goja.Value) error { return newThrown(r, v) }

// ThrownIn returns the value of r behind err, if a NewThrown of r is in its chain.
func ThrownIn(r *realm.Realm, err error) (goja.Value, bool) {
	if t, ok := errors.AsType[*ThrownError](err); ok && t.realm == r {
		return t.value, true
	}
	return nil, false
}

// ToBody returns the content of any ReadableStream as a body of length bytes, -1 if that is
// not known, and locks the stream; it throws if the stream is locked already. Each Next of
// the body pulls one chunk, or what waits in the stream's queue. A chunk must be a
// BufferSource; Close cancels the stream. A stream nobody has touched gives its native body.
//
// While the body is neither at its end nor closed, the event it was made in counts as busy.
func ToBody(r *realm.Realm, stream goja.Value, length int64) core.Body {
	s, ok := realm.As[*ReadableStream](stream)
	if !ok {
		r.ThrowType("The provided value is not of type 'ReadableStream'.")
	}
	if length < 0 {
		length = s.length
	}
	if b, ok := s.take(); ok {
		if b == nil {
			return emptyBody{}
		}
		return b
	}
	b := &streamBody{r: r, reader: s.acquire(), length: length}
	switch s.state {
	case closed:
		s.disturbed = true
		b.mu.end = b.atEnd()
		return b
	case errored:
		b.mu.end = newThrown(r, s.stored)
		return b
	}
	b.mu.comp = r.Host.Async("streaming a body")
	if ev := r.Host.Event(); ev != nil {
		b.mu.stop = context.AfterFunc(ev.Context(), func() { b.Close(context.Cause(ev.Context())) })
	}
	return b
}

// emptyBody is a body of no bytes.
type emptyBody struct{}

func (emptyBody) Length() int64                 { return 0 }
func (emptyBody) Next(done func([]byte, error)) { done(nil, io.EOF) }
func (emptyBody) Close(error)                   {}

// streamBody is a script's stream as a body. The fields above mu belong to the realm.
//
//	B1  Until the end, either mu.comp is set, or code that will set it (or see mu.end) is
//	    on its way: a Next that has used it, or the realm's turn.
//	B2  mu.done is taken out before it is called, so it is called once.
//	B3  buf is written only while a Next is under way, when nobody holds the last chunk.
type streamBody struct {
	r      *realm.Realm
	reader *reader
	length int64
	total  int64
	buf    []byte
	inRead bool // stream.read is on the stack
	got    bool // it answered before it returned

	mu struct {
		sync.Mutex
		comp realm.Completion              // the way into the realm for the following Next or Close
		done func(chunk []byte, err error) // of the Next under way
		end  error                         // sticky: io.EOF, or what broke the body off
		stop func() bool                   // stops watching the event's context
	}
}

// Length implements core.Body.
func (b *streamBody) Length() int64 { return b.length }

// Next implements core.Body.
func (b *streamBody) Next(done func(chunk []byte, err error)) {
	b.mu.Lock()
	if err := b.mu.end; err != nil {
		b.mu.Unlock()
		done(nil, err)
		return
	}
	comp := b.mu.comp
	if comp == nil {
		b.mu.Unlock()
		panic("BUG: Next of a body called during a Next")
	}
	b.mu.comp, b.mu.done = nil, done
	b.mu.Unlock()
	realm.CompleteOr(comp, b.pull, func() { b.finish(ErrEventOver) })
}

// Close implements core.Body.
func (b *streamBody) Close(err error) {
	if err == nil {
		err = core.ErrAbandoned
	}
	if comp := b.finish(err); comp != nil {
		comp.Complete(b.cancelStream)
	}
}

// finish ends the body and returns the completion that is left over.
func (b *streamBody) finish(err error) realm.Completion {
	b.mu.Lock()
	if b.mu.end != nil {
		b.mu.Unlock()
		return nil
	}
	b.mu.end = err
	comp, done, stop := b.mu.comp, b.mu.done, b.mu.stop
	b.mu.comp, b.mu.done, b.mu.stop = nil, nil, nil
	b.mu.Unlock()
	if stop != nil {
		stop()
	}
	if done != nil {
		done(nil, err)
	}
	return comp
}

func (b *streamBody) ended() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.end
}

// cancelStream runs in the realm after Close.
func (b *streamBody) cancelStream() {
	if s := b.reader.stream; s != nil && s.state == readable {
		reason := b.r.NewError("TypeError", "The reader of the body went away: %v", b.ended())
		upon(b.r, s.cancel(reason), ignore, ignore)
	}
}

// pull runs in the realm: it reads until there is something to hand on.
func (b *streamBody) pull() {
	if b.ended() != nil {
		b.cancelStream()
		return
	}
	b.buf = b.buf[:0]
	b.read()
}

func (b *streamBody) read() {
	s := b.reader.stream
	for {
		b.inRead, b.got = true, false
		s.read(b)
		b.inRead = false
		if !b.got {
			b.rearm() // Close must find a way in while the script takes its time
			return
		}
		if b.ended() != nil {
			return
		}
		if n := len(b.buf); n > 0 && (s.queued() == 0 || n >= coalesce) {
			b.handOn()
			return
		}
	}
}

// rearm sees that a completion is held, and reports false where the body has ended, or ends
// because there can be none.
func (b *streamBody) rearm() bool {
	b.mu.Lock()
	held, end := b.mu.comp != nil, b.mu.end
	b.mu.Unlock()
	if end == nil && held {
		return true
	}
	if end == nil {
		var comp realm.Completion
		if thrown := b.r.Try(func() { comp = b.r.Host.Async("streaming a body") }); thrown != nil {
			b.finish(newThrown(b.r, thrown))
		} else {
			b.mu.Lock()
			if end = b.mu.end; end == nil {
				b.mu.comp = comp
			}
			b.mu.Unlock()
			if end == nil {
				return true
			}
			comp.Complete(func() {}) // closed in between
		}
	}
	b.cancelStream()
	return false
}

// handOn gives buf to the Next under way.
func (b *streamBody) handOn() {
	if b.length >= 0 && b.total > b.length {
		b.fail(fmt.Errorf("%w: more than %d bytes", ErrBodyLength, b.length))
		return
	}
	end := error(nil)
	if s := b.reader.stream; s.state == closed {
		end = b.atEnd() // known already: the following Next needs no turn
	} else if !b.rearm() {
		return
	}
	b.mu.Lock()
	done, comp, stop := b.mu.done, b.mu.comp, b.mu.stop
	b.mu.done = nil
	if end != nil && b.mu.end == nil {
		b.mu.end, b.mu.comp, b.mu.stop = end, nil, nil
	}
	b.mu.Unlock()
	if end != nil {
		if stop != nil {
			stop()
		}
		if comp != nil {
			comp.Complete(func() {})
		}
	}
	if done != nil {
		done(b.buf, nil)
	}
}

// atEnd is what the end of the stream means to the reader of the body.
func (b *streamBody) atEnd() error {
	if b.length >= 0 && b.total != b.length {
		return fmt.Errorf("%w: %d bytes of %d", ErrBodyLength, b.total, b.length)
	}
	return io.EOF
}

// fail ends the body from inside the realm.
func (b *streamBody) fail(err error) {
	if comp := b.finish(err); comp != nil {
		comp.Complete(func() {})
	}
	b.cancelStream()
}

// chunk implements readRequest.
func (b *streamBody) chunk(v goja.Value) {
	b.got = true
	bytes, ok := b.r.Bytes(v)
	if !ok {
		b.fail(newThrown(b.r, notBytes(b.r, v)))
		return
	}
	b.total += int64(len(bytes))
	b.buf = append(b.buf, bytes...)
	switch {
	case b.inRead:
	case len(b.buf) == 0:
		b.read()
	default:
		b.handOn()
	}
}

// close implements readRequest.
func (b *streamBody) close() { b.got = true; b.fail(b.atEnd()) }

// error implements readRequest.
func (b *streamBody) error(e goja.Value) { b.got = true; b.fail(newThrown(b.r, e)) }

func notBytes(r *realm.Realm, v goja.Value) goja.Value {
	return r.NewError("TypeError", "The stream of a body must give Uint8Arrays, but it gave: %s", realm.Describe(v))
}
