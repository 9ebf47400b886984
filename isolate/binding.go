package isolate

import (
	"encoding/json"
	"fmt"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/webapi/fetch"
)

// BindingKind says what a binding gives the script.
type BindingKind uint8

// The kinds of bindings.
const (
	// Var is a string or any JSON value.
	Var BindingKind = iota + 1
	// Service has a fetch method that goes to Binding.Fetcher.
	Service
	// Unsupported exists, and throws on use.
	Unsupported
)

// Binding is one property of env.
type Binding struct {
	Name string
	Kind BindingKind
	// Value is the JSON text of a Var.
	Value json.RawMessage
	// Fetcher serves a Service.
	Fetcher core.Fetcher
	// Type is the name of an Unsupported binding's type, such as "KV namespace".
	Type string
}

// bindEnv makes env, and in service-worker syntax the globals.
func (iso *isolate) bindEnv(globals bool) error {
	rt := iso.realm.RT
	env := rt.NewObject()
	iso.env = env
	for _, b := range iso.worker.cfg.Bindings {
		v, err := iso.bindingValue(b)
		if err != nil {
			return err
		}
		if err := env.Set(b.Name, v); err != nil {
			return err
		}
		if globals {
			if err := rt.GlobalObject().Set(b.Name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (iso *isolate) bindingValue(b Binding) (goja.Value, error) {
	rt := iso.realm.RT
	switch b.Kind {
	case Var:
		var s string
		if json.Unmarshal(b.Value, &s) == nil {
			return rt.ToValue(s), nil
		}
		parse := callable(rt.Get("JSON").(*goja.Object).Get("parse"))
		var v goja.Value
		if thrown := iso.realm.Try(func() {
			v = parse(goja.FunctionCall{This: goja.Undefined(), Arguments: []goja.Value{rt.ToValue(string(b.Value))}})
		}); thrown != nil {
			return nil, fmt.Errorf("isolate: the value of %s is not JSON: %s", b.Name, thrown)
		}
		return v, nil
	case Service:
		return fetch.NewFetcherObject(iso.realm, b.Name, b.Fetcher), nil
	case Unsupported:
		return iso.unsupported(b), nil
	}
	return nil, fmt.Errorf("isolate: binding %s has no kind", b.Name)
}

// unsupported returns an object every property of which is a function that throws, naming
// the binding, its type and what was called. Symbols and `then` are absent, so that
// console.log(env) and await work.
func (iso *isolate) unsupported(b Binding) goja.Value {
	r := iso.realm
	return r.RT.ToValue(r.RT.NewProxy(r.RT.NewObject(), &goja.ProxyTrapConfig{
		Get: func(_ *goja.Object, property string, _ goja.Value) goja.Value {
			if property == "then" || property == "toJSON" {
				return goja.Undefined()
			}
			return r.RT.ToValue(func(goja.FunctionCall) goja.Value {
				panic(r.NewError("Error", "env.%s.%s: %s bindings are not supported by this version of Gannet", b.Name, property, b.Type))
			})
		},
	}))
}
