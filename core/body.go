package core

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// ErrAbandoned is the error a Body is closed with when its reader wants no more of it.
var ErrAbandoned = errors.New("core: body abandoned by its reader")

// Body is the content of a message, read by pulling: nothing is produced that nobody
// asked for, which is what carries back-pressure from the slowest end to the fastest.
type Body interface {
	// Length is the number of bytes the whole body has, or -1 when that is not known.
	Length() int64
	// Next asks for the next chunk. done is called exactly once, on any goroutine,
	// possibly before Next returns: with a chunk of at least one byte, or with io.EOF at
	// the end, or with the error that cut the body short. At most one Next may be under
	// way. After an error or io.EOF every further Next gives the same.
	//
	// A chunk is valid until the following call of Next or Close.
	Next(done func(chunk []byte, err error))
	// Close gives the body up before its end; err says why. A Next under way still calls
	// its done. Close may be called more than once, after the end too, and from any
	// goroutine.
	Close(err error)
}

// Trailered is a Body that may end with a trailer section (RFC 9110, section 6.5).
type Trailered interface {
	Body
	// Trailer returns the trailer section, complete once Next has given io.EOF.
	Trailer() Fields
}

// BytesBody is a body that lies in memory as a whole. It is made by NewBytes.
type BytesBody struct {
	b     []byte
	state atomic.Uint32 // bytesUnread -> bytesTaken or bytesClosed, once
}

const (
	bytesUnread uint32 = iota
	bytesTaken         // the one chunk was handed out; what follows is io.EOF
	bytesClosed        // closed before it was read
)

// NewBytes returns a body of b, which it takes over. It returns nil for an empty b, since
// a message without content has no Body.
func NewBytes(b []byte) Body {
	if len(b) == 0 {
		return nil
	}
	return &BytesBody{b: b}
}

// Length implements Body.
func (b *BytesBody) Length() int64 { return int64(len(b.b)) }

// Next implements Body: the whole content at once, then io.EOF.
func (b *BytesBody) Next(done func([]byte, error)) {
	switch {
	case b.state.CompareAndSwap(bytesUnread, bytesTaken):
		done(b.b, nil)
	case b.state.Load() == bytesTaken:
		done(nil, io.EOF)
	default:
		done(nil, ErrAbandoned)
	}
}

// Close implements Body.
func (b *BytesBody) Close(error) { b.state.CompareAndSwap(bytesUnread, bytesClosed) }

// TakeBytes returns the whole content of b, and true, when it lies in memory unread: the
// short way for writers. b then counts as read to its end.
func TakeBytes(b Body) ([]byte, bool) {
	bb, ok := b.(*BytesBody)
	if !ok {
		return nil, false
	}
	if !bb.state.CompareAndSwap(bytesUnread, bytesTaken) {
		return nil, false
	}
	return bb.b, true
}

func orAbandoned(err error) error {
	if err == nil {
		return ErrAbandoned
	}
	return err
}

// readerChunk is how many bytes a reader's body hands on at once: large enough that the
// goroutine switch of a chunk does not show, small enough that ten thousand of them
// under way fit into memory.
const readerChunk = 32 << 10

// readerBufs holds *[]byte of readerChunk bytes.
var readerBufs = sync.Pool{New: func() any { b := make([]byte, readerChunk); return &b }}

// readerBody reads a blocking io.ReadCloser. Each Next runs on a goroutine of its own,
// which ends with the read.
type readerBody struct {
	r      io.ReadCloser
	length int64

	mu struct {
		sync.Mutex
		buf     *[]byte // nil before the first Next and after the end
		reading bool
		err     error // sticky
		closed  bool  // r.Close was called
		// closedEarly is set by Close. It may come from another goroutine than the
		// reader's, who may still hold a chunk: the buffer is then left to the collector.
		closedEarly bool
	}
}

// NewReader returns a body of what r gives, length bytes, or -1 if that is not known. It
// takes r over, and closes it at the end, at the first error or at Close; r must allow
// Close during a Read.
func NewReader(r io.ReadCloser, length int64) Body {
	return &readerBody{r: r, length: length}
}

// Length implements Body.
func (b *readerBody) Length() int64 { return b.length }

// Next implements Body.
func (b *readerBody) Next(done func([]byte, error)) {
	b.mu.Lock()
	if err := b.mu.err; err != nil {
		if b.mu.buf != nil && !b.mu.closedEarly {
			readerBufs.Put(b.mu.buf) // asking again, the reader has let go of the last chunk
			b.mu.buf = nil
		}
		b.mu.Unlock()
		done(nil, err)
		return
	}
	if b.mu.buf == nil {
		b.mu.buf = readerBufs.Get().(*[]byte)
	}
	buf := b.mu.buf
	b.mu.reading = true
	b.mu.Unlock()
	// Whoever called Next waits for done, or closes the body, which ends the Read: that is
	// what bounds this goroutine's life.
	go b.readFor(*buf, done)
}

