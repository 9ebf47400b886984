package h1

import (
	"golang.org/x/sys/unix"

	"gannet/core"
)

// pump brings c as far as it can get without waiting: answers what is answered, writes,
// pulls content, takes held input. input says that the client sent something.
func (l *loop) pump(c *conn, input bool) {
	defer l.recoverConn(c)
	for !c.blocking && !c.dead { // in this order: in blocking mode the rest is not ours to read
		c.advance()
		if !l.flush(c) {
			return
		}
		if c.closing && c.first == nil {
			l.end(c)
			return
		}
		if c.stalled && c.inFlight <= maxPipeline/2 {
			c.refeed()
			l.disp.Flush()
			continue
		}
		if c.wantsBulk() {
			l.leave(c)
			return
		}
		s := c.pullable()
		if s == nil || !s.startPull() {
			break
		}
	}
	if !c.blocking && !c.dead {
		l.retime(c, input)
	}
}

// wantsBulk reports whether one side of c is, or will be, slower than the other by more
// than a loop should hold, or has so much to carry that it would keep the loop from others.
func (c *conn) wantsBulk() bool {
	if s := c.first; s != nil && s.content != nil && max(s.sent, s.left) > highWater {
		return true
	}
	if c.stalled && len(c.held) > maxHeld {
		return true
	}
	b := c.body
	return b != nil && (b.length > maxHeld || c.received > highWater || b.state().held > maxHeld)
}

// flush writes all output. What the socket does not take at once goes with the connection
// into bulk mode, where writing waits. It reports whether c is still the loop's.
func (l *loop) flush(c *conn) bool {
	if len(c.segs) == 0 {
		if len(c.out) == 0 {
			return true
		}
		n, err := write(c.fd, c.out)
		switch {
		case err != nil:
			l.drop(c, core.ErrClientGone)
			return false
		case n < len(c.out):
			c.segs = append(c.segs, c.out[n:])
			c.out, c.from = nil, 0
			l.leave(c)
			return false
		}
	} else {
		c.cut()
		for len(c.segs) > 0 {
			n, err := writev(c.fd, c.segs[:min(len(c.segs), maxIovec)])
			if err != nil {
				l.drop(c, core.ErrClientGone)
				return false
			}
			if n == 0 {
				c.out, c.from = nil, 0
				l.leave(c)
				return false
			}
			c.segs = consume(c.segs, n)
		}
		c.segs = nil
	}
	l.stash.putBuf(c.out)
	c.out, c.from = nil, 0
	return true
}

// maxIovec is how many pieces one writev takes (IOV_MAX is 1024 on Linux).
const maxIovec = 64

// write is write(2); a socket that takes nothing now counts as zero octets.
func write(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Write(fd, b)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

func writev(fd int, segs [][]byte) (int, error) {
	for {
		n, err := unix.Writev(fd, segs)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

// consume drops the first n octets of segs.
func consume(segs [][]byte, n int) [][]byte {
	for len(segs) > 0 && n >= len(segs[0]) {
		n -= len(segs[0])
		segs[0] = nil
		segs = segs[1:]
	}
	if n > 0 {
		segs[0] = segs[0][n:]
	}
	return segs
}

// end closes c, all being written. If the client may still be sending, it is read from
// for a while first.
func (l *loop) end(c *conn) {
	if !c.linger || c.eof {
		l.drop(c, core.ErrClientGone)
		return
	}
	if c.timer.kind != lingerTimer {
		l.shutdownWrite(c)
		l.timers.start(c, lingerTimer)
	}
}

// retime puts c under the time limit that applies now.
func (l *loop) retime(c *conn, input bool) {
	kind := noTimer
	switch {
	case c.body != nil:
		kind = bodyTimer
	case c.first != nil:
	case c.partial() || c.fresh && !c.draining:
		kind = headTimer
	case c.draining:
		kind = drainTimer
	default:
		kind = idleTimer
	}
	if kind == c.timer.kind && !(input && (kind == bodyTimer || kind == idleTimer)) {
		return
	}
	if kind == noTimer {
		l.timers.stop(c)
		return
	}
	l.timers.start(c, kind)
}

// expired acts on the end of a time limit.
func (l *loop) expired(c *conn, kind timerKind) {
	defer l.recoverConn(c)
	c.now = l.now()
	switch kind {
	case headTimer:
		if !c.partial() {
			l.drop(c, core.ErrClientGone) // it never said a word
			return
		}
		c.head = nil
		c.held = nil
		c.reject(errTimeout)
		l.pump(c, false)
	case bodyTimer:
		if !c.bodyOverdue() {
			l.timers.start(c, bodyTimer)
			return
		}
		c.breakBody(errTimeout)
		l.pump(c, false)
	default:
		l.drop(c, core.ErrClientGone)
	}
}
