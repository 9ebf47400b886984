package guard

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

func declareJSON() {
	global("JSON", func(r *realm.Realm, obj *goja.Object) {
		own(r, obj, "parse", parse)
		own(r, obj, "stringify", stringify)
	})
}

// parse is JSON.parse (ECMA-262, 25.5.1). goja's parser recurses by the nesting of the
// text, which is known beforehand; its walk for the reviver, which may itself change what is
// walked over, is done here.
func parse(r *realm.Realm, old hook.Call) hook.Call {
	d := depths.Of(r)
	return func(c goja.FunctionCall) goja.Value {
		text := c.Argument(0).ToString()
		levels := nesting(text.String())
		if d.n+levels > maxDepth {
			tooDeep(r)
		}
		v := old(goja.FunctionCall{This: c.This, Arguments: []goja.Value{text}})
		reviver := hook.Callable(c.Argument(1))
		if reviver == nil {
			return v
		}
		root := r.RT.NewObject()
		hook.CreateProperty(root, r.RT.ToValue(""), v)
		w := &reviving{r: r, d: d, f: reviver}
		return w.walk(root, "")
	}
}

// nesting is the deepest nesting of brackets outside strings.
func nesting(s string) (deepest int) {
	level, inString := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inString:
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			level++
			deepest = max(deepest, level)
		case c == ']' || c == '}':
			level--
		}
	}
	return deepest
}

// reviving is InternalizeJSONProperty (ECMA-262, 25.5.1.1).
type reviving struct {
	r *realm.Realm
	d *depth
	f hook.Call
}

func (w *reviving) walk(holder *goja.Object, name string) goja.Value {
	w.d.enter(w.r)
	defer w.d.leave()
	v := holder.Get(name)
	if v == nil {
		v = goja.Undefined()
	}
	if obj, ok := v.(*goja.Object); ok {
		if isArray(obj) {
			mustLoop(w.r, obj)
			n := lengthOf(obj)
			for i := int64(0); i < n; i++ {
				w.element(obj, w.r.RT.ToValue(i).String())
			}
		} else {
			for _, key := range obj.Keys() {
				w.element(obj, key)
			}
		}
	}
	if out := w.f(goja.FunctionCall{This: holder, Arguments: []goja.Value{w.r.RT.ToValue(name), v}}); out != nil {
		return out
	}
	return goja.Undefined()
}

func (w *reviving) element(obj *goja.Object, key string) {
	v := w.walk(obj, key)
	// What cannot be deleted or defined stays as it is, as the standard has it.
	if goja.IsUndefined(v) {
		_ = obj.Delete(key)
	} else {
		_ = obj.DefineDataProperty(key, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
}

// stringify is JSON.stringify (ECMA-262, 25.5.2). goja's recurses by the nesting of the data;
// the replacer function, which it calls for every property, counts the levels.
func stringify(r *realm.Realm, old hook.Call) hook.Call {
	d := depths.Of(r)
	return func(c goja.FunctionCall) goja.Value {
		if _, ok := c.Argument(0).(*goja.Object); !ok && realm.IsNullish(c.Argument(1)) {
			return old(c)
		}
		w := &descent{r: r, d: d, base: d.n}
		defer func() { d.n = w.base }()
		replacer, _ := c.Argument(1).(*goja.Object)
		switch {
		case replacer == nil:
		case isArray(replacer):
			w.list, w.listed = propertyList(r, replacer), true
		default:
			w.user = hook.Callable(replacer)
		}
		return old(goja.FunctionCall{This: c.This, Arguments: []goja.Value{
			c.Argument(0), hook.NewFunc(r.RT, "", 2, w.step), c.Argument(2),
		}})
	}
}

// propertyList is step 4.b of JSON.stringify: the names in a replacer array.
func propertyList(r *realm.Realm, replacer *goja.Object) []string {
	mustLoop(r, replacer)
	n := lengthOf(replacer)
	seen := make(map[string]bool)
	var list []string
	for i := int64(0); i < n; i++ {
		v := replacer.Get(r.RT.ToValue(i).String())
		switch obj, isObject := v.(*goja.Object); {
		case v == nil, !isObject && !goja.IsString(v) && !goja.IsNumber(v):
			continue
		case isObject:
			if class := obj.ClassName(); class != "Number" && class != "String" {
				continue
			}
		}
		if name := v.String(); !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	return list
}

// descent follows goja's walk: stack holds the objects from the outermost to the holder of
// the property in hand.
type descent struct {
	r      *realm.Realm
	d      *depth
	base   int // levels when it began
	user   hook.Call
	list   []string
	listed bool
	stack  []level
}

// level is an object being written: itself, and what goja sees of it, which is a copy of the
// listed properties where the replacer is an array.
type level struct{ seen, original *goja.Object }

// step is the replacer function.
func (w *descent) step(c goja.FunctionCall) goja.Value {
	holder, _ := c.This.(*goja.Object)
	for n := len(w.stack); n > 0 && w.stack[n-1].seen != holder; n-- {
		w.stack = w.stack[:n-1]
	}
	v := c.Argument(1)
	w.d.n = w.base + len(w.stack) + 1
	if w.user != nil {
		if v = w.user(c); v == nil {
			v = goja.Undefined()
		}
	}
	obj, ok := v.(*goja.Object)
	if !ok {
		return v
	}
	if w.base+len(w.stack) >= maxDepth {
		tooDeep(w.r)
	}
	l := level{obj, obj}
	if w.listed && w.isPlain(obj) {
		for i := range w.stack {
			if w.stack[i].original == obj {
				w.r.ThrowType("Converting circular structure to JSON")
			}
		}
		l.seen = w.r.RT.NewObject()
		for _, name := range w.list {
			if p := obj.Get(name); p != nil {
				_ = l.seen.DefineDataProperty(name, p, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
			}
		}
	}
	w.stack = append(w.stack, l)
	return l.seen
}

// isPlain reports whether obj is written as { … }.
func (w *descent) isPlain(obj *goja.Object) bool {
	if isArray(obj) || hook.Callable(obj) != nil || obj.ClassName() == "RawJSON" {
		return false
	}
	switch hook.KindOf(obj) {
	case hook.BoxedString, hook.BoxedPrimitive:
		return false
	}
	return true
}
