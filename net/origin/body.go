package origin

import (
	"fmt"
	"io"
	"sync"
	"time"

	"gannet/core"
	"gannet/net/h1/wire"
)

// body is what remains of a trip once its response head is there: content in the read
// buffer and on the connection. It belongs to one goroutine at a time.
type body struct {
	trip
	framing   wire.Framing
	keepAlive bool
	left      int64 // octets to come of content with a length
	dec       wire.ChunkedDecoder
	failed    error // the content is broken behind what was taken so far
}

// collect takes n octets of content, as far as they have arrived.
func (b *body) collect(n int) (content []byte, whole bool) {
	content = make([]byte, n)
	have := copy(content, b.sc.in[b.sc.r:b.sc.w])
	b.sc.r += have
	for have < n {
		k, err := b.cn.readNow(content[have:])
		if k == 0 || err != nil {
			break // the rest is for the stream, and the error shows there again
		}
		have += k
	}
	b.left -= int64(have)
	return content[:have], have == n
}

// more reads what has arrived behind the buffered octets, without waiting, and reports
// whether there was anything.
func (b *body) more() bool {
	if b.sc.w == len(b.sc.in) {
		return false
	}
	n, err := b.cn.readNow(b.sc.in[b.sc.w:])
	b.sc.w += n
	return n > 0 && err == nil
}

// take consumes what is buffered and returns the content in it, a part of the buffer. It
// sets failed when the framing is broken.
func (b *body) take() []byte {
	sc := b.sc
	switch b.framing {
	case wire.ByLength:
		n := int(min(int64(sc.w-sc.r), b.left))
		content := sc.in[sc.r : sc.r+n]
		sc.r += n
		b.left -= int64(n)
		return content
	case wire.ByChunks:
		return b.decode(0)
	}
	content := sc.in[sc.r:sc.w]
	sc.r = sc.w
	return content
}

// decode decodes the chunks in the buffer and gathers their content at its start, behind
// kept octets gathered before: one piece instead of many small ones.
func (b *body) decode(kept int) []byte {
	sc := b.sc
	for sc.r < sc.w && !b.dec.Done() {
		piece, n, err := b.dec.Next(sc.in[sc.r:sc.w])
		sc.r += n
		if err != nil {
			b.failed = err
			break
		}
		kept += copy(sc.in[kept:], piece)
	}
	return sc.in[:kept]
}

// ended reports whether all content was taken.
func (b *body) ended() bool {
	switch b.framing {
	case wire.ByLength:
		return b.left == 0
	case wire.ByChunks:
		return b.dec.Done()
	}
	return b.framing == wire.NoContent
}

// settle parts with the connection: back to the pool if the exchange went well and ended
// exactly where it should, closed otherwise.
func (b *body) settle(clean bool) {
	uncancelled := b.release()
	clean = clean && uncancelled && !b.spent && b.keepAlive && b.sc.r == b.sc.w
	switch {
	case clean && b.up != nil:
		cn, c := b.cn, b.c
		if !b.up.settle(func() { c.pool.put(cn, c.o.Clock.Now()) }) {
			cn.kill()
		}
	case clean:
		if b.cn.writeLimited {
			b.cn.writeLimited = false
			_ = b.cn.SetWriteDeadline(time.Time{})
		}
		b.c.pool.put(b.cn, b.c.o.Clock.Now())
	default:
		if b.up != nil {
			b.up.cut()
		}
		b.cn.kill()
	}
}

// streamBody is a response body that is read on demand.
type streamBody struct {
	b      body
	length int64

	mu struct {
		sync.Mutex
		pending []byte // content that was there already
		err     error  // sticky
		freed   bool   // the buffer was given back
		// closedEarly is set by Close, which may come from another goroutine than the
		// reader's, who may still hold a chunk: the buffer is then left to the collector.
		closedEarly bool
	}
}

// Length implements core.Body.
func (s *streamBody) Length() int64 { return s.length }

