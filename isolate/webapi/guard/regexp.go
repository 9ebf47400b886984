package guard

import (
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// maxMatch bounds one match of a backtracking regular expression, by the wall: those with
// lookaround, backreferences or the u flag (others run in linear time). It is below the
// default CPU limit, so that a catastrophic expression costs its request and not the isolate.
const maxMatch = 500 * time.Millisecond

// maxPattern bounds a pattern, in UTF-16 code units: its parser recurses by its nesting.
const maxPattern = 64 << 10

func declareRegExps() {
	// The engine counts this for every expression that is compiled from now on. goja takes
	// the engine's error for "no match"; timed tells the two apart.
	regexp2.DefaultMatchTimeout = maxMatch
	global("RegExp", func(r *realm.Realm, ctor *goja.Object) {
		hook.Rewire(ctor, func(old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				mustCompile(r, c.Argument(0))
				return old(c)
			}
		})
		hook.RewireNew(ctor, func(old hook.New) hook.New {
			return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
				if len(args) > 0 {
					mustCompile(r, args[0])
				}
				return old(args, newTarget)
			}
		})
	})
	for _, name := range []string{"match", "matchAll", "search"} {
		method(hook.StringProtoTemplate(), name, func(r *realm.Realm, old hook.Call) hook.Call {
			return func(c goja.FunctionCall) goja.Value {
				mustCompile(r, c.Argument(0))
				return old(c)
			}
		})
	}
}

// mustCompile throws where v is a pattern that is too large.
func mustCompile(r *realm.Realm, v goja.Value) {
	if s, ok := v.(goja.String); ok && s.Length() > maxPattern {
		panic(r.NewError("SyntaxError", "Invalid regular expression: the pattern is larger than %d characters", maxPattern))
	}
}

// installRegExps wraps the methods of %RegExp.prototype%, which literals reach without the
// global RegExp.
func installRegExps(r *realm.Realm) {
	proto := hook.RegExpProto(r.RT)
	for _, name := range []string{"exec", "test"} {
		hook.Rewire(proto.Get(name), func(old hook.Call) hook.Call { return timed(r, old) })
	}
	for _, sym := range []*goja.Symbol{goja.SymMatch, goja.SymSearch, goja.SymSplit} {
		hook.Rewire(proto.GetSymbol(sym), func(old hook.Call) hook.Call { return timed(r, old) })
	}
	hook.Rewire(proto.GetSymbol(goja.SymReplace), func(old hook.Call) hook.Call { return replacing(r, timed(r, old)) })
	hook.Rewire(proto.Get("compile"), func(old hook.Call) hook.Call {
		return func(c goja.FunctionCall) goja.Value {
			mustCompile(r, c.Argument(0))
			return old(c)
		}
	})
}

// timed throws where a match was given up. The engine does so after maxMatch, and goja then
// says that nothing matched: an operation that took as long and found nothing was given up,
// or might as well have been. Its clock is coarse, hence the margin.
func timed(r *realm.Realm, old hook.Call) hook.Call {
	return func(c goja.FunctionCall) goja.Value {
		start := time.Now()
		v := old(c)
		if took := time.Since(start); took >= maxMatch*9/10 && foundNothing(c, v) {
			r.Throw(r.NewError("Error", "The regular expression was stopped after %d ms of backtracking", took.Milliseconds()))
		}
		return v
	}
}

// foundNothing reports whether v is what a RegExp method gives when nothing matches: null,
// false, -1, the string itself, or an array of the string alone.
func foundNothing(c goja.FunctionCall, v goja.Value) bool {
	switch {
	case v == nil || goja.IsNull(v):
		return true
	case goja.IsString(v):
		return v.SameAs(c.Argument(0).ToString())
	}
	switch x := v.Export().(type) {
	case bool:
		return !x
	case int64:
		return x < 0
	case []any:
		return len(x) == 1
	}
	return false
}
