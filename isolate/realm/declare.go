package realm

import (
	"fmt"
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// declared is the process-wide state of declarations.
var declared struct {
	sync.Mutex
	interfaces int
	sealed     bool
}

func mustBeOpen(what string) {
	if declared.sealed {
		panic(fmt.Sprintf("BUG: %s is declared after the first realm was made", what))
	}
}

func seal() {
	declared.Lock()
	defer declared.Unlock()
	declared.sealed = true
}

func interfaceCount() int {
	declared.Lock()
	defer declared.Unlock()
	return declared.interfaces
}

// Declare makes interfaces known, and global unless Hidden. Parents come before children.
// It panics after the first realm was made. Declaring one twice has no effect.
func Declare(interfaces ...*Interface) {
	declared.Lock()
	defer declared.Unlock()
	for _, iface := range interfaces {
		if iface.declared {
			continue
		}
		mustBeOpen(iface.Name)
		declareInterface(iface)
	}
}

func declareInterface(iface *Interface) {
	iface.id = declared.interfaces
	declared.interfaces++
	iface.declared = true

	ctor := hook.NewTemplate()
	ctor.SetProto(func(rt *goja.Runtime) *goja.Object {
		if iface.Parent != nil {
			return Of(rt).Ctor(iface.Parent)
		}
		return hook.FunctionProto(rt)
	})
	ctor.Put("length", func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(rt.ToValue(iface.Length), false, false, true)
	})
	ctor.Put("name", func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(rt.ToValue(iface.Name), false, false, true)
	})
	ctor.Put("prototype", func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(Of(rt).Proto(iface), false, false, false)
	})
	putMembers(ctor, iface, iface.Statics)
	iface.ctorTmpl = ctor

	proto := hook.NewTemplate()
	proto.SetProto(func(rt *goja.Runtime) *goja.Object {
		switch {
		case iface.Parent != nil:
			return Of(rt).Proto(iface.Parent)
		case iface.iterator:
			return hook.IteratorProto(rt)
		case iface.ErrorLike:
			return hook.ErrorProto(rt)
		}
		return hook.ObjectProto(rt)
	})
	putMembers(proto, iface, iface.Members)
	proto.Put("constructor", func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(Of(rt).Ctor(iface), true, false, true)
	})
	putTag(proto, iface.Name)
	iface.protoTmpl = proto

	if !iface.Hidden {
		hook.GlobalTemplate().Put(iface.Name, func(rt *goja.Runtime) goja.Value {
			return hook.DataProp(Of(rt).Ctor(iface), true, false, true)
		})
	}
}

func putTag(t *hook.Template, tag string) {
	t.PutSym(goja.SymToStringTag, func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(rt.ToValue(tag), false, false, true)
	})
}

func putMembers(t *hook.Template, iface *Interface, members []Member) {
	for _, m := range members {
		f := func(rt *goja.Runtime) goja.Value { return m.make(Of(rt), iface) }
		if m.sym != nil {
			t.PutSym(m.sym, f)
		} else {
			t.Put(m.name, f)
		}
	}
}

// Global declares a global property, made at first touch. enumerable is false for
// constructors and namespaces, true for functions and attributes of the global scope.
func Global(name string, enumerable bool, mk func(r *Realm) goja.Value) {
	declared.Lock()
	defer declared.Unlock()
	mustBeOpen(name)
	hook.GlobalTemplate().Put(name, func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(mk(Of(rt)), true, enumerable, true)
	})
}

// GlobalFunc declares a global function.
func GlobalFunc(name string, length int, f func(args Args) goja.Value) {
	Global(name, true, func(r *Realm) goja.Value { return r.Func(name, length, f) })
}

// Built declares a missing property of one of goja's own objects, whose template t is:
// not enumerable, as built-ins are. One that goja has already is left alone.
func Built(t *hook.Template, name string, mk func(r *Realm) goja.Value) {
	declared.Lock()
	defer declared.Unlock()
	mustBeOpen(name)
	if t.Has(name) {
		return
	}
	t.Put(name, func(rt *goja.Runtime) goja.Value {
		return hook.DataProp(mk(Of(rt)), true, false, true)
	})
}

// Hide takes a property off the global object.
func Hide(name string) {
	declared.Lock()
	defer declared.Unlock()
	mustBeOpen(name)
	hook.GlobalTemplate().Remove(name)
}

// Declare prepares the namespace; Object makes one object of it in a realm.
func (n *Namespace) Declare() {
	n.tmpl = hook.NewTemplate()
	n.tmpl.SetProto(hook.ObjectProto)
	putMembers(n.tmpl, nil, n.Members)
	if n.Tag != "" {
		putTag(n.tmpl, n.Tag)
	}
}

// Object makes the namespace's object.
func (n *Namespace) Object(r *Realm) *goja.Object { return hook.NewObject(r.RT, n.tmpl) }
