// Package streams is the WHATWG Streams Standard in Go: ReadableStream, WritableStream and
// TransformStream with their readers (BYOB readers of byte streams too), writers and
// controllers, the two queuing strategies, and the Workers' IdentityTransformStream and
// FixedLengthStream. It is also the bridge between streams and core.Body, the form in which content crosses the border of
// an isolate.
//
// The algorithms follow the standard step by step and carry its names in Go's case, so a
// section of the standard can be read beside the code; promises settle in the order it
// prescribes. Where an algorithm of the standard returns a promise, Go code returns a
// goja.Value in which nil stands for "a promise resolved with undefined".
//
// Bridge. FromBody wraps a body without reading it: until a script asks for bytes, the
// stream is nothing but a handle, and TakeBody gives the body back untouched. ToBody is the
// other direction: it pulls one chunk out of a stream per Body.Next, which is what carries
// the client's back-pressure into the script. Bytes are copied once on each way across the
// border, because a script may change what it sees at any time.
//
// Not here: compression streams, text streams (package encoding builds those on
// NewTransform), transferring streams between realms.
//
// Goroutines. Everything runs on the goroutine that has entered the realm, except the
// methods of the core.Body that ToBody returns and the callbacks of bodies read, which may
// run anywhere and come back through realm.Host.Async.
//
// Start at ReadableStream, then Controller, then native.go.
package streams
