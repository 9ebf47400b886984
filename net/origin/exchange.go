package origin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"gannet/core"
	"gannet/net/h1/wire"
)

// This file is hot: one round trip over a kept connection. Budget beside the system calls
// (a peek, one write, two reads): a goroutine, the response, its field list, the text of its head
// and the copy of a small body. BenchmarkFetch and TestAllocs guard it.

const (
	// readSize is the size in bytes of a read buffer: a head and a small body in one read,
	// and a chunk large enough that the goroutine switch of a streamed one does not show.
	readSize = 32 << 10
	// smallBody is the longest body, in bytes, that is handed on as one block of memory if it
	// has arrived with its head.
	smallBody = 64 << 10
	// maxInterim bounds the 1xx responses before a final one; nobody sends more than two.
	maxInterim = 16
	// oneWrite is the size in bytes up to which a body is copied behind its head, so that
	// both leave by one system call without a vector.
	oneWrite = 16 << 10
)

// scratch is what an exchange works with. The goroutine of the exchange owns it, then the
// streaming body, which gives it back when no reader can hold a chunk of it.
type scratch struct {
	in   []byte // readSize bytes, or more for a large head
	r, w int    // in[r:w] is read and not consumed
	out  []byte
	head wire.ResponseHead
}

var scratches = sync.Pool{New: func() any { return &scratch{in: make([]byte, readSize)} }}

func getScratch() *scratch { return scratches.Get().(*scratch) }

func (sc *scratch) free() {
	if len(sc.in) > readSize || cap(sc.out) > 2*readSize {
		return // grown for a rare case: not to be kept
	}
	sc.r, sc.w = 0, 0
	sc.out = sc.out[:0]
	sc.head.Reset()
	scratches.Put(sc)
}

// roundTrip sends out over cn and reads the response's head. It takes cn over.
func (c *Client) roundTrip(ctx context.Context, cn *conn, t *target, out *outgoing) (*core.Response, attempt) {
	survived := false
	defer func() {
		if !survived {
			cn.kill() // the body panicked; see caught
		}
	}()
	release := func() bool { return true }
	if ctx.Done() != nil {
		release = context.AfterFunc(ctx, cn.kill)
	}
	sc := getScratch()
	x := &trip{c: c, ctx: ctx, cn: cn, sc: sc, release: release}
	sent, writeErr := x.send(t, out)
	survived = true // nothing below is anybody else's
	if writeErr != nil && !(sent && isBroken(writeErr)) {
		return nil, x.fail(t, writeErr, sent, isBroken(writeErr))
	}
	// An origin that stopped reading may have answered why before it closed.
	x.spent = writeErr != nil
	if err := x.readHead(out.method); err != nil {
		return nil, x.fail(t, err, true, sc.w == 0 && isBroken(err))
	}
	return x.response(), attempt{}
}

// trip is one request and response on one connection.
type trip struct {
	c       *Client
	ctx     context.Context
	cn      *conn
	sc      *scratch
	up      *upload     // nil unless the request has a streaming body
	release func() bool // ends the watch on ctx; false if that has closed the connection
	spent   bool        // the connection is of no use afterwards
	headLen int
}

// fail ends a trip without a response.
func (x *trip) fail(t *target, err error, sent, stale bool) attempt {
	x.release()
	x.cn.kill()
	x.sc.free()
	if x.up != nil {
		// What broke the request comes before what that did to the response.
		if cause := x.up.cause(); cause != nil {
			err = cause
		}
		x.up.cut()
	}
	if cause := cancelled(x.ctx); cause != nil {
		return attempt{err: fmt.Errorf("%v: %w", t.key, cause), sent: sent}
	}
	return attempt{err: brokenError(t.key, "awaiting the response", err), sent: sent, stale: stale}
}

// brokenError wraps what went wrong on a connection to key.
func brokenError(key poolKey, what string, err error) error {
	kind := core.ErrOriginDown
	if isTimeout(err) {
		kind = core.ErrOriginTimeout
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%v: %w: %s: %w", key, kind, what, err)
}

// cancelled returns why ctx ended, or nil.
func cancelled(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}

// isBroken reports whether err is that of a connection the other side has ended.
func isBroken(err error) bool {
	if isTimeout(err) {
		return false
	}
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &op)
}

