package guard

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// typedArrays are the constructors with the size of an element in bytes.
var typedArrays = map[string]int64{
	"Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1, "Int16Array": 2, "Uint16Array": 2, "Int32Array": 4, "Uint32Array": 4,
	"Float32Array": 4, "Float64Array": 8, "BigInt64Array": 8, "BigUint64Array": 8,
}

func declareBuffers() {
	global("ArrayBuffer", func(r *realm.Realm, ctor *goja.Object) { sized(r, ctor, 1) })
	for name, size := range typedArrays {
		global(name, func(r *realm.Realm, ctor *goja.Object) { sized(r, ctor, size) })
	}
}

// sized bounds a constructor whose first argument is a length in elements of size bytes, or
// something that has one.
func sized(r *realm.Realm, ctor *goja.Object, size int64) {
	hook.RewireNew(ctor, func(old hook.New) hook.New {
		return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			if len(args) > 0 {
				var n int64
				switch v := args[0].(type) {
				case *goja.Object:
					if _, kind, _ := hook.Bytes(v); kind == hook.NotBuffer {
						n = lengthOf(v)
					}
				case *goja.Symbol: // throws below
				default:
					if _, big := v.Export().(interface{ Sign() int }); !big {
						n = v.ToInteger()
					}
				}
				if n > memory(r)/size {
					r.ThrowRange("Array buffer allocation failed: %d elements are more than the memory limit of the worker allows", n)
				}
			}
			return old(args, newTarget)
		}
	})
}
