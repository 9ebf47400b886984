package h1

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"

	"gannet/core"
)

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("h1: server closed")

// Server serves HTTP/1.1 on any number of listeners.
type Server struct {
	opts     Options
	maxBody  atomic.Int64 // Options.MaxBody, or what SetMaxBody gave since
	loops    []*loop
	draining atomic.Bool
	cutting  atomic.Bool // Shutdown's patience has ended
	stats    counters
	// blockingTraffic is that of connections in blocking mode.
	blockingTraffic traffic

	acceptors sync.WaitGroup // Serve and what it started to adopt connections
	conns     sync.WaitGroup // open connections
	closeOnce sync.Once
	closed    chan struct{} // Shutdown has begun

	mu struct {
		sync.Mutex
		listeners map[net.Listener]struct{}
		blocking  map[*conn]struct{} // connections in blocking mode
	}
}

// New returns a server. Its loops run from now on; Shutdown ends them.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, closed: make(chan struct{})}
	s.SetMaxBody(o.MaxBody)
	s.mu.listeners = make(map[net.Listener]struct{})
	s.mu.blocking = make(map[*conn]struct{})
	for range o.Loops {
		l := newLoop(s)
		l.client, err = gnet.NewClient(l,
			gnet.WithNumEventLoop(1),
			gnet.WithReadBufferCap(64<<10),
			// Go's net has set TCP_NODELAY already; gnet would set it a second time.
			gnet.WithTCPNoDelay(gnet.TCPDelay),
			gnet.WithLogger(gnetLog{o.Log}))
		if err == nil {
			err = l.client.Start()
		}
		if err != nil {
			s.stopLoops()
			return nil, fmt.Errorf("h1: cannot start an event loop: %w", err)
		}
		s.loops = append(s.loops, l)
	}
	return s, nil
}

// SetMaxBody replaces Options.MaxBody, for what is read from now on.
func (s *Server) SetMaxBody(bytes int64) { s.maxBody.Store(bytes) }

// Serve accepts connections from l, which it takes over, until l is closed or Shutdown is
// called, when it returns nil or ErrServerClosed. Closing l leaves the connections that it
// gave alone.
func (s *Server) Serve(l net.Listener) error {
	return s.serve(l, func(nc net.Conn) { s.adopt(nc) })
}

// serve is the accept loop. adopt runs on a goroutine of its own.
func (s *Server) serve(l net.Listener, adopt func(net.Conn)) error {
	if !s.addListener(l) {
		_ = l.Close()
		return ErrServerClosed
	}
	defer s.acceptors.Done()
	defer s.removeListener(l)
	pause := time.Duration(0)
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
		case s.draining.Load():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return nil
		case isTemporary(err):
			// Most likely the process is out of descriptors: others must be closed first.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.opts.Log.Error("h1: cannot accept", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-s.closed:
			}
			continue
		default:
			return fmt.Errorf("h1: cannot accept: %w", err)
		}
		if n := s.stats.open.Add(1); s.opts.MaxConns > 0 && n > int64(s.opts.MaxConns) {
			s.stats.open.Add(-1)
			s.stats.shed.Add(1)
			refuse(nc)
			continue
		}
		s.stats.accepted.Add(1)
		s.conns.Add(1)
		s.acceptors.Add(1)
		// Enrolling waits for the loop's turn, and a handshake for the client; the
		// goroutine's life ends with either.
		go func() {
			defer s.acceptors.Done()
			defer s.recoverLog("accepting a connection")
			adopt(nc)
		}()
	}
}

func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// refuse tells a client that there are too many. It must not wait for it.
func refuse(nc net.Conn) {
	_ = nc.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = nc.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
	_ = nc.Close()
}

// adopt gives a plain connection to a loop, or serves it in blocking mode if it cannot
// live on one.
func (s *Server) adopt(nc net.Conn) {
	c := s.newConn(nc, "http")
	if tcp, ok := nc.(*net.TCPConn); ok && !zoned(tcp) {
		c.loop = s.leastLoaded()
		if !c.loop.enroll(c, nc) {
			_ = nc.Close()
			s.connDone(c)
		}
		return
	}
	s.serveAdopted(c, nc)
}

// serveAdopted serves c in blocking mode from its beginning to its end.
func (s *Server) serveAdopted(c *conn, nc net.Conn) {
	c.draining = s.draining.Load()
	c.beginBlocking()
	go c.serveBlocking(nc) // counted in s.conns
}

// zoned reports whether an address of nc has an IPv6 zone. gnet would put the zone's
// string, which belongs to package net, into its pool of byte slices when it closes the
// connection, to be written to by whoever gets it next.
func zoned(nc *net.TCPConn) bool {
	for _, a := range []net.Addr{nc.LocalAddr(), nc.RemoteAddr()} {
		if tcp, ok := a.(*net.TCPAddr); ok && tcp.Zone != "" {
			return true
		}
	}
	return false
}

