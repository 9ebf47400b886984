package streams

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// splice is the short way of `body.pipeTo(writable)` where body is a native body nobody has
// touched and writable belongs to a transform stream that changes nothing: the body moves
// over to the transform's readable side, and may leave the realm from there without a byte
// of it ever having been in it. The pipe's promise follows the body's end.
//
// It reports false where that could be told from the long way.
func (s *ReadableStream) splice(dest *WritableStream, o pipeOptions) (done goja.Value, ok bool) {
	t := dest.through
	switch {
	case t == nil, !s.native, s.disturbed, s.body == nil:
		return nil, false
	case o != (pipeOptions{}):
		return nil, false
	case dest.state != writable, dest.closing(), dest.writes.len() > 0, dest.inFlightWrite != nil:
		return nil, false
	case t.readable.state != readable, t.readable.locked(), t.readable.disturbed, t.readable.native:
		return nil, false
	case t.readable.length >= 0 && t.readable.length != s.length:
		return nil, false // a FixedLengthStream that will not get what it expects
	}
	p := &spliced{source: s, reader: s.acquire(), writer: dest.acquire(), done: s.r.NewDeferred()}
	body := s.body
	s.native, s.body, s.disturbed = false, nil, true
	t.readable.ctl.clearAlgorithms()
	t.readable.ctl.closeRequested = true // its start is still to come
	t.readable.ctl = nil
	dest.ctl.clearAlgorithms() // nothing is left to flush
	t.readable.native, t.readable.length = true, s.length

	if _, whole := body.(*core.BytesBody); whole {
		t.readable.body = body
		p.end(io.EOF)
		return p.done.Promise(), true
	}
	comp := s.r.Host.Async("piping a body")
	t.readable.body = &splicedBody{Body: body, ended: func(err error) { comp.Complete(func() { p.end(err) }) }}
	return p.done.Promise(), true
}

// spliced is a pipe whose body went the short way.
type spliced struct {
	source *ReadableStream
	reader *reader
	writer *writer
	done   *realm.Deferred
}

// end settles both streams and the promise as the long way would. err is io.EOF or what
// broke the body off.
func (p *spliced) end(err error) {
	s, dest := p.source, p.writer.stream
	if errors.Is(err, io.EOF) {
		s.close()
		upon(s.r, dest.close(), func(goja.Value) {
			p.release()
			p.done.Resolve(goja.Undefined())
		}, ignore)
		return
	}
	e := bodyError(s.r, err)
	s.error(e)
	dest.ctl.errorIfNeeded(e)
	p.release()
	p.done.Reject(e)
}

func (p *spliced) release() {
	p.writer.release()
	p.reader.release()
}

// splicedBody tells when its body ends.
type splicedBody struct {
	core.Body
	told  atomic.Bool
	ended func(err error)
}

func (b *splicedBody) tell(err error) {
	if b.told.CompareAndSwap(false, true) {
		b.ended(err)
	}
}

// Next implements core.Body.
func (b *splicedBody) Next(done func(chunk []byte, err error)) {
	b.Body.Next(func(chunk []byte, err error) {
		if err != nil {
			b.tell(err)
		}
		done(chunk, err)
	})
}

// Close implements core.Body.
func (b *splicedBody) Close(err error) {
	b.Body.Close(err)
	if err == nil {
		err = core.ErrAbandoned
	}
	b.tell(err)
}

// Trailer implements core.Trailered.
func (b *splicedBody) Trailer() core.Fields {
	if t, ok := b.Body.(core.Trailered); ok {
		return t.Trailer()
	}
	return nil
}
