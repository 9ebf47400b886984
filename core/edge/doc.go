// Package edge is the request pipeline between listeners, workers and origins: it looks a
// request up in the published plan, prepares it (client fields, request.url, request.cf),
// hands it to a worker, a site's origin, its files or its fixed answer, and turns what comes
// back, or fails to, into a response.
//
// It does not parse or write messages (net), run JavaScript (isolate), connect to origins
// (net/origin) or read files (core/assets); those are interfaces here, and cmd/gannet wires
// them together.
//
// The life of a request: Dispatch (on the listener's loop) takes the plan, canonicalises the
// target, looks up the route. Fixed answers, redirects and error pages are written on the
// loop. A worker's event goes into the loop's batch; Flush wakes an executor once for all of
// them. FetchDone (on the executor) makes the response. Requests without a worker go to the
// site's origin; files are read on a goroutine, never on a loop.
//
// Ownership. An exchange belongs to the edge from Dispatch until Respond. A request's fields
// are rewritten once, before anyone else sees them. The plan a request started with serves it
// to its end.
//
// Specifications: RFC 9110 (7.6 forwarding, 15 status codes), RFC 8586 (CDN-Loop), WHATWG
// URL (the form of request.url), Workers (CF-* fields, request.cf, error codes).
//
// Start at Edge and dispatcher.Dispatch.
package edge
