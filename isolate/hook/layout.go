//lint:file-ignore U1000 the fields mirror those of other structs

package hook

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// The structs below mirror unexported structs of goja field by field. Check compares them
// with the real ones; nothing may be read or written through them before it has passed.

// Template is goja's objectTemplate: the lazy properties of a built-in object. One template
// serves every runtime of the process; it is filled before the first runtime is made and
// never changed afterwards.
type Template struct {
	propNames    []unistring.String
	props        map[unistring.String]propFactory
	symProps     map[*goja.Symbol]propFactory
	symPropNames []*goja.Symbol
	protoFactory func(*goja.Runtime) *goja.Object
}

type propFactory func(*goja.Runtime) goja.Value

// baseObject is goja's struct of the same name.
type baseObject struct {
	class                           string
	val                             *goja.Object
	prototype                       *goja.Object
	extensible                      bool
	values                          map[unistring.String]goja.Value
	propNames                       []unistring.String
	lastSortedPropLen, idxPropCount int
	symValues                       unsafe.Pointer
	privateElements                 unsafe.Pointer
}

// object is goja's Object.
type object struct {
	self    iface
	runtime *goja.Runtime
}

// iface is a non-empty interface as the Go runtime lays it out.
type iface struct {
	tab, data unsafe.Pointer
}

// promise is goja's Promise.
type promise struct {
	baseObject
	state                             int
	result                            goja.Value
	fulfillReactions, rejectReactions []*promiseReaction
	handled                           bool
}

// valueProperty is goja's struct of the same name: a property that is not plain data with
// all attributes true.
type valueProperty struct {
	value                              goja.Value
	writable, configurable, enumerable bool
	accessor                           bool
	getterFunc, setterFunc             *goja.Object
}

type promiseCapability struct{}

type jobCallback struct {
	callback func(goja.FunctionCall) goja.Value
}

type promiseReaction struct {
	capability  *promiseCapability
	typ         int
	handler     *jobCallback
	asyncRunner unsafe.Pointer
	asyncCtx    any
}

// The values of goja's promiseReactionType.
const (
	reactionFulfill = iota
	reactionReject
)

type templatedObject struct {
	baseObject
	tmpl              *Template
	protoMaterialised bool
}

// Check compares the mirrors with goja's types, once, and reports the first difference. It
// must succeed before anything else of this package is used.
func Check() error { return checkOnce() }

var checkOnce = sync.OnceValue(func() error {
	rt := goja.New()
	global := rt.GlobalObject()
	if err := same(reflect.TypeFor[object](), reflect.TypeFor[goja.Object]()); err != nil {
		return err
	}
	// With Object known, a self word tells the concrete type behind it.
	if err := same(reflect.TypeFor[templatedObject](), concrete(global)); err != nil {
		return err
	}
	if err := same(reflect.TypeFor[promise](), reflect.TypeFor[goja.Promise]()); err != nil {
		return err
	}
	if _, ok := reflect.TypeFor[goja.Runtime]().FieldByName("fieldNameMapper"); !ok || hostTab() == nil {
		return fmt.Errorf("isolate/hook: goja's Runtime or Object lacks a field this build expects; build Gannet with the goja version its go.mod names")
	}
	buf, typed, view := bufferSamples(rt)
	for _, s := range []struct {
		mirror reflect.Type
		obj    *goja.Object
	}{
		{reflect.TypeFor[arrayBufferObject](), buf},
		{reflect.TypeFor[typedArrayObject](), typed},
		{reflect.TypeFor[dataViewObject](), view},
	} {
		if err := same(s.mirror, concrete(s.obj)); err != nil {
			return err
		}
	}
	if err := checkInspect(rt); err != nil {
		return err
	}
	native := NewFunc(rt, "", 0, func(goja.FunctionCall) goja.Value { return nil })
	if err := same(reflect.TypeFor[nativeFuncObject](), concrete(native)); err != nil {
		return err
	}
	if err := same(reflect.TypeFor[templatedFuncObject](), concrete(templatedSample(rt))); err != nil {
		return err
	}
	prop := valueProp(goja.Undefined(), false, false, false)
	if err := same(reflect.TypeFor[valueProperty](), reflect.TypeOf(prop).Elem()); err != nil {
		return err
	}
	return nil
})

// concrete returns the struct type behind obj's self.
func concrete(obj *goja.Object) reflect.Type {
	self := (*object)(unsafe.Pointer(obj)).self
	typ := *(*unsafe.Pointer)(unsafe.Add(self.tab, unsafe.Sizeof(uintptr(0)))) // itab.Type
	var e any
	*(*iface)(unsafe.Pointer(&e)) = iface{typ, self.data}
	return reflect.TypeOf(e).Elem()
}

// same reports the first way in which mirror differs from theirs: number of fields, names,
// offsets, kinds, and, below slices, maps and struct pointers of both, the same again.
func same(mirror, theirs reflect.Type) error {
	return sameType(mirror, theirs, theirs.Name(), map[[2]reflect.Type]bool{})
}

func sameType(m, t reflect.Type, path string, seen map[[2]reflect.Type]bool) error {
	if m == t || seen[[2]reflect.Type{m, t}] {
		return nil
	}
	seen[[2]reflect.Type{m, t}] = true
	mismatch := func(what string) error {
		return fmt.Errorf("isolate/hook: goja's %s is not what this build expects: %s; build Gannet with the goja version its go.mod names", path, what)
	}
	if m.Size() != t.Size() {
		return mismatch(fmt.Sprintf("size %d, want %d", t.Size(), m.Size()))
	}
	if m == reflect.TypeFor[iface]() && t.Kind() == reflect.Interface && t.NumMethod() > 0 {
		return nil
	}
	if m.Kind() == reflect.UnsafePointer && t.Kind() == reflect.Pointer || t.Kind() == reflect.Map && m.Kind() == reflect.UnsafePointer {
		return nil // opaque to us
	}
	if m.Kind() != t.Kind() {
		return mismatch(fmt.Sprintf("kind %s, want %s", t.Kind(), m.Kind()))
	}
	switch m.Kind() {
	case reflect.Struct:
		if m.NumField() == 0 {
			return nil // opaque to us
		}
		if m.NumField() != t.NumField() {
			return mismatch(fmt.Sprintf("%d fields, want %d", t.NumField(), m.NumField()))
		}
		for i := range m.NumField() {
			mf, tf := m.Field(i), t.Field(i)
			if !strings.EqualFold(mf.Name, tf.Name) || mf.Offset != tf.Offset {
				return mismatch(fmt.Sprintf("field %d is %s at %d, want %s at %d", i, tf.Name, tf.Offset, mf.Name, mf.Offset))
			}
			if err := sameType(mf.Type, tf.Type, path+"."+tf.Name, seen); err != nil {
				return err
			}
		}
	case reflect.Pointer, reflect.Slice:
		if m.Elem().Size() == 0 {
			return nil // opaque to us
		}
		return sameType(m.Elem(), t.Elem(), path+"[]", seen)
	case reflect.Map:
		if err := sameType(m.Key(), t.Key(), path+"[key]", seen); err != nil {
			return err
		}
		return sameType(m.Elem(), t.Elem(), path+"[value]", seen)
	case reflect.Func:
		if m.NumIn() != t.NumIn() || m.NumOut() != t.NumOut() {
			return mismatch("function with another signature")
		}
	}
	return nil
}
