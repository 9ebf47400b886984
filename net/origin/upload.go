package origin

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"gannet/core"
	"gannet/net/h1/wire"
)

// uploadPiece is how much of a body is written at once, in bytes: the idle time-out starts
// anew with each piece, and a chunk of the chunked coding is no longer.
const uploadPiece = 64 << 10

// upload sends a streaming body while the response may already be arriving. Its goroutine
// ends when the body ends, or when cut closes it: a Next under way then still calls back.
//
// The connection is shared with the reader of the response: one writes, the other reads.
// Whoever of the two is done last gives it back, and if the response ends before the last
// bytes of the request were on their way, nobody does.
type upload struct {
	c       *Client
	cn      *conn
	body    core.Body
	known   bool          // the body has a length
	left    int64         // of that
	timeout time.Duration // for one piece
	first   time.Duration // the wait for the first byte of the response, from the end of the body
	framed  []byte        // a chunk as it is sent

	mu struct {
		sync.Mutex
		answered bool   // a response head is there: the read deadline is the reader's
		last     bool   // the last bytes are being written
		sent     bool   // everything was sent; the connection is not touched any more
		heir     func() // what becomes of the connection then
		err      error  // why the body could not be sent
	}
}

func newUpload(c *Client, cn *conn, body core.Body) *upload {
	n, o := body.Length(), &c.o
	return &upload{c: c, cn: cn, body: body, known: n >= 0, left: n, timeout: o.IdleTimeout, first: o.FirstByteTimeout}
}

type chunkResult struct {
	chunk []byte
	err   error
}

// run sends the body. It is the goroutine of the upload.
func (u *upload) run() {
	defer u.c.caught("sending a body", u.abort)
	ready := make(chan chunkResult, 1)
	done := func(chunk []byte, err error) { ready <- chunkResult{chunk, err} }
	next := func() ([]byte, error) {
		u.body.Next(done)
		r := <-ready
		return r.chunk, r.err
	}
	for !u.known || u.left > 0 {
		chunk, err := next()
		switch {
		case err == io.EOF && !u.known:
			u.mark()
			if !u.write(wire.AppendLastChunk(nil, trailerOf(u.body))) {
				return
			}
			u.finish()
			return
		case err == io.EOF:
			u.abort(fmt.Errorf("request body ended %d bytes before its length", u.left))
			return
		case err != nil:
			u.abort(err)
			return
		case u.known && int64(len(chunk)) > u.left:
			u.abort(errors.New("request body is longer than its length"))
			return
		}
		if !u.send(chunk) {
			return
		}
	}
	// All bytes that were promised are sent. The body is read to its end for its own sake.
	u.finish()
	if _, err := next(); err == nil {
		u.body.Close(core.ErrAbandoned)
	}
}

// send writes a chunk of the body in pieces.
func (u *upload) send(chunk []byte) bool {
	for len(chunk) > 0 {
		piece := chunk[:min(len(chunk), uploadPiece)]
		chunk = chunk[len(piece):]
		if u.known {
			if u.left -= int64(len(piece)); u.left == 0 {
				u.mark()
			}
		} else {
			u.framed = wire.AppendChunk(u.framed[:0], piece)
			piece = u.framed
		}
		if !u.write(piece) {
			return false
		}
	}
	return true
}

func (u *upload) write(b []byte) bool {
	_ = u.cn.SetWriteDeadline(time.Now().Add(u.timeout))
	if _, err := u.cn.Write(b); err != nil {
		u.broken(err)
		return false
	}
	return true
}

func trailerOf(b core.Body) core.Fields {
	if t, ok := b.(core.Trailered); ok {
		return t.Trailer()
	}
	return nil
}

// mark says that the last bytes are about to be written: an origin that answers from now
// on may have seen all of the request.
func (u *upload) mark() {
	u.mu.Lock()
	u.mu.last = true
	u.mu.Unlock()
}

// finish hands the connection over: everything is sent.
func (u *upload) finish() {
	_ = u.cn.SetWriteDeadline(time.Time{})
	u.mu.Lock()
	if !u.mu.answered {
		_ = u.cn.SetReadDeadline(time.Now().Add(u.first))
	}
	u.mu.sent = true
	heir := u.mu.heir
	u.mu.Unlock()
	if heir != nil {
		heir()
	}
}

// settle has keep called, which takes the connection, once the upload is over with it, and
// reports whether that is or will be so. Otherwise the caller has the connection, and the
// upload is cut.
func (u *upload) settle(keep func()) bool {
	u.mu.Lock()
	sent, wait := u.mu.sent, u.mu.last && u.mu.err == nil
	if wait && !sent {
		u.mu.heir = keep
	}
	u.mu.Unlock()
	switch {
	case sent:
		keep()
	case !wait:
		u.cut()
	}
	return sent || wait
}

// abort: the body cannot be completed, so the origin must not take it for complete.
func (u *upload) abort(err error) {
	u.fail(err)
	u.cn.kill()
	u.body.Close(err)
}

// broken: the origin takes no more. It may have answered why before it closed, so the
// connection is left to the reader, who need not wait long for what is there already.
func (u *upload) broken(err error) {
	u.fail(err)
	u.body.Close(err)
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case isTimeout(err) || u.mu.heir != nil:
		u.cn.kill()
	case !u.mu.answered:
		_ = u.cn.SetReadDeadline(time.Now().Add(u.first))
	}
}

func (u *upload) fail(err error) {
	u.mu.Lock()
	u.mu.err = err
	u.mu.Unlock()
}

// headSeen hands the read deadline over to the reader.
func (u *upload) headSeen() {
	u.mu.Lock()
	u.mu.answered = true
	u.mu.Unlock()
}

// cause is why the upload failed, or nil.
func (u *upload) cause() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.mu.err
}

// cut ends an upload that nobody needs any more, by closing its body.
func (u *upload) cut() { u.body.Close(core.ErrAbandoned) }
