//lint:file-ignore U1000 the fields mirror those of other structs

package hook

import (
	"math"
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
)

// This file looks into objects without running any script: what structured cloning and the
// console need.

//go:linkname getOwnProp github.com/dop251/goja.(*Object).getOwnProp
func getOwnProp(o *goja.Object, key goja.Value) goja.Value

type dateObject struct {
	baseObject
	msec int64
}

type mapEntry struct {
	key, value                goja.Value
	iterPrev, iterNext, hNext *mapEntry
}

type orderedMap struct {
	hash, hashTable     unsafe.Pointer
	iterFirst, iterLast *mapEntry
	size                int
}

// mapObject is goja's mapObject and its setObject.
type mapObject struct {
	baseObject
	m *orderedMap
}

type regexpPattern struct {
	src                                                    string
	global, ignoreCase, multiline, dotAll, sticky, unicode bool
	regexpWrapper, regexp2Wrapper                          unsafe.Pointer
}

type regexpObject struct {
	baseObject
	pattern  *regexpPattern
	source   goja.String
	standard bool
}

type primitiveValueObject struct {
	baseObject
	pValue goja.Value
}

type stringObject struct {
	baseObject
	value      goja.String
	length     int
	lengthProp valueProperty
}

// Kind is what an object is made of inside, which scripts cannot fake.
type Kind uint8

// The kinds of objects that KindOf tells apart.
const (
	Ordinary Kind = iota // and all that has no kind of its own
	HostKind
	ArrayKind
	FunctionKind
	ErrorKind
	DateKind
	RegExpKind
	MapKind
	SetKind
	PromiseKind
	ProxyKind
	BoxedString
	BoxedPrimitive // of a number, boolean, symbol or bigint
	ArrayBufferKind
	TypedArrayKind
	DataViewKind
	WeakMapKind
	WeakSetKind
	GeneratorKind
	ArgumentsKind
	IteratorKind // of an array, a Map, a Set, a string or RegExp matches
)

// scriptedSamples makes the samples that have no constructor: a generator, then iterators.
var scriptedSamples = goja.MustCompile("", `[(function*() {})(),
	[].keys(), new Map().keys(), new Set().keys(), ""[Symbol.iterator](), "a".matchAll(/a/g)]`, false)

// samples makes one object of each kind that has a struct of its own in goja.
func samples(rt *goja.Runtime) map[Kind][]*goja.Object {
	make_ := func(ctor string, args ...goja.Value) *goja.Object { return Construct(rt, rt.Get(ctor), nil, args...) }
	sparse := rt.NewArray()
	_ = sparse.Set("length", 1<<31) // makes goja choose its sparse array
	_ = sparse.Set("1073741824", 1)
	proxy := make_("Proxy", rt.NewObject(), rt.NewObject())
	var scripted []*goja.Object
	list, _ := rt.RunProgram(scriptedSamples)
	rt.ForOf(list, func(v goja.Value) bool {
		scripted = append(scripted, v.(*goja.Object))
		return true
	})
	buf, typed, view := bufferSamples(rt)
	return map[Kind][]*goja.Object{
		ArrayKind:       {rt.NewArray(), sparse},
		ErrorKind:       {make_("Error")},
		DateKind:        {make_("Date", rt.ToValue(0))},
		RegExpKind:      {make_("RegExp", rt.ToValue("a"))},
		MapKind:         {make_("Map")},
		SetKind:         {make_("Set")},
		PromiseKind:     {PromiseValue(NewPromise(rt))},
		ProxyKind:       {proxy},
		BoxedString:     {make_("String", rt.ToValue("a"))},
		BoxedPrimitive:  {make_("Number", rt.ToValue(1)), make_("Boolean", rt.ToValue(true))},
		ArrayBufferKind: {buf},
		TypedArrayKind:  {typed},
		DataViewKind:    {view},
		WeakMapKind:     {make_("WeakMap")},
		WeakSetKind:     {make_("WeakSet")},
		GeneratorKind:   scripted[:1],
		IteratorKind:    scripted[1:],
	}
}

// kinds maps the itab of an object's implementation to its kind.
var kinds = sync.OnceValue(func() map[unsafe.Pointer]Kind {
	m := map[unsafe.Pointer]Kind{hostTab(): HostKind}
	for kind, objs := range samples(goja.New()) {
		for _, obj := range objs {
			m[(*object)(unsafe.Pointer(obj)).self.tab] = kind
		}
	}
	return m
})

// checkInspect is this file's part of Check.
func checkInspect(rt *goja.Runtime) error {
	s := samples(rt)
	for kind, mirror := range map[Kind]reflect.Type{
		DateKind: reflect.TypeFor[dateObject](), RegExpKind: reflect.TypeFor[regexpObject](), MapKind: reflect.TypeFor[mapObject](),
		SetKind: reflect.TypeFor[mapObject](), BoxedString: reflect.TypeFor[stringObject](), BoxedPrimitive: reflect.TypeFor[primitiveValueObject](),
	} {
		for _, obj := range s[kind] {
			if err := same(mirror, concrete(obj)); err != nil {
				return err
			}
		}
	}
	return nil
}

