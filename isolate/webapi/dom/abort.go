package dom

import (
	"slices"
	"time"
	"weak"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// AbortSignal is the Go value behind an AbortSignal (DOM 3.2).
type AbortSignal struct {
	EventTarget
	obj     *goja.Object
	aborted bool
	reason  goja.Value

	algorithms []*abortAlgorithm

	// A signal made by AbortSignal.any depends on its sources, which never depend on others.
	// A source holds its dependents weakly, and strongly (pinned) as long as they have
	// listeners or algorithms: DOM 3.2.2, garbage collection.
	sources    []*AbortSignal
	dependents []weak.Pointer[AbortSignal]
	pruneAt    int // len(dependents) at which dead ones are looked for
	pinned     map[*AbortSignal]struct{}
}

type abortAlgorithm struct{ fn func(reason goja.Value) }

// abortController is behind AbortController (DOM 3.1).
type abortController struct{ signal *AbortSignal }

var (
	signalInterface     = &realm.Interface{Name: "AbortSignal", Parent: EventTargetInterface}
	controllerInterface = &realm.Interface{Name: "AbortController"}
)

// NewSignal makes a signal that is not aborted, with its object.
func NewSignal(r *realm.Realm) (*AbortSignal, *goja.Object) {
	s := new(AbortSignal)
	s.obj = r.Wrap(signalInterface, s)
	return s, s.obj
}

// SignalOf returns the signal behind v, if v is an AbortSignal.
func SignalOf(v goja.Value) (*AbortSignal, bool) { return realm.As[*AbortSignal](v) }

// AnySignal makes a signal that is aborted as soon as one of sources is: AbortSignal.any.
func AnySignal(r *realm.Realm, sources ...*AbortSignal) (*AbortSignal, *goja.Object) {
	s, obj := NewSignal(r)
	for _, src := range sources {
		if src.aborted {
			s.aborted, s.reason = true, src.reason
			return s, obj
		}
	}
	for _, src := range sources {
		if len(src.sources) == 0 {
			s.dependOn(src)
			continue
		}
		for _, deeper := range src.sources {
			s.dependOn(deeper)
		}
	}
	s.changed = s.pin
	return s, obj
}

// Object is the signal's JavaScript object.
func (s *AbortSignal) Object() *goja.Object { return s.obj }

// Aborted reports whether the signal is aborted.
func (s *AbortSignal) Aborted() bool { return s.aborted }

// Reason is why the signal was aborted, undefined before that.
func (s *AbortSignal) Reason() goja.Value {
	if s.reason == nil {
		return goja.Undefined()
	}
	return s.reason
}

// ThrowIfAborted throws the reason if the signal is aborted.
func (s *AbortSignal) ThrowIfAborted(r *realm.Realm) {
	if s.aborted {
		r.Throw(s.reason)
	}
}

// OnAbort has fn called, inside the realm, when the signal is aborted, before the abort
// event. It is never called for a signal that is aborted already: ask Aborted first. remove
// takes fn off again; it may be called more than once.
func (s *AbortSignal) OnAbort(fn func(reason goja.Value)) (remove func()) {
	if s.aborted {
		return func() {}
	}
	alg := &abortAlgorithm{fn}
	s.algorithms = append(s.algorithms, alg)
	s.pin()
	return func() {
		if i := slices.Index(s.algorithms, alg); i >= 0 {
			s.algorithms = slices.Delete(s.algorithms, i, i+1)
			s.pin()
		}
	}
}

// Abort aborts the signal (DOM 3.2, "signal abort"), and those that depend on it. Without
// a reason (nil or undefined) it is a new AbortError. Only the first call counts.
func (s *AbortSignal) Abort(r *realm.Realm, reason goja.Value) {
	if s.aborted {
		return
	}
	if reason == nil || goja.IsUndefined(reason) {
		reason = NewException(r, "AbortError", "The operation was aborted")
	}
	s.aborted, s.reason = true, reason
	var follow []*AbortSignal
	for _, w := range s.dependents {
		if d := w.Value(); d != nil && !d.aborted {
			d.aborted, d.reason = true, reason
			follow = append(follow, d)
		}
	}
	s.dependents, s.pinned = nil, nil
	s.runSteps(r)
	for _, d := range follow {
		d.runSteps(r)
	}
}

// runSteps is "run the abort steps".
func (s *AbortSignal) runSteps(r *realm.Realm) {
	for _, src := range s.sources {
		delete(src.pinned, s)
	}
	s.sources = nil
	algorithms := s.algorithms
	s.algorithms = nil
	for _, a := range algorithms {
		a.fn(s.reason)
	}
	if s.Listeners("abort") > 0 {
		_, ev := NewEvent(r, "abort")
		s.Dispatch(r, s.obj, ev)
	}
}

// firstPrune is how many dependents a signal gathers before it first looks for dead ones.
const firstPrune = 16

func (s *AbortSignal) dependOn(src *AbortSignal) {
	if slices.Contains(s.sources, src) {
		return
	}
	s.sources = append(s.sources, src)
	if len(src.dependents) >= max(src.pruneAt, firstPrune) {
		src.dependents = slices.DeleteFunc(src.dependents, func(w weak.Pointer[AbortSignal]) bool { return w.Value() == nil })
		src.pruneAt = 2 * len(src.dependents)
	}
	src.dependents = append(src.dependents, weak.Make(s))
}

// pin makes the sources hold s exactly while somebody waits for it.
func (s *AbortSignal) pin() {
	waited := len(s.algorithms) > 0 || len(s.listeners) > 0
	for _, src := range s.sources {
		if !waited {
			delete(src.pinned, s)
			continue
		}
		if src.pinned == nil {
			src.pinned = map[*AbortSignal]struct{}{}
		}
		src.pinned[s] = struct{}{}
	}
}

// maxTimeout is the longest AbortSignal.timeout, in milliseconds: WebIDL's unsigned long
// long with [EnforceRange] ends at 2^53-1.
const maxTimeout = 1<<53 - 1

func declareAbort() {
	type args = realm.Args
	signalInterface.Members = []realm.Member{
		realm.Attr("aborted", func(s *AbortSignal, a args) goja.Value { return a.RT.ToValue(s.aborted) }, nil),
		realm.Attr("reason", func(s *AbortSignal, _ args) goja.Value { return s.Reason() }, nil),
		realm.Method("throwIfAborted", 0, func(s *AbortSignal, a args) goja.Value {
			s.ThrowIfAborted(a.Realm)
			return goja.Undefined()
		}),
		HandlerAttr[*AbortSignal]("onabort", "abort"),
	}
	signalInterface.Statics = []realm.Member{
		realm.Static("abort", 0, func(a args) goja.Value {
			s, obj := NewSignal(a.Realm)
			s.Abort(a.Realm, a.Get(0))
			return obj
		}),
		realm.Static("timeout", 1, func(a args) goja.Value {
			a.Need(1, "AbortSignal.timeout")
			ms := a.Enforce(a.Get(0), 0, maxTimeout, "AbortSignal.timeout: the delay")
			s, obj := NewSignal(a.Realm)
			r := a.Realm
			r.Host.Timer(Milliseconds(ms), func() {
				s.Abort(r, NewException(r, "TimeoutError", "The operation was aborted due to timeout"))
			})
			return obj
		}),
		realm.Static("any", 1, func(a args) goja.Value {
			a.Need(1, "AbortSignal.any")
			if _, ok := a.Get(0).(*goja.Object); !ok {
				a.ThrowType("AbortSignal.any: the argument is not iterable.")
			}
			var sources []*AbortSignal
			a.Iterate(a.Get(0), func(v goja.Value) bool {
				s, ok := SignalOf(v)
				if !ok {
					a.ThrowType("AbortSignal.any: a member is not of type 'AbortSignal'.")
				}
				sources = append(sources, s)
				return true
			})
			_, obj := AnySignal(a.Realm, sources...)
			return obj
		}),
	}
	controllerInterface.New = func(a args) any {
		s, _ := NewSignal(a.Realm)
		return &abortController{s}
	}
	controllerInterface.Members = []realm.Member{
		realm.Attr("signal", func(c *abortController, _ args) goja.Value { return c.signal.obj }, nil),
		realm.Method("abort", 0, func(c *abortController, a args) goja.Value {
			c.signal.Abort(a.Realm, a.Get(0))
			return goja.Undefined()
		}),
	}
}

// Milliseconds is ms as a duration, the longest one there is where it does not fit.
func Milliseconds(ms int64) time.Duration {
	if ms > int64((1<<63-1)/time.Millisecond) {
		return 1<<63 - 1
	}
	return time.Duration(ms) * time.Millisecond
}
