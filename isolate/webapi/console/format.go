package console

import (
	"math"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// Format is the Formatter of the Console Standard (2.2) with Node.js's directives: the first
// of args, if it is a string, may have %s %d %i %f %j %o %O %c and %%. What is left is
// joined with spaces, strings as they are.
func Format(r *realm.Realm, args []goja.Value) string {
	var b strings.Builder
	if len(args) > 0 && goja.IsString(args[0]) {
		format := args[0].String()
		args = args[1:]
		if len(args) > 0 && strings.IndexByte(format, '%') >= 0 {
			args = directives(r, &b, format, args)
		} else {
			b.WriteString(format)
		}
	} else if len(args) > 0 {
		b.WriteString(Inspect(r, args[0], Options{Depth: -1}))
		args = args[1:]
	}
	for _, v := range args {
		if b.Len() > maxOutput {
			break
		}
		b.WriteByte(' ')
		if goja.IsString(v) {
			b.WriteString(v.String())
		} else {
			b.WriteString(Inspect(r, v, Options{Depth: -1}))
		}
	}
	return clip(b.String())
}

// directives writes format with its directives replaced, and returns the arguments it did
// not use.
func directives(r *realm.Realm, b *strings.Builder, format string, args []goja.Value) []goja.Value {
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			b.WriteString(format)
			return args
		}
		b.WriteString(format[:i])
		d := format[i+1]
		format = format[i+2:]
		if d == '%' {
			b.WriteByte('%')
			continue
		}
		if strings.IndexByte("sdifjoOc", d) < 0 || len(args) == 0 {
			b.WriteByte('%')
			b.WriteByte(d)
			continue
		}
		b.WriteString(directive(r, d, args[0]))
		args = args[1:]
	}
}

func directive(r *realm.Realm, d byte, v goja.Value) string {
	switch d {
	case 's':
		return plainText(r, v)
	case 'd':
		if goja.IsBigInt(v) {
			return v.String() + "n"
		}
		return numberText(number(v))
	case 'i':
		if goja.IsBigInt(v) {
			return v.String() + "n"
		}
		return numberText(math.Trunc(leadingFloat(v)))
	case 'f':
		return numberText(leadingFloat(v))
	case 'j':
		return jsonText(r, v)
	case 'o':
		return Inspect(r, v, Options{Depth: 4})
	case 'O':
		return Inspect(r, v, Options{Depth: -1})
	}
	return "" // %c: styles mean nothing in a log
}

// plainText is %s: strings as they are, errors by their title, other objects inspected
// without their inner levels. Scripts' toString methods are not asked.
func plainText(r *realm.Realm, v goja.Value) string {
	obj, ok := v.(*goja.Object)
	switch {
	case goja.IsString(v):
		return v.String()
	case ok && hook.KindOf(obj) == hook.ErrorKind:
		title, _, _ := strings.Cut(Inspect(r, v, Options{Depth: 0}), "\n")
		return strings.TrimSuffix(strings.TrimPrefix(title, "["), "]")
	case ok && hook.KindOf(obj) == hook.FunctionKind && hook.FunctionTypeOf(obj) != hook.ClassFunction:
		return Inspect(r, v, Options{Depth: 0})
	}
	return Inspect(r, v, Options{Depth: 0})
}

// number converts v without running scripts: objects other than dates and boxed values are
// no number.
func number(v goja.Value) float64 {
	if obj, ok := v.(*goja.Object); ok {
		switch hook.KindOf(obj) {
		case hook.DateKind:
			if ms, ok := hook.DateValue(obj); ok {
				return float64(ms)
			}
			return math.NaN()
		case hook.BoxedString, hook.BoxedPrimitive:
			v = hook.Unbox(obj)
		default:
			return math.NaN()
		}
	}
	if _, ok := v.(*goja.Symbol); ok {
		return math.NaN()
	}
	return v.ToFloat()
}

// leadingFloat is parseFloat: the number a string begins with.
func leadingFloat(v goja.Value) float64 {
	if !goja.IsString(v) {
		return number(v)
	}
	s := strings.TrimSpace(v.String())
	const longest = 64 // bytes; more digits than any number needs
	for end := min(len(s), longest); end > 0; end-- {
		if strings.IndexByte("0123456789.", s[end-1]) < 0 {
			continue
		}
		if f, err := strconv.ParseFloat(s[:end], 64); err == nil && !strings.ContainsAny(s[:end], "xX_pP") {
			return f
		}
	}
	return math.NaN()
}

func numberText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0 && math.Signbit(f):
		return "-0"
	case math.Abs(f) < 1e21 && (math.Abs(f) >= 1e-6 || f == 0):
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// jsonText is %j, the one directive that asks scripts: it is JSON.stringify.
func jsonText(r *realm.Realm, v goja.Value) string {
	obj, ok := v.(*goja.Object)
	if !ok {
		if goja.IsString(v) {
			return strconv.Quote(v.String())
		}
		return v.String()
	}
	text := "undefined"
	thrown := r.Try(func() {
		if b, err := obj.MarshalJSON(); err == nil {
			text = string(b)
		} else {
			text = "[Circular]"
		}
	})
	if thrown != nil {
		return "[Thrown]"
	}
	return text
}