func (s *Server) newConn(nc net.Conn, scheme string) *conn {
	return &conn{srv: s, scheme: scheme, remote: addrPort(nc.RemoteAddr()), local: addrPort(nc.LocalAddr()), fresh: true}
}

func (s *Server) leastLoaded() *loop {
	best := s.loops[0]
	for _, l := range s.loops[1:] {
		if l.load.Load() < best.load.Load() {
			best = l
		}
	}
	best.load.Add(1)
	return best
}

// enroll gives c to gnet, which duplicates the socket and closes nc.
func (l *loop) enroll(c *conn, nc net.Conn) bool {
	_ = nc.SetDeadline(time.Time{})
	if nc.RemoteAddr() == nil {
		return false // the client has reset it meanwhile
	}
	before := c.opens.Load()
	_, err := l.client.EnrollContext(nc, c)
	if err == nil && c.opens.Load() == before {
		err = errors.New("epoll takes no more") // gnet does not say, but OnOpen did not run
	}
	if err != nil {
		l.srv.opts.Log.Error("h1: cannot enroll a connection", "error", err)
		return false
	}
	return true
}

// connDone is the end of a connection.
func (s *Server) connDone(c *conn) {
	if c.loop != nil {
		c.loop.load.Add(-1)
	}
	s.stats.open.Add(-1)
	s.conns.Done()
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	s.mu.listeners[l] = struct{}{}
	s.acceptors.Add(1)
	return true
}

func (s *Server) removeListener(l net.Listener) {
	_ = l.Close()
	s.mu.Lock()
	delete(s.mu.listeners, l)
	s.mu.Unlock()
}

func (s *Server) addBlocking(c *conn) {
	s.mu.Lock()
	s.mu.blocking[c] = struct{}{}
	s.mu.Unlock()
	if s.draining.Load() {
		c.entered(func() { c.draining = true })
	}
	if s.cutting.Load() {
		c.entered(func() { c.cutOff() })
	}
}

func (s *Server) removeBlocking(c *conn) {
	s.mu.Lock()
	delete(s.mu.blocking, c)
	s.mu.Unlock()
}

func (s *Server) eachBlocking(fn func(*conn)) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.mu.blocking))
	for c := range s.mu.blocking {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.entered(func() { fn(c) })
		c.signal()
		poke(c.readKick)
	}
}

// Shutdown ends the server: it stops accepting, lets what waits in the listeners' backlogs
// in, answers requests in flight with Connection: close, gives idle connections DrainGrace
// for one more request, and waits until all connections are closed. When ctx ends it cuts
// the rest and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.draining.Swap(true)
	for l := range s.mu.listeners {
		stopAccepting(l)
	}
	s.mu.Unlock()
	s.closeOnce.Do(func() { close(s.closed) })
	for _, l := range s.loops {
		l.post(func() {
			for c := range l.conns {
				c.now = l.now()
				l.drainConn(c)
			}
		})
	}
	s.eachBlocking(func(c *conn) {
		c.draining = true
		if c.nc != nil {
			c.setReadDeadline(c.nc)
		}
	})
	done := make(chan struct{})
	go func() {
		s.acceptors.Wait() // no connection is added after this
		s.conns.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
		s.cutAll()
		<-done
	}
	if first {
		s.stopLoops()
	}
	return err
}

// backlogGrace is how long Shutdown goes on accepting: clients whose connection the
// kernel has accepted would otherwise be reset.
const backlogGrace = 20 * time.Millisecond

func stopAccepting(l net.Listener) {
	if d, ok := l.(interface{ SetDeadline(time.Time) error }); ok {
		if d.SetDeadline(time.Now().Add(backlogGrace)) == nil {
			return
		}
	}
	_ = l.Close()
}

// cutAll ends all connections, whatever they are doing.
func (s *Server) cutAll() {
	s.cutting.Store(true)
	s.mu.Lock()
	for l := range s.mu.listeners {
		_ = l.Close()
	}
	s.mu.Unlock()
	for _, l := range s.loops {
		l.post(func() {
			for c := range l.conns {
				l.drop(c, core.ErrDraining)
			}
		})
	}
	s.eachBlocking(func(c *conn) { c.cutOff() })
}

// cutOff ends c in blocking mode.
func (c *conn) cutOff() {
	c.die(core.ErrDraining)
	c.linger = false
	if c.nc != nil {
		_ = c.nc.SetDeadline(longAgo)
	}
}

func (s *Server) stopLoops() {
	for _, l := range s.loops {
		done := make(chan struct{})
		if l.post(func() { l.timers.close(); close(done) }) {
			<-done
		}
		_ = l.client.Stop()
		l.stopped.Store(true)
		discardAll(&l.queue)
	}
}

// panicked logs a panic that was recovered.
func (s *Server) panicked(where string, p any) {
	s.stats.panics.Add(1)
	s.opts.Log.Error("h1: panic in "+where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// recoverLog is deferred where a panic must end there, and leaves nothing to clean up.
func (s *Server) recoverLog(where string) {
	if p := recover(); p != nil {
		s.panicked(where, p)
	}
}
