package h1

import (
	"io"
	"sync"

	"gannet/core"
)

// requestBody is the content of a request that was not there as a whole when its head
// was. Its reader calls Next and Close, on any goroutine; the owner of the connection
// gives it what arrives.
type requestBody struct {
	s      *stream
	length int64

	mu struct {
		sync.Mutex
		next    func([]byte, error) // the reader waits
		held    []byte              // arrived, not asked for yet
		out     []byte              // memory of the last chunk handed out; its reader may still look at it
		lent    bool                // the last chunk handed out is the connection's read buffer
		err     error               // how it ends, once held is used up; io.EOF when whole
		asked   bool                // Next was called
		closed  bool                // the reader wants no more
		trailer core.Fields
		kick    chan struct{} // wakes the connection's reader goroutine; nil on a loop
	}
}

// Length implements core.Body.
func (b *requestBody) Length() int64 { return b.length }

// Trailer implements core.Trailered.
func (b *requestBody) Trailer() core.Fields {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.trailer
}

// Next implements core.Body.
func (b *requestBody) Next(done func([]byte, error)) {
	b.mu.Lock()
	first := !b.mu.asked
	b.mu.asked, b.mu.lent = true, false
	switch {
	case len(b.mu.held) > 0:
		chunk := b.mu.held
		b.mu.held, b.mu.out = b.mu.out[:0], chunk
		b.mu.Unlock()
		done(chunk, nil)
		return
	case b.mu.err != nil:
		err := b.mu.err
		b.mu.Unlock()
		done(nil, err)
		return
	}
	b.mu.next = done
	b.kickLocked()
	b.mu.Unlock()
	if first {
		b.s.notify(newsContinue)
	}
}

// Close implements core.Body.
func (b *requestBody) Close(err error) {
	if err == nil {
		err = core.ErrAbandoned
	}
	b.mu.Lock()
	done := b.mu.next
	b.mu.next, b.mu.held, b.mu.out = nil, nil, nil
	b.mu.closed, b.mu.lent = true, false
	if b.mu.err == nil || b.mu.err == io.EOF {
		b.mu.err = err
	}
	b.kickLocked()
	b.mu.Unlock()
	if done != nil {
		done(nil, err)
	}
}

func (b *requestBody) kickLocked() {
	if b.mu.kick != nil {
		select {
		case b.mu.kick <- struct{}{}:
		default: // it is awake already
		}
	}
}

// offer gives the reader p, which is not empty. With keep the bytes are copied, and held
// if nobody waits; without, p is handed over as it is, or refused.
func (b *requestBody) offer(p []byte, keep bool) (taken bool) {
	b.mu.Lock()
	if b.mu.err != nil {
		b.mu.Unlock()
		return true // nobody wants it
	}
	done := b.mu.next
	switch {
	case done == nil && !keep:
		b.mu.Unlock()
		return false
	case done == nil:
		b.mu.held = append(b.mu.held, p...)
		b.mu.Unlock()
		return true
	case keep:
		b.mu.out = append(b.mu.out[:0], p...)
		p = b.mu.out
	default:
		b.mu.lent = true
	}
	b.mu.next = nil
	b.mu.Unlock()
	done(p, nil)
	return true
}

// end says that everything has arrived.
func (b *requestBody) end(trailer core.Fields) {
	b.mu.Lock()
	if b.mu.err == nil {
		b.mu.trailer = trailer
	}
	b.mu.Unlock()
	b.fail(io.EOF)
}

// fail says that no more will arrive, and why.
func (b *requestBody) fail(err error) {
	b.mu.Lock()
	if b.mu.err == nil {
		b.mu.err = err
	}
	err = b.mu.err
	done := b.mu.next
	b.mu.next = nil
	b.mu.Unlock()
	if done != nil {
		done(nil, err)
	}
}

// bodyState is what the owner wants to know.
type bodyState struct {
	waits, closed, asked, lent bool
	held                       int
}

func (b *requestBody) state() bodyState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bodyState{b.mu.next != nil, b.mu.closed || b.mu.err != nil, b.mu.asked, b.mu.lent, len(b.mu.held)}
}

// setKick tells the body whom to wake, nil for nobody.
func (b *requestBody) setKick(kick chan struct{}) {
	b.mu.Lock()
	b.mu.kick = kick
	b.mu.Unlock()
}
