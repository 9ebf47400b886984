package realm

import (
	"crypto/rand"
	"encoding/binary"
	"math"
	mathrand "math/rand/v2"
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
)

// maxCallStack bounds the depth of JavaScript calls, in frames; one more ends the turn with
// an error no script can catch. V8 has about 11,000 for small frames. Natives that call back
// into JavaScript use Go's stack as well, about 2 KiB a level, of the 1 GiB a goroutine may
// have. What sets the bound is time: goja passes such an error, or an interrupt, up through
// nested natives by panics within panics, which takes quadratic time: for a recursion
// through map or sort 0.1 to 0.25 s from 2,000 levels, 0.4 to 1 s from 4,000, 3 to 6 s from
// 10,000, and nothing can stop it meanwhile.
const maxCallStack = 4000

// Realm is one runtime with Gannet's globals. It is entered by one goroutine at a time.
type Realm struct {
	RT   *goja.Runtime
	Host Host

	classes []class // by Interface.id
	slots   []any   // by Slot.id
}

// class is what a realm holds of an interface it has touched.
type class struct {
	ctor, proto *goja.Object
}

// New returns a realm. It makes nothing of the platform yet but what a script cannot see.
// The error is that of hook.Check: this binary was built against another goja.
func New(host Host) (*Realm, error) {
	if err := hook.Check(); err != nil {
		return nil, err
	}
	seal()
	r := &Realm{RT: goja.New(), Host: host}
	hook.SetOwner(r.RT, r)
	hook.ForbidCode(r.RT, func() goja.Value {
		return r.NewError("EvalError", "Code generation from strings disallowed for this context")
	})
	r.RT.SetMaxCallStackSize(maxCallStack)
	r.RT.SetRandSource(newRand())
	return r, nil
}

// newRand returns the source of Math.random, seeded per realm.
func newRand() goja.RandSource {
	var seed [16]byte
	_, _ = rand.Read(seed[:]) // never fails: crypto/rand.Read
	src := mathrand.New(mathrand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])))
	return src.Float64
}

// Of returns the realm rt belongs to.
func Of(rt *goja.Runtime) *Realm { return hook.Owner(rt).(*Realm) }

// Run enters the realm from outside: it calls f and then drains the microtasks. It returns
// what f threw (*goja.Exception) or what interrupted it (*goja.InterruptedError).
func (r *Realm) Run(f func()) error { return hook.Run(r.RT, f) }

// Call calls the JavaScript function fn; it throws what fn throws. fn must be callable.
func (r *Realm) Call(fn, this goja.Value, args ...goja.Value) goja.Value {
	f := hook.Callable(fn)
	if f == nil {
		r.ThrowType("%s is not a function", Describe(fn))
	}
	if v := f(goja.FunctionCall{This: this, Arguments: args}); v != nil {
		return v
	}
	return goja.Undefined()
}

// Try calls f and returns what it threw, or nil. Interrupts pass through.
func (r *Realm) Try(f func()) (thrown goja.Value) {
	if ex := r.RT.Try(f); ex != nil {
		return ex.Value()
	}
	return nil
}

// Func makes a native function.
func (r *Realm) Func(name string, length int, f func(args Args) goja.Value) *goja.Object {
	return hook.NewFunc(r.RT, name, length, func(c goja.FunctionCall) goja.Value {
		return f(Args{r, c.This, c.Arguments})
	})
}

// Slot is a place for one value of type T in every realm: per-realm state of a package.
type Slot[T any] struct {
	id int
	mk func(*Realm) T
}

var (
	slotsMu   sync.Mutex
	slotCount int
)

// NewSlot declares a slot. It is called at package initialisation. make_ makes the value at
// first use in a realm.
func NewSlot[T any](make_ func(*Realm) T) *Slot[T] {
	slotsMu.Lock()
	defer slotsMu.Unlock()
	slotCount++
	return &Slot[T]{id: slotCount - 1, mk: make_}
}

// Of returns the realm's value.
func (s *Slot[T]) Of(r *Realm) T {
	for len(r.slots) <= s.id {
		r.slots = append(r.slots, nil)
	}
	if v := r.slots[s.id]; v != nil {
		return v.(T)
	}
	v := s.mk(r)
	r.slots[s.id] = v
	return v
}

// Number is a helper for natives: v as a JavaScript number, an integer where it is one.
func (r *Realm) Number(f float64) goja.Value {
	if i := int64(f); float64(i) == f && !(f == 0 && math.Signbit(f)) && i > -1<<53 && i < 1<<53 {
		return r.RT.ToValue(i)
	}
	return r.RT.ToValue(f)
}
