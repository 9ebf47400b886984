package origin

import (
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"gannet/core"
)

// poolKey says which requests may share a connection.
type poolKey struct {
	host  string // the server's name in TLS as well
	port  uint16
	https bool
	trust trust // a connection the operator's word opened is not for a worker's fetch
}

// String returns host:port, for messages.
func (k poolKey) String() string {
	return net.JoinHostPort(k.host, strconv.Itoa(int(k.port)))
}

// conn is one connection to an origin. It is used by one exchange at a time; only kill is
// safe from other goroutines.
type conn struct {
	net.Conn          // TLS or TCP
	raw      net.Conn // what is below TLS, or the same
	probe    *prober  // nil on what is no TCP connection
	secure   bool
	key      poolKey
	epoch    uint64 // of the policy that let it be dialled
	reused   bool   // it has carried an exchange before
	// idleSince is when it came back to the pool.
	idleSince time.Time
	// readBy is the read deadline that is set; see armRead.
	readBy time.Time
	// writeLimited is whether a write deadline is set.
	writeLimited bool
}

// kill closes the connection at once, under whoever uses it. Close would have TLS say
// goodbye first, which can block, and which no idle or broken connection needs.
func (c *conn) kill() { _ = c.raw.Close() }

// armRead sees that a read gives up about d from now. Setting a deadline costs a timer
// operation, so one that is near enough stays: the limit is d less up to a sixteenth.
func (c *conn) armRead(now time.Time, d time.Duration) {
	want := now.Add(d)
	if late := want.Sub(c.readBy); late < 0 || late > d/16 {
		c.readBy = want
		_ = c.SetReadDeadline(want) // fails on closed connections, as the read will
	}
}

// prober does non-blocking reads on a TCP connection. Its two functions are made once per
// connection, since a closure for each call would be an allocation for each request.
type prober struct {
	sys       syscall.RawConn
	recv      func(fd uintptr) bool
	b         []byte
	n         int
	flags     int
	err       error
	peekSpace [1]byte
}

func newProber(c *net.TCPConn) *prober {
	sys, err := c.SyscallConn()
	if err != nil {
		return nil // only a nil connection has none
	}
	p := &prober{sys: sys}
	p.recv = func(fd uintptr) bool {
		p.n, _, p.err = syscall.Recvfrom(int(fd), p.b, p.flags|syscall.MSG_DONTWAIT)
		return true // never wait
	}
	return p
}

func (p *prober) read(b []byte, flags int) (int, error) {
	p.b, p.flags = b, flags
	waitErr := p.sys.Read(p.recv)
	p.b = nil
	if waitErr != nil {
		return 0, waitErr
	}
	return max(p.n, 0), p.err
}

// readNow reads what has arrived without waiting. It returns (0, nil) at the end of the
// stream and when it cannot tell, and (0, EAGAIN) when nothing has arrived.
func (c *conn) readNow(b []byte) (n int, err error) {
	if c.probe == nil || c.secure {
		return 0, nil
	}
	return c.probe.read(b, 0)
}

// quiet reports whether an idle connection is open and nothing has arrived on it: bytes
// that came before a request was sent are not its response.
func (c *conn) quiet() bool {
	if c.probe == nil {
		return true
	}
	_, err := c.probe.read(c.probe.peekSpace[:], syscall.MSG_PEEK)
	return err == syscall.EAGAIN || err == syscall.EINTR
}

