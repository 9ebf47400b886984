package crypto

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// crypto is behind the global crypto (Web Crypto 10).
type crypto struct{ subtle *goja.Object }

// maxRandom is how many bytes getRandomValues fills at once (Web Crypto 10.1.1); more throws
// a QuotaExceededError.
const maxRandom = 65536

var cryptoInterface = &realm.Interface{Name: "Crypto"}

// Declare declares crypto, Crypto, SubtleCrypto and CryptoKey. It must run before the first
// realm is made; only its first call counts.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	dom.Declare()
	declareSubtle()
	declareKey()
	cryptoInterface.Members = []realm.Member{
		realm.Attr("subtle", func(c *crypto, a realm.Args) goja.Value {
			if c.subtle == nil {
				c.subtle = a.Wrap(subtleInterface, &subtleCrypto{})
			}
			return c.subtle
		}, nil),
		realm.Method("getRandomValues", 1, getRandomValues),
		realm.Method("randomUUID", 0, randomUUID),
	}
	realm.Declare(cryptoInterface, subtleInterface, keyInterface)
	realm.Global("crypto", true, func(r *realm.Realm) goja.Value { return r.Wrap(cryptoInterface, new(crypto)) })
})

// mustHaveEvent throws outside of events: what is drawn at the top level of a script would
// be part of every isolate's start, and of what is shared between them.
func mustHaveEvent(r *realm.Realm) {
	if r.Host.Event() == nil {
		panic(r.NewError("Error", "Disallowed operation called within global scope. Generating random values is not allowed there; do it in a handler."))
	}
}

// getRandomValues is Crypto.getRandomValues.
func getRandomValues(_ *crypto, a realm.Args) goja.Value {
	a.Need(1, "Crypto.getRandomValues")
	obj, ok := a.Get(0).(*goja.Object)
	if !ok {
		a.ThrowType("Crypto.getRandomValues: parameter 1 is not of type 'ArrayBufferView'.")
	}
	switch hook.KindOf(obj) {
	case hook.TypedArrayKind, hook.DataViewKind:
	default:
		a.ThrowType("Crypto.getRandomValues: parameter 1 is not of type 'ArrayBufferView'.")
	}
	if !isIntegerView(a.Realm, obj) {
		dom.Throw(a.Realm, "TypeMismatchError", "The provided ArrayBufferView is not an integer array type.")
	}
	b, _ := a.Bytes(obj)
	if len(b) > maxRandom {
		dom.Throw(a.Realm, "QuotaExceededError", "The ArrayBufferView's byte length (%d) exceeds the number of bytes of entropy available (%d).", len(b), maxRandom)
	}
	mustHaveEvent(a.Realm)
	_, _ = rand.Read(b) // never fails: crypto/rand.Read
	return obj
}

// isIntegerView reports whether obj is a typed array of integers.
func isIntegerView(r *realm.Realm, obj *goja.Object) bool {
	if hook.KindOf(obj) != hook.TypedArrayKind {
		return false
	}
	_, ctor, _, _, _ := hook.ViewParts(obj)
	name, ok := hook.OwnProperty(ctor, r.RT.ToValue("name"))
	return ok && name.Value != nil && !strings.HasPrefix(name.Value.String(), "Float")
}

// randomUUID is Crypto.randomUUID: a version 4 UUID (RFC 9562, section 5.4).
func randomUUID(_ *crypto, a realm.Args) goja.Value {
	mustHaveEvent(a.Realm)
	var u [16]byte
	_, _ = rand.Read(u[:])
	u[6] = u[6]&0x0F | 0x40
	u[8] = u[8]&0x3F | 0x80
	var s [36]byte
	hex.Encode(s[0:], u[0:4])
	s[8] = '-'
	hex.Encode(s[9:], u[4:6])
	s[13] = '-'
	hex.Encode(s[14:], u[6:8])
	s[18] = '-'
	hex.Encode(s[19:], u[8:10])
	s[23] = '-'
	hex.Encode(s[24:], u[10:16])
	return a.RT.ToValue(string(s[:]))
}
