package hook

import (
	"math"
	"unsafe"

	"github.com/dop251/goja"
)

// This file makes built-in objects whatever scripts did to the globals: the counterpart of
// inspect.go.

//go:linkname getMap github.com/dop251/goja.(*Runtime).getMap
func getMap(r *goja.Runtime) *goja.Object

//go:linkname getSet github.com/dop251/goja.(*Runtime).getSet
func getSet(r *goja.Runtime) *goja.Object

//go:linkname getDate github.com/dop251/goja.(*Runtime).getDate
func getDate(r *goja.Runtime) *goja.Object

//go:linkname getRegExp github.com/dop251/goja.(*Runtime).getRegExp
func getRegExp(r *goja.Runtime) *goja.Object

//go:linkname getDataView github.com/dop251/goja.(*Runtime).getDataView
func getDataView(r *goja.Runtime) *goja.Object

//go:linkname getReferenceError github.com/dop251/goja.(*Runtime).getReferenceError
func getReferenceError(r *goja.Runtime) *goja.Object

//go:linkname getURIError github.com/dop251/goja.(*Runtime).getURIError
func getURIError(r *goja.Runtime) *goja.Object

//go:linkname orderedMapSet github.com/dop251/goja.(*orderedMap).set
func orderedMapSet(m *orderedMap, key, value goja.Value)

// NewMap returns an empty Map.
func NewMap(rt *goja.Runtime) *goja.Object { return Construct(rt, getMap(rt), nil) }

// NewSet returns an empty Set.
func NewSet(rt *goja.Runtime) *goja.Object { return Construct(rt, getSet(rt), nil) }

// Put sets an entry of a Map, or adds key to a Set; obj must be one of them.
func Put(obj *goja.Object, key, value goja.Value) {
	if m := (*mapObject)(selfOf(obj, MapKind)); m != nil {
		orderedMapSet(m.m, key, value)
	} else if s := (*mapObject)(selfOf(obj, SetKind)); s != nil {
		orderedMapSet(s.m, key, nil)
	}
}

// NewDate returns a Date of the time value ms, an invalid one unless ok.
func NewDate(rt *goja.Runtime, ms int64, ok bool) *goja.Object {
	if !ok {
		return Construct(rt, getDate(rt), nil, rt.ToValue(math.NaN()))
	}
	return Construct(rt, getDate(rt), nil, rt.ToValue(ms))
}

// NewRegExp returns a RegExp. It throws a SyntaxError as the constructor does.
func NewRegExp(rt *goja.Runtime, source goja.Value, flags string) *goja.Object {
	return Construct(rt, getRegExp(rt), nil, source, rt.ToValue(flags))
}

// ViewParts returns what a typed array or a DataView views, with its place in bytes, and the
// constructor of its kind. length counts elements of a typed array, bytes of a DataView. ok
// is false for other objects.
func ViewParts(obj *goja.Object) (buffer, ctor *goja.Object, byteOffset, length int, ok bool) {
	if t := (*typedArrayObject)(selfOf(obj, TypedArrayKind)); t != nil {
		return t.viewedArrayBuf.val, t.defaultCtor, t.offset * t.elemSize, t.length, true
	}
	if d := (*dataViewObject)(selfOf(obj, DataViewKind)); d != nil {
		return d.viewedArrayBuf.val, getDataView((*object)(unsafe.Pointer(obj)).runtime), d.byteOffset, d.byteLen, true
	}
	return nil, nil, 0, 0, false
}

// Detach detaches an ArrayBuffer, which obj must be.
func Detach(obj *goja.Object) {
	if b, ok := obj.Export().(goja.ArrayBuffer); ok {
		b.Detach()
	}
}

//go:linkname orderedMapGet github.com/dop251/goja.(*orderedMap).get
func orderedMapGet(m *orderedMap, key goja.Value) goja.Value

//go:linkname getArray github.com/dop251/goja.(*Runtime).getArray
func getArray(r *goja.Runtime) *goja.Object

// MapGet returns the value of an entry of a Map, which obj must be, or nil.
func MapGet(obj *goja.Object, key goja.Value) goja.Value {
	if m := (*mapObject)(selfOf(obj, MapKind)); m != nil {
		return orderedMapGet(m.m, key)
	}
	return nil
}

// PromiseCtor is %Promise% of rt.
func PromiseCtor(rt *goja.Runtime) *goja.Object { return getPromise(rt) }

// MapCtor is %Map% of rt.
func MapCtor(rt *goja.Runtime) *goja.Object { return getMap(rt) }

// ArrayCtor is %Array% of rt.
func ArrayCtor(rt *goja.Runtime) *goja.Object { return getArray(rt) }

// TypedArrayCtor is %TypedArray% of rt.
func TypedArrayCtor(rt *goja.Runtime) *goja.Object { return getUint8Array(rt).Prototype() }

// IsConstructor reports whether v can be called with new.
func IsConstructor(rt *goja.Runtime, v goja.Value) bool {
	if _, ok := v.(*goja.Object); !ok {
		return false
	}
	return rt.Try(func() { toConstructor(rt, v) }) == nil
}

//go:linkname getSymbol github.com/dop251/goja.(*Runtime).getSymbol
func getSymbol(r *goja.Runtime) *goja.Object

// SymbolCtor is %Symbol% of rt.
func SymbolCtor(rt *goja.Runtime) *goja.Object { return getSymbol(rt) }
