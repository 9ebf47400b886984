package streams

import (
	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// branches is the state of ReadableStreamDefaultTee and ReadableByteStreamTee (Streams,
// section 4.9.1). The latter reads with a default reader where the standard changes to a
// BYOB reader to fill a branch's view in place: the bytes are the same, copied once more.
type branches struct {
	r                  *realm.Realm
	source             *ReadableStream
	reader             *reader
	clone              bool // the second branch gets copies
	reading, readAgain bool
	branch             [2]*ReadableStream
	canceled           [2]bool
	reason             [2]goja.Value
	cancelDone         *realm.Deferred
}

// tee is ReadableStreamTee. clone has the second branch get copies of the chunks; byte
// streams always do. It throws if s is locked.
func (s *ReadableStream) tee(clone bool) (one, two *ReadableStream) {
	if b, ok := s.take(); ok {
		if whole, ok := core.TakeBytes(b); ok {
			// Two handles on the same bytes, which no script can change. To scripts s is
			// locked for good, as it is after any tee.
			s.reader = &reader{r: s.r, stream: s}
			mk := func() *ReadableStream {
				return &ReadableStream{r: s.r, native: true, body: core.NewBytes(whole), length: int64(len(whole))}
			}
			return mk(), mk()
		}
		s.native, s.body, s.disturbed, s.state = true, b, false, readable // put back
	}
	t := &branches{r: s.r, source: s, reader: s.acquire(), clone: clone, cancelDone: s.r.NewDeferred()}
	t.cancelDone.MarkHandled()
	isBytes := s.bytes != nil || s.controller().bytes
	t.clone = t.clone || isBytes
	for i := range t.branch {
		cancel := func(reason goja.Value) goja.Value { return t.cancel(i, reason) }
		if isBytes {
			t.branch[i] = &ReadableStream{r: s.r}
			t.branch[i].bytes = &byteController{r: s.r, stream: t.branch[i], pull: t.pull, cancel: cancel}
		} else {
			t.branch[i] = newStream(s.r, strategy{hwm: 1}, t.pull, cancel)
		}
		t.branch[i].length = s.length
	}
	for _, b := range t.branch {
		if isBytes {
			b.bytes.start(nil)
		} else {
			b.ctl.start(nil)
		}
	}
	upon(s.r, t.reader.closedPromise(), ignore, func(e goja.Value) {
		t.fail(e)
		t.settle(nil)
	})
	return t.branch[0], t.branch[1]
}

// fail errors both branches.
func (t *branches) fail(e goja.Value) {
	for _, b := range t.branch {
		if b.bytes != nil {
			b.bytes.error(e)
		} else {
			b.ctl.Error(e)
		}
	}
}

// settle resolves what cancelling the branches waits for, unless both are cancelled.
func (t *branches) settle(v goja.Value) {
	if !t.canceled[0] || !t.canceled[1] {
		t.cancelDone.Resolve(v)
	}
}

func (t *branches) pull() goja.Value {
	if t.reading {
		t.readAgain = true
		return nil
	}
	t.reading = true
	t.source.read(t)
	return nil
}

func (t *branches) cancel(i int, reason goja.Value) goja.Value {
	t.canceled[i], t.reason[i] = true, reason
	if t.canceled[0] && t.canceled[1] {
		p := t.source.cancel(t.r.RT.NewArray(t.reason[0], t.reason[1]))
		t.cancelDone.Resolve(promiseOf(t.r, p))
	}
	return t.cancelDone.Promise()
}

// chunk implements readRequest. The chunk is passed on in a microtask, so that a source
// that errors right after it is seen to.
func (t *branches) chunk(v goja.Value) {
	upon(t.r, nil, func(goja.Value) {
		t.readAgain = false
		one, two := v, v
		if t.clone && !t.canceled[1] {
			var thrown goja.Value
			if two, thrown = cloneChunk(t.r, v); thrown != nil {
				t.fail(thrown)
				t.cancelDone.Resolve(promiseOf(t.r, t.source.cancel(thrown)))
				return
			}
		}
		t.enqueue(0, one)
		t.enqueue(1, two)
		t.reading = false
		if t.readAgain {
			t.pull()
		}
	}, ignore)
}

func (t *branches) enqueue(i int, v goja.Value) {
	switch b := t.branch[i]; {
	case t.canceled[i]:
	case b.bytes != nil:
		chunk, _ := t.r.Bytes(v) // nobody else has it
		b.bytes.enqueue(spanOf(chunk))
	default:
		b.ctl.Enqueue(v)
	}
}

// close implements readRequest.
func (t *branches) close() {
	t.reading = false
	for i, b := range t.branch {
		switch {
		case t.canceled[i]:
		case b.bytes != nil:
			b.bytes.finish()
		default:
			b.ctl.Close()
		}
	}
	t.settle(nil)
}

// error implements readRequest.
func (t *branches) error(goja.Value) { t.reading = false }

// cloneChunk copies a chunk for a second reader. The chunks of a body are bytes; of other
// things only primitive values can be cloned here.
func cloneChunk(r *realm.Realm, v goja.Value) (clone, thrown goja.Value) {
	if _, ok := v.(*goja.Object); !ok {
		return v, nil
	}
	b, ok := r.Bytes(v)
	if !ok {
		return nil, notBytes(r, v)
	}
	return r.NewBytes(append(make([]byte, 0, len(b)), b...)), nil
}
