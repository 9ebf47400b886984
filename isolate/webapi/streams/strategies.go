package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// countStrategy and byteStrategy are the Go values behind the two queuing strategies
// (Streams, sections 7.2 and 7.3).
type countStrategy struct{ hwm float64 }

type byteStrategy struct{ hwm float64 }

var (
	countInterface = &realm.Interface{Name: "CountQueuingStrategy", Length: 1}
	byteInterface  = &realm.Interface{Name: "ByteLengthQueuingStrategy", Length: 1}
)

// The size functions are one object per realm each.
var (
	countSize = realm.NewSlot(func(r *realm.Realm) *goja.Object {
		return r.Func("size", 0, func(a realm.Args) goja.Value { return a.RT.ToValue(1) })
	})
	byteSize = realm.NewSlot(func(r *realm.Realm) *goja.Object {
		return r.Func("size", 1, func(a realm.Args) goja.Value {
			v := a.Get(0)
			if b, ok := a.Bytes(v); ok {
				return a.RT.ToValue(len(b))
			}
			if realm.IsNullish(v) {
				a.ThrowType("Cannot read properties of %s (reading 'byteLength')", realm.Describe(v))
			}
			return get(v.ToObject(a.RT), "byteLength")
		})
	})
)

// requiredHighWaterMark converts a QueuingStrategyInit.
func requiredHighWaterMark(a realm.Args) float64 {
	v := a.Get(0)
	if _, ok := v.(*goja.Object); !ok && !realm.IsNullish(v) {
		a.ThrowType("The provided value is not of type 'QueuingStrategyInit'.")
	}
	hwm := a.Dict(v, "highWaterMark")
	if goja.IsUndefined(hwm) {
		a.ThrowType("Missing required property 'highWaterMark'.")
	}
	return hwm.ToFloat()
}

func declareStrategies() {
	countInterface.New = func(a realm.Args) any { return &countStrategy{requiredHighWaterMark(a)} }
	countInterface.Members = []realm.Member{
		realm.Attr("highWaterMark", func(s *countStrategy, a realm.Args) goja.Value { return a.Number(s.hwm) }, nil),
		realm.Attr("size", func(_ *countStrategy, a realm.Args) goja.Value { return countSize.Of(a.Realm) }, nil),
	}
	byteInterface.New = func(a realm.Args) any { return &byteStrategy{requiredHighWaterMark(a)} }
	byteInterface.Members = []realm.Member{
		realm.Attr("highWaterMark", func(s *byteStrategy, a realm.Args) goja.Value { return a.Number(s.hwm) }, nil),
		realm.Attr("size", func(_ *byteStrategy, a realm.Args) goja.Value { return byteSize.Of(a.Realm) }, nil),
	}
}
