package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/dop251/goja"
)

// gcmSuite is AES-GCM (Web Crypto 27, SP 800-38D).
var gcmSuite = suite{
	name:     "AES-GCM",
	usages:   []string{"encrypt", "decrypt", "wrapKey", "unwrapKey"},
	generate: generateAES("AES-GCM"),
	load:     loadAES("AES-GCM"),
	jwkAlg:   aesJWKAlg,
	encrypt: func(p params, k *Key, data []byte) []byte {
		aead, iv, extra := gcmOf(p, k)
		return aead.Seal(nil, iv, data, extra)
	},
	decrypt: func(p params, k *Key, data []byte) []byte {
		aead, iv, extra := gcmOf(p, k)
		plain, err := aead.Open(nil, iv, data, extra)
		if err != nil {
			p.fail("OperationError", "the data cannot be decrypted.")
		}
		return plain
	},
}

// cbcSuite is AES-CBC with PKCS#7 padding (Web Crypto 26, SP 800-38A).
var cbcSuite = suite{
	name:     "AES-CBC",
	usages:   []string{"encrypt", "decrypt", "wrapKey", "unwrapKey"},
	generate: generateAES("AES-CBC"),
	load:     loadAES("AES-CBC"),
	jwkAlg:   aesJWKAlg,
	encrypt: func(p params, k *Key, data []byte) []byte {
		block, iv := cbcOf(p, k)
		pad := aes.BlockSize - len(data)%aes.BlockSize
		data = append(data, bytes.Repeat([]byte{byte(pad)}, pad)...)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
		return data
	},
	decrypt: func(p params, k *Key, data []byte) []byte {
		block, iv := cbcOf(p, k)
		if len(data) == 0 || len(data)%aes.BlockSize != 0 {
			p.fail("OperationError", "the data is not whole blocks.")
		}
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
		plain, ok := unpad(data)
		if !ok {
			p.fail("OperationError", "the data cannot be decrypted.")
		}
		return plain
	},
}

// unpad takes PKCS#7 padding off, in a time that does not tell how much of it is right.
func unpad(data []byte) ([]byte, bool) {
	pad := int(data[len(data)-1])
	good := subtle.ConstantTimeLessOrEq(1, pad) & subtle.ConstantTimeLessOrEq(pad, aes.BlockSize)
	for i := 1; i <= aes.BlockSize; i++ {
		inPad := subtle.ConstantTimeLessOrEq(i, pad)
		same := subtle.ConstantTimeByteEq(data[len(data)-i], byte(pad))
		good &= same | (1 - inPad)
	}
	if good != 1 {
		return nil, false
	}
	return data[:len(data)-pad], true
}

func generateAES(name string) func(p params) ([]byte, *goja.Object) {
	return func(p params) ([]byte, *goja.Object) {
		bits := p.Enforce(p.member("length"), 0, 1<<16-1, p.what+": length")
		if bits != 128 && bits != 192 && bits != 256 {
			p.fail("OperationError", "an AES key has 128, 192 or 256 bits, not %d.", bits)
		}
		secret := make([]byte, bits/8)
		_, _ = rand.Read(secret)
		return secret, aesAlgorithm(p, name, len(secret))
	}
}

func loadAES(name string) func(p params, secret []byte, jwkAlg string) *goja.Object {
	return func(p params, secret []byte, jwkAlg string) *goja.Object {
		switch len(secret) {
		case 16, 24, 32:
		default:
			p.fail("DataError", "an AES key has 128, 192 or 256 bits, not %d.", 8*len(secret))
		}
		if want := aesAlg(name, len(secret)); jwkAlg != "" && jwkAlg != want {
			p.fail("DataError", `the JWK's "alg" is not %q.`, want)
		}
		return aesAlgorithm(p, name, len(secret))
	}
}

func aesAlgorithm(p params, name string, bytes int) *goja.Object {
	o := p.newAlgorithm(name)
	_ = o.Set("length", 8*bytes)
	return o
}

func aesJWKAlg(k *Key) string { return aesAlg(k.suite.name, len(k.secret)) }

// aesAlg is the alg of a JWK: A128GCM.
func aesAlg(name string, bytes int) string {
	return fmt.Sprintf("A%d%s", 8*bytes, strings.TrimPrefix(name, "AES-"))
}

// gcmOf is the cipher with its parameters. Go's GCM takes tags other than 128 bits with
// nonces of 96 bits only, and none below 96 bits, which SP 800-38D discourages anyhow.
func gcmOf(p params, k *Key) (aead cipher.AEAD, iv, extra []byte) {
	iv = p.bytes("iv")
	if p.hasMember("additionalData") {
		extra = p.bytes("additionalData")
	}
	tag := int64(128)
	if v := p.member("tagLength"); !goja.IsUndefined(v) {
		tag = p.Enforce(v, 0, 255, p.what+": tagLength")
	}
	block, err := aes.NewCipher(k.secret)
	if err != nil {
		p.fail("OperationError", "%v", err)
	}
	const usualNonce = 12
	switch {
	case len(iv) == 0:
		p.fail("OperationError", "the iv is empty.")
	case tag == 128:
		aead, err = cipher.NewGCMWithNonceSize(block, len(iv))
	case (tag == 96 || tag == 104 || tag == 112 || tag == 120) && len(iv) == usualNonce:
		aead, err = cipher.NewGCMWithTagSize(block, int(tag/8))
	case tag == 32 || tag == 64 || tag == 96 || tag == 104 || tag == 112 || tag == 120:
		p.fail("NotSupportedError", "a tag of %d bits with an iv of %d bytes is not supported.", tag, len(iv))
	default:
		p.fail("OperationError", "a tag of %d bits does not exist.", tag)
	}
	if err != nil {
		p.fail("OperationError", "%v", err)
	}
	return aead, iv, extra
}

func cbcOf(p params, k *Key) (cipher.Block, []byte) {
	iv := p.bytes("iv")
	if len(iv) != aes.BlockSize {
		p.fail("OperationError", "the iv has %d bytes, not %d.", len(iv), aes.BlockSize)
	}
	block, err := aes.NewCipher(k.secret)
	if err != nil {
		p.fail("OperationError", "%v", err)
	}
	return block, iv
}
