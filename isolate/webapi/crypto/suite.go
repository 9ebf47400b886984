package crypto

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// suite is one algorithm of keys. An operation that is nil is not supported.
type suite struct {
	name string
	// usages are those its keys may have.
	usages []string
	// hashed says that a key is bound to the digest in the parameter hash.
	hashed bool
	// generate makes a secret key's bytes, and its algorithm object, from the parameters.
	generate func(p params) (secret []byte, algorithm *goja.Object)
	// load checks a secret key's bytes (raw, or out of a JWK whose alg is given, "" if it
	// has none) and makes its algorithm object.
	load func(p params, secret []byte, jwkAlg string) (algorithm *goja.Object)
	// jwkAlg is the alg member of the key as a JWK.
	jwkAlg func(k *Key) string

	sign             func(p params, k *Key, data []byte) []byte
	verify           func(p params, k *Key, signature, data []byte) bool
	encrypt, decrypt func(p params, k *Key, data []byte) []byte
}

// suites are the supported algorithms by their names in lower case.
var suites = map[string]*suite{
	"hmac":    &hmacSuite,
	"aes-gcm": &gcmSuite,
	"aes-cbc": &cbcSuite,
}

// params are the parameters of an operation: the algorithm argument, an object or a name.
type params struct {
	*realm.Realm
	name string
	obj  goja.Value // undefined where only a name was given
	// what is the operation, for messages: "SubtleCrypto.sign".
	what string
}

// normalize is the first part of "normalize an algorithm" (Web Crypto 18.4.4): the name.
func normalize(r *realm.Realm, v goja.Value, what string) params {
	p := params{Realm: r, obj: goja.Undefined(), what: what}
	if obj, ok := v.(*goja.Object); ok {
		name := r.Dict(obj, "name")
		if goja.IsUndefined(name) {
			r.ThrowType("%s: the algorithm has no name.", what)
		}
		p.name, p.obj = r.String(name), obj
		return p
	}
	p.name = r.String(v)
	return p
}

// suite finds the algorithm, or throws a NotSupportedError.
func (p params) suite() *suite {
	if s := suites[strings.ToLower(p.name)]; s != nil {
		return s
	}
	p.unsupported()
	return nil
}

func (p params) unsupported() {
	dom.Throw(p.Realm, "NotSupportedError", "%s: the algorithm %q is not supported.", p.what, p.name)
}

// member is a parameter, undefined if it is absent.
func (p params) member(name string) goja.Value { return p.Dict(p.obj, name) }

// hasMember reports whether a parameter was given.
func (p params) hasMember(name string) bool { return !goja.IsUndefined(p.member(name)) }

// bytes is a copy of a parameter that is a BufferSource.
func (p params) bytes(name string) []byte {
	b, ok := p.Bytes(p.member(name))
	if !ok {
		p.ThrowType("%s: %s is not a BufferSource.", p.what, name)
	}
	return slices.Clone(b)
}

// fail throws a DOMException.
func (p params) fail(name, format string, args ...any) {
	dom.Throw(p.Realm, name, p.what+": "+format, args...)
}

// newAlgorithm makes the algorithm object of a key.
func (p params) newAlgorithm(name string) *goja.Object {
	o := p.RT.NewObject()
	_ = o.Set("name", name)
	return o
}

// hashOf is the parameter hash, an algorithm by itself.
func (p params) hashOf() (digest, string) {
	v := p.member("hash")
	if goja.IsUndefined(v) {
		p.ThrowType("%s: the parameter hash is required.", p.what)
	}
	return findDigest(normalize(p.Realm, v, p.what))
}
