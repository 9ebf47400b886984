package guard

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// loops are the methods of Array.prototype that go over all indexes up to a length.
var loops = []string{
	"copyWithin", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach", "includes",
	"indexOf", "lastIndexOf", "map", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "sort", "splice", "toReversed", "toSorted",
	"toSpliced", "unshift", "with",
}

func declareArrays() {
	t := hook.ArrayProtoTemplate()
	for _, name := range loops {
		method(t, name, func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				mustLoop(r, c.This)
				return old(c)
			}
		})
	}
	method(t, "concat", func(r *realm.Realm, old hook.Call) hook.Call {
		return func(c goja.FunctionCall) goja.Value {
			mustLoop(r, c.This)
			for _, v := range c.Arguments {
				if obj, ok := v.(*goja.Object); ok {
					if spread := obj.GetSymbol(goja.SymIsConcatSpreadable); isArray(obj) || spread != nil && spread.ToBoolean() {
						mustLoop(r, obj)
					}
				}
			}
			return old(c)
		}
	})
	method(t, "flat", func(r *realm.Realm, _ hook.Call) hook.Call {
		return func(c goja.FunctionCall) goja.Value { return flat(r, c) }
	})
	// These call themselves, through the elements' toString.
	for _, name := range []string{"toString", "toLocaleString"} {
		method(t, name, func(r *realm.Realm, old hook.Call) hook.Call { return nested(r, old) })
	}
	method(t, "join", func(r *realm.Realm, old hook.Call) hook.Call {
		old = nested(r, old)
		return func(c goja.FunctionCall) goja.Value {
			sep := int64(1)
			if v := c.Argument(0); !goja.IsUndefined(v) {
				s := v.ToString()
				c.Arguments = []goja.Value{s}
				sep = int64(lengthOfString(s))
			}
			if n := lengthOf(c.This); n > 1 && sep > 0 && n > memory(r)/sep {
				r.ThrowRange("Invalid string length")
			}
			return old(c)
		}
	})
	global("Array", func(r *realm.Realm, obj *goja.Object) {
		own(r, obj, "from", func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				if src, ok := c.Argument(0).(*goja.Object); ok && realm.IsNullish(src.GetSymbol(goja.SymIterator)) {
					mustLoop(r, src)
				}
				return old(c)
			}
		})
	})
}

// mustLoop throws where v has a length that no loop in Go should go over.
func mustLoop(r *realm.Realm, v goja.Value) {
	if n := lengthOf(v); n > elements(r) {
		r.ThrowRange("Invalid array length: %d elements are more than the memory limit of the worker allows", n)
	}
}

func nested(r *realm.Realm, old hook.Call) hook.Call {
	d := depths.Of(r)
	return func(c goja.FunctionCall) goja.Value {
		mustLoop(r, c.This)
		d.enter(r)
		defer d.leave()
		return old(c)
	}
}

// flattener is FlattenIntoArray (ECMA-262, 23.1.3.13.1) with bounds.
type flattener struct {
	r      *realm.Realm
	d      *depth
	target *goja.Object
	n      int64 // elements in target
	steps  int64 // elements looked at
}

// flat is Array.prototype.flat.
func flat(r *realm.Realm, c goja.FunctionCall) goja.Value {
	o := c.This.ToObject(r.RT)
	length := lengthOf(o)
	levels := int64(1)
	if v := c.Argument(0); !goja.IsUndefined(v) {
		levels = v.ToInteger()
	}
	f := &flattener{r: r, d: depths.Of(r), target: hook.SpeciesArray(o)}
	f.into(o, length, levels)
	return f.target
}

func (f *flattener) into(source *goja.Object, length, levels int64) {
	f.d.enter(f.r)
	defer f.d.leave()
	limit := elements(f.r)
	ordinary := hook.KindOf(source) == hook.ArrayKind
	for i := int64(0); i < length; i++ {
		if f.steps++; f.steps > limit {
			f.r.ThrowRange("Invalid array length: more than %d elements", limit)
		}
		key := f.r.RT.ToValue(i)
		if !ordinary && !hook.HasProperty(source, key.ToString()) {
			continue
		}
		v := hook.GetProperty(source, key)
		if v == nil {
			if ordinary {
				continue // a hole
			}
			v = goja.Undefined()
		}
		if levels > 0 && isArray(v) {
			obj := v.(*goja.Object)
			f.into(obj, lengthOf(obj), levels-1)
			continue
		}
		hook.CreateProperty(f.target, f.r.RT.ToValue(f.n), v)
		f.n++
	}
}
