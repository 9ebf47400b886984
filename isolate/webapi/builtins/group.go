package builtins

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// group is one group of GroupBy (ECMA-262 7.3.35).
type group struct {
	key   goja.Value
	items []any
}

// groupBy iterates the items and has put called with what the callback says of each.
func groupBy(a realm.Args, what string, put func(key, item goja.Value)) {
	items, callback := a.Get(0), function(a, a.Get(1), what)
	if realm.IsNullish(items) {
		a.ThrowType("%s: %s is not iterable", what, realm.Describe(items))
	}
	k := int64(0)
	a.Iterate(items, func(item goja.Value) bool {
		put(a.Call(callback, goja.Undefined(), item, a.RT.ToValue(k)), item)
		k++
		return true
	})
}

// objectGroupBy is Object.groupBy (20.1.2.13).
func objectGroupBy(a realm.Args) goja.Value {
	var order []*group
	strings, symbols := map[string]*group{}, map[*goja.Symbol]*group{}
	groupBy(a, "Object.groupBy", func(key, item goja.Value) {
		var g *group
		sym, isSymbol := key.(*goja.Symbol)
		if isSymbol {
			g = symbols[sym]
		} else {
			key = key.ToString()
			g = strings[key.String()]
		}
		if g == nil {
			g = &group{key: key}
			order = append(order, g)
			if isSymbol {
				symbols[sym] = g
			} else {
				strings[key.String()] = g
			}
		}
		g.items = append(g.items, item)
	})
	o := a.RT.CreateObject(nil)
	for _, g := range order {
		list := a.RT.NewArray(g.items...)
		if sym, ok := g.key.(*goja.Symbol); ok {
			_ = o.SetSymbol(sym, list)
		} else {
			_ = o.Set(g.key.String(), list)
		}
	}
	return o
}

// mapGroupBy is Map.groupBy (24.1.2.1).
func mapGroupBy(a realm.Args) goja.Value {
	m := hook.NewMap(a.RT)
	var groups []*group
	groupBy(a, "Map.groupBy", func(key, item goja.Value) {
		at := hook.MapGet(m, key)
		if at == nil { // the Map holds the index of the group until all are complete
			at = a.RT.ToValue(len(groups))
			hook.Put(m, key, at)
			groups = append(groups, &group{key: key})
		}
		g := groups[at.ToInteger()]
		g.items = append(g.items, item)
	})
	for _, g := range groups {
		hook.Put(m, g.key, a.RT.NewArray(g.items...))
	}
	return m
}
