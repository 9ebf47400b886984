package timers

import (
	"time"
	"weak"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// table is a realm's timers by id.
//
// It holds them weakly: what keeps a timer is the host, which drops it when its event ends
// without a word to us. A strong table would grow by every timer so dropped.
type table struct {
	last    int32
	timers  map[int32]weak.Pointer[timer]
	pruneAt int // len(timers) at which dead ones are looked for
}

// timer is one setTimeout, setInterval or setImmediate that has not run out.
type timer struct {
	r      *realm.Realm
	id     int32
	fn     goja.Value
	args   []goja.Value
	repeat time.Duration // 0 for one that runs once
	cancel func()        // the host's; replaced at every repetition
	over   bool          // it has run, or was cleared
}

var tableSlot = realm.NewSlot(func(*realm.Realm) *table {
	return &table{timers: map[int32]weak.Pointer[timer]{}, pruneAt: firstPrune}
})

const (
	// firstPrune is how many timers a realm gathers before it first looks for dead ones.
	firstPrune = 64
	// minInterval is the shortest period of setInterval: with 0 it would keep its isolate
	// busy for ever. HTML says 4 ms from the sixth nesting level on.
	minInterval = time.Millisecond
)

func declareTimers() {
	realm.GlobalFunc("setTimeout", 1, func(a realm.Args) goja.Value {
		return start(a, "setTimeout", delay(a.Get(1)), false, 2)
	})
	realm.GlobalFunc("setInterval", 1, func(a realm.Args) goja.Value {
		return start(a, "setInterval", delay(a.Get(1)), true, 2)
	})
	realm.GlobalFunc("setImmediate", 1, func(a realm.Args) goja.Value {
		return start(a, "setImmediate", 0, false, 1)
	})
	for _, name := range []string{"clearTimeout", "clearInterval", "clearImmediate"} {
		realm.GlobalFunc(name, 0, func(a realm.Args) goja.Value {
			if v := a.Get(0); !realm.IsNullish(v) {
				tableSlot.Of(a.Realm).clear(int32(v.ToInteger()))
			}
			return goja.Undefined()
		})
	}
}

// delay converts a timeout argument: a WebIDL long, so modulo 2^32, then at least 0.
func delay(v goja.Value) time.Duration {
	return time.Duration(max(int32(v.ToInteger()), 0)) * time.Millisecond
}

// start is the "timer initialization steps" (HTML 8.6). Arguments from index first on go to
// the handler.
func start(a realm.Args, what string, d time.Duration, repeat bool, first int) goja.Value {
	a.Need(1, what)
	fn := a.Get(0)
	if hook.Callable(fn) == nil { // a string would be code, which Workers do not compile
		a.ThrowType("%s: parameter 1 is not of type 'Function'.", what)
	}
	t := &timer{r: a.Realm, fn: fn}
	if len(a.List) > first {
		t.args = append(t.args, a.List[first:]...)
	}
	if repeat {
		t.repeat = max(d, minInterval)
		d = t.repeat
	}
	t.cancel = a.Host.Timer(d, t.fire)
	tableSlot.Of(a.Realm).add(t)
	return a.RT.ToValue(t.id)
}

// add gives t the next free id.
func (tb *table) add(t *timer) {
	if len(tb.timers) >= tb.pruneAt {
		for id, w := range tb.timers {
			if w.Value() == nil {
				delete(tb.timers, id)
			}
		}
		tb.pruneAt = max(firstPrune, 2*len(tb.timers))
	}
	for {
		if tb.last++; tb.last <= 0 { // ids are positive; after 2^31-1 they start again
			tb.last = 1
		}
		if _, taken := tb.timers[tb.last]; !taken {
			break
		}
	}
	t.id = tb.last
	tb.timers[t.id] = weak.Make(t)
}

func (tb *table) clear(id int32) {
	w, ok := tb.timers[id]
	if !ok {
		return
	}
	delete(tb.timers, id)
	if t := w.Value(); t != nil {
		t.over = true
		t.cancel()
	}
}

// fire runs the handler, as the host's timer function.
func (t *timer) fire() {
	if t.over {
		return
	}
	if t.repeat == 0 {
		t.over = true
		delete(tableSlot.Of(t.r).timers, t.id)
	}
	thrown := t.r.Try(func() { t.r.Call(t.fn, t.r.RT.GlobalObject(), t.args...) })
	if t.repeat > 0 && !t.over {
		// The period counts from the end of the run, so a slow handler does not pile up.
		t.cancel = t.r.Host.Timer(t.repeat, t.fire)
	}
	if thrown != nil {
		dom.ReportException(t.r, "Uncaught exception in a timer", thrown)
	}
}
