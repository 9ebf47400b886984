package h1

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"gannet/core"
)

// loop is one gnet event loop: a gnet client engine of its own, so that which loop a
// connection goes to is ours to say. All its methods but tell and post run on it.
//
// Hot: OnTraffic with a native answer costs two allocations, stream and head, besides
// what the handler allocates (TestAllocs), and one write. BenchmarkLoop.
type loop struct {
	gnet.BuiltinEventEngine
	srv    *Server
	client *gnet.Client
	el     atomic.Pointer[gnet.EventLoop] // nil before the first connection
	load   atomic.Int64                   // connections given to it, for choosing among loops

	// From any goroutine.
	queue streamQueue
	// busy says that the loop will look at queue before it sleeps, so that it need not be
	// woken. Parking, both halves: tell pushes, then looks at busy. rest clears busy, then
	// looks at queue. One of them sees the other.
	busy    atomic.Bool
	stopped atomic.Bool

	disp    core.Dispatcher
	stash   stash
	traffic traffic
	conns   map[*conn]struct{}
	timers  timers
	waker   gnet.Runnable
	current *conn       // the connection whose callback is running
	action  gnet.Action // what that callback will return
	dirty   []*conn     // connections with news in this drain
}

func newLoop(srv *Server) *loop {
	l := &loop{srv: srv, conns: make(map[*conn]struct{}), disp: srv.opts.Handler.NewDispatcher()}
	l.stash.traffic = &l.traffic
	l.timers.init(l)
	l.waker = gnet.RunnableFunc(func(context.Context) error {
		l.run(func() {})
		return nil
	})
	return l
}

// tell queues s, which has news, and wakes the loop if it may be asleep.
func (l *loop) tell(s *stream) {
	if l.queue.push(s) && !l.busy.Load() {
		l.wake()
	}
	if l.stopped.Load() {
		discardAll(&l.queue)
	}
}

// wake has the loop drain its queue. It is idempotent: what it runs finds the queue empty
// if it was drained meanwhile, so neither gnet's order of tasks nor a doubled one matters.
func (l *loop) wake() {
	if el := l.el.Load(); el != nil {
		_ = (*el).Execute(context.Background(), l.waker) // fails only when the loop is gone; see stopped
	}
}

// post runs fn on the loop. It reports false if the loop has never had a connection.
func (l *loop) post(fn func()) bool {
	el := l.el.Load()
	if el == nil {
		return false
	}
	err := (*el).Execute(context.Background(), gnet.RunnableFunc(func(context.Context) error {
		l.run(fn)
		return nil
	}))
	return err == nil
}

// run runs fn on the loop, and drains the queue.
func (l *loop) run(fn func()) {
	defer l.settle()
	defer l.srv.recoverLog("an event loop")
	l.busy.Store(true)
	fn()
	l.rest()
}

// settle is the loop's last word before it sleeps, however it got there.
func (l *loop) settle() {
	l.busy.Store(false)
	if !l.queue.empty() {
		l.wake()
	}
}

// rest drains the queue, until it is empty when the loop has said that it is not busy.
func (l *loop) rest() {
	for range 16 {
		l.drain()
		l.busy.Store(false)
		if l.queue.empty() {
			return
		}
		l.busy.Store(true)
	}
	l.busy.Store(false)
	l.wake() // the sockets get their turn first
}

// drain acts on all news. The responses of each connection go out by one write.
func (l *loop) drain() {
	for s := l.queue.takeAll(); s != nil; {
		next := s.queued // before the news are taken: then s may be queued anew
		l.hear(s)
		s = next
	}
	if len(l.dirty) == 0 {
		return
	}
	now := l.now()
	for i := 0; i < len(l.dirty); i++ { // pumping one may make another dirty
		c := l.dirty[i]
		l.dirty[i] = nil
		c.dirty = false
		c.now = now
		l.pump(c, false)
	}
	l.dirty = l.dirty[:0]
}

func (l *loop) hear(s *stream) {
	c := s.conn
	defer l.recoverConn(c)
	if c.blocking { // it went into bulk mode while this was under way
		c.deliver(s)
		return
	}
	c.hear(s)
	if !c.dirty && !c.dead {
		c.dirty = true
		l.dirty = append(l.dirty, c)
	}
}

// recoverConn ends the connection whose code panicked.
func (l *loop) recoverConn(c *conn) {
	if p := recover(); p != nil {
		l.srv.panicked("a connection", p)
		l.drop(c, core.ErrClientGone)
	}
}

