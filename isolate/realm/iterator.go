package realm

import (
	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// Iterator is what is behind a WebIDL default iterator object: next gives the next value,
// or false at the end, and is not called any more after that.
type Iterator struct {
	next func() (goja.Value, bool)
}

// NewIteratorInterface declares the prototype of an interface's iterators ("Headers
// Iterator"): it has next and a toStringTag, and inherits from %IteratorPrototype%. The
// result must be passed to Declare.
func NewIteratorInterface(name string) *Interface {
	return &Interface{
		Name:     name,
		Hidden:   true,
		iterator: true,
		Members: []Member{
			Method("next", 0, func(it *Iterator, args Args) goja.Value {
				if it.next != nil {
					if v, ok := it.next(); ok {
						return hook.IterResult(args.RT, v, false)
					}
					it.next = nil
				}
				return hook.IterResult(args.RT, goja.Undefined(), true)
			}),
		},
	}
}

// NewIterator makes an iterator object.
func (r *Realm) NewIterator(iface *Interface, next func() (goja.Value, bool)) *goja.Object {
	return r.Wrap(iface, &Iterator{next: next})
}

// Iterate calls each for every value of iterable (for-of), until it returns false.
func (r *Realm) Iterate(iterable goja.Value, each func(goja.Value) bool) {
	r.RT.ForOf(iterable, each)
}