// send writes the head and a body that lies in memory, and starts the upload of another.
// sent is whether anything may have left when it failed.
func (x *trip) send(t *target, o *outgoing) (sent bool, err error) {
	sc, cn := x.sc, x.cn
	sc.out = o.appendHead(sc.out[:0], t)
	now := time.Now()
	var n int64
	body := o.body
	switch {
	case len(o.bytes) > smallBody:
		// Too long to be sure that the origin takes it before it answers.
		body = core.NewBytes(o.bytes)
		fallthrough
	case o.body != nil:
		var k int
		k, err = cn.Write(sc.out)
		n = int64(k)
	case len(o.bytes) > oneWrite:
		_ = cn.SetWriteDeadline(now.Add(x.c.o.IdleTimeout))
		cn.writeLimited = true
		parts := net.Buffers{sc.out, o.bytes}
		n, err = parts.WriteTo(cn.Conn)
	default:
		// No deadline: what is this small fits into an empty send buffer.
		sc.out = append(sc.out, o.bytes...)
		var k int
		k, err = cn.Write(sc.out)
		n = int64(k)
	}
	if err != nil && n == 0 {
		return false, err
	}
	if err != nil || body == nil {
		cn.armRead(now, x.c.o.FirstByteTimeout)
		return true, err
	}
	// The origin may answer at any time, but its time starts when it has all of the body.
	_ = cn.SetReadDeadline(time.Time{})
	cn.readBy = time.Time{}
	x.up = newUpload(x.c, cn, body)
	o.consumed = o.body != nil
	o.body = nil
	go x.up.run() // ends with the body, which cut closes at the latest
	return true, nil
}

// readHead reads up to the end of the final response's head.
func (x *trip) readHead(method string) error {
	sc := x.sc
	for interim := 0; ; {
		if sc.w > sc.r {
			n, err := sc.head.Parse(sc.in[sc.r:sc.w], method)
			if err != nil {
				return err
			}
			if n > 0 {
				x.headLen = n
				if sc.head.Status == 101 || sc.head.Status > 599 {
					return fmt.Errorf("response with status %d, which was not asked for", sc.head.Status)
				}
				if sc.head.Status >= 200 {
					break
				}
				if interim++; interim > maxInterim {
					return errors.New("too many interim responses")
				}
				sc.r += n
				sc.head.Reset()
				continue
			}
		}
		if sc.w == len(sc.in) {
			// A head that does not fit. The parser's limit ends this.
			bigger := sc.in
			if sc.r == 0 {
				bigger = make([]byte, 2*len(sc.in))
			}
			sc.w = copy(bigger, sc.in[sc.r:sc.w])
			sc.in, sc.r = bigger, 0
		}
		n, err := x.cn.Read(sc.in[sc.w:])
		sc.w += n
		if n == 0 && err != nil {
			return err
		}
	}
	if x.up != nil {
		x.up.headSeen()
		x.cn.readBy = time.Time{} // the upload may have set another
	}
	return nil
}

// response makes the response of the head that was read, and settles what becomes of the
// connection.
func (x *trip) response() *core.Response {
	sc := x.sc
	head := &sc.head
	resp := new(core.Response)
	head.Response(sc.in[sc.r:], x.headLen, resp, make(core.Fields, 0, 12))
	sc.r += x.headLen
	b := body{trip: *x, framing: head.Framing, keepAlive: head.KeepAlive}
	var content []byte
	whole := false
	switch head.Framing {
	case wire.NoContent:
		whole = true
	case wire.ByLength:
		if b.left = head.ContentLength; b.left <= smallBody {
			content, whole = b.collect(int(b.left))
		} else {
			content = b.take()
		}
	case wire.ByChunks:
		content = b.take()
		if b.failed == nil && !b.dec.Done() && b.more() {
			content = b.decode(len(content)) // the last chunk is often a packet of its own
		}
		if b.failed == nil && b.dec.Done() && b.dec.Trailer() == nil {
			content, whole = bytes.Clone(content), true
		}
	case wire.UntilClose:
		content = b.take()
	}
	if whole {
		b.settle(true)
		sc.free()
		resp.Body = core.NewBytes(content)
		return resp
	}
	stream := &streamBody{b: b, length: -1}
	if head.Framing == wire.ByLength {
		stream.length = head.ContentLength
	}
	stream.mu.pending = content
	resp.Body = stream
	return resp
}
