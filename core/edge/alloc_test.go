//go:build !race

package edge

import (
	"testing"

	"gannet/core"
	"gannet/core/config"
	"gannet/core/plan"
)

type nullResponder struct{}

func (nullResponder) Respond(*core.Exchange, *core.Response) {}

// The budget of a request in the edge: a call, its fields, its id and its URL, and the
// response with its body and fields. More is a leak into the hot path.
func TestAllocations(t *testing.T) {
	respond := &Site{Respond: NewRespond(&config.Respond{Status: 200, Body: "hi", Headers: []config.Header{{Name: "Content-Type", Value: "text/plain"}}})}
	w := &fakeWorker{"w", func(*core.FetchEvent) {}}
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, nil)}, Sites: []*plan.Site{site("s.example", respond)}}, Options{})
	d := f.edge.NewDispatcher()
	for _, tc := range []struct {
		name, host string
		limit      float64
	}{{"respond", "s.example", 7}, {"worker", "w.example", 3}} {
		x := request("GET", tc.host, "/")
		x.Responder = nullResponder{}
		fields := append(make(core.Fields, 0, 16), x.Request.Fields...) // as a listener leaves room
		if n := testing.AllocsPerRun(500, func() {
			x.Request.Fields = fields
			d.Dispatch(x)
		}); n > tc.limit {
			t.Errorf("%s: %v allocations, at most %v", tc.name, n, tc.limit)
		}
	}
}

func BenchmarkDispatch(b *testing.B) {
	w := &fakeWorker{"w", func(*core.FetchEvent) {}}
	p, err := config.ParsePattern("w.example/*")
	if err != nil {
		b.Fatal(err)
	}
	compiled, err := plan.Compile(plan.Spec{Rules: []*plan.Rule{{Pattern: p, Worker: w, By: "bench"}}})
	if err != nil {
		b.Fatal(err)
	}
	var pub plan.Published
	pub.Swap(compiled)
	d := New(Options{Plan: &pub, Scheduler: inlineScheduler{}}).NewDispatcher()
	x := request("GET", "w.example", "/")
	x.Responder = nullResponder{}
	fields := append(make(core.Fields, 0, 16), x.Request.Fields...)
	b.ReportAllocs()
	for b.Loop() {
		x.Request.Fields = fields
		d.Dispatch(x)
	}
}
