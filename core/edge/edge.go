package edge

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"sync/atomic"

	"gannet/core"
	"gannet/core/plan"
)

// Options are the properties of an Edge. Plan and Scheduler are required.
type Options struct {
	Plan      *plan.Published
	Scheduler core.Scheduler
	// Origin sends what no site answers: the guarded client.
	Origin core.Fetcher
	// Geo finds a client's place; nil for none.
	Geo *Geo
	// Country is what every client's country is when Geo does not know it; "" for none.
	Country string
	// Node names this node: the colo of request.cf and CF-Ray, in at most a few letters.
	Node string
	// Trusted are the proxies whose X-Forwarded-For and X-Forwarded-Proto count; nobody's do
	// by default. CF-* fields never count.
	Trusted []netip.Prefix
	// Dev shows exceptions with their stacks to clients.
	Dev bool
	// Source returns the lines around a line of a worker's source file, for the page of
	// Dev; nil for none.
	Source func(file string, line int) []SourceLine
	// Missing is what a developer is told when there is no origin to send a request to;
	// "" for the plain page of a server.
	Missing string
	// Record is called when a response was handed over; nil for none. It must not block.
	Record func(Record)
	Clock  core.Clock   // nil for the system's
	Log    *slog.Logger // nil for slog.Default
}

// Edge is the pipeline. It implements core.Handler; Fetcher is the way of workers out. All
// its methods may be called from any goroutine.
type Edge struct {
	o        Options
	settings atomic.Pointer[settings]
	rays     rayID
	files    chan struct{} // a token for each file request being read
}

// settings are what a reload may change.
type settings struct {
	geo     *Geo
	country string
	trusted []netip.Prefix
}

// maxFileReads bounds the goroutines that read files at once; more requests wait. Each may
// hold a thread for the length of a disk read.
const maxFileReads = 64

// New returns an Edge.
func New(o Options) *Edge {
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Node == "" {
		o.Node = "GNT"
	}
	e := &Edge{o: o, files: make(chan struct{}, maxFileReads)}
	var seed [8]byte
	_, _ = rand.Read(seed[:])
	e.rays.state.Store(binary.LittleEndian.Uint64(seed[:]))
	e.Configure(o.Geo, o.Country, o.Trusted)
	return e
}

// Configure replaces what a reload may change, for requests from now on.
func (e *Edge) Configure(geo *Geo, country string, trusted []netip.Prefix) {
	e.settings.Store(&settings{geo: geo, country: country, trusted: trusted})
}

// NewDispatcher implements core.Handler.
func (e *Edge) NewDispatcher() core.Dispatcher {
	return &dispatcher{edge: e, batch: e.o.Scheduler.NewBatch()}
}

// rayID hands out request ids: a Weyl sequence through a mixing function, so that they are
// unique for the life of the process and do not tell how many requests there were.
type rayID struct{ state atomic.Uint64 }

const hexDigits = "0123456789abcdef"

// next returns 16 hexadecimal digits, a dash and node.
func (r *rayID) next(node string) string {
	z := r.state.Add(0x9E3779B97F4A7C15) // splitmix64
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	var b [32]byte
	for i := range 16 {
		b[i] = hexDigits[z>>(60-4*i)&15]
	}
	return string(append(append(b[:16], '-'), node...))
}
