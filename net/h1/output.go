package h1

import (
	"io"
	"strconv"

	"gannet/core"
	"gannet/net/h1/wire"
)

// advance appends to the output whatever can be answered now, in the order of the
// requests. It stops at a response that is not there, and at content that must be pulled:
// the driver writes, then pulls.
func (c *conn) advance() {
	for s := c.first; s != nil && !c.dead; s = c.first {
		if s.want100 {
			s.want100 = false
			if s.expect && !s.started {
				s.expect = false
				c.out = append(c.buf(), wire.Continue...)
			}
		}
		if !s.ready {
			return
		}
		if !s.started {
			c.start(s)
		}
		if s.content != nil && !c.stream(s) {
			return
		}
		if c.first == s {
			c.finish(s)
		}
	}
}

// buf returns the output to append to.
func (c *conn) buf() []byte {
	if c.out == nil {
		c.out = c.stash.takeBuf()
	}
	return c.out
}

// pullable returns the stream whose content is to be pulled next once all output is
// written, or nil.
func (c *conn) pullable() *stream {
	s := c.first
	if s == nil || s.content == nil || s.pull != noPull && s.pull != needsFlush {
		return nil
	}
	return s
}

// start appends the head of the response to s, and its content if that lies in memory.
func (c *conn) start(s *stream) {
	s.started = true
	if s.rejected != nil { // then resp may still be somebody else's
		c.startError(s)
		return
	}
	resp := s.resp
	if resp == nil || resp.Status < 200 || resp.Status > 999 {
		c.srv.opts.Log.Error("h1: a handler gave no valid response", "target", s.Request.Target)
		resp.Discard()
		s.rejected = errInternal
		c.startError(s)
		return
	}
	body := resp.Body
	if body != nil && (s.isHead || resp.Status == 204 || resp.Status == 304) {
		defer body.Close(core.ErrAbandoned)
	}
	bare := s.isHead || resp.Status == 204 || resp.Status == 304
	var content []byte
	length := int64(0)
	if body != nil {
		if b, ok := core.TakeBytes(body); ok {
			content, length = b, int64(len(b))
		} else if length = body.Length(); !bare {
			s.content = body
		}
	}
	s.closing = c.mustClose(s) || s.content != nil && length < 0 && s.http10

	out := wire.AppendStatusLine(c.buf(), resp.Status, resp.Reason)
	hasDate, hasLength := false, false
	for i := range resp.Fields {
		f := &resp.Fields[i]
		if !wire.Passes(f.Name) {
			if bare && resp.Status != 204 && !hasLength && isLength(f.Name) {
				if n, err := strconv.ParseUint(f.Value, 10, 63); err == nil {
					hasLength = true
					out = wire.AppendLength(out, int64(n))
				}
			}
			continue
		}
		hasDate = hasDate || isDate(f.Name)
		out = wire.AppendField(out, f.Name, f.Value)
	}
	switch {
	case bare:
		if s.isHead && !hasLength && body != nil && length >= 0 && resp.Status != 204 && resp.Status != 304 {
			out = wire.AppendLength(out, length)
		}
	case length >= 0:
		s.left = length
		out = wire.AppendLength(out, length)
	case s.http10:
		s.left = -1
	default:
		s.left = -1
		s.chunked = true
		out = wire.AppendChunked(out)
	}
	c.out = c.endHead(out, s, hasDate)
	if len(content) > 0 && !bare {
		c.appendContent(content)
	}
}

// mustClose reports whether the connection has to end with the response to s.
func (c *conn) mustClose(s *stream) bool {
	switch {
	case !s.keepAlive:
		return true
	case s.follower != nil || c.stalled:
		return false // others are to be answered first
	case c.draining, c.eof && c.body == nil:
		return true
	}
	// Content that nobody asked for: if it is not even sent yet, or is long, not reading it
	// is cheaper than keeping the connection. (A streamed response may still ask for it.)
	return s.content == nil && s.body != nil && c.body == s.body && !s.body.state().asked &&
		(s.expect || c.left > maxDiscard)
}

