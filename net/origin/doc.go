// Package origin sends requests to origins: the core.Fetcher behind a worker's fetch, and
// the way of a site to its own servers. It speaks HTTP/1.1 with the syntax of
// gannet/net/h1/wire over pooled connections, plain or TLS.
//
// It does not follow redirects (every hop is a Subrequest, so that every hop is checked),
// cache, decode content codings, or know which host belongs to which site: the edge asks
// for an Upstream by FetchVia before it comes here with a host.
//
// Where a request may go is the Policy's to say, on the address that is about to be
// dialled: policy.go, special.go. Connections are pooled by scheme, host, port and by who
// vouched for them, so that no fetch of a worker runs over a connection that only the
// operator's word had allowed.
//
// Ownership. Fetch takes the Subrequest over, its Fields are only read. A conn belongs to
// one exchange, then to the pool, or to nobody once killed; the read buffer goes with it and
// comes back when no reader can hold a chunk of it. A response body must be read to its end
// or closed.
//
// Goroutines. One per exchange until the response head is there, one per read of a
// streaming body, one per upload of a streaming request body, one timer for all idle
// connections while there are any. Each ends by a time-out at the latest. Close of a body
// or the end of the context closes the connection under them. Nothing here blocks the
// caller of Fetch. A panic of a callback or a body on one of them is logged and ends that
// exchange (panics.go).
//
// Why not net/http's Transport? The same round trip costs it twice the CPU time and four
// times the allocations (BenchmarkFetch), and it hides which requests were sent.
//
// Specifications: RFC 9110, RFC 9112 (client side), RFC 8305 (only the stagger), the IANA
// special-purpose address registries.
//
// Start at Client.respond in client.go, then exchange.go.
package origin
