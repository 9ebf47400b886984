package hook

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// Factory makes the value of a lazy property at its first touch. What it returns is stored
// as the property: a plain value is a data property with all attributes true; use DataProp
// and AccessorProp for others.
type Factory = func(*goja.Runtime) goja.Value

// NewTemplate returns an empty template.
func NewTemplate() *Template { return newObjectTemplate() }

// GlobalTemplate is the template of the global object of every runtime.
func GlobalTemplate() *Template { return getGlobalObjectTemplate() }

// ArrayProtoTemplate is the template of Array.prototype.
func ArrayProtoTemplate() *Template { return getArrayProtoTemplate() }

// ObjectTemplate is the template of the Object constructor.
func ObjectTemplate() *Template { return getObjectTemplate() }

// StringProtoTemplate is the template of String.prototype.
func StringProtoTemplate() *Template { return getStringProtoTemplate() }

// Put adds, or replaces, the property name.
func (t *Template) Put(name string, f Factory) {
	n := unistring.NewFromString(name)
	if _, ok := t.props[n]; ok {
		t.props[n] = f
		return
	}
	putStr(t, n, f)
}

// Wrap replaces the factory of an existing property by one that is given the old one. It
// reports whether there was one.
func (t *Template) Wrap(name string, f func(rt *goja.Runtime, old Factory) goja.Value) bool {
	n := unistring.NewFromString(name)
	old, ok := t.props[n]
	if ok {
		t.props[n] = func(rt *goja.Runtime) goja.Value { return f(rt, old) }
	}
	return ok
}

// Remove takes the property name out.
func (t *Template) Remove(name string) {
	n := unistring.NewFromString(name)
	delete(t.props, n)
	for i, p := range t.propNames {
		if p == n {
			t.propNames = append(t.propNames[:i:i], t.propNames[i+1:]...)
			return
		}
	}
}

// Has reports whether there is a property name.
func (t *Template) Has(name string) bool {
	_, ok := t.props[unistring.NewFromString(name)]
	return ok
}

// PutSym adds a property whose key is a symbol.
func (t *Template) PutSym(s *goja.Symbol, f Factory) { putSym(t, s, f) }

// SetProto sets the factory of the prototype; without one the prototype is null.
func (t *Template) SetProto(f func(*goja.Runtime) *goja.Object) { t.protoFactory = f }

// NewObject returns an ordinary object whose properties are t's, made at first touch.
func NewObject(rt *goja.Runtime, t *Template) *goja.Object {
	return newTemplatedObject(rt, t, nil).val
}

// NewClass returns a function object whose properties are t's, made at first touch. call
// serves calls without new, construct those with new.
func NewClass(rt *goja.Runtime, t *Template, call func(goja.FunctionCall) goja.Value, construct func([]goja.Value, *goja.Object) *goja.Object) *goja.Object {
	return newTemplatedFuncObject(rt, t, nil, call, construct).val
}

// NewFunc returns a native function.
func NewFunc(rt *goja.Runtime, name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object {
	return newNativeFunc(rt, f, unistring.NewFromString(name), length)
}

// FunctionProto is %Function.prototype% of rt.
func FunctionProto(rt *goja.Runtime) *goja.Object { return getFunctionPrototype(rt) }

// ErrorProto is %Error.prototype% of rt.
func ErrorProto(rt *goja.Runtime) *goja.Object { return getErrorPrototype(rt) }

// IteratorProto is %IteratorPrototype% of rt.
func IteratorProto(rt *goja.Runtime) *goja.Object { return getIteratorPrototype(rt) }

// ProtoFor is GetPrototypeFromConstructor of ECMA-262: the prototype an object made by
// `new newTarget` has, defProto where newTarget is ctor or has none.
func ProtoFor(rt *goja.Runtime, newTarget, ctor, defProto *goja.Object) *goja.Object {
	if newTarget == nil {
		return defProto
	}
	return getPrototypeFromCtor(rt, newTarget, ctor, defProto)
}

// DataProp returns a data property with the given attributes, for a Factory to return.
func DataProp(v goja.Value, writable, enumerable, configurable bool) goja.Value {
	return valueProp(v, writable, enumerable, configurable)
}

// AccessorProp returns an accessor property, for a Factory to return. set may be nil.
func AccessorProp(get, set *goja.Object, enumerable, configurable bool) goja.Value {
	v := valueProp(nil, false, enumerable, configurable) // not writable, so never a bare value
	p := propOf(v)
	p.accessor, p.getterFunc, p.setterFunc = true, get, set
	return v
}

// IterResult returns { value, done }.
func IterResult(rt *goja.Runtime, value goja.Value, done bool) goja.Value {
	return createIterResultObject(rt, value, done)
}

// ObjectProto is %Object.prototype% of rt.
func ObjectProto(rt *goja.Runtime) *goja.Object {
	return getObject(rt).Get("prototype").(*goja.Object) // neither writable nor configurable
}

// ErrorCtor returns the intrinsic error constructor called name, whatever scripts did to
// the global of that name: Error, TypeError, RangeError, SyntaxError, EvalError,
// ReferenceError or URIError. For other names it is Error's.
func ErrorCtor(rt *goja.Runtime, name string) *goja.Object {
	switch name {
	case "TypeError":
		return getTypeError(rt)
	case "RangeError":
		return getRangeError(rt)
	case "SyntaxError":
		return getSyntaxError(rt)
	case "EvalError":
		return getEvalError(rt)
	case "ReferenceError":
		return getReferenceError(rt)
	case "URIError":
		return getURIError(rt)
	}
	return getError(rt)
}
