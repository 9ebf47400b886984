package h1

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"gannet/core"
)

// endFlag says that a connection has ended and nobody drains its inbox any more.
type endFlag struct{ atomic.Bool }

// Sizes of blocking mode, in bytes.
const (
	// readSize is the read buffer of a transfer: what one costs, with two goroutines. It is
	// the largest TLS record twice over. Until that much comes, readSizeSmall does, so that
	// idle TLS connections are not dear.
	readSize      = 32 << 10
	readSizeSmall = 4 << 10
	// writePiece is how much one write is given, which is what WriteTimeout is for.
	writePiece = 256 << 10
	// maxReadBuf bounds the read buffer grown for a head; the parser's limits end heads
	// before it.
	maxReadBuf = 1 << 20
)

// longAgo makes a Read or Write under way return.
var longAgo = time.Unix(1, 0)

// beginBlocking makes c ready for the blocking driver. On a loop it is called by it.
func (c *conn) beginBlocking() {
	c.blocking = true
	if c.kick == nil {
		c.kick, c.readKick = make(chan struct{}, 1), make(chan struct{}, 1)
	}
	if c.body != nil {
		c.body.setKick(c.readKick)
	}
}

// deliver puts s, which has news, into c's own queue.
func (c *conn) deliver(s *stream) {
	c.inbox.push(s)
	c.signal()
	if c.ended.Load() {
		discardAll(&c.inbox)
	}
}

// signal wakes the writer.
func (c *conn) signal() { poke(c.kick) }

func poke(kick chan struct{}) {
	select {
	case kick <- struct{}{}:
	default: // it is awake already
	}
}

// discardAll closes the bodies of responses that nobody can be sent any more. Whoever
// takes a stream out of q does so alone, so each is discarded once.
func discardAll(q *streamQueue) {
	for s := q.takeAll(); s != nil; {
		next := s.queued
		if s.news.Swap(0)&newsResponse != 0 {
			s.resp.Discard()
		}
		s = next
	}
}

// serveDescriptor goes on with a connection that left its loop. It owns fd.
func (c *conn) serveDescriptor(fd int) {
	file := os.NewFile(uintptr(fd), "h1")
	nc, err := net.FileConn(file)
	_ = file.Close() // FileConn has duplicated it
	if err != nil {
		c.srv.opts.Log.Error("h1: cannot adopt a socket", "error", err)
		c.mu.Lock()
		c.die(core.ErrClientGone)
		c.mu.Unlock()
		c.endBlocking()
		return
	}
	c.serveBlocking(nc)
}

// serveBlocking serves c over nc, which it owns, by two goroutines: this one writes,
// another reads.
func (c *conn) serveBlocking(nc net.Conn) {
	c.mu.Lock()
	c.nc = nc
	c.disp, c.stash = c.srv.opts.Handler.NewDispatcher(), &stash{traffic: &c.srv.blockingTraffic}
	c.now = time.Now()
	c.mu.Unlock()
	c.srv.addBlocking(c)
	readerDone := make(chan struct{})
	go func() {
		defer close(readerDone)
		defer c.crashed()
		c.read(nc)
	}()
	back := c.write(nc, readerDone)
	if !back {
		c.mu.Lock()
		if c.linger && !c.eof && !c.dead {
			closeWrite(nc)
			_ = nc.SetReadDeadline(time.Now().Add(lingerTimeout))
		} else {
			if tcp, ok := nc.(*net.TCPConn); ok && c.reset {
				_ = tcp.SetLinger(0)
			}
			_ = nc.SetReadDeadline(longAgo)
		}
		c.die(core.ErrClientGone)
		c.mu.Unlock()
	}
	poke(c.readKick)
	<-readerDone
	c.srv.removeBlocking(c)
	if back && c.loop.enroll(c, nc) {
		return
	}
	_ = nc.Close()
	c.mu.Lock()
	c.die(core.ErrClientGone)
	c.mu.Unlock()
	c.endBlocking()
}

// endBlocking is the end of c.
func (c *conn) endBlocking() {
	c.ended.Store(true)
	discardAll(&c.inbox)
	c.srv.connDone(c)
}

// crashed ends the connection whose goroutine panicked.
func (c *conn) crashed() {
	if p := recover(); p != nil {
		c.srv.panicked("a connection", p)
		c.entered(func() { c.die(core.ErrClientGone) }) // whoever panicked as the owner has let go
		_ = c.nc.SetDeadline(longAgo)
		c.signal()
	}
}

func closeWrite(nc net.Conn) {
	if w, ok := nc.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
}

// entered runs fn as the owner of c.
func (c *conn) entered(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = time.Now()
	fn()
}

