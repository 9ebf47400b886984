package urls

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// paramsObject is behind a URLSearchParams object (URL 6.2).
type paramsObject struct {
	list [][2]string
	url  *urlObject   // the URL it is the query of, or nil
	obj  *goja.Object // set where url is
}

// update is the "update" steps: the URL follows the list.
func (p *paramsObject) update() {
	if p.url == nil {
		return
	}
	p.url.query = SerializeForm(p.list)
	p.url.hasQuery = p.url.query != ""
}

// InspectPairs gives the console what to show.
func (p *paramsObject) InspectPairs() [][2]string { return p.list }

// SearchParamsOf returns the pairs behind v, if v is a URLSearchParams. The list is a copy.
func SearchParamsOf(v goja.Value) (list [][2]string, ok bool) {
	p, ok := realm.As[*paramsObject](v)
	if !ok {
		return nil, false
	}
	return slices.Clone(p.list), true
}

// initParams are the pairs of the constructor's argument: a sequence of pairs, a record, or
// a string.
func initParams(a realm.Args) [][2]string {
	if !a.Has(0) {
		return nil
	}
	obj, ok := a.Get(0).(*goja.Object)
	if !ok {
		return ParseForm(strings.TrimPrefix(a.Realm.String(a.Get(0)), "?"))
	}
	var list [][2]string
	if it := obj.GetSymbol(goja.SymIterator); !realm.IsNullish(it) {
		a.Iterate(obj, func(v goja.Value) bool {
			list = append(list, pairOf(a, v))
			return true
		})
		return list
	}
	// A record<USVString, USVString>.
	for _, k := range obj.Keys() {
		v := obj.Get(k)
		if v == nil {
			v = goja.Undefined()
		}
		value := a.Realm.String(v)
		list = append(list, [2]string{k, value})
	}
	return list
}

// pairOf converts v to a sequence of two strings.
func pairOf(a realm.Args, v goja.Value) (pair [2]string) {
	if _, ok := v.(*goja.Object); !ok {
		a.ThrowType("Failed to construct 'URLSearchParams': each member of a sequence must be a name/value pair.")
	}
	n := 0
	a.Iterate(v, func(item goja.Value) bool {
		if n < 2 {
			pair[n] = a.Realm.String(item)
		}
		n++
		return n <= 2
	})
	if n != 2 {
		a.ThrowType("Failed to construct 'URLSearchParams': each member of a sequence must be a name/value pair.")
	}
	return pair
}

func declareParams() {
	type args = realm.Args
	undefined := goja.Undefined()
	paramsInterface.New = func(a args) any { return &paramsObject{list: initParams(a)} }

	// matches gives the test for the arguments (name) or (name, value).
	matches := func(a args, what string) func(pair [2]string) bool {
		a.Need(1, what)
		name := a.Realm.String(a.Get(0))
		if !a.Has(1) {
			return func(pair [2]string) bool { return pair[0] == name }
		}
		value := a.Realm.String(a.Get(1))
		return func(pair [2]string) bool { return pair[0] == name && pair[1] == value }
	}
	iterator := func(value func(a args, pair [2]string) goja.Value) func(p *paramsObject, a args) goja.Value {
		return func(p *paramsObject, a args) goja.Value {
			i := 0 // an index into the list as it is at each step: iteration is live
			return a.NewIterator(paramsIterator, func() (goja.Value, bool) {
				if i >= len(p.list) {
					return nil, false
				}
				i++
				return value(a, p.list[i-1]), true
			})
		}
	}
	paramsInterface.Members = []realm.Member{
		realm.Attr("size", func(p *paramsObject, a args) goja.Value { return a.RT.ToValue(len(p.list)) }, nil),
		realm.Method("append", 2, func(p *paramsObject, a args) goja.Value {
			a.Need(2, "URLSearchParams.append")
			p.list = append(p.list, [2]string{a.Realm.String(a.Get(0)), a.Realm.String(a.Get(1))})
			p.update()
			return undefined
		}),
		realm.Method("delete", 1, func(p *paramsObject, a args) goja.Value {
			match := matches(a, "URLSearchParams.delete")
			p.list = slices.DeleteFunc(p.list, match)
			p.update()
			return undefined
		}),
		realm.Method("get", 1, func(p *paramsObject, a args) goja.Value {
			a.Need(1, "URLSearchParams.get")
			name := a.Realm.String(a.Get(0))
			for _, pair := range p.list {
				if pair[0] == name {
					return a.RT.ToValue(pair[1])
				}
			}
			return goja.Null()
		}),
		realm.Method("getAll", 1, func(p *paramsObject, a args) goja.Value {
			a.Need(1, "URLSearchParams.getAll")
			name := a.Realm.String(a.Get(0))
			var all []any
			for _, pair := range p.list {
				if pair[0] == name {
					all = append(all, pair[1])
				}
			}
			return a.RT.NewArray(all...)
		}),
		realm.Method("has", 1, func(p *paramsObject, a args) goja.Value {
			return a.RT.ToValue(slices.ContainsFunc(p.list, matches(a, "URLSearchParams.has")))
		}),
		realm.Method("set", 2, func(p *paramsObject, a args) goja.Value {
			a.Need(2, "URLSearchParams.set")
			name, value := a.Realm.String(a.Get(0)), a.Realm.String(a.Get(1))
			found := false
			p.list = slices.DeleteFunc(p.list, func(pair [2]string) bool {
				again := found && pair[0] == name
				found = found || pair[0] == name
				return again
			})
			if i := slices.IndexFunc(p.list, func(pair [2]string) bool { return pair[0] == name }); i >= 0 {
				p.list[i][1] = value
			} else {
				p.list = append(p.list, [2]string{name, value})
			}
			p.update()
			return undefined
		}),
		realm.Method("sort", 0, func(p *paramsObject, _ args) goja.Value {
			slices.SortStableFunc(p.list, func(x, y [2]string) int { return compareUTF16(x[0], y[0]) })
			p.update()
			return undefined
		}),
		realm.Method("toString", 0, func(p *paramsObject, a args) goja.Value { return a.RT.ToValue(SerializeForm(p.list)) }),
		realm.Method("entries", 0, iterator(func(a args, pair [2]string) goja.Value { return a.RT.NewArray(pair[0], pair[1]) })),
		realm.Method("forEach", 1, func(p *paramsObject, a args) goja.Value {
			fn := a.Get(0)
			if realm.Describe(fn) != "function" {
				a.ThrowType("URLSearchParams.forEach: parameter 1 is not a function.")
			}
			for i := 0; i < len(p.list); i++ {
				a.Call(fn, a.Get(1), a.RT.ToValue(p.list[i][1]), a.RT.ToValue(p.list[i][0]), a.This)
			}
			return undefined
		}),
		realm.Method("keys", 0, iterator(func(a args, pair [2]string) goja.Value { return a.RT.ToValue(pair[0]) })),
		realm.Method("values", 0, iterator(func(a args, pair [2]string) goja.Value { return a.RT.ToValue(pair[1]) })),
		realm.Alias(goja.SymIterator, "entries"),
	}
}
