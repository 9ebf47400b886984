// Package wire is the HTTP/1.1 message syntax: incremental parsers for request heads,
// response heads and chunked content, and Append functions that write them.
//
// It does no I/O, holds no connection state and knows nothing of timeouts: package h1
// serves clients with it and package origin speaks to origins with it.
//
// What it accepts. Requests are parsed strictly: whatever two recipients might frame
// differently is an error that says which status to answer and which clause was broken.
// Responses are parsed as leniently as RFC 9112 allows a recipient to be, and no more:
// nothing that changes the framing is guessed.
//
// Ownership. A parser never keeps the bytes it is given; a parsed head holds offsets
// into them. RequestHead.Request and ResponseHead.Response copy the head once, as one
// string, of which every name and value is a substring. Payload slices that
// ChunkedDecoder returns alias its input.
//
// Goroutines. A value belongs to one goroutine at a time; the functions may be called
// from any. Any way of cutting the input into pieces gives the same result.
//
// Hot: RequestHead.Parse allocates nothing once its line table has grown
// (BenchmarkParseRequest, TestParseAllocs), RequestHead.Request one string.
//
// Specifications: RFC 9112 (syntax, framing), RFC 9110 (fields, methods), RFC 3986 (authority).
//
// Start at RequestHead.Parse, then ChunkedDecoder.Next.
package wire