// write is the writer: it answers and writes until the connection ends, or, with true,
// until it is idle and can go back to its loop.
func (c *conn) write(nc net.Conn, readerDone <-chan struct{}) (back bool) {
	defer c.crashed()
	for {
		var segs [][]byte
		var buf []byte
		var pull *stream
		var end, leaving bool
		c.entered(func() {
			for s := c.inbox.takeAll(); s != nil; {
				next := s.queued
				c.hear(s)
				s = next
			}
			c.advance()
			c.cut()
			segs, buf = c.segs, c.out
			c.segs, c.out, c.from = nil, nil, 0
			pull = c.pullable()
			end = c.dead || c.closing && c.first == nil
			if len(segs) == 0 && !end {
				leaving = c.tryLeave(nc)
				c.setReadDeadline(nc)
			}
		})
		if len(segs) > 0 {
			if err := c.writeAll(nc, segs); err != nil {
				c.entered(func() { c.die(core.ErrClientGone) })
				return false
			}
			c.entered(func() { c.stash.putBuf(buf) })
			poke(c.readKick) // there may be room in the pipeline now
		}
		switch {
		case end:
			return false
		case pull != nil:
			if pull.startPull() {
				continue
			}
		case len(segs) > 0:
			continue // look again before sleeping: this may be idle now
		}
		if leaving {
			select {
			case <-readerDone:
				c.entered(func() { back = !c.dead && c.leaving })
				return back
			case <-c.kick:
			}
			continue
		}
		c.sleep(nc)
	}
}

// sleep is the writer waiting for news. A client that has sent its FIN may have gone for
// good, which nothing tells any more but the state of the socket: TCP's keep-alive probes
// are answered by a reset then.
func (c *conn) sleep(nc net.Conn) {
	c.mu.Lock()
	half := c.eof && !c.dead
	c.mu.Unlock()
	tcp, ok := nc.(*net.TCPConn)
	if !half || !ok {
		<-c.kick
		return
	}
	timer := time.NewTimer(halfOpenProbe)
	defer timer.Stop()
	select {
	case <-c.kick:
	case <-timer.C:
		if isReset(tcp) {
			c.entered(func() { c.die(core.ErrClientGone) })
		}
	}
}

// halfOpenProbe is how often a connection whose client has sent its FIN is looked at.
const halfOpenProbe = 15 * time.Second

// tryLeave asks the reader to end when the connection is idle and has a loop to go to.
func (c *conn) tryLeave(nc net.Conn) bool {
	if c.leaving {
		return true
	}
	if c.loop == nil || !c.idle() || c.eof || c.inputEnd || c.stalled {
		return false
	}
	c.leaving = true
	_ = nc.SetReadDeadline(longAgo)
	poke(c.readKick)
	return true
}

// writeAll writes segs in pieces, each of which must get on in WriteTimeout.
func (c *conn) writeAll(nc net.Conn, segs [][]byte) error {
	for len(segs) > 0 {
		var piece net.Buffers
		size := 0
		for len(segs) > 0 && size < writePiece {
			seg := segs[0]
			if len(seg) > writePiece-size {
				seg, segs[0] = seg[:writePiece-size], seg[writePiece-size:]
			} else {
				segs = segs[1:]
			}
			size += len(seg)
			piece = append(piece, seg)
		}
		if err := nc.SetWriteDeadline(time.Now().Add(c.srv.opts.WriteTimeout)); err != nil {
			return err
		}
		if _, err := piece.WriteTo(nc); err != nil {
			return err
		}
	}
	return nil
}

// read is the reader: it reads when there is use for input, until the connection ends or
// leaves.
func (c *conn) read(nc net.Conn) {
	rest := c.takeHeld() // input not used yet; in buf, but for the first
	buf := make([]byte, readSizeSmall)
	for {
		var wait, stop bool
		c.entered(func() {
			if len(rest) > 0 || c.eof {
				rest = rest[c.feed(rest):]
			}
			if c.eof && (len(rest) == 0 || c.body == nil && !c.stalled) {
				c.endOfInput()
				stop = true
				return
			}
			wait = c.eof || !c.wantsInput(rest)
			stop = c.dead && (wait || !c.linger) || c.leaving && c.canLeave(rest)
			if !stop {
				c.setReadDeadline(nc)
			}
		})
		c.disp.Flush()
		c.signal()
		if stop {
			return
		}
		if wait {
			c.waitForUse()
			continue
		}
		buf, rest = c.makeRoom(buf, rest)
		n, err := nc.Read(buf[len(rest):])
		rest = buf[:len(rest)+n]
		if err != nil && !c.readFailed(nc, err) {
			return
		}
	}
}

