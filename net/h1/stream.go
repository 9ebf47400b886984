package h1

import (
	"sync/atomic"

	"gannet/core"
	"gannet/net/h1/wire"
)

// inlineFields is how many field lines a stream has room for itself: what current
// browsers send. More cost one allocation.
const inlineFields = 16

// stream is one exchange of a connection. Together with the string of its head it is all
// that a request without content allocates.
type stream struct {
	core.Exchange
	conn *conn

	// From any goroutine.
	news    atomic.Uint32 // the news* bits not yet taken by the owner
	queued  *stream       // link of the streamQueue it is in; see there
	claimed atomic.Bool   // Respond was called
	handed  atomic.Uint32 // handing -> handedBack or handedOver: the response
	pulled  atomic.Uint32 // the same for the next chunk of the response's content
	resp    *core.Response
	chunk   []byte // what the last pull gave
	err     error

	// The owner's: the goroutine that has entered the connection.
	follower  *stream // the next in the pipeline
	body      *requestBody
	direct    bool // news go to the connection's own queue: it was begun in blocking mode
	isHead    bool // the method is HEAD
	http10    bool
	keepAlive bool
	trailers  bool // the client takes trailer fields
	expect    bool // the client waits for 100 Continue; unset once it need not any more
	want100   bool // somebody asked for the content, and the client is to be told
	ready     bool // resp is there
	started   bool // the head of the response is on its way
	done      bool // answered to the end, or given up
	closing   bool // the head said that the connection closes
	rejected  *wire.Error
	content   core.Body // the response's content as it is streamed
	chunked   bool
	left      int64 // octets of content still to come if not chunked, -1 if unknown
	sent      int64
	pull      pullState
	onPull    func([]byte, error) // pullDone, made once

	fields [inlineFields]core.Field
}

// The news a stream may have for its owner.
const (
	newsResponse uint32 = 1 << iota
	newsContinue        // the content was asked for the first time
	newsChunk           // a pull has ended
)

// A hand-over of a result between the goroutine that calls (Dispatch, Next) and the one
// that brings the result, which is often the same, within the call. Whoever comes second
// sees that it is second:
//
//	H1  The caller moves handing -> handedOver when the call returns. If it cannot, the
//	    result is there, and the caller acts on it at once, without any queue.
//	H2  The bringer stores the result, then moves handing -> handedBack. If it cannot, the
//	    caller has gone, and must be told by news.
const (
	handing uint32 = iota
	handedBack
	handedOver
)

type pullState uint8

const (
	noPull     pullState = iota
	pulling              // Next was called, done was not
	pullEnded            // chunk or err is there, not yet written
	needsFlush           // chunk is among the bytes to write: write them before the next pull
)

// notify tells the owner.
func (s *stream) notify(news uint32) {
	if s.news.Or(news) != 0 {
		return // it is queued already, and the news will be found with the others
	}
	if s.direct {
		s.conn.deliver(s)
		return
	}
	s.conn.loop.tell(s)
}

// Respond implements core.Responder.
func (s *stream) Respond(_ *core.Exchange, resp *core.Response) {
	if s.claimed.Swap(true) {
		resp.Discard()
		return
	}
	s.resp = resp
	if s.handed.CompareAndSwap(handing, handedBack) {
		return
	}
	s.notify(newsResponse)
}

// startPull asks the response's content for its next chunk, and reports whether it is
// there already. Otherwise newsChunk will tell.
func (s *stream) startPull() (there bool) {
	s.pulled.Store(handing)
	s.pull = pulling
	if s.onPull == nil {
		s.onPull = s.pullDone
	}
	s.content.Next(s.onPull)
	if s.pulled.CompareAndSwap(handing, handedOver) {
		return false
	}
	s.pull = pullEnded
	return true
}

// pullDone is the callback of startPull's Next.
func (s *stream) pullDone(chunk []byte, err error) {
	s.chunk, s.err = chunk, err
	if s.pulled.CompareAndSwap(handing, handedBack) {
		return
	}
	s.notify(newsChunk)
}
