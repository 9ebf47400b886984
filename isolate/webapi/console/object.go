package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// object formats an object that is no Proxy and not under way already.
func (in *inspector) object(obj *goja.Object, level int) string {
	kind := hook.KindOf(obj)
	empty := in.empty(obj, kind)
	if level > in.depth && !empty {
		switch kind {
		case hook.FunctionKind, hook.ErrorKind, hook.DateKind, hook.RegExpKind:
			empty = true // these have something to say without their properties
		default:
			return in.spend("[" + in.className(obj, "Object: null prototype") + "]")
		}
	}
	if !empty {
		in.current = level
	}
	outer := in.bare
	in.bare = empty
	in.path = append(in.path, obj)
	b := in.describe(obj, kind, level)
	in.path = in.path[:len(in.path)-1]
	in.bare = outer
	in.budget -= len(b.open) + len(b.close) + 2*len(b.entries)
	var s string
	switch {
	case len(b.entries) > 0:
		s = in.join(b, level)
	case b.base != "":
		s = b.base
	default:
		s = b.open + b.close
	}
	if n := in.refs[obj]; n > 0 {
		s = "<ref *" + strconv.Itoa(n) + "> " + s
	}
	return s
}

// empty reports whether obj has no entries to show, so that it needs no level of its own.
func (in *inspector) empty(obj *goja.Object, kind hook.Kind) bool {
	switch kind {
	case hook.ArrayKind:
		return hook.ArrayLength(obj) == 0 && !in.hasKeys(obj)
	case hook.TypedArrayKind:
		_, _, _, length, _ := hook.ViewParts(obj)
		return length == 0 && !in.hasKeys(obj)
	case hook.MapKind, hook.SetKind:
		return hook.Entries(obj, func(_, _ goja.Value) bool { return false }) == 0 && !in.hasKeys(obj)
	case hook.Ordinary, hook.ArgumentsKind, hook.FunctionKind, hook.ErrorKind, hook.DateKind, hook.RegExpKind, hook.BoxedPrimitive:
		return !in.hasKeys(obj)
	}
	return false
}

// hasKeys reports whether properties would show any.
func (in *inspector) hasKeys(obj *goja.Object) bool {
	for _, key := range obj.GetOwnPropertyNames() {
		if p, ok := hook.OwnProperty(obj, in.r.RT.ToValue(key)); ok && (p.Enumerable || key == "cause" || key == "errors") {
			return true
		}
	}
	for _, sym := range obj.Symbols() {
		if p, ok := hook.OwnProperty(obj, sym); ok && p.Enumerable {
			return true
		}
	}
	return false
}

// describe makes the block of an object.
func (in *inspector) describe(obj *goja.Object, kind hook.Kind, level int) block {
	name := in.className(obj, "")
	b := block{open: in.prefix(obj, kind, name, "Object", -1) + "{", close: "}"}
	switch kind {
	case hook.ArrayKind:
		return in.array(obj, name, level)
	case hook.TypedArrayKind:
		return in.typedArray(obj, name, level)
	case hook.ArgumentsKind:
		b.open = "[Arguments] {"
	case hook.MapKind, hook.SetKind:
		in.collection(&b, obj, kind, name, level)
	case hook.FunctionKind:
		b.base, b.open = in.function(obj), "{"
	case hook.ErrorKind:
		return in.error(obj, level)
	case hook.DateKind:
		b.base, b.open = dateText(obj), "{"
	case hook.RegExpKind:
		source, flags := hook.RegExpParts(obj)
		b.base, b.open = in.spend("/"+clip(source.String())+"/"+flags), "{"
	case hook.BoxedString, hook.BoxedPrimitive:
		return in.boxed(obj, kind, level)
	case hook.PromiseKind:
		in.promise(&b, obj, name, level)
	case hook.ArrayBufferKind:
		in.arrayBuffer(&b, obj, name)
	case hook.DataViewKind:
		buf, _, offset, length, _ := hook.ViewParts(obj)
		b.open = in.prefix(obj, kind, name, "DataView", -1) + "{"
		b.entries = append(b.entries, "byteLength: "+strconv.Itoa(length), "byteOffset: "+strconv.Itoa(offset), "buffer: "+in.nested(buf, level+1))
	case hook.WeakMapKind, hook.WeakSetKind:
		b.open = in.prefix(obj, kind, name, name, -1) + "{"
		b.entries = append(b.entries, "<items unknown>")
	case hook.GeneratorKind:
		b.open = "Object [Generator] {"
	case hook.IteratorKind:
		b.open = "Object [" + in.tag(obj) + "] {"
	case hook.HostKind:
		return in.platform(obj, name, level)
	}
	in.properties(&b, obj, level, nil)
	if kind == hook.Ordinary && name == "Object" && b.open == "Object {" {
		b.open = "{"
	}
	return b
}