// OnOpen takes a connection over: a new one, or one that comes back from bulk mode.
func (l *loop) OnOpen(gc gnet.Conn) (out []byte, action gnet.Action) {
	c, ok := gc.Context().(*conn)
	if !ok {
		return nil, gnet.Close
	}
	if l.el.Load() == nil {
		el := gc.EventLoop()
		l.el.Store(&el)
	}
	l.enter(c)
	defer func() { action = l.leaveCallback() }()
	defer l.recoverConn(c)
	c.opens.Add(1)
	c.gc, c.fd = gc, gc.Fd()
	c.blocking, c.leaving = false, false
	c.disp, c.stash = l.disp, &l.stash
	l.conns[c] = struct{}{}
	c.draining = l.srv.draining.Load()
	c.now = l.now()
	if l.srv.cutting.Load() {
		l.drop(c, core.ErrDraining)
		return nil, gnet.None
	}
	if len(c.held) > 0 {
		c.refeed()
		l.disp.Flush()
	}
	l.pump(c, true)
	return nil, gnet.None
}

// OnTraffic takes what the client sent.
func (l *loop) OnTraffic(gc gnet.Conn) (action gnet.Action) {
	b, _ := gc.Next(-1)
	c, ok := gc.Context().(*conn)
	if !ok {
		return gnet.Close
	}
	l.enter(c)
	defer func() { action = l.leaveCallback() }()
	defer l.recoverConn(c)
	l.take(c, b)
	l.rest()
	return gnet.None
}

func (l *loop) enter(c *conn) {
	l.busy.Store(true)
	l.current, l.action = c, gnet.None
}

func (l *loop) leaveCallback() gnet.Action {
	l.current = nil
	l.settle()
	return l.action
}

func (l *loop) take(c *conn, b []byte) {
	defer l.recoverConn(c)
	if c.blocking || c.dead || c.gc == nil {
		return
	}
	c.now = l.now()
	if len(c.held) > 0 {
		c.held = append(c.held, b...)
		c.refeed()
	} else if n := c.feed(b); n < len(b) {
		c.held = append(c.held, b[n:]...)
	}
	l.disp.Flush()
	l.pump(c, true)
}

// OnClose is told the end of a connection that gnet had: closed by us, or by the peer.
func (l *loop) OnClose(gc gnet.Conn, err error) (action gnet.Action) {
	c, ok := gc.Context().(*conn)
	if !ok || c.gc != gc || c.blocking || c.dead {
		return gnet.None // we left it, or dropped it, ourselves
	}
	defer l.recoverConn(c)
	// gnet closes at FIN, but the client may only have closed its half: whoever is owed an
	// answer gets it, from bulk mode.
	if errors.Is(err, io.EOF) && c.first != nil && c.body == nil && !c.closing {
		c.eof = true
		if l.depart(c) {
			return gnet.None
		}
	}
	l.forget(c)
	c.die(core.ErrClientGone)
	l.srv.connDone(c)
	return gnet.None
}

// forget takes c off the loop's books.
func (l *loop) forget(c *conn) {
	delete(l.conns, c)
	l.timers.stop(c)
	c.gc = nil
}

// drop ends c at once.
func (l *loop) drop(c *conn, err error) {
	if c.blocking || c.dead {
		return
	}
	gc := c.gc
	if c.reset {
		_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	l.forget(c)
	c.die(err)
	l.closeGnet(c, gc)
	l.srv.connDone(c)
}

func (l *loop) closeGnet(c *conn, gc gnet.Conn) {
	if c == l.current {
		l.action = gnet.Close
		return
	}
	if gc != nil {
		_ = gc.EventLoop().Close(gc)
	}
}

// leave moves c into bulk mode.
func (l *loop) leave(c *conn) {
	gc := c.gc
	if !l.depart(c) {
		l.drop(c, core.ErrClientGone)
		return
	}
	l.closeGnet(c, gc)
}

// depart starts bulk mode on a duplicate of the socket. gnet's copy is the caller's to
// close. It fails if the process is out of descriptors.
func (l *loop) depart(c *conn) bool {
	fd, err := unix.FcntlInt(uintptr(c.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		l.srv.opts.Log.Error("h1: cannot duplicate a socket", "error", err)
		return false
	}
	l.forget(c)
	l.srv.stats.bulk.Add(1)
	c.beginBlocking()
	go c.serveDescriptor(fd)
	return true
}

// shutdownWrite tells the client that nothing more will come.
func (l *loop) shutdownWrite(c *conn) { _ = unix.Shutdown(c.fd, unix.SHUT_WR) }

// drainConn prepares c for the end of the process.
func (l *loop) drainConn(c *conn) {
	c.draining = true
	if c.idle() {
		l.retime(c, false)
	}
}

func (l *loop) now() time.Time { return l.srv.opts.Clock.Now() }
