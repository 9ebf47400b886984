package crypto

import (
	"encoding/base64"
	"slices"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// Key is behind a CryptoKey (Web Crypto 13).
type Key struct {
	suite       *suite
	extractable bool
	usages      []string
	algorithm   *goja.Object
	usagesObj   *goja.Object
	// hash is HMAC's.
	hash digest
	// hashName is the name of hash.
	hashName string
	// secret is the key itself. Nothing that scripts see aliases it.
	secret []byte
}

var keyInterface = &realm.Interface{Name: "CryptoKey"}

func declareKey() {
	type args = realm.Args
	keyInterface.Members = []realm.Member{
		realm.Attr("type", func(_ *Key, a args) goja.Value { return a.RT.ToValue("secret") }, nil),
		realm.Attr("extractable", func(k *Key, a args) goja.Value { return a.RT.ToValue(k.extractable) }, nil),
		realm.Attr("algorithm", func(k *Key, _ args) goja.Value { return k.algorithm }, nil),
		realm.Attr("usages", func(k *Key, a args) goja.Value {
			if k.usagesObj == nil {
				k.usagesObj = stringArray(a.Realm, k.usages)
			}
			return k.usagesObj
		}, nil),
	}
}

func stringArray(r *realm.Realm, list []string) *goja.Object {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return r.RT.NewArray(items...)
}

// allUsages are the recognised key usages, in the order in which keys list them.
var allUsages = []string{"encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"}

// usagesOf converts a sequence of key usages: each once, in canonical order.
func usagesOf(r *realm.Realm, v goja.Value) []string {
	if _, ok := v.(*goja.Object); !ok {
		r.ThrowType("The key usages are not iterable.")
	}
	var given []string
	r.Iterate(v, func(item goja.Value) bool {
		given = append(given, r.Enum(item, "KeyUsage", allUsages...))
		return true
	})
	return slices.DeleteFunc(slices.Clone(allUsages), func(u string) bool { return !slices.Contains(given, u) })
}

// newKey makes a key object of a suite.
func newKey(p params, s *suite, secret []byte, algorithm *goja.Object, extractable bool, usages []string) *goja.Object {
	for _, u := range usages {
		if !slices.Contains(s.usages, u) {
			p.fail("SyntaxError", "a key for %s cannot be used to %s.", s.name, u)
		}
	}
	if len(usages) == 0 {
		p.fail("SyntaxError", "a secret key needs at least one usage.")
	}
	k := &Key{suite: s, extractable: extractable, usages: usages, algorithm: algorithm, secret: secret}
	if s.hashed {
		k.hash, k.hashName = p.hashOf()
	}
	return p.Wrap(keyInterface, k)
}

// keyOf is the key in v, to be used for an operation: the algorithm must be the key's, and
// the usage among its usages.
func keyOf(p params, v goja.Value, usage string) *Key {
	k, ok := realm.As[*Key](v)
	if !ok {
		p.ThrowType("%s: the key is not of type 'CryptoKey'.", p.what)
	}
	if k.suite != p.suite() {
		p.fail("InvalidAccessError", "the key is for %s.", k.suite.name)
	}
	if !slices.Contains(k.usages, usage) {
		p.fail("InvalidAccessError", "the key cannot be used to %s.", usage)
	}
	return k
}

// secretOf reads key data in a format: the bytes, and the alg member of a JWK.
func secretOf(p params, format string, v goja.Value, extractable bool, usages []string) (secret []byte, jwkAlg string) {
	switch format {
	case "raw":
		b, ok := p.Bytes(v)
		if !ok {
			p.ThrowType("%s: the key data is not a BufferSource.", p.what)
		}
		return slices.Clone(b), ""
	case "jwk":
		return secretOfJWK(p, v, extractable, usages)
	}
	p.fail("NotSupportedError", "the format %q is not supported for %s.", format, p.name)
	return nil, ""
}

// secretOfJWK reads a symmetric key as a JSON Web Key (RFC 7518, section 6.4).
func secretOfJWK(p params, v goja.Value, extractable bool, usages []string) (secret []byte, jwkAlg string) {
	jwk, ok := v.(*goja.Object)
	if !ok {
		p.ThrowType("%s: the key data is not a JsonWebKey.", p.what)
	}
	member := func(name string) string {
		if v := p.Dict(jwk, name); !goja.IsUndefined(v) {
			return p.Realm.String(v)
		}
		return ""
	}
	if member("kty") != "oct" {
		p.fail("DataError", `the JWK's "kty" is not "oct".`)
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(member("k"))
	if err != nil {
		p.fail("DataError", `the JWK's "k" is not base64url.`)
	}
	if ext := p.Dict(jwk, "ext"); extractable && !goja.IsUndefined(ext) && !ext.ToBoolean() {
		p.fail("DataError", "the JWK is not extractable.")
	}
	if ops := p.Dict(jwk, "key_ops"); !goja.IsUndefined(ops) {
		allowed := usagesOf(p.Realm, ops)
		for _, u := range usages {
			if !slices.Contains(allowed, u) {
				p.fail("DataError", `the JWK's "key_ops" do not allow to %s.`, u)
			}
		}
	}
	return secret, member("alg")
}

// export writes the key in a format.
func (k *Key) export(p params, format string) goja.Value {
	if !k.extractable {
		p.fail("InvalidAccessError", "the key is not extractable.")
	}
	switch format {
	case "raw":
		return p.NewBuffer(slices.Clone(k.secret))
	case "jwk":
		o := p.RT.NewObject()
		_ = o.Set("kty", "oct")
		_ = o.Set("k", base64.RawURLEncoding.EncodeToString(k.secret))
		_ = o.Set("alg", k.suite.jwkAlg(k))
		_ = o.Set("key_ops", stringArray(p.Realm, k.usages))
		_ = o.Set("ext", true)
		return o
	}
	p.fail("NotSupportedError", "the format %q is not supported for %s.", format, k.suite.name)
	return nil
}
