package origin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gannet/core"
	"gannet/net/h1/wire"
)

// outgoing is a request on its way. It belongs to the goroutine of the exchange until an
// upload takes its body.
type outgoing struct {
	method string
	fields core.Fields
	bytes  []byte    // a body that lies in memory: it can be sent again
	body   core.Body // a body that streams; nil otherwise
	// consumed is set once something was taken from body.
	consumed bool
}

// idempotent reports whether the request may be sent again when it is unknown whether the
// origin acted on it (RFC 9110, section 9.2.2).
func (o *outgoing) idempotent() bool {
	switch o.method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	}
	return false
}

// refuse closes the body, if it is still here, and returns err.
func (o *outgoing) refuse(err error) error {
	if o.body != nil {
		o.body.Close(err)
	}
	return err
}

// appendHead appends the head of the request to t.
func (o *outgoing) appendHead(b []byte, t *target) []byte {
	b = wire.AppendRequestLine(b, o.method, t.path)
	b = wire.AppendField(b, "Host", t.host)
	nominated, _ := o.fields.Joined("Connection") // there should be none
	for i := range o.fields {
		name := o.fields[i].Name
		// Expect is not passed on: nobody here would wait, and the origin's 100 would find a
		// client that already sent its body.
		if !wire.Passes(name) || len(name) == 6 && strings.EqualFold(name, "Expect") {
			continue
		}
		if nominated != "" && o.fields.HasToken("Connection", name) {
			continue
		}
		b = wire.AppendField(b, name, o.fields[i].Value)
	}
	switch {
	case o.body != nil && o.body.Length() < 0:
		b = wire.AppendChunked(b)
	case o.body != nil:
		b = wire.AppendLength(b, o.body.Length())
	case len(o.bytes) > 0:
		b = wire.AppendLength(b, int64(len(o.bytes)))
	case o.method == "POST" || o.method == "PUT" || o.method == "PATCH":
		b = wire.AppendLength(b, 0) // RFC 9110, section 8.6: these define a meaning for content
	}
	return append(b, wire.CRLF...)
}

// upload sends a streaming body while the response may already be arriving. Its goroutine
// ends when the body ends, or when halt closes it: a Next under way then still calls back.
type upload struct {
	cn      *conn
	body    core.Body
	left    int64 // of a known length; negative for chunked
	timeout time.Duration
	first   time.Duration // the wait for the first byte of the response, from the end of the body

	sent atomic.Bool // everything was sent
	mu   struct {
		sync.Mutex
		answered bool  // a response head is there: the read deadline is the reader's
		err      error // why the body could not be sent
	}
}

// uploadPiece is how much of a body is written at once, in bytes: the idle time-out starts
// anew with each piece, and a chunk of the chunked coding is no longer.
const uploadPiece = 64 << 10

type chunkResult struct {
	chunk []byte
	err   error
}

// run sends the body. It is the goroutine of the upload.
func (u *upload) run() {
	ready := make(chan chunkResult, 1)
	done := func(chunk []byte, err error) { ready <- chunkResult{chunk, err} }
	var out []byte
	var deadline time.Time
	for {
		u.body.Next(done)
		r := <-ready
		if r.err != nil {
			u.end(r.err)
			return
		}
		if u.left >= 0 {
			if u.left -= int64(len(r.chunk)); u.left < 0 {
				u.abort(errors.New("request body is longer than its length"))
				return
			}
		}
		for rest := r.chunk; len(rest) > 0; {
			piece := rest[:min(len(rest), uploadPiece)]
			rest = rest[len(piece):]
			if u.left < 0 {
				out = wire.AppendChunk(out[:0], piece)
				piece = out
			}
			if now := time.Now(); deadline.Sub(now) < u.timeout-u.timeout/16 {
				deadline = now.Add(u.timeout)
				_ = u.cn.SetWriteDeadline(deadline)
			}
			if _, err := u.cn.Write(piece); err != nil {
				u.broken(err)
				return
			}
		}
	}
}

// end handles the end of the body; err is io.EOF if it is a good one.
func (u *upload) end(err error) {
	switch {
	case !isEOF(err):
		u.abort(err)
		return
	case u.left > 0:
		u.abort(fmt.Errorf("request body ended %d bytes before its length", u.left))
		return
	case u.left < 0:
		if _, err := u.cn.Write(wire.AppendLastChunk(nil, trailerOf(u.body))); err != nil {
			u.broken(err)
			return
		}
	}
	u.mu.Lock()
	if !u.mu.answered {
		_ = u.cn.SetReadDeadline(time.Now().Add(u.first))
	}
	u.sent.Store(true)
	u.mu.Unlock()
}

func trailerOf(b core.Body) core.Fields {
	if t, ok := b.(core.Trailered); ok {
		return t.Trailer()
	}
	return nil
}

// abort: the body cannot be completed, so the origin must not take it for complete.
func (u *upload) abort(err error) {
	u.fail(err)
	u.body.Close(err)
	u.cn.kill()
}

// broken: the origin takes no more. It may have answered why before it closed, so the
// connection is left to the reader, who need not wait long for what is there already.
func (u *upload) broken(err error) {
	u.fail(err)
	u.body.Close(err)
	if isTimeout(err) {
		u.cn.kill()
		return
	}
	u.mu.Lock()
	if !u.mu.answered {
		_ = u.cn.SetReadDeadline(time.Now().Add(u.first))
	}
	u.mu.Unlock()
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

// cut ends an upload that the origin no longer needs. The connection is of no use then.
func (u *upload) cut() { u.body.Close(core.ErrAbandoned) }

// cancelled returns why ctx ended, or nil.
func cancelled(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
