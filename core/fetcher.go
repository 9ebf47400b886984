package core

import (
	"context"
	"errors"
)

// Subrequest is one request a worker, or the edge on its own account, sends to an origin.
// Redirects are the caller's to follow: every hop is a Subrequest.
type Subrequest struct {
	Method string
	// URL is absolute, WHATWG-serialised, without fragment: "https://host[:port]/path?query".
	URL string
	// Fields holds no hop-by-hop fields. Host is taken from URL unless Host is set.
	Fields Fields
	// Host replaces the host of URL in the Host field; "" for the usual one.
	Host string
	// Body is nil when there is none. The fetcher takes it over.
	Body Body
	// Worker is the name of the worker that asks, "" for the edge itself.
	Worker string
	// Exchange is the client's request on whose behalf this one is sent; nil if there is none.
	Exchange *Exchange
}

// Errors a Fetcher gives, to be told apart with errors.Is. Their text is for the log and,
// where a worker asked, for the TypeError that its fetch rejects with.
var (
	// ErrForbiddenTarget means the address may not be fetched: it is loopback, link-local,
	// private or a metadata address and not in network.allow_private, or it is the admin
	// listener.
	ErrForbiddenTarget = errors.New("address not allowed")
	// ErrOriginDown means no connection could be made, or it broke before a response.
	ErrOriginDown = errors.New("origin unreachable")
	// ErrOriginTimeout means the origin was too slow to connect or to answer.
	ErrOriginTimeout = errors.New("origin timed out")
	// ErrTooManyHops means a request went through workers of this node too often in a row.
	ErrTooManyHops = errors.New("too many hops: the worker calls itself in a circle")
)

// Fetcher sends subrequests.
type Fetcher interface {
	// Fetch sends s. done is called exactly once, on any goroutine, possibly before Fetch
	// returns, when the response's fields are there or it failed; the response's body
	// streams afterwards. Fetch does not block. Cancelling ctx ends the exchange, its body
	// included.
	Fetch(ctx context.Context, s *Subrequest, done func(*Response, error))
}
