package timers

import (
	"slices"
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// performance is behind the global performance (High Resolution Time 7, User Timing 3).
type performance struct {
	dom.EventTarget
	entries []*entry // in the order of their start times
}

// entry is behind PerformanceMark and PerformanceMeasure. Times are milliseconds.
type entry struct {
	name, kind      string
	start, duration float64
	detail          goja.Value
	obj             *goja.Object
}

// maxEntries bounds the marks and measures a realm keeps; older ones make room. A worker
// lives long, and few programs clear what they measured.
const maxEntries = 1000

var (
	performanceInterface = &realm.Interface{Name: "Performance", Parent: dom.EventTargetInterface}
	entryInterface       = &realm.Interface{Name: "PerformanceEntry"}
	markInterface        = &realm.Interface{Name: "PerformanceMark", Parent: entryInterface}
	measureInterface     = &realm.Interface{Name: "PerformanceMeasure", Parent: entryInterface}
)

// now is the time scripts see since the time origin, in milliseconds.
func now(r *realm.Realm) float64 {
	return float64(r.Host.Now().Sub(r.Host.Start())) / float64(time.Millisecond)
}

// timeOrigin is when the isolate was made, in milliseconds since 1970.
func timeOrigin(r *realm.Realm) float64 { return float64(r.Host.Start().UnixMicro()) / 1000 }

func declarePerformance() {
	type args = realm.Args
	undefined := goja.Undefined()
	entryInterface.Members = []realm.Member{
		realm.Attr("name", func(e *entry, a args) goja.Value { return a.RT.ToValue(e.name) }, nil),
		realm.Attr("entryType", func(e *entry, a args) goja.Value { return a.RT.ToValue(e.kind) }, nil),
		realm.Attr("startTime", func(e *entry, a args) goja.Value { return a.Number(e.start) }, nil),
		realm.Attr("duration", func(e *entry, a args) goja.Value { return a.Number(e.duration) }, nil),
		realm.Method("toJSON", 0, func(e *entry, a args) goja.Value {
			o := a.RT.NewObject()
			_ = o.Set("name", e.name)
			_ = o.Set("entryType", e.kind)
			_ = o.Set("startTime", a.Number(e.start))
			_ = o.Set("duration", a.Number(e.duration))
			_ = o.Set("detail", e.detail)
			return o
		}),
	}
	detail := realm.Attr("detail", func(e *entry, _ args) goja.Value { return e.detail }, nil)
	markInterface.Members = []realm.Member{detail}
	measureInterface.Members = []realm.Member{detail}
	markInterface.Length = 1
	markInterface.New = func(a args) any { return newMark(a) }

	performanceInterface.Members = []realm.Member{
		realm.Attr("timeOrigin", func(_ *performance, a args) goja.Value { return a.Number(timeOrigin(a.Realm)) }, nil),
		realm.Method("now", 0, func(_ *performance, a args) goja.Value { return a.Number(now(a.Realm)) }),
		realm.Method("mark", 1, func(p *performance, a args) goja.Value {
			a.Need(1, "Performance.mark")
			e := newMark(a)
			e.obj = a.Wrap(markInterface, e)
			return p.add(e)
		}),
		realm.Method("measure", 1, func(p *performance, a args) goja.Value {
			a.Need(1, "Performance.measure")
			e := p.newMeasure(a)
			e.obj = a.Wrap(measureInterface, e)
			return p.add(e)
		}),
		realm.Method("clearMarks", 0, func(p *performance, a args) goja.Value { p.clear(a, "mark"); return undefined }),
		realm.Method("clearMeasures", 0, func(p *performance, a args) goja.Value { p.clear(a, "measure"); return undefined }),
		realm.Method("clearResourceTimings", 0, func(*performance, args) goja.Value { return undefined }),
		realm.Method("getEntries", 0, func(p *performance, a args) goja.Value { return p.list(a, func(*entry) bool { return true }) }),
		realm.Method("getEntriesByType", 1, func(p *performance, a args) goja.Value {
			a.Need(1, "Performance.getEntriesByType")
			kind := a.Realm.String(a.Get(0))
			return p.list(a, func(e *entry) bool { return e.kind == kind })
		}),
		realm.Method("getEntriesByName", 1, func(p *performance, a args) goja.Value {
			a.Need(1, "Performance.getEntriesByName")
			name, kind := a.Realm.String(a.Get(0)), ""
			if a.Has(1) {
				kind = a.Realm.String(a.Get(1))
			}
			return p.list(a, func(e *entry) bool { return e.name == name && (kind == "" || e.kind == kind) })
		}),
		realm.Method("toJSON", 0, func(_ *performance, a args) goja.Value {
			o := a.RT.NewObject()
			_ = o.Set("timeOrigin", a.Number(timeOrigin(a.Realm)))
			return o
		}),
	}
	realm.Declare(performanceInterface, entryInterface, markInterface, measureInterface)
	realm.Global("performance", true, func(r *realm.Realm) goja.Value { return r.Wrap(performanceInterface, new(performance)) })
}

// add keeps e at its place by start time.
func (p *performance) add(e *entry) goja.Value {
	if len(p.entries) == maxEntries {
		p.entries = slices.Delete(p.entries, 0, 1)
	}
	i := len(p.entries)
	for i > 0 && p.entries[i-1].start > e.start {
		i--
	}
	p.entries = slices.Insert(p.entries, i, e)
	return e.obj
}

func (p *performance) clear(a realm.Args, kind string) {
	name, all := "", !a.Has(0)
	if !all {
		name = a.Realm.String(a.Get(0))
	}
	p.entries = slices.DeleteFunc(p.entries, func(e *entry) bool { return e.kind == kind && (all || e.name == name) })
}

func (p *performance) list(a realm.Args, keep func(*entry) bool) goja.Value {
	var list []any
	for _, e := range p.entries {
		if keep(e) {
			list = append(list, e.obj)
		}
	}
	return a.RT.NewArray(list...)
}

// newMark is the PerformanceMark constructor (User Timing 3.2).
func newMark(a realm.Args) *entry {
	e := &entry{name: a.Realm.String(a.Get(0)), kind: "mark", start: now(a.Realm), detail: goja.Null()}
	if v := a.Dict(a.Get(1), "startTime"); !goja.IsUndefined(v) {
		if e.start = v.ToFloat(); !(e.start >= 0) {
			a.ThrowType("performance.mark: startTime cannot be negative.")
		}
	}
	if v := a.Dict(a.Get(1), "detail"); !realm.IsNullish(v) {
		e.detail = Clone(a.Realm, v)
	}
	return e
}

// newMeasure is performance.measure (User Timing 3.1.3): start and end are marks' names or
// times, as arguments or in an object, which may have a duration instead of one of them.
func (p *performance) newMeasure(a realm.Args) *entry {
	e := &entry{name: a.Realm.String(a.Get(0)), kind: "measure", detail: goja.Null()}
	from, to, length := a.Get(1), a.Get(2), goja.Undefined()
	if opts, ok := from.(*goja.Object); ok {
		from, length = a.Dict(opts, "start"), a.Dict(opts, "duration")
		if goja.IsUndefined(to) {
			to = a.Dict(opts, "end")
		}
		if v := a.Dict(opts, "detail"); !realm.IsNullish(v) {
			e.detail = Clone(a.Realm, v)
		}
		if !goja.IsUndefined(from) && !goja.IsUndefined(to) && !goja.IsUndefined(length) {
			a.ThrowType("performance.measure: start, end and duration cannot all be given.")
		}
	}
	end := now(a.Realm)
	switch {
	case !goja.IsUndefined(to):
		end = p.time(a, to)
	case !goja.IsUndefined(length) && !goja.IsUndefined(from):
		end = p.time(a, from) + length.ToFloat()
	}
	switch {
	case !goja.IsUndefined(from):
		e.start = p.time(a, from)
	case !goja.IsUndefined(length):
		e.start = end - length.ToFloat()
	}
	e.duration = end - e.start
	return e
}

// time is "convert a mark to a timestamp": the latest mark of the name, or a number.
func (p *performance) time(a realm.Args, v goja.Value) float64 {
	if goja.IsNumber(v) {
		return v.ToFloat()
	}
	name := a.Realm.String(v)
	for _, e := range slices.Backward(p.entries) {
		if e.kind == "mark" && e.name == name {
			return e.start
		}
	}
	dom.Throw(a.Realm, "SyntaxError", "The mark '%s' does not exist.", name)
	return 0
}
