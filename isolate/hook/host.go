package hook

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// HostObject is an ordinary, extensible JavaScript object that carries a Go value. To goja
// it is an object like any other: it can be subclassed, frozen, given private fields,
// symbols and expandos, and used as a WeakMap key; nothing of the Go value shows.
//
// It embeds a Promise for the sole reason that Promise is the one exported struct of goja
// that is an object: the embedding promotes the object's methods. It is never a promise to
// goja, which asks for the concrete type. Object and properties lie in one allocation.
type HostObject struct {
	goja.Promise
	object goja.Object
	// Value is the Go value. It may be replaced by its owner at any time.
	Value any
}

// hostTab and promiseTab are the itabs of *HostObject and *goja.Promise for goja's
// objectImpl interface, which has no name here; reflection makes them from the type of
// Object's self field.
var (
	hostTab    = sync.OnceValue(func() unsafe.Pointer { return objectImplTab(&HostObject{}) })
	promiseTab = sync.OnceValue(func() unsafe.Pointer { return objectImplTab(&goja.Promise{}) })
)

func objectImplTab(impl any) unsafe.Pointer {
	self, ok := reflect.TypeFor[goja.Object]().FieldByName("self")
	if !ok {
		return nil
	}
	v := reflect.New(self.Type).Elem()
	v.Set(reflect.ValueOf(impl))
	return (*iface)(v.Addr().UnsafePointer()).tab
}

// Embedder is a Go value with room for its own host object: value and object are then one
// allocation. A copy of such a value must have the copied HostObject cleared.
type Embedder interface{ HostObject() *HostObject }

// NewHost returns a host object with the given prototype. An Embedder's own room is used
// the first time it is wrapped.
func NewHost(rt *goja.Runtime, proto *goja.Object, value any) *goja.Object {
	var h *HostObject
	if e, ok := value.(Embedder); ok {
		if own := e.HostObject(); own.Value == nil {
			h = own
		}
	}
	if h == nil {
		h = new(HostObject)
	}
	h.Value = value
	base := (*baseObject)(unsafe.Pointer(&h.Promise))
	base.class = "Object"
	base.val = &h.object
	base.prototype = proto
	base.extensible = true
	base.values = make(map[unistring.String]goja.Value)
	obj := (*object)(unsafe.Pointer(&h.object))
	obj.self = iface{hostTab(), unsafe.Pointer(h)}
	obj.runtime = rt
	return &h.object
}

// Host returns the host object behind v, or nil if v is not one.
func Host(v goja.Value) *HostObject {
	obj, ok := v.(*goja.Object)
	if !ok || obj == nil {
		return nil
	}
	self := (*object)(unsafe.Pointer(obj)).self
	if self.tab != hostTab() {
		return nil
	}
	return (*HostObject)(self.data)
}

// HostValue returns the Go value that v carries, or nil.
func HostValue(v goja.Value) any {
	if h := Host(v); h != nil {
		return h.Value
	}
	return nil
}

// Runtime returns the runtime obj belongs to.
func Runtime(obj *goja.Object) *goja.Runtime {
	return (*object)(unsafe.Pointer(obj)).runtime
}

// propOf returns the property that valueProp made.
func propOf(v goja.Value) *valueProperty {
	return (*valueProperty)((*iface)(unsafe.Pointer(&v)).data)
}