// endHead appends the lines every response has, and the empty one.
func (c *conn) endHead(out []byte, s *stream, hasDate bool) []byte {
	switch {
	case s.closing:
		out = append(out, "Connection: close\r\n"...)
	case s.http10:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	if !hasDate {
		out = wire.AppendDate(out, c.now)
	}
	return append(out, wire.CRLF...)
}

// startError appends a whole response that says what was wrong with the request.
func (c *conn) startError(s *stream) {
	s.closing = true
	err := s.rejected
	text := strconv.Itoa(err.Status) + " " + wire.ReasonPhrase(err.Status) + ": " + err.Reason + "\n"
	out := wire.AppendStatusLine(c.buf(), err.Status, "")
	out = append(out, "Content-Type: text/plain; charset=utf-8\r\n"...)
	if err.Status == 405 {
		out = append(out, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"...)
	}
	out = wire.AppendLength(out, int64(len(text)))
	out = c.endHead(out, s, false)
	if !s.isHead {
		out = append(out, text...)
	}
	c.out = out
}

// appendContent appends content, by reference if it is long.
func (c *conn) appendContent(content []byte) {
	if len(content) <= copyMax {
		c.out = append(c.buf(), content...)
		return
	}
	c.cut()
	c.segs = append(c.segs, content)
}

// cut moves what is in out behind the last cut into segs.
func (c *conn) cut() {
	if len(c.out) > c.from {
		c.segs = append(c.segs, c.out[c.from:len(c.out):len(c.out)])
		c.from = len(c.out)
	}
}

// stream appends what the last pull of s gave. It reports whether the content is complete.
func (c *conn) stream(s *stream) bool {
	if s.pull != pullEnded {
		return false
	}
	chunk, err := s.chunk, s.err
	s.chunk = nil
	switch {
	case err == io.EOF && s.left <= 0:
		if s.chunked {
			c.out = c.appendLastChunk(c.buf(), s)
		}
		s.content = nil
		return true
	case err != nil, s.left >= 0 && int64(len(chunk)) > s.left:
		c.cutShort(s, err)
		return false
	}
	if s.left >= 0 {
		s.left -= int64(len(chunk))
	}
	s.sent += int64(len(chunk))
	if s.chunked {
		c.out = wire.AppendChunkHead(c.buf(), len(chunk))
		c.appendContent(chunk)
		c.out = append(c.buf(), wire.CRLF...)
	} else {
		c.appendContent(chunk)
	}
	s.pull = needsFlush
	return false
}

func (c *conn) appendLastChunk(out []byte, s *stream) []byte {
	if t, ok := s.content.(core.Trailered); ok && s.trailers {
		return wire.AppendLastChunk(out, t.Trailer())
	}
	return append(out, wire.LastChunk...)
}

// cutShort ends a response whose content failed, or had not the length it said. The
// client can only be told by the end of the connection.
func (c *conn) cutShort(s *stream, err error) {
	if err == nil || err == io.EOF {
		c.srv.opts.Log.Error("h1: the content of a response has not the length it was said to have",
			"target", s.Request.Target)
		err = core.ErrAbandoned
	}
	c.srv.stats.cut.Add(1)
	c.reset = !s.chunked && s.left < 0
	c.inputEnd, c.closing = true, true
	if c.body != nil {
		c.body.fail(core.ErrAbandoned)
		c.body = nil
	}
	c.abandonAll(err)
}

// finish takes s, which is answered, out of the pipeline.
func (c *conn) finish(s *stream) {
	s.done = true
	c.first = s.follower
	s.follower = nil
	c.inFlight--
	if c.first == nil {
		c.final = nil
	}
	c.stash.traffic.responses.Add(1)
	if s.closing {
		c.inputEnd, c.closing = true, true
		if c.body != nil {
			c.linger = true
			c.body.fail(core.ErrAbandoned)
			c.body = nil
		}
		c.abandonAll(core.ErrClientGone)
		return
	}
	if s.body == nil || c.body != s.body {
		// The input may have ended, by the client or by a fault, after the head was sent.
		c.closing = c.inputEnd && c.first == nil
		return
	}
	// The content is not all here yet. A reader that waits for more gets it (it may read on
	// after it has answered); otherwise the rest is discarded, up to a bound.
	if st := s.body.state(); !st.waits {
		s.body.Close(core.ErrAbandoned)
		if c.left > maxDiscard {
			c.dropBody()
		}
	}
}

func isLength(name string) bool { return len(name) == 14 && fold(name, "content-length") }
func isDate(name string) bool   { return len(name) == 4 && fold(name, "date") }

// fold compares name with s, which is lower-case letters and "-", without regard to case.
func fold(name, s string) bool {
	for i := range len(s) {
		if name[i]|0x20 != s[i] {
			return false
		}
	}
	return true
}
