package h1

import (
	"net"
	"net/netip"
	"sync/atomic"

	"gannet/net/h1/wire"
)

// counters are the server's, written by everyone.
type counters struct {
	open, accepted, shed                 atomic.Int64
	bulk, cut                            atomic.Int64
	panics, timeouts, handshakesFailed   atomic.Int64
	badRequest, tooLarge, tooLong, heads atomic.Int64
	unsupported, otherRejected           atomic.Int64
}

// traffic counts what is counted for each request: each loop has its own, in a cache line
// of its own, and all blocking drivers share one.
type traffic struct {
	requests, responses atomic.Int64
	_                   [48]byte
}

// Stats is a snapshot of what a server has done.
type Stats struct {
	Open             int64 // connections open now
	Accepted         int64 // connections accepted so far
	Shed             int64 // connections refused for MaxConns
	Requests         int64 // requests whose head was accepted
	Responses        int64 // responses written to their end
	Bulk             int64 // times a connection went into bulk mode
	Cut              int64 // responses cut short because their content failed
	Panics           int64 // panics recovered
	HandshakesFailed int64 // TLS handshakes that failed
	// Rejected requests, by what was wrong: the status they were answered with.
	Rejected Rejections
}

// Rejections counts requests that were answered without the handler.
type Rejections struct {
	BadRequest   int64 // 400
	Timeout      int64 // 408
	TooLarge     int64 // 413
	TargetTooBig int64 // 414
	FieldsTooBig int64 // 431
	Unsupported  int64 // 501, 505
	Other        int64 // 405, 417, 500
}

// Stats returns a snapshot.
func (s *Server) Stats() Stats {
	c := &s.stats
	requests, responses := s.blockingTraffic.requests.Load(), s.blockingTraffic.responses.Load()
	for _, l := range s.loops {
		requests += l.traffic.requests.Load()
		responses += l.traffic.responses.Load()
	}
	return Stats{
		Open:             c.open.Load(),
		Accepted:         c.accepted.Load(),
		Shed:             c.shed.Load(),
		Requests:         requests,
		Responses:        responses,
		Bulk:             c.bulk.Load(),
		Cut:              c.cut.Load(),
		Panics:           c.panics.Load(),
		HandshakesFailed: c.handshakesFailed.Load(),
		Rejected: Rejections{
			BadRequest:   c.badRequest.Load(),
			Timeout:      c.timeouts.Load(),
			TooLarge:     c.tooLarge.Load(),
			TargetTooBig: c.tooLong.Load(),
			FieldsTooBig: c.heads.Load(),
			Unsupported:  c.unsupported.Load(),
			Other:        c.otherRejected.Load(),
		},
	}
}

func (c *counters) rejected(err *wire.Error) {
	switch err.Status {
	case 400:
		c.badRequest.Add(1)
	case 408:
		c.timeouts.Add(1)
	case 413:
		c.tooLarge.Add(1)
	case 414:
		c.tooLong.Add(1)
	case 431:
		c.heads.Add(1)
	case 501, 505:
		c.unsupported.Add(1)
	default:
		c.otherRejected.Add(1)
	}
}

// addrPort returns a TCP address in the form of package netip, IPv4 as itself.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
