// Package compat compares isolates with the Workers runtime itself. Each script under
// testdata/scripts is a worker that exercises one area of the platform or of the language
// and answers with one JSON object: the name of a case to what it gave. testdata/golden
// holds what workerd answered; the tests run the same scripts on Gannet, bundled as any
// worker is, on a real scheduler and with a real origin client, and compare case by case.
//
// It has no code but tests. It does not measure, and it does not test what only Gannet has.
//
// Where Gannet differs and cannot do otherwise yet, gaps_test.go says so with the reason.
// Every entry there must still differ: what begins to work must be taken off the list.
//
// To record the answers anew, in a directory with the npm packages workerd and esbuild:
//
//	go test ./isolate/compat -rewrite -peers DIR
//
// Specifications: the WHATWG standards (DOM, Encoding, Fetch, Streams, URL), W3C Web
// Cryptography, ECMA-262, as workerd implements them at the compatibility date in
// workerd_test.go.
//
// Start at TestCompat, then testdata/lib.js.
package compat
