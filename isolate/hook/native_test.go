package hook

import (
	"testing"

	"github.com/dop251/goja"
)

func TestRewire(t *testing.T) {
	rt := goja.New()
	max := rt.Get("Math").(*goja.Object).Get("max")
	if !Rewire(max, func(old Call) Call {
		return func(c goja.FunctionCall) goja.Value {
			c.Arguments = append(c.Arguments, rt.ToValue(40))
			return old(c)
		}
	}) {
		t.Fatal("Math.max is not native")
	}
	made := 0
	if !RewireNew(rt.Get("ArrayBuffer"), func(old New) New {
		return func(args []goja.Value, newTarget *goja.Object) *goja.Object { made++; return old(args, newTarget) }
	}) {
		t.Fatal("ArrayBuffer is not native")
	}
	for _, src := range []string{
		`Math.max(1, 2) === 40 && Math.max(41) === 41 && Math.max.name === 'max' && Math.max.length === 2`,
		`new ArrayBuffer(3).byteLength === 3 && new (class extends ArrayBuffer {})(4).byteLength === 4 && new ArrayBuffer(1) instanceof ArrayBuffer`,
	} {
		if v, err := rt.RunString(src); err != nil || !v.ToBoolean() {
			t.Errorf("%s: %v, %v", src, v, err)
		}
	}
	if made != 3 {
		t.Errorf("constructed %d times", made)
	}
	if !Rewire(rt.Get("BigInt"), func(Call) Call { return func(goja.FunctionCall) goja.Value { return rt.ToValue("big") } }) {
		t.Error("BigInt is not native")
	}
	if v, err := rt.RunString(`BigInt(1)`); err != nil || v.String() != "big" {
		t.Errorf("%v, %v", v, err)
	}
	script, err := rt.RunString(`() => 1`)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(old Call) Call { return old }
	if Rewire(script, keep) || Rewire(rt.NewObject(), keep) || Rewire(goja.Undefined(), keep) || RewireNew(max, func(old New) New { return old }) {
		t.Error("rewired what is no native function")
	}
}

func TestSpecAlgorithms(t *testing.T) {
	rt := goja.New()
	v, err := rt.RunString(`class A extends Array {}; [A.of(1, 2), Object.create({a: 1})]`)
	if err != nil {
		t.Fatal(err)
	}
	list := v.(*goja.Object)
	made := SpeciesArray(list.Get("0").(*goja.Object))
	CreateProperty(made, rt.ToValue(0), rt.ToValue("x"))
	rt.Set("made", made)
	if v, err := rt.RunString(`made instanceof A && made.length === 1 && made[0] === 'x'`); err != nil || !v.ToBoolean() {
		t.Errorf("%v, %v", v, err)
	}
	obj := list.Get("1").(*goja.Object)
	if !HasProperty(obj, rt.ToValue("a")) || HasProperty(obj, rt.ToValue("b")) {
		t.Error("HasProperty")
	}
	if v := GetProperty(list, rt.ToValue(1)); v != goja.Value(obj) || GetProperty(list, rt.ToValue(2)) != nil || GetProperty(obj, rt.ToValue("a")).ToInteger() != 1 {
		t.Error("GetProperty")
	}
	if PropValue(DataProp(rt.ToValue(5), true, true, true)).ToInteger() != 5 || PropValue(DataProp(rt.ToValue(5), false, false, false)).ToInteger() != 5 {
		t.Error("PropValue")
	}
}
