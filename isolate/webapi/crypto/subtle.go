package crypto

import (
	"crypto/subtle"
	"slices"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// subtleCrypto is behind crypto.subtle (Web Crypto 14).
type subtleCrypto struct{}

var subtleInterface = &realm.Interface{Name: "SubtleCrypto"}

func declareSubtle() {
	type args = realm.Args
	// method declares one that takes n arguments; what it throws rejects.
	method := func(name string, n int, f func(a args, what string) goja.Value) realm.Member {
		return realm.Async(name, n, func(_ *subtleCrypto, a args) goja.Value {
			what := "SubtleCrypto." + name
			a.Need(n, what)
			return f(a, what)
		})
	}
	// missing declares a method that no supported algorithm has.
	missing := func(name string, n, algorithm int) realm.Member {
		return method(name, n, func(a args, what string) goja.Value {
			normalize(a.Realm, a.Get(algorithm), what).unsupported()
			return nil
		})
	}
	subtleInterface.Members = []realm.Member{
		method("encrypt", 3, func(a args, what string) goja.Value {
			data := dataOf(a, 2, what)
			p := normalize(a.Realm, a.Get(0), what)
			if p.suite().encrypt == nil {
				p.unsupported()
			}
			return a.NewBuffer(p.suite().encrypt(p, keyOf(p, a.Get(1), "encrypt"), data))
		}),
		method("decrypt", 3, func(a args, what string) goja.Value {
			data := dataOf(a, 2, what)
			p := normalize(a.Realm, a.Get(0), what)
			if p.suite().decrypt == nil {
				p.unsupported()
			}
			return a.NewBuffer(p.suite().decrypt(p, keyOf(p, a.Get(1), "decrypt"), data))
		}),
		method("sign", 3, func(a args, what string) goja.Value {
			data := dataOf(a, 2, what)
			p := normalize(a.Realm, a.Get(0), what)
			if p.suite().sign == nil {
				p.unsupported()
			}
			return a.NewBuffer(p.suite().sign(p, keyOf(p, a.Get(1), "sign"), data))
		}),
		method("verify", 4, func(a args, what string) goja.Value {
			signature, data := dataOf(a, 2, what), dataOf(a, 3, what)
			p := normalize(a.Realm, a.Get(0), what)
			if p.suite().verify == nil {
				p.unsupported()
			}
			return a.RT.ToValue(p.suite().verify(p, keyOf(p, a.Get(1), "verify"), signature, data))
		}),
		method("digest", 2, func(a args, what string) goja.Value {
			data := dataOf(a, 1, what)
			newHash, _ := findDigest(normalize(a.Realm, a.Get(0), what))
			h := newHash()
			h.Write(data)
			return a.NewBuffer(h.Sum(nil))
		}),
		method("generateKey", 3, func(a args, what string) goja.Value {
			p := normalize(a.Realm, a.Get(0), what)
			usages := usagesOf(a.Realm, a.Get(2))
			s := p.suite()
			mustHaveEvent(a.Realm)
			secret, algorithm := s.generate(p)
			return newKey(p, s, secret, algorithm, a.Get(1).ToBoolean(), usages)
		}),
		missing("deriveKey", 5, 0),
		missing("deriveBits", 2, 0),
		method("importKey", 5, func(a args, what string) goja.Value {
			format := a.Enum(a.Get(0), "KeyFormat", "raw", "pkcs8", "spki", "jwk")
			p := normalize(a.Realm, a.Get(2), what)
			extractable, usages := a.Get(3).ToBoolean(), usagesOf(a.Realm, a.Get(4))
			s := p.suite()
			secret, jwkAlg := secretOf(p, format, a.Get(1), extractable, usages)
			return newKey(p, s, secret, s.load(p, secret, jwkAlg), extractable, usages)
		}),
		method("exportKey", 2, func(a args, what string) goja.Value {
			format := a.Enum(a.Get(0), "KeyFormat", "raw", "pkcs8", "spki", "jwk")
			k, ok := realm.As[*Key](a.Get(1))
			if !ok {
				a.ThrowType("%s: the key is not of type 'CryptoKey'.", what)
			}
			return k.export(params{Realm: a.Realm, name: k.suite.name, obj: goja.Undefined(), what: what}, format)
		}),
		missing("wrapKey", 4, 3),
		missing("unwrapKey", 7, 3),
		realm.Method("timingSafeEqual", 2, func(_ *subtleCrypto, a args) goja.Value {
			a.Need(2, "SubtleCrypto.timingSafeEqual")
			x, okX := a.Bytes(a.Get(0))
			y, okY := a.Bytes(a.Get(1))
			if !okX || !okY {
				a.ThrowType("SubtleCrypto.timingSafeEqual: the parameters must be BufferSources.")
			}
			if len(x) != len(y) {
				a.ThrowType("Input buffers must have the same byte length.")
			}
			return a.RT.ToValue(subtle.ConstantTimeCompare(x, y) == 1)
		}),
	}
}

// dataOf is a copy of the BufferSource in argument i.
func dataOf(a realm.Args, i int, what string) []byte {
	b, ok := a.Bytes(a.Get(i))
	if !ok {
		a.ThrowType("%s: parameter %d is not a BufferSource.", what, i+1)
	}
	return slices.Clone(b)
}
