package realm

import (
	"fmt"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// Interface declares one WebIDL interface: a global constructor with its prototype.
type Interface struct {
	Name   string
	Parent *Interface
	// Length is the constructor's number of required arguments.
	Length int
	// New makes the Go value of an object from the arguments of `new Name(…)`. It throws by
	// panicking. nil means the constructor throws "Illegal constructor". The object is made
	// afterwards; New that needs it (to hold it, say) uses Made instead.
	New func(args Args) any
	// Made is called, if set, after `new` made the object of the value New returned.
	Made func(r *Realm, obj *goja.Object, value any)
	// Members are the prototype's properties, Statics the constructor's.
	Members, Statics []Member
	// ErrorLike gives the prototype %Error.prototype% as its prototype (DOMException).
	ErrorLike bool
	// Hidden keeps the constructor off the global object.
	Hidden bool

	// iterator gives the prototype %IteratorPrototype% as its prototype.
	iterator bool

	id        int
	declared  bool
	protoTmpl *hook.Template
	ctorTmpl  *hook.Template
}

// Member is one property of a prototype or a constructor.
type Member struct {
	name string
	sym  *goja.Symbol
	make func(r *Realm, iface *Interface) goja.Value
}

// Args are the arguments of a native call. Get never fails: what is absent is undefined.
type Args struct {
	*Realm
	This goja.Value
	List []goja.Value
}

// Len is the number of arguments passed.
func (a Args) Len() int { return len(a.List) }

// Get returns argument i, undefined if it is absent.
func (a Args) Get(i int) goja.Value {
	if i < len(a.List) && a.List[i] != nil {
		return a.List[i]
	}
	return goja.Undefined()
}

// Has reports whether argument i was passed and is not undefined.
func (a Args) Has(i int) bool { return !goja.IsUndefined(a.Get(i)) }

// Need throws a TypeError, as WebIDL does, unless at least n arguments were passed. what is
// the operation, such as "URL.canParse".
func (a Args) Need(n int, what string) {
	if len(a.List) < n {
		a.ThrowType("%s: %d argument(s) required, but only %d present.", what, n, len(a.List))
	}
}

// Method declares an operation. T is the Go type behind `this`, or an interface all types
// behind it implement; `this` of another kind throws "Illegal invocation".
func Method[T any](name string, length int, f func(self T, args Args) goja.Value) Member {
	return Member{name: name, make: func(r *Realm, iface *Interface) goja.Value {
		return hook.NewFunc(r.RT, name, length, func(c goja.FunctionCall) goja.Value {
			return f(selfOf[T](r, iface, name, c.This), Args{r, c.This, c.Arguments})
		}) // writable, enumerable, configurable: WebIDL 3.7.7
	}}
}

// Async declares an operation that returns a promise: what f throws rejects it, a wrong
// `this` included. f returns the promise, or a plain value to resolve one with.
func Async[T any](name string, length int, f func(self T, args Args) goja.Value) Member {
	return Member{name: name, make: func(r *Realm, iface *Interface) goja.Value {
		return hook.NewFunc(r.RT, name, length, func(c goja.FunctionCall) goja.Value {
			return r.Promised(func() goja.Value {
				return f(selfOf[T](r, iface, name, c.This), Args{r, c.This, c.Arguments})
			})
		})
	}}
}

// Attr declares an attribute. set may be nil for a read-only one.
func Attr[T any](name string, get func(self T, args Args) goja.Value, set func(self T, args Args, v goja.Value)) Member {
	return Member{name: name, make: func(r *Realm, iface *Interface) goja.Value {
		getter := hook.NewFunc(r.RT, "get "+name, 0, func(c goja.FunctionCall) goja.Value {
			return get(selfOf[T](r, iface, name, c.This), Args{r, c.This, nil})
		})
		var setter *goja.Object
		if set != nil {
			setter = hook.NewFunc(r.RT, "set "+name, 1, func(c goja.FunctionCall) goja.Value {
				set(selfOf[T](r, iface, name, c.This), Args{r, c.This, c.Arguments}, c.Argument(0))
				return goja.Undefined()
			})
		}
		return hook.AccessorProp(getter, setter, true, true)
	}}
}

// Symbol declares an operation whose key is a symbol (not enumerable), such as
// Symbol.iterator; fname is its function's name.
func Symbol[T any](sym *goja.Symbol, fname string, length int, f func(self T, args Args) goja.Value) Member {
	return Member{sym: sym, make: func(r *Realm, iface *Interface) goja.Value {
		return hook.DataProp(hook.NewFunc(r.RT, fname, length, func(c goja.FunctionCall) goja.Value {
			return f(selfOf[T](r, iface, fname, c.This), Args{r, c.This, c.Arguments})
		}), true, false, true)
	}}
}

// Alias declares that sym (or, if sym is nil, name) has the same function object as the
// member called target, as `[Symbol.iterator]` and `entries` of Headers have.
func Alias(sym *goja.Symbol, target string) Member {
	return Member{sym: sym, make: func(r *Realm, iface *Interface) goja.Value {
		return hook.DataProp(r.Proto(iface).Get(target), true, false, true)
	}}
}

// Const declares a constant (WebIDL 3.7.3), for Members and Statics both.
func Const(name string, v any) Member {
	return Member{name: name, make: func(r *Realm, _ *Interface) goja.Value {
		return hook.DataProp(r.RT.ToValue(v), false, true, false)
	}}
}

// Static declares a static operation.
func Static(name string, length int, f func(args Args) goja.Value) Member {
	return Member{name: name, make: func(r *Realm, _ *Interface) goja.Value {
		return hook.NewFunc(r.RT, name, length, func(c goja.FunctionCall) goja.Value {
			return f(Args{r, c.This, c.Arguments})
		})
	}}
}

// Value declares a property made by mk at first touch, with all attributes true.
func Value(name string, mk func(r *Realm) goja.Value) Member {
	return Member{name: name, make: func(r *Realm, _ *Interface) goja.Value { return mk(r) }}
}

// selfOf is the brand check: the Go value behind this, or a TypeError.
func selfOf[T any](r *Realm, iface *Interface, member string, this goja.Value) T {
	self, ok := hook.HostValue(this).(T)
	if !ok {
		r.ThrowType("Illegal invocation: %s.%s called on an object that is not a %s", iface.Name, member, iface.Name)
	}
	return self
}

// As returns the Go value behind v as a T.
func As[T any](v goja.Value) (T, bool) {
	t, ok := hook.HostValue(v).(T)
	return t, ok
}

// Wrap makes an object of iface that carries value.
func (r *Realm) Wrap(iface *Interface, value any) *goja.Object {
	return hook.NewHost(r.RT, r.Proto(iface), value)
}

// Proto returns the prototype object of iface.
func (r *Realm) Proto(iface *Interface) *goja.Object {
	if iface.id < len(r.classes) {
		if p := r.classes[iface.id].proto; p != nil {
			return p
		}
	}
	return r.class(iface).proto
}

// Ctor returns the constructor object of iface.
func (r *Realm) Ctor(iface *Interface) *goja.Object { return r.class(iface).ctor }

// class makes the constructor and the prototype of iface if the realm has not yet.
func (r *Realm) class(iface *Interface) *class {
	if !iface.declared {
		panic(fmt.Sprintf("BUG: interface %s used before it was declared", iface.Name))
	}
	if len(r.classes) == 0 {
		r.classes = make([]class, interfaceCount())
	}
	c := &r.classes[iface.id]
	if c.ctor == nil {
		c.ctor = hook.NewClass(r.RT, iface.ctorTmpl,
			func(goja.FunctionCall) goja.Value {
				r.ThrowType("Class constructor %s cannot be invoked without 'new'", iface.Name)
				return nil
			},
			func(args []goja.Value, newTarget *goja.Object) *goja.Object {
				return r.construct(iface, args, newTarget)
			})
		c.proto = hook.NewObject(r.RT, iface.protoTmpl)
	}
	return c
}

func (r *Realm) construct(iface *Interface, args []goja.Value, newTarget *goja.Object) *goja.Object {
	if iface.New == nil {
		r.ThrowType("Illegal constructor")
	}
	if len(args) < iface.Length {
		r.ThrowType("Failed to construct '%s': %d argument(s) required, but only %d present.", iface.Name, iface.Length, len(args))
	}
	c := r.class(iface)
	value := iface.New(Args{r, nil, args})
	obj := hook.NewHost(r.RT, hook.ProtoFor(r.RT, newTarget, c.ctor, c.proto), value)
	if iface.Made != nil {
		iface.Made(r, obj, value)
	}
	return obj
}

// Namespace is a plain object whose members are made at first touch, such as console. Tag is
// its toStringTag, "" for none. Its members' `this` is not looked at: use Static.
type Namespace struct {
	Tag     string
	Members []Member

	tmpl *hook.Template
}
