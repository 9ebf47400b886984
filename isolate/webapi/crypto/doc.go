// Package crypto has the global crypto: random values, UUIDs, and crypto.subtle with
// digests, HMAC and AES (GCM and CBC).
//
// What it does not: the other algorithms of Web Crypto. Asking for one rejects with a
// NotSupportedError that names the method and the algorithm; algorithms are entries of a
// table (suites), so that adding one touches its own file only.
//
// Operations run where they are called and return a settled promise: their time belongs to
// the event that asked. Bytes of scripts are copied before anything is computed from them.
//
// Ownership and goroutines: everything belongs to one realm and is used by the goroutine
// that has entered it. Key material never leaves a Key but by exportKey of an extractable
// one.
//
// Specifications: W3C Web Cryptography API level 2; FIPS 180-4 (digests), RFC 2104 (HMAC),
// FIPS 197, SP 800-38A and 800-38D (AES), RFC 7518 (JWK); MD5 and timingSafeEqual are of the
// Workers API.
//
// Start at Declare, subtle.go and suite.go.
package crypto