// nested formats a value one step to the right.
func (in *inspector) nested(v goja.Value, level int) string {
	in.indent += 2
	s := in.value(v, level, false)
	in.indent -= 2
	return s
}

// prefix is what stands before the brace, with a space: the class, with its size where that
// is not -1, and the toStringTag if it says something else.
func (in *inspector) prefix(obj *goja.Object, kind hook.Kind, name, fallback string, size int) string {
	sized := func(s string) string {
		if size >= 0 {
			return s + "(" + strconv.Itoa(size) + ")"
		}
		return s
	}
	p := ""
	if name == "" {
		p = "[" + sized(fallback) + ": null prototype] "
	} else {
		p = sized(name) + " "
	}
	if tag := in.tag(obj); tag != "" && tag != name && kind != hook.PromiseKind && kind != hook.DataViewKind {
		p += "[" + tag + "] "
	}
	return p
}

// tag is the toStringTag, if it is a plain property.
func (in *inspector) tag(obj *goja.Object) string {
	for o, n := obj, 0; o != nil && n < maxChain; o, n = o.Prototype(), n+1 {
		if hook.KindOf(o) == hook.ProxyKind {
			return ""
		}
		if p, ok := hook.OwnProperty(o, goja.SymToStringTag); ok {
			if p.Value != nil && goja.IsString(p.Value) && !(o == obj && p.Enumerable) {
				return clipName(p.Value.String())
			}
			return "" // a getter, or shown among the properties
		}
	}
	return ""
}

// maxChain bounds how far a prototype chain is followed.
const maxChain = 100

// className is the name of the class of obj: that of the constructor of the first prototype
// that has one; none for an object without one.
func (in *inspector) className(obj *goja.Object, none string) string {
	for o, n := obj, 0; o != nil && n < maxChain; o, n = o.Prototype(), n+1 {
		if hook.KindOf(o) == hook.ProxyKind {
			break
		}
		p, ok := hook.OwnProperty(o, in.r.RT.ToValue("constructor"))
		if !ok {
			continue
		}
		// The constructor must be one of obj: a prototype is no instance of its own class.
		if fn, ok := p.Value.(*goja.Object); ok && o != obj {
			if name := functionName(in, fn); name != "" {
				return name
			}
		}
	}
	return none
}

// functionName is the name property of a function, if it is a plain one.
func functionName(in *inspector, fn *goja.Object) string {
	if hook.KindOf(fn) != hook.FunctionKind {
		return ""
	}
	if p, ok := hook.OwnProperty(fn, in.r.RT.ToValue("name")); ok && p.Value != nil && goja.IsString(p.Value) {
		return clipName(p.Value.String())
	}
	return ""
}

