package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// The Workers API's own transform streams pass bytes on unchanged. A write is done when a
// reader has taken its bytes.
var (
	identityInterface    = &realm.Interface{Name: "IdentityTransformStream", Parent: transformInterface}
	fixedLengthInterface = &realm.Interface{Name: "FixedLengthStream", Parent: identityInterface, Length: 1}
)

func declareIdentity() {
	identityInterface.New = func(a realm.Args) any { return newIdentity(a.Realm, -1) }
	fixedLengthInterface.New = func(a realm.Args) any {
		return newIdentity(a.Realm, a.Enforce(a.Get(0), 0, 1<<53-1, "The expected length"))
	}
}

// newIdentity makes an IdentityTransformStream, or, if length is not negative, a
// FixedLengthStream.
func newIdentity(r *realm.Realm, length int64) *TransformStream {
	t := NewTransform(r, &identity{expect: length})
	t.readable.length = length
	t.readable.ctl.bytes = true
	t.writable.through = t
	return t
}

// identity is the transformer of both.
type identity struct {
	expect int64 // bytes, -1 for any number
	seen   int64
}

// Transform implements Transformer.
func (x *identity) Transform(t *TransformStream, chunk goja.Value) {
	var b []byte
	if view, ok := t.r.Bytes(chunk); ok {
		b = append(make([]byte, 0, len(view)), view...)
	} else if goja.IsString(chunk) {
		b = []byte(chunk.String())
	} else {
		t.r.ThrowType("This TransformStream takes bytes (an ArrayBuffer, a view of one, or a string), but it was given: %s", realm.Describe(chunk))
	}
	x.seen += int64(len(b))
	if x.expect >= 0 && x.seen > x.expect {
		t.r.ThrowType("Attempt to write too many bytes through a FixedLengthStream.")
	}
	if len(b) > 0 {
		t.Enqueue(t.r.NewBytes(b))
	}
}

// Flush implements Transformer.
func (x *identity) Flush(t *TransformStream) {
	if x.expect >= 0 && x.seen != x.expect {
		e := t.r.NewError("TypeError", "FixedLengthStream did not see all expected bytes before close().")
		t.readable.ctl.Error(e)
		panic(e)
	}
}
