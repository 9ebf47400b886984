package streams

import (
	"bytes"
	"errors"
	"io"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// firstGrant is how many bytes of memory an announced length is trusted for, before any of
// them has come.
const firstGrant = 1 << 20

// ReadAll reads the stream v to its end ("fully read", Fetch) and calls done in the realm:
// with its bytes, which are done's to keep, or with what is to be thrown: the stream's
// error, a TypeError for a chunk that is no BufferSource or a stream that is locked, a
// RangeError when there are more than max bytes (0 means no bound). done may be called
// before ReadAll returns.
func ReadAll(r *realm.Realm, v goja.Value, max int64, done func(b []byte, thrown goja.Value)) {
	s, ok := realm.As[*ReadableStream](v)
	if !ok {
		done(nil, r.NewError("TypeError", "The provided value is not of type 'ReadableStream'."))
		return
	}
	g := &gather{r: r, max: max, done: done}
	if body, ok := s.take(); ok {
		g.readBody(body)
		return
	}
	if s.locked() {
		done(nil, r.NewError("TypeError", "This ReadableStream is currently locked to a reader."))
		return
	}
	g.reader = s.acquire()
	g.readStream()
}

// gather collects the bytes of a body or a stream.
type gather struct {
	r      *realm.Realm
	reader *reader
	buf    []byte
	max    int64
	done   func([]byte, goja.Value)
	inRead bool // the read is on the stack: loop, do not recurse
	got    bool // it gave a chunk before it returned
}

// add takes a chunk, and reports whether there is room for it.
func (g *gather) add(b []byte) bool {
	if g.max > 0 && int64(len(g.buf)+len(b)) > g.max {
		return false
	}
	g.buf = append(g.buf, b...)
	return true
}

func (g *gather) tooLarge() goja.Value {
	return g.r.NewError("RangeError", "The body has more than %d bytes.", g.max)
}

func (g *gather) finish(thrown goja.Value) {
	b := g.buf
	g.buf = nil
	if thrown != nil {
		b = nil
	}
	g.done(b, thrown)
}

func (g *gather) readBody(body core.Body) {
	if body == nil {
		g.finish(nil)
		return
	}
	if whole, ok := core.TakeBytes(body); ok {
		if g.max > 0 && int64(len(whole)) > g.max {
			g.finish(g.tooLarge())
			return
		}
		g.done(bytes.Clone(whole), nil) // whoever made the body may have the bytes still
		return
	}
	if n := body.Length(); n > 0 {
		g.buf = make([]byte, 0, min(n, firstGrant))
	}
	g.nextOf(body)
}

// nextOf reads on until the body gives nothing at once.
func (g *gather) nextOf(body core.Body) {
	for {
		g.inRead, g.got = true, false
		next(g.r, body, func(chunk []byte, err error) {
			switch {
			case errors.Is(err, io.EOF):
				g.finish(nil)
			case err != nil:
				g.finish(bodyError(g.r, err))
			case !g.add(chunk):
				body.Close(core.ErrAbandoned)
				g.finish(g.tooLarge())
			case g.inRead:
				g.got = true
			default:
				g.nextOf(body)
			}
		})
		g.inRead = false
		if !g.got {
			return
		}
	}
}

// readStream reads on until the stream gives nothing at once.
func (g *gather) readStream() {
	for {
		g.inRead, g.got = true, false
		g.reader.stream.read(g)
		g.inRead = false
		if !g.got {
			return
		}
	}
}

// chunk implements readRequest.
func (g *gather) chunk(v goja.Value) {
	b, ok := g.r.Bytes(v)
	var thrown goja.Value
	if !ok {
		thrown = notBytes(g.r, v)
	} else if !g.add(b) {
		thrown = g.tooLarge()
	}
	if thrown != nil {
		upon(g.r, g.reader.stream.cancel(thrown), ignore, ignore)
		g.finish(thrown)
		return
	}
	if g.inRead {
		g.got = true
		return
	}
	g.readStream()
}

// close implements readRequest.
func (g *gather) close() { g.finish(nil) }

// error implements readRequest.
func (g *gather) error(e goja.Value) { g.finish(e) }
