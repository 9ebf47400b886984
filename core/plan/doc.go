// Package plan compiles sites and routes into one immutable dispatch plan and answers
// the question "which worker, which site?" for every request.
//
// It does not read configuration (core/config), run workers or talk to origins: the
// worker of a route is an opaque core.Worker, and Rule and Site carry a Handle in which
// core/edge keeps what it compiled for them.
//
// # Which route wins
//
// A pattern matches a URL when its scheme is the URL's or none, its host is the URL's
// host (or, with a leading "*", an ending of it), and its path is the URL's path and
// query together (or, with a trailing "*", a beginning of them). So a pattern without a
// trailing "*" matches no URL that has a query. Hosts compare without case and without
// port, paths byte by byte. Of the patterns that match, the first in this order wins:
//
//  1. the host: an exact one before a wildcard, a longer wildcard before a shorter;
//  2. the path: an exact one before a wildcard, a longer wildcard before a shorter;
//  3. the scheme: a named one before none;
//  4. a route before a custom domain.
//
// The order is total: two rules that tie in all four have the same pattern, which
// Compile refuses. Cloudflare departs from rule 2 in one known case ("/images*" beats
// "/images/*" for "/images/hello"); we do not. A rule without a worker wins like any
// other, and so negates less specific ones: the request goes straight to the origin.
//
// Lookup takes the target as it is given. Whoever calls it must have resolved dot
// segments and encoded characters as request.url shows them, or "/a/../admin/" would
// pass by a worker on "/admin/*".
//
// # Which site
//
// The site is found by the host alone: exact hosts before "*." wildcards, longer
// wildcards before shorter ones, then the default site, if there is one.
//
// # Ownership and goroutines
//
// A Plan never changes after Compile; any goroutine may call Lookup. Published holds the
// current one. A request takes one plan at its start and keeps it to its end.
//
// Start at Compile, then Plan.Lookup, then host.go and trie.go. Specifications: Workers routes
// (developers.cloudflare.com, "Routes"), RFC 9110, section 4.2.3 (hosts ignore case).
package plan
