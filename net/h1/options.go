package h1

import (
	"errors"
	"log/slog"
	"runtime"
	"time"

	"gannet/core"
	"gannet/net/h1/wire"
)

// Options configure a Server. Zero fields mean their defaults.
type Options struct {
	// Handler is what is served. Required.
	Handler core.Handler
	// Loops is the number of event loops (default: half of GOMAXPROCS, at least 1; the
	// rest is for the executors).
	Loops int
	// Head bounds request heads (414, 431).
	Head wire.Limits
	// MaxBody bounds the content of a request, in bytes: 413 beyond. 0 means no bound.
	MaxBody int64
	// MaxConns bounds open connections: beyond, new ones are answered 503 and closed.
	// 0 means no bound.
	MaxConns int
	// HeaderTimeout is how long a request head may take from its first byte, or from
	// accept for the first one (default 10 s): 408.
	HeaderTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request (default 75 s).
	IdleTimeout time.Duration
	// BodyTimeout is how long we wait for the next bytes of content that somebody wants
	// (default 30 s): 408.
	BodyTimeout time.Duration
	// WriteTimeout is how long a client may take none of the bytes we have for it
	// (default 60 s).
	WriteTimeout time.Duration
	// DrainGrace is how long Shutdown waits for one more request on a connection that is
	// idle, to answer it with Connection: close (default 300 ms). Closing at once would
	// cross with requests under way and lose them.
	DrainGrace time.Duration
	// Log takes panics, and at debug level what clients do wrong (default: discarded).
	Log *slog.Logger
	// Clock times what happens on the loops (default: the machine's).
	Clock core.Clock
}

func (o Options) withDefaults() (Options, error) {
	if o.Handler == nil {
		return o, errors.New("h1: no Handler")
	}
	if o.Loops <= 0 {
		o.Loops = max(1, runtime.GOMAXPROCS(0)/2)
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.HeaderTimeout, 10*time.Second)
	def(&o.IdleTimeout, 75*time.Second)
	def(&o.BodyTimeout, 30*time.Second)
	def(&o.WriteTimeout, 60*time.Second)
	def(&o.DrainGrace, 300*time.Millisecond)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	return o, nil
}

// Bounds that nobody needs to change.
const (
	// maxPipeline is how many requests of one connection may be in flight. Beyond it no
	// more are parsed until some are answered.
	maxPipeline = 64
	// maxHeld is how much input a loop holds for a connection that cannot take it now:
	// content nobody has asked for, requests beyond maxPipeline. Beyond: bulk mode, which
	// stops reading. Content announced to be longer goes there at once. Bytes.
	maxHeld = 64 << 10
	// highWater is how much of a streamed response's content a loop writes, in bytes.
	// Longer ones go on in bulk mode, so that no transfer takes the loop from the rest.
	highWater = 256 << 10
	// maxDiscard is how much content that nobody wants is read to keep a connection, in
	// bytes; beyond it, closing is cheaper for both sides.
	maxDiscard = 256 << 10
	// copyMax is the longest content that is copied behind its head, to go out by one
	// write of one buffer; longer content goes by writev. Bytes.
	copyMax = 16 << 10
	// lingerTimeout is how long we read on and discard after the last response when the
	// client may still be sending: closing at once would reset the connection and could
	// take the response from it (RFC 9112, section 9.6).
	lingerTimeout = 2 * time.Second
)
