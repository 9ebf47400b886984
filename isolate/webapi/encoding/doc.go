// Package encoding is the WHATWG Encoding Standard and the base64 utilities of HTML:
// TextEncoder, TextDecoder, TextEncoderStream, TextDecoderStream, atob and btoa.
//
// UTF-8 and UTF-16 are decoded here; the legacy encodings come from golang.org/x/text, whose
// tables are the standard's. Strings cross into JavaScript as valid UTF-8, which goja
// converts when, and if, a script looks inside; ASCII is never converted at all.
//
// It knows nothing of HTTP and its charsets: package fetch does. Everything runs on the
// goroutine that has entered the realm, except the pure functions.
//
// Start at TextDecoder, then utf8.go.
package encoding
