package plan

import "sync/atomic"

// Published is the plan now in force. The zero value holds an empty plan.
type Published struct {
	p atomic.Pointer[Plan]
}

// empty is what a Published holds before its first Swap: no routes, no sites.
var empty = func() *Plan {
	p, err := Compile(Spec{})
	if err != nil {
		panic("BUG: the empty plan does not compile: " + err.Error())
	}
	return p
}()

// Load returns the current plan, never nil. It is one atomic load.
func (x *Published) Load() *Plan {
	if p := x.p.Load(); p != nil {
		return p
	}
	return empty
}

// Swap puts p in force and returns the plan before it. Requests that loaded the old plan
// finish by it: what it refers to may be retired when they have drained.
func (x *Published) Swap(p *Plan) (old *Plan) {
	if old = x.p.Swap(p); old == nil {
		return empty
	}
	return old
}
