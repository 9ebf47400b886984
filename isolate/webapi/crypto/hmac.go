package crypto

import (
	"crypto/hmac"
	"crypto/rand"
	"strings"

	"github.com/dop251/goja"
)

// hmacSuite is HMAC (Web Crypto 29, RFC 2104).
var hmacSuite = suite{
	name:   "HMAC",
	usages: []string{"sign", "verify"},
	hashed: true,
	generate: func(p params) ([]byte, *goja.Object) {
		newHash, name := p.hashOf()
		bits := int64(8 * newHash().BlockSize())
		if v := p.member("length"); !goja.IsUndefined(v) {
			if bits = p.Enforce(v, 0, maxHMACBits, p.what+": length"); bits == 0 {
				p.fail("OperationError", "the length of the key is 0.")
			}
			if bits%8 != 0 {
				p.fail("NotSupportedError", "the length of the key is not a whole number of bytes.")
			}
		}
		secret := make([]byte, bits/8)
		_, _ = rand.Read(secret)
		return secret, hmacAlgorithm(p, name, len(secret))
	},
	load: func(p params, secret []byte, jwkAlg string) *goja.Object {
		_, name := p.hashOf()
		if jwkAlg != "" && jwkAlg != hmacJWKAlg(name) {
			p.fail("DataError", `the JWK's "alg" is not %q.`, hmacJWKAlg(name))
		}
		if len(secret) == 0 {
			p.fail("DataError", "the key is empty.")
		}
		if v := p.member("length"); !goja.IsUndefined(v) {
			bits := p.Enforce(v, 0, 1<<32-1, p.what+": length")
			if bits != int64(8*len(secret)) {
				p.fail("DataError", "the key has %d bits, not %d.", 8*len(secret), bits)
			}
		}
		return hmacAlgorithm(p, name, len(secret))
	},
	jwkAlg: func(k *Key) string { return hmacJWKAlg(k.hashName) },
	sign:   func(_ params, k *Key, data []byte) []byte { return k.mac(data) },
	verify: func(_ params, k *Key, signature, data []byte) bool { return hmac.Equal(signature, k.mac(data)) },
}

// maxHMACBits bounds the length of a generated key, in bits; RFC 2104 hashes longer ones
// than a block anyway.
const maxHMACBits = 1 << 16

func (k *Key) mac(data []byte) []byte {
	m := hmac.New(k.hash, k.secret)
	m.Write(data)
	return m.Sum(nil)
}

func hmacAlgorithm(p params, hash string, bytes int) *goja.Object {
	o := p.newAlgorithm("HMAC")
	_ = o.Set("hash", p.newAlgorithm(hash))
	_ = o.Set("length", 8*bytes)
	return o
}

// hmacJWKAlg is the alg of RFC 7518, section 3.1: HS256 for SHA-256.
func hmacJWKAlg(hash string) string { return "HS" + strings.TrimPrefix(hash, "SHA-") }
