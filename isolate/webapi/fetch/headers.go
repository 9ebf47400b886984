package fetch

import (
	"sort"
	"strings"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

var (
	headersInterface = &realm.Interface{Name: "Headers"}
	headersIterator  = realm.NewIteratorInterface("Headers Iterator")
)

// Headers is a header list with its guard. Values are bytes. Scripts see them as UTF-8, and
// what they write is sent so, where the standard has isomorphic encoding and throws above
// U+00FF: that is what Workers do, and what programs that put a city or a file name into a
// header rely on. Bytes that are no UTF-8 pass unchanged as long as no script sets the value.
type Headers struct {
	fields core.Fields
	// shared is set while fields is somebody else's slice (the incoming request's): the
	// first write copies it.
	shared bool
	// immutable is the guard of incoming requests and fetched responses.
	immutable bool
}

// The most a message may carry in its field section: bytes of names and values, and lines.
// Far more than any program needs, and what the memory of a connection's buffers is sized
// for; above, sending throws a RangeError.
const (
	maxFieldBytes = 128 << 10
	maxFieldLines = 2000
)

// maxListLines bounds a header list itself, sent or not: writing to it takes linear time.
const maxListLines = 10000

// mustFit throws when the fields are more than a message may carry.
func (h *Headers) mustFit(r *realm.Realm, what string) {
	total := 0
	for i := range h.fields {
		total += len(h.fields[i].Name) + len(h.fields[i].Value)
	}
	switch {
	case total > maxFieldBytes:
		r.ThrowRange("The headers of the %s have %d bytes; %d are allowed.", what, total, maxFieldBytes)
	case len(h.fields) > maxFieldLines:
		r.ThrowRange("The %s has %d headers; %d are allowed.", what, len(h.fields), maxFieldLines)
	}
}

// add appends a field line.
func (h *Headers) add(r *realm.Realm, name, value string) {
	if len(h.fields) >= maxListLines {
		r.ThrowRange("A Headers object can hold %d headers.", maxListLines)
	}
	h.fields.Add(name, value)
}

// own makes the fields writable, or throws where the guard forbids it.
func (h *Headers) own(r *realm.Realm) {
	if h.immutable {
		r.ThrowType("Can't modify immutable headers.")
	}
	if h.shared {
		h.fields, h.shared = h.fields.Clone(), false
	}
}

// Fields returns a copy that the caller may keep and change.
func (h *Headers) Fields() core.Fields { return h.fields.Clone() }

func (h *Headers) get(name string) (string, bool) {
	if strings.EqualFold(name, "set-cookie") {
		vs := h.fields.Values(name)
		return strings.Join(vs, ", "), len(vs) > 0
	}
	return h.fields.Joined(name)
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !tokenChars[s[i]] {
			return false
		}
	}
	return true
}

var tokenChars = func() (t [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		t[c] = true
	}
	return t
}()

// fieldName converts and checks a header name.
func fieldName(r *realm.Realm, v goja.Value) string {
	name := r.ByteString(v)
	if !isToken(name) {
		r.ThrowType("Invalid header name: %s", realm.Describe(v))
	}
	return name
}

// fieldValue converts, normalises and checks a header value (Fetch, section 2.2.2).
func fieldValue(r *realm.Realm, v goja.Value) string {
	value := strings.Trim(r.String(v), "\t\n\r ")
	if strings.ContainsAny(value, "\x00\n\r") {
		r.ThrowType("Invalid header value.")
	}
	return value
}

// fill implements the Headers constructor's and the init dictionaries' filling.
func (h *Headers) fill(r *realm.Realm, init goja.Value) {
	if realm.IsNullish(init) {
		return
	}
	obj, ok := init.(*goja.Object)
	if !ok {
		r.ThrowType("Headers must be initialised with a Headers object, a sequence of pairs, or a record.")
	}
	if src, ok := realm.As[*Headers](init); ok {
		h.fields = append(h.fields, src.fields...)
		return
	}
	if method := obj.GetSymbol(goja.SymIterator); !realm.IsNullish(method) {
		r.Iterate(init, func(pair goja.Value) bool {
			var kv []goja.Value
			r.Iterate(pair, func(v goja.Value) bool { kv = append(kv, v); return len(kv) <= 2 })
			if len(kv) != 2 {
				r.ThrowType("Each header pair must be an iterable [name, value] tuple")
			}
			name := fieldName(r, kv[0])
			h.add(r, name, fieldValue(r, kv[1]))
			return true
		})
		return
	}
	for _, key := range obj.Keys() {
		name := fieldName(r, r.RT.ToValue(key))
		h.add(r, name, fieldValue(r, obj.Get(key)))
	}
}

