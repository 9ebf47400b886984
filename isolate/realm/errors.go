package realm

import (
	"fmt"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// NewError makes an error of the built-in constructor called name ("TypeError", …), whatever
// scripts did to the global of that name.
func (r *Realm) NewError(name, format string, args ...any) *goja.Object {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	return hook.Construct(r.RT, hook.ErrorCtor(r.RT, name), nil, r.RT.ToValue(msg))
}

// ThrowType throws a TypeError.
func (r *Realm) ThrowType(format string, args ...any) {
	panic(r.NewError("TypeError", format, args...))
}

// ThrowRange throws a RangeError.
func (r *Realm) ThrowRange(format string, args ...any) {
	panic(r.NewError("RangeError", format, args...))
}

// Throw throws v.
func (r *Realm) Throw(v goja.Value) { panic(v) }

// Describe names v for an error message, without running any script.
func Describe(v goja.Value) string {
	switch {
	case v == nil || goja.IsUndefined(v):
		return "undefined"
	case goja.IsNull(v):
		return "null"
	}
	if obj, ok := v.(*goja.Object); ok {
		if hook.Callable(obj) != nil {
			return "function"
		}
		return "object"
	}
	if goja.IsString(v) {
		return fmt.Sprintf("%q", v.String())
	}
	if _, ok := v.(*goja.Symbol); ok {
		return "symbol"
	}
	return v.String()
}