// drained reports whether TLS holds nothing back: it reads more from the socket than one
// Read returns, so a response that nobody asked for can be in its buffers while the socket
// is quiet. The deadline of the connection is gone afterwards.
func (c *conn) drained() bool {
	c.readBy = time.Time{}
	_ = c.SetReadDeadline(longAgo) // so that the socket itself is not read
	var one [1]byte
	n, err := c.Read(one[:])
	_ = c.SetReadDeadline(time.Time{})
	return n == 0 && isTimeout(err)
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// pool keeps idle connections, the last one used on top: the older ones then get their
// chance to time out. One timer serves them all, and none runs while the pool is empty.
type pool struct {
	maxIdle  int           // per key
	maxTotal int           // for all keys
	timeout  time.Duration // of an idle connection
	clock    core.Clock

	mu struct {
		sync.Mutex
		idle   map[poolKey][]*conn
		count  int
		epoch  uint64 // connections of earlier epochs are not kept
		timer  core.Timer
		turn   uint64 // of the timer: one that fires after it was replaced does nothing
		closed bool
	}
}

// get takes the connection for key that was used last, or returns nil. It does not look
// whether the connection is still good.
func (p *pool) get(key poolKey) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.mu.idle[key]
	if len(list) == 0 {
		return nil
	}
	last := len(list) - 1
	c := list[last]
	list[last] = nil
	p.mu.idle[key] = list[:last]
	p.mu.count--
	return c
}

// put keeps c for the next exchange or closes it.
func (p *pool) put(c *conn, now time.Time) {
	c.reused, c.idleSince = true, now
	if surplus := p.keep(c); surplus != nil {
		surplus.kill()
	}
}

// keep returns the connection that is not kept for c's sake, if any: c itself, or when there
// are too many in all, the oldest one of some host. Which host is left to the order of the
// map: one who has many hosts opened loses most.
func (p *pool) keep(c *conn) (surplus *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.closed || c.epoch != p.mu.epoch || len(p.mu.idle[c.key]) >= p.maxIdle {
		return c
	}
	if p.mu.count >= p.maxTotal {
		surplus = p.evictLocked()
	}
	if p.mu.idle == nil {
		p.mu.idle = make(map[poolKey][]*conn)
	}
	p.mu.idle[c.key] = append(p.mu.idle[c.key], c)
	p.mu.count++
	if p.mu.timer == nil {
		p.armLocked(p.timeout)
	}
	return surplus
}

func (p *pool) evictLocked() *conn {
	for key, list := range p.mu.idle {
		if len(list) == 0 {
			delete(p.mu.idle, key)
			continue
		}
		oldest := list[0]
		kept := append(list[:0], list[1:]...)
		list[len(kept)] = nil
		p.mu.idle[key] = kept
		p.mu.count--
		return oldest
	}
	return nil
}

func (p *pool) armLocked(d time.Duration) {
	p.mu.turn++
	turn := p.mu.turn
	p.mu.timer = p.clock.AfterFunc(d, func() { p.reap(turn) })
}

// reap closes what was idle too long, and comes back when the next one is due.
func (p *pool) reap(turn uint64) {
	now := p.clock.Now()
	var dead []*conn
	p.mu.Lock()
	if turn != p.mu.turn || p.mu.timer == nil {
		p.mu.Unlock()
		return
	}
	p.mu.timer = nil
	next := p.timeout
	for key, list := range p.mu.idle {
		n := 0 // the list is in order of idleSince
		for n < len(list) && now.Sub(list[n].idleSince) >= p.timeout {
			n++
		}
		dead = append(dead, list[:n]...)
		p.mu.count -= n
		if n == len(list) {
			delete(p.mu.idle, key)
			continue
		}
		kept := append(list[:0], list[n:]...)
		clear(list[len(kept):])
		p.mu.idle[key] = kept
		next = min(next, p.timeout-now.Sub(kept[0].idleSince))
	}
	if p.mu.count > 0 && !p.mu.closed {
		p.armLocked(next)
	}
	p.mu.Unlock()
	for _, c := range dead {
		c.kill()
	}
}

// flush closes every idle connection; those of epochs before the given one will not come
// back either.
func (p *pool) flush(epoch uint64, closing bool) {
	p.mu.Lock()
	idle := p.mu.idle
	p.mu.idle, p.mu.count = nil, 0
	p.mu.epoch = epoch
	p.mu.closed = p.mu.closed || closing
	if p.mu.timer != nil {
		p.mu.timer.Stop()
		p.mu.timer = nil
	}
	p.mu.Unlock()
	for _, list := range idle {
		for _, c := range list {
			c.kill()
		}
	}
}

// idle returns how many connections wait.
func (p *pool) idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.count
}