// sorted is "sort and combine" (Fetch, section 2.2.2): names in lower case and order, values
// combined, Set-Cookie one by one.
func (h *Headers) sorted() []core.Field {
	list := make([]core.Field, 0, len(h.fields))
	for _, f := range h.fields {
		list = append(list, core.Field{Name: strings.ToLower(f.Name), Value: f.Value})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	out := list[:0]
	for i := 0; i < len(list); {
		end := i + 1
		for list[i].Name != "set-cookie" && end < len(list) && list[end].Name == list[i].Name {
			end++
		}
		first := list[i]
		if end > i+1 {
			values := make([]string, 0, end-i)
			for _, f := range list[i:end] {
				values = append(values, f.Value)
			}
			first.Value = strings.Join(values, ", ")
		}
		out = append(out, first)
		i = end
	}
	return out
}

// iterate returns a pair iterator over what is there now. The standard's is live, so that a
// loop which deletes what it visits misses every other field; Workers' is not, and programs
// have such loops.
func (h *Headers) iterate(r *realm.Realm, pick func(core.Field) goja.Value) goja.Value {
	i, list := 0, h.sorted()
	return r.NewIterator(headersIterator, func() (goja.Value, bool) {
		if i >= len(list) {
			return nil, false
		}
		i++
		return pick(list[i-1]), true
	})
}

func text(r *realm.Realm, b string) goja.Value { return r.RT.ToValue(utf8Text(stringBytes(b))) }

func declareHeaders() {
	headersInterface.New = func(a realm.Args) any {
		h := &Headers{}
		h.fill(a.Realm, a.Get(0))
		return h
	}
	headersInterface.Members = []realm.Member{
		realm.Method("append", 2, func(h *Headers, a realm.Args) goja.Value {
			a.Need(2, "Headers.append")
			name, value := fieldName(a.Realm, a.Get(0)), fieldValue(a.Realm, a.Get(1))
			h.own(a.Realm)
			h.add(a.Realm, name, value)
			return goja.Undefined()
		}),
		realm.Method("delete", 1, func(h *Headers, a realm.Args) goja.Value {
			a.Need(1, "Headers.delete")
			name := fieldName(a.Realm, a.Get(0))
			h.own(a.Realm)
			h.fields.Del(name)
			return goja.Undefined()
		}),
		realm.Method("get", 1, func(h *Headers, a realm.Args) goja.Value {
			a.Need(1, "Headers.get")
			if v, ok := h.get(fieldName(a.Realm, a.Get(0))); ok {
				return text(a.Realm, v)
			}
			return goja.Null()
		}),
		realm.Method("getAll", 1, func(h *Headers, a realm.Args) goja.Value {
			a.Need(1, "Headers.getAll")
			if name := fieldName(a.Realm, a.Get(0)); !strings.EqualFold(name, "set-cookie") {
				a.ThrowType("getAll() can only be used with the header name \"Set-Cookie\".")
			}
			return h.setCookies(a.Realm)
		}),
		realm.Method("getSetCookie", 0, func(h *Headers, a realm.Args) goja.Value { return h.setCookies(a.Realm) }),
		realm.Method("has", 1, func(h *Headers, a realm.Args) goja.Value {
			a.Need(1, "Headers.has")
			return a.RT.ToValue(h.fields.Has(fieldName(a.Realm, a.Get(0))))
		}),
		realm.Method("set", 2, func(h *Headers, a realm.Args) goja.Value {
			a.Need(2, "Headers.set")
			name, value := fieldName(a.Realm, a.Get(0)), fieldValue(a.Realm, a.Get(1))
			h.own(a.Realm)
			h.fields.Set(name, value)
			return goja.Undefined()
		}),
		realm.Method("forEach", 1, func(h *Headers, a realm.Args) goja.Value {
			a.Need(1, "Headers.forEach")
			if hook.Callable(a.Get(0)) == nil {
				a.ThrowType("Headers.forEach: parameter 1 is not of type 'Function'.")
			}
			for _, f := range h.sorted() { // not live, like the iterators
				a.Call(a.Get(0), a.Get(1), text(a.Realm, f.Value), text(a.Realm, f.Name), a.This)
			}
			return goja.Undefined()
		}),
		realm.Method("entries", 0, func(h *Headers, a realm.Args) goja.Value {
			return h.iterate(a.Realm, func(f core.Field) goja.Value {
				return a.RT.NewArray(text(a.Realm, f.Name), text(a.Realm, f.Value))
			})
		}),
		realm.Method("keys", 0, func(h *Headers, a realm.Args) goja.Value {
			return h.iterate(a.Realm, func(f core.Field) goja.Value { return text(a.Realm, f.Name) })
		}),
		realm.Method("values", 0, func(h *Headers, a realm.Args) goja.Value {
			return h.iterate(a.Realm, func(f core.Field) goja.Value { return text(a.Realm, f.Value) })
		}),
		realm.Alias(goja.SymIterator, "entries"),
	}
	realm.Declare(headersInterface, headersIterator)
}

func (h *Headers) setCookies(r *realm.Realm) goja.Value {
	var list []any
	for _, v := range h.fields.Values("set-cookie") {
		list = append(list, text(r, v))
	}
	return r.RT.NewArray(list...)
}