// waitForUse waits until there may be use for input again. The reader of content may take
// its time, but once its exchange is answered, not for ever.
func (c *conn) waitForUse() {
	c.mu.Lock()
	limited := c.body != nil && c.body.s.done && !c.dead
	c.mu.Unlock()
	if !limited {
		<-c.readKick
		return
	}
	timer := time.NewTimer(c.srv.opts.BodyTimeout)
	defer timer.Stop()
	select {
	case <-c.readKick:
	case <-timer.C:
		c.entered(func() {
			if c.bodyOverdue() && !c.dead {
				c.breakBody(errTimeout)
			}
		})
		c.signal()
	}
}

func (c *conn) takeHeld() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held
	c.held = nil
	return held
}

// canLeave decides, as the reader, whether c goes back to its loop. If a request came in
// the meantime it stays.
func (c *conn) canLeave(rest []byte) bool {
	if !c.idle() {
		c.leaving = false
		return false
	}
	c.held = append([]byte(nil), rest...)
	return true
}

// wantsInput reports whether the reader is to read; rest is what it could not use yet.
func (c *conn) wantsInput(rest []byte) bool {
	switch {
	case c.inputEnd:
		// Reading on shows when the client goes, and keeps its sending from becoming a
		// reset, but nobody may have us read for ever.
		return c.wasted <= maxDiscard
	case c.body != nil:
		if len(rest) > 0 {
			return false // it is not even used up what is here
		}
		st := c.body.state()
		return st.waits || st.closed
	}
	return !c.stalled
}

// makeRoom returns the read buffer with rest at its start and room behind it. If the
// buffer is lent to the reader of a body, that is a new one.
func (c *conn) makeRoom(buf, rest []byte) (newBuf, newRest []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := len(buf)
	switch {
	case len(rest) >= len(buf):
		size = min(2*len(rest)+readSize, maxReadBuf+readSize)
	case len(buf) > readSize && len(rest) < readSizeSmall && c.body == nil:
		size = readSizeSmall // it was grown for a large head: not to be kept while idle
	case c.received >= readSizeSmall && c.body != nil && len(buf) < readSize:
		size = readSize
	case c.isLent():
	default:
		return buf, buf[:copy(buf, rest)]
	}
	c.lenders = nil // they keep the old one
	next := make([]byte, size)
	return next, next[:copy(next, rest)]
}

// isLent reports whether the reader of some content may still be looking at the read
// buffer. There can be several: pipelined requests lie in it one behind the other.
func (c *conn) isLent() bool {
	for i, b := range c.lenders {
		if b.state().lent {
			c.lenders = c.lenders[i:]
			return true
		}
	}
	c.lenders = nil
	return false
}

// setReadDeadline sets the time limit that applies to what the reader waits for. The
// owner calls it when that may have changed.
func (c *conn) setReadDeadline(nc net.Conn) {
	if c.dead || c.leaving {
		return
	}
	var limit time.Duration
	from := c.now
	o := &c.srv.opts
	switch {
	case c.closing:
		limit = lingerTimeout
	case c.body != nil:
		limit = o.BodyTimeout
	case c.first != nil:
	case c.partial() || c.fresh && !c.draining:
		limit = o.HeaderTimeout
		if c.waitFrom.IsZero() {
			c.waitFrom = from
		}
		from = c.waitFrom
	case c.draining:
		limit = o.DrainGrace
	default:
		limit = o.IdleTimeout
	}
	if !c.partial() && !c.fresh {
		c.waitFrom = time.Time{}
	}
	if limit == 0 {
		_ = nc.SetReadDeadline(time.Time{})
		return
	}
	_ = nc.SetReadDeadline(from.Add(limit))
}

// readFailed acts on the error of a Read. It reports whether the reader goes on.
func (c *conn) readFailed(nc net.Conn, err error) (goOn bool) {
	var timeout net.Error
	c.entered(func() {
		switch {
		case c.dead, c.closing:
		case err == io.EOF:
			c.eof = true
			goOn = true
		case !errors.As(err, &timeout) || !timeout.Timeout():
			c.die(core.ErrClientGone)
		case c.leaving:
			goOn = true // the loop above decides
		case c.body != nil:
			if goOn = true; c.bodyOverdue() {
				c.breakBody(errTimeout)
			}
		case c.first != nil:
			goOn = true // the limit was of a time before
		case c.partial():
			c.head = nil
			c.reject(errTimeout)
			goOn = true
		default: // idle for too long, or without a word
			c.die(core.ErrClientGone)
		}
	})
	c.signal()
	return goOn
}

// endOfInput acts on the client's FIN, all it sent being used.
func (c *conn) endOfInput() {
	c.inputEnd = true
	switch {
	case c.body != nil: // cut short in the middle of a request
		c.die(core.ErrClientGone)
	case c.first == nil && !c.closing:
		c.die(core.ErrClientGone)
	}
}
