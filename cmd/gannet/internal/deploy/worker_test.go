package deploy

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"gannet/core"
)

// strict is an engine that must not be reached once it is closed.
type strict struct {
	t      *testing.T
	served atomic.Int64
	closed atomic.Bool
}

func (s *strict) Fetch(core.Batch, *core.FetchEvent) {
	if s.closed.Load() {
		s.t.Error("an event reached a version that is closed")
	}
	runtime.Gosched()
	if s.closed.Load() {
		s.t.Error("a version was closed under an event on its way in")
	}
	s.served.Add(1)
}

func (s *strict) Close(context.Context) error { s.closed.Store(true); return nil }

// TestRetireLosesNothing: events go on to come to a version while others take over, one after
// the other. Each must reach exactly one engine, and none that is closed.
func TestRetireLosesNothing(t *testing.T) {
	const senders, versions = 4, 200
	engines := []*strict{{t: t}}
	workers := []*Worker{{name: "w", engine: engines[0]}}
	for range versions {
		e := &strict{t: t}
		engines = append(engines, e)
		workers = append(workers, &Worker{name: "w", engine: e})
	}
	var published atomic.Pointer[Worker]
	published.Store(workers[0])
	var sent atomic.Int64
	var quit atomic.Bool
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for n := 0; !quit.Load(); n++ {
				w := published.Load()
				if n%64 == i { // as a loop that was stopped with an old plan in its hands
					runtime.Gosched()
				}
				w.Fetch(nil, nil)
				sent.Add(1)
			}
		})
	}
	for i := 1; i < len(workers); i++ {
		published.Store(workers[i])
		if err := workers[i-1].Retire(t.Context(), workers[i]); err != nil {
			t.Fatal(err)
		}
	}
	quit.Store(true)
	all.Wait()
	var served int64
	for _, e := range engines {
		served += e.served.Load()
	}
	if served != sent.Load() {
		t.Errorf("%d events were sent and %d served", sent.Load(), served)
	}
}

type outcome struct{ err error }

func (o *outcome) FetchDone(_ *core.FetchEvent, _ *core.Response, err error) { o.err = err }

func TestRetireWithoutSuccessor(t *testing.T) {
	e := &strict{t: t}
	w := &Worker{name: "w", engine: e}
	if err := w.Retire(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !e.closed.Load() {
		t.Error("the engine was not closed")
	}
	var o outcome
	w.Fetch(nil, &core.FetchEvent{Done: &o})
	if we, ok := o.err.(*core.WorkerError); !ok || we.Outcome != core.OutcomeShed {
		t.Errorf("a late event: got %v, want it shed", o.err)
	}
}

// TestFetchAllocates: the way through a Worker is on the hot path.
func TestFetchAllocates(t *testing.T) {
	w := &Worker{name: "w", engine: &strict{t: t}}
	if n := testing.AllocsPerRun(100, func() { w.Fetch(nil, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFetch(b *testing.B) {
	w := &Worker{name: "w", engine: nothing{}}
	b.ReportAllocs()
	for b.Loop() {
		w.Fetch(nil, nil)
	}
}

type nothing struct{}

func (nothing) Fetch(core.Batch, *core.FetchEvent) {}
func (nothing) Close(context.Context) error        { return nil }
