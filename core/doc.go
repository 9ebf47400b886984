// Package core holds the words every other package of Gannet speaks: messages
// (Request, Response, Fields, Body), the exchange that couples a request with the way
// back to its client, the actor and scheduler interfaces, the worker and fetcher
// interfaces, limits and clocks.
//
// It does nothing by itself: no parsing, no scheduling, no network, no JavaScript. It
// imports nothing of Gannet, so that implementations can live on either side of an
// interface without an import cycle.
//
// Ownership. An Exchange belongs to the listener that made it until Dispatcher.Dispatch,
// then to whoever took it over until Exchange.Respond; the Request in it is never
// written after Dispatch except by the edge, before it hands the exchange on. Strings in
// Fields are immutable and may be kept for ever. A chunk of a Body is valid until the
// next call of Next or Close on that Body: copy what must live longer.
//
// Goroutines. A Dispatcher belongs to one event loop. Everything else in this package
// may be called from any goroutine unless its comment says otherwise.
//
// Specifications: RFC 9110 (fields, methods, status codes), RFC 9112 (framing, by
// net/h1), WHATWG Fetch and the Workers API (by isolate).
//
// Start at Exchange, then Worker, then Actor.
package core
