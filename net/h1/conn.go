package h1

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"

	"gannet/core"
	"gannet/net/h1/wire"
)

// conn is one client's connection: the state machine, without transport. It is entered by
// one goroutine at a time, its owner: its loop, or in blocking mode whoever holds mu.
type conn struct {
	srv           *Server
	loop          *loop // nil if it is never on a loop
	remote, local netip.AddrPort
	scheme        string
	tls           *core.TLS

	mu       sync.Mutex // held by the owner in blocking mode; never taken on a loop
	blocking bool       // written on the loop alone

	// What the present driver lends.
	disp  core.Dispatcher
	stash *stash
	now   time.Time // of the last event

	// Input.
	held     []byte            // input that could not be used yet (on a loop)
	head     *wire.RequestHead // the parser of a head that has begun
	body     *requestBody      // the content that is being received
	chunks   wire.ChunkedDecoder
	left     int64 // octets of content to come; -1: chunked
	received int64 // octets of content received
	wasted   int64 // octets received that nobody wanted
	last     bool  // the request whose content is being received is the last one taken
	stalled  bool  // feed stopped because the pipeline is full
	inputEnd bool  // no more requests are taken; what still comes is discarded
	eof      bool  // the client has sent all it will
	fresh    bool  // nothing was received yet

	// The pipeline: exchanges in the order of their requests.
	first, final *stream
	inFlight     int

	// Output: out, cut at from, the pieces before that in segs with long content between.
	out     []byte
	from    int
	segs    [][]byte
	closing bool // close when all is written
	linger  bool // the client may still be sending
	reset   bool // end by a reset: the content was cut, and nothing else would tell
	dead    bool // nothing can be written any more

	draining bool

	// The loop's.
	gc    gnet.Conn
	fd    int
	opens atomic.Uint32 // how often OnOpen ran
	timer connTimer
	dirty bool // in loop.dirty

	// The blocking driver's.
	nc       net.Conn
	inbox    streamQueue
	kick     chan struct{}  // wakes the writer
	readKick chan struct{}  // wakes the reader
	leaving  bool           // the writer wants to go back to the loop
	lenders  []*requestBody // bodies that were lent parts of the read buffer
	waitFrom time.Time      // since when the reader waits for what it waits for
	ended    endFlag
}

// stash is memory a driver lends to the connections it runs.
type stash struct {
	head    *wire.RequestHead
	bufs    [][]byte
	traffic *traffic
}

// Buffers of the stash: how large one is made, and the largest that is kept. Bytes.
const (
	outBufSize = 4 << 10
	outBufKeep = 64 << 10
	stashBufs  = 64
)

func (st *stash) takeHead(limits wire.Limits) *wire.RequestHead {
	h := st.head
	if h == nil {
		return &wire.RequestHead{Limits: limits}
	}
	st.head = nil
	return h
}

func (st *stash) putHead(h *wire.RequestHead) {
	h.Reset()
	st.head = h
}

func (st *stash) takeBuf() []byte {
	if n := len(st.bufs); n > 0 {
		b := st.bufs[n-1]
		st.bufs = st.bufs[:n-1]
		return b
	}
	return make([]byte, 0, outBufSize)
}

func (st *stash) putBuf(b []byte) {
	if cap(b) <= outBufKeep && len(st.bufs) < stashBufs {
		st.bufs = append(st.bufs, b[:0])
	}
}

// push adds s at the end of the pipeline.
func (c *conn) push(s *stream) {
	if c.first == nil {
		c.first = s
	} else {
		c.final.follower = s
	}
	c.final = s
	c.inFlight++
}

// idle reports whether nothing is under way in either direction.
func (c *conn) idle() bool {
	return c.first == nil && c.body == nil && len(c.out) == 0 && !c.closing && !c.dead
}

// partial reports whether a request head has begun.
func (c *conn) partial() bool { return c.head != nil }

// die gives up all that is under way. The driver closes the transport.
func (c *conn) die(err error) {
	if c.dead {
		return
	}
	c.dead, c.inputEnd = true, true
	body := c.body
	c.body = nil
	c.abandonAll(err)
	c.held, c.head, c.out, c.segs = nil, nil, nil, nil
	if body != nil {
		defer c.srv.recoverLog("ending a request's content") // its reader is other people's
		body.fail(err)
	}
}

// abandonAll gives up every exchange of the pipeline.
func (c *conn) abandonAll(err error) {
	s := c.first
	c.first, c.final, c.inFlight = nil, nil, 0
	for s != nil {
		next := s.follower
		c.abandon(s, err)
		s = next
	}
}

func (c *conn) abandon(s *stream, err error) {
	defer c.srv.recoverLog("abandoning an exchange") // cancel functions are other people's
	s.done = true
	s.Cancel(err)
	if s.body != nil {
		s.body.fail(err)
	}
	if s.content != nil {
		s.content.Close(err)
	} else if s.ready && !s.started && s.resp != nil && s.resp.Body != nil {
		s.resp.Body.Close(err)
	}
}

// hear acts on news of s, which was taken out of a queue.
func (c *conn) hear(s *stream) {
	news := s.news.Swap(0)
	if news&newsResponse != 0 {
		if s.done || s.rejected != nil { // answered without the handler, or the client is gone
			s.resp.Discard()
			return
		}
		s.ready = true
	}
	if news&newsContinue != 0 && s.expect {
		s.want100 = true
	}
	if news&newsChunk != 0 && !s.done {
		s.pull = pullEnded
	}
}
