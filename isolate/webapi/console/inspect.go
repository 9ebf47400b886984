package console

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// Options are the options of Inspect.
type Options struct {
	// Depth is how many levels of objects are shown below the first. Negative means the
	// default, 2; more than maxDepth means maxDepth.
	Depth int
}

// Bounds of the inspection. Entries beyond a bound are counted, not shown.
const (
	defaultDepth = 2
	maxDepth     = 20
	maxEntries   = 100 // of an array, a Map, a Set, the bytes of a buffer
	maxKeys      = 200 // properties of one object
	maxString    = 10000
	// maxOutput bounds the bytes that one console call writes; what is beyond is cut off.
	maxOutput = 64 << 10
	// maxExtraScan is the length up to which an array's own properties that are no elements
	// are looked for: goja lists all of them to find these.
	maxExtraScan = 10000
)

// Inspect describes v. It runs no script.
func Inspect(r *realm.Realm, v goja.Value, o Options) string {
	return clip(newInspector(r, o).value(v, 0, true))
}

func clip(s string) string {
	if len(s) <= maxOutput {
		return s
	}
	cut := maxOutput
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "… " + strconv.Itoa(len(s)-cut) + " more bytes"
}

// inspector is one inspection.
type inspector struct {
	r      *realm.Realm
	depth  int
	indent int // columns of indentation where the value goes
	// current is the level of the object formatted last: how the layout knows whether an
	// object has few levels below it.
	current int
	path    []*goja.Object       // objects being formatted, outermost first
	refs    map[*goja.Object]int // those that were met again inside themselves, numbered
	budget  int                  // bytes of leaves that may still be made
	bare    bool                 // the object under way is shown without its properties
}

func newInspector(r *realm.Realm, o Options) *inspector {
	if o.Depth < 0 {
		o.Depth = defaultDepth
	}
	return &inspector{r: r, depth: min(o.Depth, maxDepth), budget: maxOutput}
}

// spend counts a leaf against the budget.
func (in *inspector) spend(s string) string {
	in.budget -= len(s)
	return s
}

// value formats v at a level of nesting; top says that it is what Inspect was called with.
func (in *inspector) value(v goja.Value, level int, top bool) string {
	if in.budget <= 0 {
		return "…"
	}
	obj, ok := v.(*goja.Object)
	if !ok {
		return in.spend(in.primitive(v, top))
	}
	for hook.KindOf(obj) == hook.ProxyKind {
		target, _ := hook.ProxyParts(obj)
		if target == nil {
			return in.spend("<Revoked Proxy>")
		}
		obj = target
	}
	for _, outer := range in.path {
		if outer == obj {
			return in.spend("[Circular *" + strconv.Itoa(in.ref(obj)) + "]")
		}
	}
	return in.object(obj, level)
}

func (in *inspector) ref(obj *goja.Object) int {
	if in.refs == nil {
		in.refs = map[*goja.Object]int{}
	}
	if in.refs[obj] == 0 {
		in.refs[obj] = len(in.refs) + 1
	}
	return in.refs[obj]
}

// primitive formats a value that is no object.
func (in *inspector) primitive(v goja.Value, top bool) string {
	switch {
	case v == nil || goja.IsUndefined(v):
		return "undefined"
	case goja.IsNull(v):
		return "null"
	case goja.IsString(v):
		return in.text(v.String(), top)
	case goja.IsBigInt(v):
		return v.String() + "n"
	case goja.IsNumber(v):
		if f := v.ToFloat(); f == 0 && math.Signbit(f) {
			return "-0"
		}
		return v.String()
	}
	if s, ok := v.(*goja.Symbol); ok {
		return symbolText(s)
	}
	return v.String()
}

func symbolText(s *goja.Symbol) string {
	return "Symbol(" + strings.TrimSuffix(strings.TrimPrefix(s.String(), "Symbol("), ")") + ")"
}

// text formats a string in quotes; a long one with line ends is broken after them.
func (in *inspector) text(s string, top bool) string {
	suffix := ""
	if n := utf8.RuneCountInString(s); n > maxString {
		cut := 0
		for range maxString {
			_, size := utf8.DecodeRuneInString(s[cut:])
			cut += size
		}
		s = s[:cut]
		suffix = "... " + plural(n-maxString, "more character")
	}
	const minWidth = 16
	if !top && len(s) > minWidth && len(s) > breakLength-in.indent-4 && strings.Contains(s[:len(s)-1], "\n") {
		lines := strings.SplitAfter(s, "\n")
		if lines[len(lines)-1] == "" {
			lines = lines[:len(lines)-1]
		}
		for i, line := range lines {
			lines[i] = quote(line)
		}
		return strings.Join(lines, " +\n"+strings.Repeat(" ", in.indent+2)) + suffix
	}
	return quote(s) + suffix
}

func plural(n int, what string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(what, "y"):
		what = what[:len(what)-1] + "ies"
	default:
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// quote puts s in the quotes that need the least escaping: single, double, then backticks.
func quote(s string) string {
	q := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 {
		if strings.IndexByte(s, '"') < 0 {
			q = '"'
		} else if strings.IndexByte(s, '`') < 0 && !strings.Contains(s, "${") {
			q = '`'
		}
	}
	b := append(make([]byte, 0, len(s)+2), q)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == q || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\b':
			b = append(b, `\b`...)
		case c == '\f':
			b = append(b, `\f`...)
		case c == '\v':
			b = append(b, `\v`...)
		case c < ' ' || c == 0x7F:
			const hex = "0123456789ABCDEF"
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, q))
}