// readFor is the goroutine of a Next. A panic of the reader or of done would end the
// process: it is logged here, and ends the body.
func (b *readerBody) readFor(buf []byte, done func([]byte, error)) {
	told := false
	defer func() {
		if p := recover(); p != nil {
			logPanic(p)
			defer func() {
				if p := recover(); p != nil {
					logPanic(p)
				}
			}()
			err := errors.New("core: internal error while a body was read")
			defer func() {
				if !told {
					done(nil, err)
				}
			}()
			b.Close(err)
		}
	}()
	chunk, err := b.read(buf)
	told = true
	done(chunk, err)
}

// logPanic is called by the deferred function that recovered p: the stack still shows
// where it was.
func logPanic(p any) {
	slog.Error("core: panic while a body was read", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// read fills buf once and settles the state. It never returns zero bytes without an error.
func (b *readerBody) read(buf []byte) ([]byte, error) {
	var n int
	var err error
	for n == 0 && err == nil {
		n, err = b.r.Read(buf)
	}
	sticky := b.took(n, err)
	if sticky != nil {
		return nil, sticky
	}
	return buf[:n], nil
}

// took settles the state after a Read, and returns the error to give, if any.
func (b *readerBody) took(n int, err error) (sticky error) {
	b.mu.Lock()
	defer b.mu.Unlock() // the reader's Close may panic
	b.mu.reading = false
	if b.mu.err == nil && err != nil {
		b.mu.err = err
	}
	sticky = b.mu.err
	b.release()
	if n > 0 && (sticky == nil || sticky == io.EOF) {
		return nil // the chunk first; the end comes with the following Next
	}
	return sticky
}

// release closes the reader once the body has ended. b.mu is held.
func (b *readerBody) release() {
	if b.mu.err != nil && !b.mu.closed && !b.mu.reading {
		b.mu.closed = true
		_ = b.r.Close()
	}
}

// Close implements Body.
func (b *readerBody) Close(err error) {
	b.mu.Lock()
	if b.mu.err == nil {
		b.mu.err = orAbandoned(err)
	}
	mustClose := !b.mu.closed
	b.mu.closed, b.mu.closedEarly = true, true
	b.mu.Unlock()
	if mustClose {
		_ = b.r.Close() // outside the lock: it may wait for the Read it interrupts
	}
}

// bodyReader is the other direction: a Body as a blocking reader.
type bodyReader struct {
	body  Body
	rest  []byte
	err   error
	ready chan chunkResult
}

type chunkResult struct {
	chunk []byte
	err   error
}

// Reader returns a blocking reader of b, for goroutines that may wait (never for an event
// loop or an executor). Close closes b. A Read under way ends when b gives or is closed.
func Reader(b Body) io.ReadCloser {
	return &bodyReader{body: b, ready: make(chan chunkResult, 1)}
}

// Read implements io.Reader.
func (r *bodyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(r.rest) == 0 && r.err == nil {
		r.body.Next(func(chunk []byte, err error) { r.ready <- chunkResult{chunk, err} })
		res := <-r.ready
		r.rest, r.err = res.chunk, res.err
	}
	if len(r.rest) > 0 {
		n := copy(p, r.rest)
		r.rest = r.rest[n:]
		return n, nil
	}
	return 0, r.err
}

// Close implements io.Closer.
func (r *bodyReader) Close() error {
	r.body.Close(ErrAbandoned)
	return nil
}

// ErrBodyTooLarge means a body has more bytes than its reader allows.
var ErrBodyTooLarge = errors.New("core: body too large")

// ReadAll reads b to its end and calls done, once, with all of it, or with the error that
// cut it short; ErrBodyTooLarge past max bytes. It never blocks: done runs on whatever
// goroutine the last chunk came by. The slice is done's to keep.
func ReadAll(b Body, max int64, done func([]byte, error)) {
	if whole, ok := TakeBytes(b); ok {
		if int64(len(whole)) > max {
			done(nil, ErrBodyTooLarge)
			return
		}
		done(whole, nil)
		return
	}
	n := b.Length()
	if n > max {
		b.Close(ErrBodyTooLarge)
		done(nil, ErrBodyTooLarge)
		return
	}
	acc := &accumulator{body: b, max: max, done: done}
	if n > 0 {
		acc.buf = make([]byte, 0, min(n, 1<<20))
	}
	acc.pull()
}

// accumulator gathers a body. A body may call back before Next returns, so pulling is a
// loop and not a recursion: whichever of the two, callback or loop, comes second goes on.
type accumulator struct {
	body Body
	max  int64
	buf  []byte
	done func([]byte, error)
	turn atomic.Uint32 // counts the callback and the return of one Next
}

func (a *accumulator) pull() {
	for {
		a.turn.Store(0)
		a.body.Next(a.chunk)
		if a.turn.Add(1) != 2 {
			return // the callback is yet to come, or was the last one
		}
	}
}

func (a *accumulator) chunk(chunk []byte, err error) {
	switch {
	case err == io.EOF:
		a.done(a.buf, nil)
		return
	case err != nil:
		a.done(nil, err)
		return
	case int64(len(a.buf))+int64(len(chunk)) > a.max:
		a.body.Close(ErrBodyTooLarge)
		a.done(nil, ErrBodyTooLarge)
		return
	}
	a.buf = append(a.buf, chunk...)
	if a.turn.Add(1) == 2 {
		a.pull() // Next has returned already: this is another goroutine's stack
	}
}