// clipName bounds a name, which a script may have made as long as it likes.
func clipName(s string) string {
	const most = 200
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// properties adds the enumerable own properties, symbols last. skip names those shown
// already.
func (in *inspector) properties(b *block, obj *goja.Object, level int, skip func(key string) bool) {
	if in.bare {
		return
	}
	shown := 0
	add := func(key goja.Value, label string) bool {
		p, ok := hook.OwnProperty(obj, key)
		if !ok || !p.Enumerable {
			return true
		}
		if shown++; shown > maxKeys || in.budget <= 0 {
			return false
		}
		b.entries = append(b.entries, in.spend(label)+": "+in.property(p, level))
		return true
	}
	keys := obj.GetOwnPropertyNames()
	for i, key := range keys {
		if skip != nil && skip(key) {
			continue
		}
		if !add(in.r.RT.ToValue(key), keyText(key)) {
			b.entries = append(b.entries, "... "+plural(len(keys)-i, "more property"))
			break
		}
	}
	for _, sym := range obj.Symbols() {
		if !add(sym, "["+symbolText(sym)+"]") {
			break
		}
	}
}

func (in *inspector) property(p hook.Property, level int) string {
	switch {
	case p.Value != nil:
		return in.nested(p.Value, level+1)
	case p.Get != nil && p.Set != nil:
		return in.spend("[Getter/Setter]")
	case p.Set != nil:
		return in.spend("[Setter]")
	case p.Get != nil:
		return in.spend("[Getter]")
	}
	return "undefined"
}

// keyText is a property's name, in quotes unless it is an identifier.
func keyText(key string) string {
	for i := 0; i < len(key); i++ {
		c := key[i]
		if !(c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || i > 0 && '0' <= c && c <= '9') {
			return quote(clipName(key))
		}
	}
	if key == "" {
		return "''"
	}
	return clipName(key)
}

// array formats an array, whose class is name.
func (in *inspector) array(obj *goja.Object, name string, level int) block {
	length := int(hook.ArrayLength(obj))
	b := block{open: "[", close: "]", array: true, numbers: true}
	if name != "Array" {
		b.open = in.prefix(obj, hook.ArrayKind, name, "Array", length) + "["
	}
	for i, shown := 0, 0; i < length; shown++ {
		if shown == maxEntries || in.budget <= 0 {
			b.entries, b.more = append(b.entries, "... "+plural(length-i, "more item")), true
			break
		}
		p, ok := hook.OwnProperty(obj, in.r.RT.ToValue(i))
		if !ok {
			n := in.holes(obj, i, length)
			b.entries, b.numbers = append(b.entries, "<"+plural(n, "empty item")+">"), false
			i += n
			continue
		}
		b.numbers = b.numbers && p.Value != nil && isNumeric(p.Value)
		b.entries = append(b.entries, in.property(p, level))
		i++
	}
	if length <= maxExtraScan {
		in.properties(&b, obj, level, isIndex)
	}
	return b
}

// holes is how many elements are missing from index i on.
func (in *inspector) holes(obj *goja.Object, i, length int) int {
	const most = 1 << 16 // beyond that one count is as good as the other
	n := 0
	for i+n < length && n < most {
		if _, ok := hook.OwnProperty(obj, in.r.RT.ToValue(i+n)); ok {
			return n
		}
		n++
	}
	if i+n < length && hook.KindOf(obj) == hook.ArrayKind {
		for _, key := range obj.GetOwnPropertyNames() { // sparse: few keys
			if j, err := strconv.Atoi(key); err == nil && j > i {
				return j - i
			}
		}
		return length - i
	}
	return n
}

func isNumeric(v goja.Value) bool { return goja.IsNumber(v) || goja.IsBigInt(v) }

func isIndex(key string) bool {
	for i := 0; i < len(key); i++ {
		if key[i] < '0' || key[i] > '9' {
			return false
		}
	}
	return key != ""
}

func (in *inspector) typedArray(obj *goja.Object, name string, level int) block {
	_, ctor, _, length, _ := hook.ViewParts(obj)
	if hook.Detached(obj) {
		length = 0
	}
	b := block{open: in.prefix(obj, hook.TypedArrayKind, name, functionName(in, ctor), length) + "[", close: "]", array: true, numbers: true}
	if name != "" { // the tag of a typed array says what the name does
		b.open = name + "(" + strconv.Itoa(length) + ") ["
	}
	for i := range min(length, maxEntries) {
		p, _ := hook.OwnProperty(obj, in.r.RT.ToValue(i))
		b.entries = append(b.entries, in.property(p, level))
	}
	if length > maxEntries {
		b.entries, b.more = append(b.entries, "... "+plural(length-maxEntries, "more item")), true
	}
	if length <= maxExtraScan {
		in.properties(&b, obj, level, isIndex)
	}
	return b
}

func (in *inspector) collection(b *block, obj *goja.Object, kind hook.Kind, name string, level int) {
	fallback := "Set"
	if kind == hook.MapKind {
		fallback = "Map"
	}
	shown := 0
	size := hook.Entries(obj, func(k, v goja.Value) bool {
		if shown == maxEntries || in.budget <= 0 {
			return false
		}
		shown++
		entry := in.nested(k, level+1)
		if kind == hook.MapKind {
			entry += " => " + in.nested(v, level+1)
		}
		b.entries = append(b.entries, entry)
		return true
	})
	if size > shown {
		b.entries = append(b.entries, "... "+plural(size-shown, "more item"))
	}
	b.open = in.prefix(obj, kind, name, fallback, size) + "{"
}

// function is "[Function: name]" and its kin.
func (in *inspector) function(fn *goja.Object) string {
	name := functionName(in, fn)
	typ := hook.FunctionTypeOf(fn)
	if typ == hook.ClassFunction {
		s := "[class " + name
		if name == "" {
			s = "[class (anonymous)"
		}
		if parent := fn.Prototype(); parent != nil && hook.KindOf(parent) == hook.FunctionKind {
			if p := functionName(in, parent); p != "" {
				s += " extends " + p
			}
		}
		return in.spend(s + "]")
	}
	s := [...]string{hook.PlainFunction: "Function", hook.AsyncFunction: "AsyncFunction", hook.GeneratorFunction: "GeneratorFunction"}[typ]
	if name == "" {
		return in.spend("[" + s + " (anonymous)]")
	}
	return in.spend("[" + s + ": " + name + "]")
}

func dateText(obj *goja.Object) string {
	ms, ok := hook.DateValue(obj)
	if !ok {
		return "Invalid Date"
	}
	t := time.UnixMilli(ms).UTC()
	if y := t.Year(); y < 0 || y > 9999 { // ECMA-262 21.4.1.32: expanded years
		return fmt.Sprintf("%+07d", y) + t.Format("-01-02T15:04:05.000Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

func (in *inspector) boxed(obj *goja.Object, kind hook.Kind, level int) block {
	v := hook.Unbox(obj)
	name := "String"
	switch {
	case kind == hook.BoxedString:
	case goja.IsNumber(v):
		name = "Number"
	case goja.IsBigInt(v):
		name = "BigInt"
	default:
		name = "Boolean"
		if _, ok := v.(*goja.Symbol); ok {
			name = "Symbol"
		}
	}
	b := block{base: in.spend("[" + name + ": " + in.primitive(v, true) + "]"), open: "{", close: "}"}
	length := math.MaxInt
	if kind == hook.BoxedString {
		length = len(v.String())
	}
	if kind != hook.BoxedString || length <= maxExtraScan {
		in.properties(&b, obj, level, func(key string) bool { return kind == hook.BoxedString && isIndex(key) })
	}
	return b
}

func (in *inspector) promise(b *block, obj *goja.Object, name string, level int) {
	p := hook.PromiseOf(obj)
	switch p.State() {
	case goja.PromiseStatePending:
		b.entries = append(b.entries, "<pending>")
	case goja.PromiseStateRejected:
		b.entries = append(b.entries, "<rejected> "+in.nested(p.Result(), level+1))
	default:
		b.entries = append(b.entries, in.nested(p.Result(), level+1))
	}
	b.open = in.prefix(obj, hook.PromiseKind, name, "Promise", -1) + "{"
}

func (in *inspector) arrayBuffer(b *block, obj *goja.Object, name string) {
	b.open = in.prefix(obj, hook.ArrayBufferKind, name, "ArrayBuffer", -1) + "{"
	if hook.Detached(obj) {
		b.entries = append(b.entries, "(detached)", "byteLength: 0")
		return
	}
	data, _, _ := hook.Bytes(obj)
	const most = 50 // bytes
	var text strings.Builder
	for i, c := range data[:min(len(data), most)] {
		if i > 0 {
			text.WriteByte(' ')
		}
		fmt.Fprintf(&text, "%02x", c)
	}
	if len(data) > most {
		fmt.Fprintf(&text, " ... %s", plural(len(data)-most, "more byte"))
	}
	b.entries = append(b.entries, in.spend("[Uint8Contents]: <"+text.String()+">"), "byteLength: "+strconv.Itoa(len(data)))
}
