// Package fetch is the Fetch standard as workers see it: Headers, Request, Response, their
// body mixin, Blob, File, FormData and the function fetch.
//
// Everything is lazy. The request of an event is a struct around core.Request; its Headers
// read core.Fields in place until they are written; a body stays a native core.Body until a
// script touches it, so that one a worker passes on never enters JavaScript. A response's
// content coding is undone only when a script reads the body.
//
// It does not run events (package isolate does), talk to the network (core.Fetcher does) or
// implement streams.
//
// All functions run on the goroutine that has entered the realm, except the callbacks of
// bodies and fetchers, which go back through realm.Completion.
//
// Specification: https://fetch.spec.whatwg.org, with the departures of the Workers API:
// no CORS, no forbidden field names, request.redirect of an incoming request is "manual".
//
// Start at NewRequest, TakeResponse and doFetch.
package fetch
