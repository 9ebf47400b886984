package hook

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"
)

//go:linkname getUint8Array github.com/dop251/goja.(*Runtime).getUint8Array
func getUint8Array(r *goja.Runtime) *goja.Object

// arrayBufferObject, typedArrayObject and dataViewObject are goja's structs of these names.
type arrayBufferObject struct {
	baseObject
	detached bool
	data     []byte
}

type typedArrayObject struct {
	baseObject
	viewedArrayBuf *arrayBufferObject
	defaultCtor    *goja.Object
	length, offset int // in elements
	elemSize       int // bytes
	typedArray     iface
}

type dataViewObject struct {
	baseObject
	viewedArrayBuf      *arrayBufferObject
	byteLen, byteOffset int
}

// bufferTabs are the itabs of goja's three kinds of buffer objects, taken from samples.
var bufferTabs = sync.OnceValue(func() (tabs struct{ buffer, typed, view unsafe.Pointer }) {
	rt := goja.New()
	buf, typed, view := bufferSamples(rt)
	tabs.buffer = (*object)(unsafe.Pointer(buf)).self.tab
	tabs.typed = (*object)(unsafe.Pointer(typed)).self.tab
	tabs.view = (*object)(unsafe.Pointer(view)).self.tab
	return tabs
})

func bufferSamples(rt *goja.Runtime) (buf, typed, view *goja.Object) {
	buf = rt.ToValue(rt.NewArrayBuffer(make([]byte, 8))).(*goja.Object)
	typed = Construct(rt, getUint8Array(rt), nil, buf)
	view = Construct(rt, rt.Get("DataView"), nil, buf)
	return buf, typed, view
}

// BufferKind says which kind of BufferSource a value is.
type BufferKind uint8

// The kinds of BufferSource.
const (
	NotBuffer BufferKind = iota
	ArrayBuffer
	TypedArray
	DataView
)

// Bytes returns the bytes behind an ArrayBuffer or a view of one, not copied, and which it
// is. A detached buffer has no bytes. elemSize is a typed array's element size in bytes, 1
// for the others. It runs no script.
func Bytes(v goja.Value) (b []byte, kind BufferKind, elemSize int) {
	obj, ok := v.(*goja.Object)
	if !ok || obj == nil {
		return nil, NotBuffer, 0
	}
	self := (*object)(unsafe.Pointer(obj)).self
	switch tabs := bufferTabs(); self.tab {
	case tabs.buffer:
		return (*arrayBufferObject)(self.data).data, ArrayBuffer, 1
	case tabs.typed:
		t := (*typedArrayObject)(self.data)
		return window(t.viewedArrayBuf.data, t.offset*t.elemSize, t.length*t.elemSize), TypedArray, t.elemSize
	case tabs.view:
		d := (*dataViewObject)(self.data)
		return window(d.viewedArrayBuf.data, d.byteOffset, d.byteLen), DataView, 1
	}
	return nil, NotBuffer, 0
}

func window(b []byte, off, n int) []byte {
	if off < 0 || n < 0 || off+n > len(b) {
		return nil // the buffer was detached under the view
	}
	return b[off : off+n : off+n]
}

// Detached reports whether v is, or views, a detached ArrayBuffer.
func Detached(v goja.Value) bool {
	obj, ok := v.(*goja.Object)
	if !ok || obj == nil {
		return false
	}
	self := (*object)(unsafe.Pointer(obj)).self
	switch tabs := bufferTabs(); self.tab {
	case tabs.buffer:
		return (*arrayBufferObject)(self.data).detached
	case tabs.typed:
		return (*typedArrayObject)(self.data).viewedArrayBuf.detached
	case tabs.view:
		return (*dataViewObject)(self.data).viewedArrayBuf.detached
	}
	return false
}

// NewUint8Array returns a Uint8Array over b, which it takes over.
func NewUint8Array(rt *goja.Runtime, b []byte) *goja.Object {
	return Construct(rt, getUint8Array(rt), nil, rt.ToValue(rt.NewArrayBuffer(b)))
}
