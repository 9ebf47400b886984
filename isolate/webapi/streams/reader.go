package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// readRequest is a read request (Streams, section 4.2.4): exactly one of its methods is
// called, once.
type readRequest interface {
	chunk(v goja.Value)
	close()
	error(e goja.Value)
}

// reader is the Go value behind a ReadableStreamDefaultReader, and what Go code locks a
// stream with (Streams, section 4.4).
type reader struct {
	r        *realm.Realm
	stream   *ReadableStream // nil once released
	requests fifo[readRequest]
	byob     *byobReader // set in a BYOB reader
	// closed is the closed promise, nil until somebody wants it: its state follows from
	// the stream's.
	closed *realm.Deferred
}

// acquire is AcquireReadableStreamDefaultReader; it throws if the stream is locked.
func (s *ReadableStream) acquire() *reader {
	if s.locked() {
		s.r.ThrowType("This ReadableStream is currently locked to a reader.")
	}
	rd := &reader{r: s.r, stream: s}
	s.reader = rd
	return rd
}

// closedPromise returns the closed promise.
func (rd *reader) closedPromise() *goja.Object {
	if rd.closed == nil {
		rd.closed = rd.r.NewDeferred()
		rd.closed.MarkHandled()
		switch s := rd.stream; {
		case s == nil:
			rd.closed.Reject(rd.releasedError())
		case s.state == closed:
			rd.closed.Resolve(goja.Undefined())
		case s.state == errored:
			rd.closed.Reject(s.stored)
		}
	}
	return rd.closed.Promise()
}

// settleClosed settles the closed promise, if it was asked for: with e, or, if that is nil,
// with undefined.
func (rd *reader) settleClosed(e goja.Value) {
	switch {
	case rd.closed == nil:
	case e == nil:
		rd.closed.Resolve(goja.Undefined())
	default:
		rd.closed.Reject(e)
	}
}

func (rd *reader) releasedError() goja.Value {
	return rd.r.NewError("TypeError", "This ReadableStream reader has been released.")
}

// release is ReadableStreamDefaultReaderRelease.
func (rd *reader) release() {
	s := rd.stream
	e := rd.releasedError()
	if rd.closed != nil {
		if s.state != readable {
			rd.closed = rd.r.NewDeferred()
			rd.closed.MarkHandled()
		}
		rd.closed.Reject(e)
	}
	if s.bytes != nil {
		s.bytes.releaseSteps()
	}
	s.reader, rd.stream = nil, nil
	rd.errorRequests(e)
}

func (rd *reader) errorRequests(e goja.Value) {
	for _, req := range rd.requests.drain() {
		req.error(e)
	}
	if rd.byob != nil {
		for _, req := range rd.byob.into.drain() {
			req.fail(e)
		}
	}
}

// promiseRead is the read request of reader.read().
type promiseRead struct {
	r *realm.Realm
	p *goja.Promise
}

func (q *promiseRead) chunk(v goja.Value) { q.fulfill(v, false) }
func (q *promiseRead) close()             { q.fulfill(goja.Undefined(), true) }
func (q *promiseRead) error(e goja.Value) { hook.Reject(q.p, e) }

// fulfill resolves the promise with an iterator result. Only a script that gave
// Object.prototype a then can tell resolving it from fulfilling it, which costs a fifth.
func (q *promiseRead) fulfill(v goja.Value, done bool) {
	res := hook.IterResult(q.r.RT, v, done)
	if res.(*goja.Object).Get("then") == nil {
		hook.Fulfill(q.p, res)
		return
	}
	hook.Resolve(q.p, res)
}

// readPromise is the read method.
func (rd *reader) readPromise() goja.Value {
	if rd.stream == nil {
		return rd.r.Rejected(rd.releasedError())
	}
	q := &promiseRead{r: rd.r, p: hook.NewPromise(rd.r.RT)}
	rd.stream.read(q)
	return hook.PromiseValue(q.p)
}

var readerInterface = &realm.Interface{Name: "ReadableStreamDefaultReader", Length: 1}

func declareReader() {
	readerInterface.New = func(a realm.Args) any {
		return streamArg(a, a.Get(0)).acquire()
	}
	readerInterface.Members = append(readerMembers[*reader](),
		realm.Async("read", 0, func(rd *reader, a realm.Args) goja.Value { return rd.readPromise() }))
}

// readerMembers are the members of ReadableStreamGenericReader, with releaseLock.
func readerMembers[T interface{ generic() *reader }]() []realm.Member {
	return []realm.Member{
		realm.Attr("closed", func(t T, a realm.Args) goja.Value { return t.generic().closedPromise() }, nil),
		realm.Async("cancel", 0, func(t T, a realm.Args) goja.Value {
			rd := t.generic()
			if rd.stream == nil {
				a.Throw(rd.releasedError())
			}
			return promiseOf(a.Realm, rd.stream.cancel(a.Get(0)))
		}),
		realm.Method("releaseLock", 0, func(t T, a realm.Args) goja.Value {
			if rd := t.generic(); rd.stream != nil {
				rd.release()
			}
			return goja.Undefined()
		}),
	}
}

func (rd *reader) generic() *reader { return rd }

// streamArg converts an argument of type ReadableStream.
func streamArg(a realm.Args, v goja.Value) *ReadableStream {
	s, ok := realm.As[*ReadableStream](v)
	if !ok {
		a.ThrowType("The provided value is not of type 'ReadableStream'.")
	}
	return s
}
