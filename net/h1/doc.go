// Package h1 serves HTTP/1.1 and HTTP/1.0: it turns what clients send into
// core.Exchanges for a core.Handler, and the responses into bytes.
//
// It does not route, cache, compress or run anything, and it does not accept for gnet:
// the listening sockets are the caller's, so that one can be handed over or closed while
// the connections it gave live on. WebSocket and other upgrades are not done here.
//
// # Two drivers, one connection
//
// A conn is the state machine of one connection and knows no transport: bytes go in by
// feed, exchanges come out, responses go in, bytes come out by advance. Two drivers run it:
//
//   - a loop, one gnet event loop, on which nothing ever blocks (loop.go, pump.go);
//   - two goroutines over a blocking net.Conn, a reader and a writer (blocking.go). TLS
//     and anything but TCP is served so from beginning to end; plain connections while
//     they are in bulk mode.
//
// gnet can neither pause reading nor tell when a write buffer has drained. So nothing is
// ever left in gnet's buffers: a loop writes to the socket itself, and a connection whose
// peer is slower than we are, either way, goes into bulk mode: its socket is duplicated,
// gnet closes its copy, and the goroutines carry on, where waiting is free. When the
// message is done the connection is enrolled in its loop again.
//
// # Ownership and goroutines
//
// A conn is entered by its loop alone, or in blocking mode by reader and writer under
// conn.mu. Mode changes only on the loop. A stream (one exchange) is told news from any
// goroutine through lock-free queues (queue.go): streams begun on a loop by the loop's
// queue, even while their connection is in bulk mode, when the loop passes them on;
// streams begun in blocking mode by the connection's own. Handlers, bodies and their
// callbacks are never called with a lock held that they could need: they only ever take
// requestBody.mu.
//
//	conn.mu -> requestBody.mu
//	Server.mu (held alone)
//
// Input bytes are copied once per head (into the request's string) and once per piece of
// content on a loop; in blocking mode content is handed over without copying.
//
// Every callback of gnet, every goroutine and every Dispatch recovers panics: that
// connection ends, the process lives.
//
// Specifications: RFC 9112, RFC 9110. Start at Server, then loop.OnTraffic, conn.feed,
// conn.advance.
package h1
