package h1

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"gannet/core"
)

// TestStreamQueue: each stream arrives exactly once, those of one producer in order, and
// the edge that wakes is seen once for each time the queue was found empty.
func TestStreamQueue(t *testing.T) {
	const producers, each = 4, 20000
	type item struct {
		stream
		producer, n int
	}
	var q streamQueue
	items := make(map[*stream]*item)
	all := make([][]*item, producers)
	for p := range producers {
		for n := range each {
			it := &item{producer: p, n: n}
			all[p] = append(all[p], it)
			items[&it.stream] = it
		}
	}
	wake := make(chan struct{}, 1)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for p := range producers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-start
			for _, it := range all[p] {
				if q.push(&it.stream) {
					wake <- struct{}{} // never blocks: one edge for each takeAll
				}
				if it.n%64 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	close(start)
	var next [producers]int
	for got := 0; got < producers*each; {
		select {
		case <-wake:
		case <-time.After(patience):
			t.Fatalf("asleep with %d of %d", got, producers*each)
		}
		for s := q.takeAll(); s != nil; s = s.queued {
			it := items[s]
			if next[it.producer] != it.n {
				t.Fatalf("producer %d: got %d, want %d", it.producer, it.n, next[it.producer])
			}
			next[it.producer]++
			got++
		}
	}
	wg.Wait()
	if !q.empty() {
		t.Error("not empty")
	}
}

// newTestConn returns a connection without transport.
func newTestConn(h core.Handler) *conn {
	o, _ := Options{Handler: h}.withDefaults()
	s := &Server{opts: o}
	return &conn{srv: s, scheme: "http", stash: &stash{traffic: new(traffic)}, disp: h.NewDispatcher(), now: time.Now(), fresh: true}
}

// TestAllocs: a request with a native answer costs a stream and the string of its head,
// and here the handler's response and its body.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := newTestConn(core.HandlerFunc(hello))
	in := []byte(get("/"))
	run := func() {
		if n := c.feed(in); n != len(in) {
			t.Fatalf("used %d of %d", n, len(in))
		}
		c.advance()
		if len(c.out) == 0 || c.first != nil {
			t.Fatalf("output %q", c.out)
		}
		c.stash.putBuf(c.out)
		c.out, c.from = nil, 0
	}
	run()
	if got := testing.AllocsPerRun(100, run); got > 4 {
		t.Errorf("%v allocations, want at most 4", got)
	}
}

func BenchmarkConn(b *testing.B) {
	c := newTestConn(core.HandlerFunc(hello))
	in := []byte(get("/"))
	b.ReportAllocs()
	for b.Loop() {
		c.feed(in)
		c.advance()
		c.stash.putBuf(c.out)
		c.out, c.from = nil, 0
	}
}