// KindOf returns the kind of obj.
func KindOf(obj *goja.Object) Kind {
	if k, ok := kinds()[(*object)(unsafe.Pointer(obj)).self.tab]; ok {
		return k
	}
	if Callable(obj) != nil {
		return FunctionKind
	}
	if obj.ClassName() == "Arguments" {
		return ArgumentsKind
	}
	return Ordinary
}

func selfOf(obj *goja.Object, kind Kind) unsafe.Pointer {
	if KindOf(obj) != kind {
		return nil
	}
	return (*object)(unsafe.Pointer(obj)).self.data
}

// DateValue returns the time value of a Date, in milliseconds; ok is false for an invalid
// date. obj must be of DateKind.
func DateValue(obj *goja.Object) (ms int64, ok bool) {
	d := (*dateObject)(selfOf(obj, DateKind))
	if d == nil || d.msec == math.MinInt64 { // goja's timeUnset
		return 0, false
	}
	return d.msec, true
}

// RegExpParts returns the source and the flags of a RegExp, which obj must be.
func RegExpParts(obj *goja.Object) (source goja.String, flags string) {
	re := (*regexpObject)(selfOf(obj, RegExpKind))
	p := re.pattern
	for _, f := range []struct {
		on   bool
		flag string
	}{{p.global, "g"}, {p.ignoreCase, "i"}, {p.multiline, "m"}, {p.dotAll, "s"}, {p.unicode, "u"}, {p.sticky, "y"}} {
		if f.on {
			flags += f.flag
		}
	}
	return re.source, flags
}

// Unbox returns the primitive in a boxed one, nil if obj is none.
func Unbox(obj *goja.Object) goja.Value {
	if s := (*stringObject)(selfOf(obj, BoxedString)); s != nil {
		return s.value
	}
	if p := (*primitiveValueObject)(selfOf(obj, BoxedPrimitive)); p != nil {
		return p.pValue
	}
	return nil
}

// Entries calls each for the entries of a Map or the members of a Set (as key and value),
// in order, until it returns false, and returns how many there are. For other objects it
// does nothing. The collection must not be changed meanwhile.
func Entries(obj *goja.Object, each func(key, value goja.Value) bool) (size int) {
	m := (*mapObject)(selfOf(obj, MapKind))
	isSet := false
	if m == nil {
		m, isSet = (*mapObject)(selfOf(obj, SetKind)), true
	}
	if m == nil {
		return 0
	}
	for e := m.m.iterFirst; e != nil; e = e.iterNext {
		value := e.value
		if isSet {
			value = e.key
		}
		if !each(e.key, value) {
			break
		}
	}
	return m.m.size
}

// ProxyParts returns target and handler of a Proxy, both nil for a revoked one.
func ProxyParts(obj *goja.Object) (target, handler *goja.Object) {
	p, ok := obj.Export().(goja.Proxy)
	if !ok {
		return nil, nil
	}
	if target = p.Target(); target == nil {
		return nil, nil
	}
	return target, p.Handler()
}

// Property is an own property. Exactly one of Value and the accessors is set; an accessor
// property may lack one of the two functions.
type Property struct {
	Value      goja.Value
	Get, Set   *goja.Object
	Enumerable bool
}

var propTab = sync.OnceValue(func() unsafe.Pointer {
	v := valueProp(goja.Undefined(), false, false, false)
	return (*iface)(unsafe.Pointer(&v)).tab
})

// OwnProperty returns the own property of obj called key, a string or a symbol. It runs no
// script, unless obj is a Proxy.
func OwnProperty(obj *goja.Object, key goja.Value) (p Property, ok bool) {
	v := getOwnProp(obj, key)
	if v == nil {
		return Property{}, false
	}
	if (*iface)(unsafe.Pointer(&v)).tab != propTab() {
		return Property{Value: v, Enumerable: true}, true
	}
	prop := propOf(v)
	if prop.accessor {
		return Property{Get: prop.getterFunc, Set: prop.setterFunc, Enumerable: prop.enumerable}, true
	}
	return Property{Value: prop.value, Enumerable: prop.enumerable}, true
}

// ArrayLength is the length of an array, which obj must be.
func ArrayLength(obj *goja.Object) int64 {
	p, ok := OwnProperty(obj, lengthKey)
	if !ok || p.Value == nil {
		return 0
	}
	return p.Value.ToInteger()
}

var lengthKey = goja.StringFromUTF16([]uint16{'l', 'e', 'n', 'g', 't', 'h'})