// Trailer implements core.Trailered.
func (s *streamBody) Trailer() core.Fields {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.err != io.EOF {
		return nil
	}
	return s.b.dec.Trailer()
}

// Next implements core.Body. What is buffered is given at once; otherwise the read has a
// goroutine of its own, which ends with it. Whoever called waits for done, closes the body
// or cancels the request, and the idle time-out bounds it in any case.
func (s *streamBody) Next(done func([]byte, error)) {
	s.mu.Lock()
	if s.mu.err == nil && len(s.mu.pending) == 0 {
		s.checkEndLocked()
	}
	if err := s.mu.err; err != nil {
		free := !s.mu.closedEarly && !s.mu.freed
		s.mu.freed = true
		s.mu.Unlock()
		if free {
			s.b.sc.free() // asking again, the reader has let go of the last chunk
		}
		done(nil, err)
		return
	}
	if chunk := s.mu.pending; len(chunk) > 0 {
		s.mu.pending = nil
		s.checkEndLocked() // the connection is free as soon as all was read from it
		s.mu.Unlock()
		done(chunk, nil)
		return
	}
	s.mu.Unlock()
	go s.readFor(done)
}

// readFor is the goroutine of a Next that has to wait.
func (s *streamBody) readFor(done func([]byte, error)) {
	told := false
	defer s.b.c.caught("reading a body", func(err error) {
		s.Close(err)
		if !told {
			done(nil, err)
		}
	})
	chunk, err := s.read()
	told = true
	done(chunk, err)
}

// checkEndLocked settles a body of which everything was taken.
func (s *streamBody) checkEndLocked() {
	switch {
	case s.b.failed != nil:
		s.endLocked(brokenError(s.b.cn.key, "reading the body", s.b.failed))
	case s.b.ended():
		s.endLocked(io.EOF)
	}
}

// endLocked ends the body with err and parts with the connection.
func (s *streamBody) endLocked(err error) {
	s.mu.err = err
	if err != io.EOF {
		errBody.Inc()
	}
	s.b.settle(err == io.EOF)
}

// read waits for content. It returns at least one byte or an error.
func (s *streamBody) read() ([]byte, error) {
	b := &s.b
	sc := b.sc
	for {
		b.cn.armRead(time.Now(), b.c.o.IdleTimeout)
		n, err := b.cn.Read(sc.in)
		if chunk, err := s.took(n, err); len(chunk) > 0 || err != nil {
			return chunk, err
		}
	}
}

// took settles what a Read of n octets means. It returns nothing if there is to be another.
func (s *streamBody) took(n int, err error) ([]byte, error) {
	b := &s.b
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.mu.err != nil: // closed meanwhile
		return nil, s.mu.err
	case n == 0 && err != nil:
		s.endLocked(s.readError(err))
		return nil, s.mu.err
	}
	b.sc.r, b.sc.w = 0, n // an error beside octets comes again by itself
	chunk := b.take()
	if len(chunk) == 0 || b.failed == nil { // else the content before the fault first
		s.checkEndLocked()
	}
	if len(chunk) > 0 {
		return chunk, nil
	}
	return nil, s.mu.err
}

// readError says why content stopped coming.
func (s *streamBody) readError(err error) error {
	b := &s.b
	if cause := cancelled(b.ctx); cause != nil {
		return fmt.Errorf("%v: %w", b.cn.key, cause)
	}
	if b.up != nil {
		if cause := b.up.cause(); cause != nil {
			return brokenError(b.cn.key, "sending the request body", cause)
		}
	}
	if err == io.EOF && b.framing == wire.UntilClose {
		return io.EOF // over TLS, only after the origin said so
	}
	return brokenError(b.cn.key, "reading the body", err)
}

// Close implements core.Body.
func (s *streamBody) Close(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.closedEarly = true
	if s.mu.err != nil {
		return
	}
	if err == nil {
		err = core.ErrAbandoned
	}
	s.mu.err = err
	s.b.release()
	if s.b.up != nil {
		s.b.up.cut()
	}
	s.b.cn.kill()
}
