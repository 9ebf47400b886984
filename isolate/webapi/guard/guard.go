package guard

import (
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// maxDepth bounds the levels of native recursion under way in a realm, of all natives
// together: a script may call JSON.stringify from a toJSON deep inside another. A level
// takes up to 2 KiB of the 1 GiB that Go gives a stack, so this leaves a wide margin, and
// data of real programs is far from it.
const maxDepth = 5000

// defaultMemory is the memory limit of a realm whose host names none, in bytes.
const defaultMemory = 128 << 20

// Limited is implemented by a realm.Host whose worker has a memory limit of its own.
type Limited interface {
	// MemoryLimit is the limit in bytes.
	MemoryLimit() int64
}

// memory is the largest value a native may make at once, in bytes.
func memory(r *realm.Realm) int64 {
	if l, ok := r.Host.(Limited); ok {
		return l.MemoryLimit()
	}
	return defaultMemory
}

// valueSize is what an element of an array takes, in bytes.
const valueSize = 16

// elements is the largest length a native may loop over or allocate.
func elements(r *realm.Realm) int64 { return memory(r) / valueSize }

// depth counts the levels of native recursion of a realm.
type depth struct{ n int }

var depths = realm.NewSlot(func(*realm.Realm) *depth { return &depth{} })

// enter goes one level down. Who calls it defers leave, since what happens below may panic.
func (d *depth) enter(r *realm.Realm) {
	if d.n >= maxDepth {
		tooDeep(r)
	}
	d.n++
}

func (d *depth) leave() { d.n-- }

func tooDeep(r *realm.Realm) { r.ThrowRange("Maximum nesting depth of %d exceeded", maxDepth) }

// Declare prepares the built-ins of all realms to come.
func Declare() { declare() }

var declare = sync.OnceFunc(func() {
	declareArrays()
	declareBuffers()
	declareCalls()
	declareJSON()
	declareRegExps()
	declareStrings()
})

// Install prepares what of a new realm Declare cannot reach.
func Install(r *realm.Realm) { installRegExps(r) }

// method wraps a method of a built-in prototype.
func method(t *hook.Template, name string, wrap func(r *realm.Realm, old hook.Call) hook.Call) {
	t.Wrap(name, func(rt *goja.Runtime, old hook.Factory) goja.Value {
		v := old(rt)
		if r, ok := hook.Owner(rt).(*realm.Realm); ok { // not so in package hook's samples
			hook.Rewire(hook.PropValue(v), func(call hook.Call) hook.Call { return wrap(r, call) })
		}
		return v
	})
}

// global has change applied to a global object when it is made.
func global(name string, change func(r *realm.Realm, obj *goja.Object)) {
	hook.GlobalTemplate().Wrap(name, func(rt *goja.Runtime, old hook.Factory) goja.Value {
		v := old(rt)
		r, owned := hook.Owner(rt).(*realm.Realm)
		if obj, ok := hook.PropValue(v).(*goja.Object); ok && owned {
			change(r, obj)
		}
		return v
	})
}

// own wraps a method that is a property of obj, which no script has seen yet.
func own(r *realm.Realm, obj *goja.Object, name string, wrap func(r *realm.Realm, old hook.Call) hook.Call) {
	hook.Rewire(obj.Get(name), func(old hook.Call) hook.Call { return wrap(r, old) })
}

// lengthOf is LengthOfArrayLike of v; 0 for what is no object. Of an array it runs no script.
func lengthOf(v goja.Value) int64 {
	obj, ok := v.(*goja.Object)
	if !ok {
		return 0
	}
	if hook.KindOf(obj) == hook.ArrayKind {
		return int64(hook.ArrayLength(obj))
	}
	n := obj.Get("length")
	if n == nil {
		return 0
	}
	return max(n.ToInteger(), 0)
}

// isArray is IsArray of ECMA-262, 7.2.2.
func isArray(v goja.Value) bool {
	for range maxDepth {
		obj, ok := v.(*goja.Object)
		if !ok {
			return false
		}
		switch hook.KindOf(obj) {
		case hook.ArrayKind:
			return true
		case hook.ProxyKind:
			target, _ := hook.ProxyParts(obj)
			if target == nil {
				panic(hook.Runtime(obj).NewTypeError("Cannot perform 'IsArray' on a proxy that has been revoked"))
			}
			v = target
		default:
			return false
		}
	}
	return false
}
