package timers

import (
	"slices"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// Cloner is implemented by the Go values of platform objects that structured cloning can
// copy (serializable objects, HTML 2.7.1), such as Blob.
type Cloner interface {
	// StructuredClone returns a copy of the object in r.
	StructuredClone(r *realm.Realm) *goja.Object
}

// maxCloneDepth bounds how deeply a value may be nested to be cloned: the copy recurses, on
// Go's stack of 1 GiB at about 1 KiB a level. One more level throws a RangeError.
const maxCloneDepth = 10000

// cloner is one structuredClone: StructuredSerialize and StructuredDeserialize (HTML 2.7.3
// to 2.7.6) in one pass, which is the same to a script while both happen in one realm.
type cloner struct {
	r *realm.Realm
	// memory maps what was met to its copy, so that cycles and sharing are kept.
	memory map[*goja.Object]*goja.Object
	depth  int
}

func declareClone() {
	realm.GlobalFunc("structuredClone", 1, func(a realm.Args) goja.Value {
		a.Need(1, "structuredClone")
		var transfer []*goja.Object
		if v := a.Dict(a.Get(1), "transfer"); !goja.IsUndefined(v) {
			a.Iterate(v, func(item goja.Value) bool {
				obj, ok := item.(*goja.Object)
				if !ok {
					a.ThrowType("structuredClone: a member of transfer is not an object.")
				}
				transfer = append(transfer, obj)
				return true
			})
		}
		return CloneTransfer(a.Realm, a.Get(0), transfer)
	})
}

// Clone returns a structured clone of v. It throws a DataCloneError for what cannot be
// cloned, and whatever getters in v throw.
func Clone(r *realm.Realm, v goja.Value) goja.Value { return CloneTransfer(r, v, nil) }

// CloneTransfer is Clone with a transfer list (StructuredSerializeWithTransfer): the
// ArrayBuffers in it are moved instead of copied, and detached.
func CloneTransfer(r *realm.Realm, v goja.Value, transfer []*goja.Object) goja.Value {
	c := &cloner{r: r}
	for i, obj := range transfer {
		if hook.KindOf(obj) != hook.ArrayBufferKind || slices.Contains(transfer[:i], obj) || hook.Detached(obj) {
			c.refuse(obj)
		}
		b, _, _ := hook.Bytes(obj)
		c.remember(obj, r.NewBuffer(b).(*goja.Object))
	}
	copied := c.value(v)
	for _, obj := range transfer { // only now: nothing is moved when cloning fails
		if hook.Detached(obj) { // by a getter, meanwhile
			c.refuse(obj)
		}
		hook.Detach(obj)
	}
	return copied
}

// refuse throws the DataCloneError about v.
func (c *cloner) refuse(v goja.Value) {
	dom.Throw(c.r, "DataCloneError", "%s could not be cloned.", describe(v))
}

func describe(v goja.Value) string {
	obj, ok := v.(*goja.Object)
	switch {
	case !ok:
		return v.String()
	case hook.KindOf(obj) == hook.ProxyKind:
		return "#<Proxy>"
	case hook.Callable(obj) != nil:
		return "A function"
	}
	return "#<" + obj.ClassName() + ">"
}

func (c *cloner) remember(from, to *goja.Object) {
	if c.memory == nil {
		c.memory = map[*goja.Object]*goja.Object{}
	}
	c.memory[from] = to
}

func (c *cloner) value(v goja.Value) goja.Value {
	obj, ok := v.(*goja.Object)
	if !ok {
		if _, ok := v.(*goja.Symbol); ok {
			c.refuse(v)
		}
		return v
	}
	if known := c.memory[obj]; known != nil {
		return known
	}
	if c.depth++; c.depth > maxCloneDepth {
		c.r.ThrowRange("structuredClone: the value is nested too deeply")
	}
	defer func() { c.depth-- }()
	return c.object(obj)
}

// object copies an object not met before. Composite ones are remembered before their parts
// are copied.
func (c *cloner) object(obj *goja.Object) *goja.Object {
	rt := c.r.RT
	made := func(to *goja.Object) *goja.Object {
		c.remember(obj, to)
		return to
	}
	switch hook.KindOf(obj) {
	case hook.BoxedString, hook.BoxedPrimitive:
		v := hook.Unbox(obj)
		if _, ok := v.(*goja.Symbol); ok {
			c.refuse(obj)
		}
		return made(v.ToObject(rt))
	case hook.DateKind:
		ms, ok := hook.DateValue(obj)
		return made(hook.NewDate(rt, ms, ok))
	case hook.RegExpKind:
		source, flags := hook.RegExpParts(obj)
		return made(hook.NewRegExp(rt, source, flags))
	case hook.ArrayBufferKind:
		return made(c.buffer(obj))
	case hook.TypedArrayKind, hook.DataViewKind:
		return made(c.view(obj))
	case hook.MapKind, hook.SetKind:
		return c.collection(obj)
	case hook.ErrorKind:
		return c.error(obj)
	case hook.ArrayKind:
		to := made(rt.NewArray())
		if err := to.Set("length", hook.ArrayLength(obj)); err != nil {
			c.r.ThrowRange("structuredClone: %v", err)
		}
		return c.properties(obj, to)
	case hook.HostKind:
		return made(c.platform(obj))
	case hook.Ordinary, hook.ArgumentsKind:
		return c.properties(obj, made(rt.NewObject()))
	}
	c.refuse(obj)
	return nil
}

// properties copies the enumerable own properties with string keys, in order.
func (c *cloner) properties(from, to *goja.Object) *goja.Object {
	for _, key := range from.Keys() {
		v := from.Get(key)
		if v == nil {
			continue // a getter before it took it away
		}
		// Defined, not set: a setter on Object.prototype, or __proto__, must not see it.
		_ = to.DefineDataProperty(key, c.value(v), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	return to
}

func (c *cloner) buffer(obj *goja.Object) *goja.Object {
	if hook.Detached(obj) {
		c.refuse(obj)
	}
	b, _, _ := hook.Bytes(obj)
	return c.r.NewBuffer(slices.Clone(b)).(*goja.Object)
}

// view copies a typed array or a DataView, over a copy of its whole buffer.
func (c *cloner) view(obj *goja.Object) *goja.Object {
	buf, ctor, offset, length, _ := hook.ViewParts(obj)
	to := c.value(buf)
	return hook.Construct(c.r.RT, ctor, nil, to, c.r.RT.ToValue(offset), c.r.RT.ToValue(length))
}

// collection copies a Map or a Set: what is in it now, should getters change it.
func (c *cloner) collection(obj *goja.Object) *goja.Object {
	to := hook.NewSet(c.r.RT)
	if hook.KindOf(obj) == hook.MapKind {
		to = hook.NewMap(c.r.RT)
	}
	c.remember(obj, to)
	var entries [][2]goja.Value
	hook.Entries(obj, func(k, v goja.Value) bool {
		entries = append(entries, [2]goja.Value{k, v})
		return true
	})
	for _, e := range entries {
		k := c.value(e[0])
		hook.Put(to, k, c.value(e[1]))
	}
	return to
}

// error copies an error: its name if that is a built-in one, message, stack and cause.
func (c *cloner) error(obj *goja.Object) *goja.Object {
	name := "Error"
	if v := obj.Get("name"); v != nil && !goja.IsUndefined(v) {
		switch s := c.r.String(v); s {
		case "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError":
			name = s
		}
	}
	to := hook.Construct(c.r.RT, hook.ErrorCtor(c.r.RT, name), nil)
	c.remember(obj, to)
	for _, key := range []string{"message", "stack", "cause"} {
		p, ok := hook.OwnProperty(obj, c.r.RT.ToValue(key))
		if !ok || p.Value == nil {
			continue
		}
		v := p.Value
		if key == "cause" {
			v = c.value(v)
		} else {
			v = c.r.RT.ToValue(c.r.String(v))
		}
		_ = to.DefineDataProperty(key, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return to
}

// platform copies a platform object that allows it.
func (c *cloner) platform(obj *goja.Object) *goja.Object {
	if e, ok := dom.ExceptionOf(obj); ok {
		return dom.CloneException(c.r, e)
	}
	if s, ok := realm.As[Cloner](obj); ok {
		return s.StructuredClone(c.r)
	}
	c.refuse(obj)
	return nil
}
