package h1

import (
	"bytes"

	"gannet/core"
	"gannet/net/h1/wire"
)

// Faults of a request that are not the parser's to find.
var (
	errTimeout  = &wire.Error{Status: 408, Clause: "RFC 9110, section 15.5.9", Reason: "the request took too long"}
	errTooLarge = &wire.Error{Status: 413, Clause: "RFC 9110, section 15.5.14", Reason: "content too large"}
	errConnect  = &wire.Error{Status: 501, Clause: "RFC 9110, section 9.3.6", Reason: "CONNECT is not supported"}
	errTrace    = &wire.Error{Status: 405, Clause: "RFC 9110, section 9.3.8", Reason: "TRACE is not allowed"}
	errInternal = &wire.Error{Status: 500, Clause: "RFC 9110, section 15.6.1", Reason: "internal error"}
)

// feed takes input and returns how many octets it used. The rest is to be given again, in
// front of what follows it: a head that is not whole; requests beyond maxPipeline; in
// blocking mode, content that nobody has asked for yet. What it used of b it may have
// overwritten.
func (c *conn) feed(b []byte) (n int) {
	c.stalled = false
	for n < len(b) {
		c.fresh = false
		switch {
		case c.inputEnd:
			c.linger = true
			c.wasted += int64(len(b) - n)
			return len(b)
		case c.body != nil:
			used := c.feedBody(b[n:])
			if n += used; used == 0 && c.body != nil {
				return n
			}
		case c.inFlight >= maxPipeline:
			c.stalled = true
			return n
		default:
			used := c.feedHead(b[n:])
			if used == 0 {
				return n
			}
			n += used
		}
	}
	return n
}

// feedHead parses a head and begins its exchange.
func (c *conn) feedHead(b []byte) (used int) {
	h := c.head
	if h == nil {
		h = c.stash.takeHead(c.srv.opts.Head)
	}
	n, err := h.Parse(b)
	switch {
	case err != nil:
		c.head = nil
		c.reject(err.(*wire.Error))
		return len(b)
	case n == 0:
		c.head = h
		return 0
	}
	c.head = nil
	used = c.begin(h, b, n)
	c.stash.putHead(h)
	return used
}

// begin makes an exchange of the head, which is the first n octets of b, and dispatches it.
// It uses content that lies behind the head as a whole.
func (c *conn) begin(h *wire.RequestHead, b []byte, n int) (used int) {
	s := &stream{conn: c, direct: c.blocking, keepAlive: h.KeepAlive, trailers: h.Trailers}
	s.Responder = s
	r := &s.Request
	h.Request(b, n, r, s.fields[:0])
	r.Scheme, r.TLS, r.Remote, r.Local = c.scheme, c.tls, c.remote, c.local
	r.Received = c.now
	s.isHead = r.Method == "HEAD"
	s.http10 = r.Proto == core.HTTP10
	c.stash.traffic.requests.Add(1)
	if r.Authority == "" { // HTTP/1.0 without Host: the name by which we were reached
		r.Authority = "localhost"
		if c.local.IsValid() {
			r.Authority = c.local.String()
		}
		r.Fields.Add("Host", r.Authority)
	}
	switch {
	case r.Method == "CONNECT":
		c.reject(errConnect)
		return len(b)
	case r.Method == "TRACE":
		c.reject(errTrace)
		return len(b)
	}
	if limit := c.srv.maxBody.Load(); limit > 0 && h.ContentLength > limit {
		c.reject(errTooLarge)
		return len(b)
	}
	used = n
	switch length := h.ContentLength; {
	case h.Chunked:
		s.expect = h.ExpectContinue
		c.chunks.Reset()
		c.expectContent(s, -1)
	case length > 0 && length <= int64(len(b)-n) && length <= maxHeld:
		r.Body = core.NewBytes(bytes.Clone(b[n : n+int(length)]))
		used += int(length)
	case length > 0:
		s.expect = h.ExpectContinue
		c.expectContent(s, length)
	}
	if !s.keepAlive {
		c.last = true
		c.inputEnd = c.body == nil
	}
	c.push(s)
	c.dispatch(s)
	return used
}

// expectContent gives s a body that is to be received; length is -1 if it is chunked.
func (c *conn) expectContent(s *stream, length int64) {
	b := &requestBody{s: s, length: length}
	if c.blocking {
		b.mu.kick = c.readKick
	}
	s.body, s.Request.Body = b, b
	c.body, c.left = b, length
	c.received, c.wasted = 0, 0
}

