package crypto

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
)

// digest makes a hash function.
type digest func() hash.Hash

// findDigest finds a digest by its name, which it returns as the standard spells it, or
// throws a NotSupportedError.
func findDigest(p params) (digest, string) {
	switch name := strings.ToUpper(p.name); name {
	case "SHA-256":
		return sha256.New, name
	case "SHA-1":
		return sha1.New, name
	case "SHA-384":
		return sha512.New384, name
	case "SHA-512":
		return sha512.New, name
	case "MD5": // the Workers API has it, for old protocols
		return md5.New, name
	}
	p.unsupported()
	return nil, ""
}
