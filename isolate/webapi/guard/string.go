package guard

import (
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

func lengthOfString(v goja.Value) int {
	if s, ok := v.(goja.String); ok {
		return s.Length()
	}
	return 0
}

func declareStrings() {
	t := hook.StringProtoTemplate()
	method(t, "repeat", func(r *realm.Realm, old hook.Call) hook.Call {
		return func(c goja.FunctionCall) goja.Value {
			if realm.IsNullish(c.This) {
				return old(c)
			}
			s, n := c.This.ToString(), c.Argument(0).ToNumber()
			if l := lengthOfString(s); l > 0 && n.ToFloat() > float64(memory(r)/int64(l)) {
				r.ThrowRange("Invalid count value: %s", n)
			}
			return old(goja.FunctionCall{This: s, Arguments: []goja.Value{n}})
		}
	})
	for _, name := range []string{"padStart", "padEnd"} {
		method(t, name, func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				if realm.IsNullish(c.This) {
					return old(c)
				}
				s, n := c.This.ToString(), c.Argument(0).ToInteger()
				if n > memory(r) {
					r.ThrowRange("Invalid string length")
				}
				return old(goja.FunctionCall{This: s, Arguments: []goja.Value{r.RT.ToValue(n), c.Argument(1)}})
			}
		})
	}
	method(t, "split", func(r *realm.Realm, old hook.Call) hook.Call {
		return func(c goja.FunctionCall) goja.Value {
			s, ok := c.This.(goja.String)
			if sep := c.Argument(0); ok && goja.IsString(sep) && int64(s.Length()) > elements(r) && int64(strings.Count(s.String(), sep.String())) > elements(r) {
				r.ThrowRange("Invalid array length")
			}
			return old(c)
		}
	})
	global("String", func(r *realm.Realm, obj *goja.Object) {
		own(r, obj, "raw", func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				if template, ok := c.Argument(0).(*goja.Object); ok {
					if raw := template.Get("raw"); raw != nil {
						mustLoop(r, raw)
					}
				}
				return old(c)
			}
		})
	})
	for _, name := range []string{"replace", "replaceAll"} {
		all := name == "replaceAll"
		method(t, name, func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				what, with := c.Argument(0), c.Argument(1)
				if s, ok := c.This.(goja.String); ok && goja.IsString(what) && goja.IsString(with) {
					mustReplace(r, s, what, with, all)
				}
				return old(c)
			}
		})
	}
}

// mustReplace throws where replacing one string, or all its occurrences, gives too much.
func mustReplace(r *realm.Realm, s goja.String, what, with goja.Value, all bool) {
	each := expansion(int64(s.Length()), with.String())
	count := int64(1)
	if each == 0 || each*int64(s.Length()+1) <= memory(r) {
		return
	}
	if all {
		count = int64(strings.Count(s.String(), what.String()))
	}
	if count > 0 && each > memory(r)/count {
		r.ThrowRange("Invalid string length")
	}
}

// expansion is the most that one replacement by the template with can take, in a string of
// length n: the template may name parts of the string (ECMA-262, 22.1.3.19.1).
func expansion(n int64, with string) int64 {
	return int64(len(with)) + n*int64(strings.Count(with, "$"))
}

// replacing bounds RegExp.prototype[Symbol.replace] with a string for a replacement. Where
// the result could be too large, the matches are counted first.
func replacing(r *realm.Realm, old hook.Call) hook.Call {
	return func(c goja.FunctionCall) goja.Value {
		rx, ok := c.This.(*goja.Object)
		if with := c.Argument(1); ok && goja.IsString(with) {
			s := c.Argument(0).ToString()
			n, limit := int64(lengthOfString(s)), memory(r)
			if expansion(n, with.String())*(n+1) > limit && replaced(r, old, rx, s, with.String(), limit) > limit {
				r.ThrowRange("Invalid string length")
			}
			c.Arguments = []goja.Value{s, with}
		}
		return old(c)
	}
}

// replaced is the length of what replacing gives, or a bound of it above limit, without the
// result being made. It leaves lastIndex as it was.
func replaced(r *realm.Realm, old hook.Call, rx *goja.Object, s goja.Value, with string, limit int64) int64 {
	lastIndex := rx.Get("lastIndex")
	total := int64(lengthOfString(s))
	around := total * int64(strings.Count(with, "$`")+strings.Count(with, "$'"))
	others := int64(strings.Count(with, "$"))
	count := hook.NewFunc(r.RT, "", 0, func(m goja.FunctionCall) goja.Value {
		captured := int64(0) // the longest of the match and its groups
		for _, v := range m.Arguments {
			if goja.IsNumber(v) {
				break // the position: the groups end here
			}
			captured = max(captured, int64(lengthOfString(v)))
		}
		total += int64(len(with)) + around + others*captured
		if total > limit {
			r.ThrowRange("Invalid string length")
		}
		return r.RT.ToValue("")
	})
	old(goja.FunctionCall{This: rx, Arguments: []goja.Value{s, count}})
	if lastIndex != nil {
		_ = rx.Set("lastIndex", lastIndex)
	}
	return total
}