// dispatch hands s to the handler. Should it panic, s is answered 500 and the connection
// ends.
func (c *conn) dispatch(s *stream) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.panicked("a handler", p)
			s.keepAlive = false
			c.inputEnd, c.linger = true, true
			if !s.claimed.Swap(true) {
				s.rejected, s.ready = errInternal, true
				return
			}
			if !s.handed.CompareAndSwap(handing, handedOver) {
				s.ready = true
			}
		}
	}()
	c.disp.Dispatch(&s.Exchange)
	if !s.handed.CompareAndSwap(handing, handedOver) {
		s.ready = true
	}
}

// reject answers what came last by an error, after everything before it, and takes no
// more requests: where the next one begins is not known.
func (c *conn) reject(err *wire.Error) {
	c.srv.stats.rejected(err)
	c.inputEnd, c.linger = true, true
	s := &stream{conn: c, rejected: err, ready: true}
	s.claimed.Store(true)
	c.push(s)
}

// feedBody takes content. It uses nothing if the content cannot be taken now.
func (c *conn) feedBody(b []byte) (used int) {
	body := c.body
	if c.blocking {
		if st := body.state(); !st.waits && !st.closed {
			return 0
		}
	}
	body.s.expect = false // it did not wait for us
	var content []byte
	if c.left >= 0 {
		content = b[:min(int64(len(b)), c.left)]
		used = len(content)
		c.left -= int64(used)
	} else {
		var err error
		content, used, err = c.decode(b)
		if err != nil {
			c.breakBody(err.(*wire.Error))
			return len(b)
		}
	}
	c.received += int64(len(content))
	if limit := c.srv.maxBody.Load(); limit > 0 && c.received > limit {
		c.breakBody(errTooLarge)
		return len(b)
	}
	if len(content) > 0 {
		c.give(body, content)
	}
	if c.body == nil {
		return len(b)
	}
	if c.left == 0 || c.left < 0 && c.chunks.Done() {
		c.body = nil
		c.inputEnd = c.inputEnd || c.last
		body.end(c.chunks.Trailer())
	}
	return used
}

// decode takes the content of all chunks in b, gathered at b's start, since whoever sends
// chunks of one octet would otherwise have each cost what a large one does. A fault behind
// some content shows in the next call.
func (c *conn) decode(b []byte) (content []byte, used int, err error) {
	content, used, err = c.chunks.Next(b)
	if err != nil || len(content) == 0 || used == len(b) {
		return content, used, err
	}
	kept := copy(b, content)
	for used < len(b) && !c.chunks.Done() {
		piece, n, err := c.chunks.Next(b[used:])
		used += n
		if err != nil {
			break
		}
		kept += copy(b[kept:], piece)
	}
	return b[:kept], used, nil
}

// give hands content to its reader, or throws it away if there is none any more.
func (c *conn) give(body *requestBody, content []byte) {
	if st := body.state(); st.closed {
		if c.wasted += int64(len(content)); c.wasted > maxDiscard {
			c.dropBody()
		}
		return
	}
	if c.blocking && (len(c.lenders) == 0 || c.lenders[len(c.lenders)-1] != body) {
		c.lenders = append(c.lenders, body)
	}
	body.offer(content, !c.blocking)
}

// dropBody stops receiving content that nobody wants. The connection cannot go on.
func (c *conn) dropBody() {
	c.body.s.keepAlive = false
	c.body = nil
	c.inputEnd, c.linger = true, true
	if c.first == nil {
		c.closing = true
	}
}

// breakBody ends content that is faulty, or that did not come. If the response has not
// begun, it tells; the handler's is not waited for.
func (c *conn) breakBody(err *wire.Error) {
	c.srv.stats.rejected(err)
	body := c.body
	s := body.s
	c.body = nil
	c.inputEnd, c.linger = true, true
	s.keepAlive = false
	body.fail(err)
	switch {
	case s.done:
		c.closing = true
	case !s.started:
		if s.ready && s.resp != nil {
			s.resp.Discard()
			s.resp = nil
		}
		s.rejected, s.ready = err, true
		s.Cancel(core.ErrClientGone)
	}
}

// bodyOverdue says, when content made no progress for BodyTimeout, whether that ends the
// connection: if its reader waits, the client is to blame; if it does not, time is the
// handler's until it has answered.
func (c *conn) bodyOverdue() bool {
	return c.body != nil && (c.body.s.done || c.body.state().waits)
}

// refeed gives feed the input that is held.
func (c *conn) refeed() {
	n := c.feed(c.held)
	switch {
	case n == len(c.held):
		c.held = nil // connections with held input are few; none keeps the memory
	case n > 0:
		c.held = c.held[:copy(c.held, c.held[n:])]
	}
}
