package isolate

import (
	"fmt"

	"github.com/dop251/goja"

	"gannet/isolate/bundle"
	"gannet/isolate/realm"
)

// entrypoint is what is behind an object whose class extends one of cloudflare:workers'
// classes. Its constructor takes (ctx, env), which show as properties of the object.
type entrypoint struct{ ctx, env goja.Value }

// The classes of cloudflare:workers. Only WorkerEntrypoint is ever made by Gannet; the others
// are there so that modules which export such classes load.
var entrypointClasses = []*realm.Interface{
	{Name: "WorkerEntrypoint", Hidden: true},
	{Name: "DurableObject", Hidden: true},
	{Name: "WorkflowEntrypoint", Hidden: true},
	{Name: "RpcTarget", Hidden: true},
	{Name: "RpcStub", Hidden: true},
}

func declareModules() {
	for _, class := range entrypointClasses {
		class.New = func(a realm.Args) any { return &entrypoint{ctx: a.Get(0), env: a.Get(1)} }
		class.Made = func(_ *realm.Realm, obj *goja.Object, value any) {
			ep := value.(*entrypoint)
			_ = obj.DefineDataProperty("ctx", ep.ctx, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
			_ = obj.DefineDataProperty("env", ep.env, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
		realm.Declare(class)
	}
}

// HostModules are the specifiers a script may import from the isolate itself.
var HostModules = []string{"cloudflare:workers"}

// hostObject is the one argument of a bundled module (see package bundle): it gives the
// modules that are not in the bundle.
func (iso *isolate) hostObject() goja.Value {
	r := iso.realm
	host := r.RT.NewObject()
	cache := make(map[string]goja.Value)
	_ = host.Set("module", r.Func("module", 1, func(a realm.Args) goja.Value {
		name := a.Get(0).String()
		if m, ok := cache[name]; ok {
			return m
		}
		m := iso.hostModule(name)
		cache[name] = m
		return m
	}))
	return host
}

func (iso *isolate) hostModule(name string) goja.Value {
	r := iso.realm
	if name == "cloudflare:workers" {
		return iso.workersModule()
	}
	for _, m := range iso.worker.cfg.Script.Modules {
		if m.Name != name {
			continue
		}
		return iso.blobValue(&m)
	}
	panic(r.NewError("Error", "No such module \"%s\".", name))
}

// blobValue is what a module that is not code exports: a string or an ArrayBuffer.
func (iso *isolate) blobValue(m *bundle.Blob) goja.Value {
	r := iso.realm
	switch m.Type {
	case bundle.BlobText:
		return r.RT.ToValue(string(m.Data))
	case bundle.BlobWasm:
		panic(r.NewError("Error", "%s: WebAssembly modules are not supported by this version of Gannet", m.Name))
	}
	return r.NewBuffer(append([]byte(nil), m.Data...))
}

// bindBlobs makes the blobs of a service worker's configuration globals.
func (iso *isolate) bindBlobs() error {
	for i := range iso.worker.cfg.Script.Modules {
		m := &iso.worker.cfg.Script.Modules[i]
		if m.Global == "" {
			continue
		}
		var v goja.Value
		if thrown := iso.realm.Try(func() { v = iso.blobValue(m) }); thrown != nil {
			return fmt.Errorf("isolate: %s", thrown)
		}
		if err := iso.realm.RT.GlobalObject().Set(m.Global, v); err != nil {
			return err
		}
	}
	return nil
}

// workersModule is the module cloudflare:workers.
func (iso *isolate) workersModule() goja.Value {
	r := iso.realm
	m := r.RT.NewObject()
	for _, class := range entrypointClasses {
		_ = m.Set(class.Name, r.Ctor(class))
	}
	_ = m.Set("env", iso.env)
	_ = m.Set("waitUntil", r.Func("waitUntil", 1, func(a realm.Args) goja.Value {
		a.Need(1, "waitUntil")
		iso.mustHaveEvent().waitUntil(a.Get(0))
		return goja.Undefined()
	}))
	return m
}
