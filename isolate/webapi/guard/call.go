package guard

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// maxArguments bounds the arguments made of a list: V8's stack takes about 120,000.
const maxArguments = 1 << 17

// maxProxies bounds the proxies that a proxy's target and handler are made of, each of which
// may be a level of recursion.
const maxProxies = 1000

// maxBigIntText bounds what is parsed as a BigInt, in UTF-16 code units: parsing takes
// quadratic time, 30 ms for this much.
const maxBigIntText = 100_000

func declareCalls() {
	global("BigInt", func(r *realm.Realm, obj *goja.Object) {
		hook.Rewire(obj, func(old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				if lengthOfString(c.Argument(0)) > maxBigIntText {
					r.ThrowRange("Maximum BigInt size exceeded")
				}
				return old(c)
			}
		})
	})
	list := func(at int) func(r *realm.Realm, old hook.Call) hook.Call {
		return func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				if lengthOf(c.Argument(at)) > maxArguments {
					r.ThrowRange("Maximum number of arguments exceeded: %d", maxArguments)
				}
				return old(c)
			}
		}
	}
	method(hook.FunctionProtoTemplate(), "apply", list(1))
	global("Reflect", func(r *realm.Realm, obj *goja.Object) {
		own(r, obj, "apply", list(2))
		own(r, obj, "construct", list(1))
	})
	global("Proxy", func(r *realm.Realm, obj *goja.Object) {
		hook.RewireNew(obj, func(old hook.New) hook.New {
			return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
				mustWrap(r, args)
				return old(args, newTarget)
			}
		})
		own(r, obj, "revocable", func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				mustWrap(r, c.Arguments)
				return old(c)
			}
		})
	})
}

// mustWrap throws where target and handler are made of too many proxies.
func mustWrap(r *realm.Realm, args []goja.Value) {
	left := maxProxies
	var count func(v goja.Value)
	count = func(v goja.Value) {
		obj, ok := v.(*goja.Object)
		if !ok || hook.KindOf(obj) != hook.ProxyKind {
			return
		}
		if left--; left < 0 {
			r.ThrowRange("Maximum depth of proxies exceeded: %d", maxProxies)
		}
		if target, handler := hook.ProxyParts(obj); target != nil {
			count(target)
			count(handler)
		}
	}
	for _, v := range args[:min(len(args), 2)] {
		count(v)
	}
}
