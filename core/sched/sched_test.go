package sched

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

// newTest returns a running scheduler that the test's end closes.
func newTest(t *testing.T, o Options) *Scheduler {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := New(o)
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newStepped returns a scheduler without goroutines. The end of the test does not close it.
func newStepped(o Options) *Scheduler {
	o.Log = slog.New(slog.DiscardHandler)
	return newStopped(o)
}

// step has executor id find one actor and give it its turns; false if there was none.
func (s *Scheduler) step(id int) bool {
	e := s.executors[id]
	a := e.look()
	if a == nil {
		return false
	}
	e.work(a)
	e.turn.unpin()
	return true
}

// TestHammer: many goroutines post to many actors, singly and in batches. Each task runs
// exactly once, an actor runs one at a time, and one goroutine's tasks run in order.
func TestHammer(t *testing.T) {
	const actors, producers = 7, 6
	perProducer := 30000
	if raceEnabled {
		perProducer = 4000
	}
	for _, executors := range []int{1, 2, 5} {
		s := New(Options{Executors: executors, TurnTasks: 8})
		type state struct {
			running atomic.Bool
			next    [producers]int // guarded by the actor's being serial
		}
		states := make([]state, actors)
		as := make([]core.Actor, actors)
		for i := range as {
			as[i] = s.NewActor(core.ActorOptions{})
		}
		var ran atomic.Int64
		var wg sync.WaitGroup
		release := make(chan struct{})
		for p := range producers {
			wg.Go(func() {
				<-release
				batch := s.NewBatch()
				sent := make([]int, actors)
				for i := range perProducer {
					at := (i*i + p) % actors
					st, seq := &states[at], sent[at]
					sent[at]++
					task := newTask(func(core.Turn) {
						if !st.running.CompareAndSwap(false, true) {
							t.Error("two tasks of one actor at once")
						}
						if st.next[p] != seq {
							t.Errorf("producer %d: task %d ran when %d was due", p, seq, st.next[p])
						}
						st.next[p] = seq + 1
						if seq%64 == 0 {
							runtime.Gosched()
						}
						st.running.Store(false)
						ran.Add(1)
					}, func() { t.Error("dropped") })
					if p%2 == 0 {
						as[at].Post(&task.Task)
					} else if batch.Post(as[at], &task.Task); i%16 == 15 {
						batch.Flush()
					}
					if i%1024 == 0 {
						runtime.Gosched()
					}
				}
				batch.Flush()
			})
		}
		close(release)
		wg.Wait()
		if err := s.Close(context.Background()); err != nil { // drains
			t.Fatal(err)
		}
		if got, want := ran.Load(), int64(producers*perProducer); got != want {
			t.Errorf("%d executors: ran %d of %d", executors, got, want)
		}
		st := s.Stats()
		if st.Runs != uint64(producers*perProducer) || st.Drops != 0 {
			t.Errorf("Stats: %+v", st)
		}
		for i, a := range as {
			if a.Depth() != 0 {
				t.Errorf("actor %d: depth %d at the end", i, a.Depth())
			}
		}
	}
}

// TestPostAgain: a task may be posted again from its own Run.
func TestPostAgain(t *testing.T) {
	s := newTest(t, Options{})
	a := s.NewActor(core.ActorOptions{})
	done := make(chan struct{})
	n := 0
	var task *funcTask
	task = newTask(func(core.Turn) {
		if n++; n == 1000 {
			close(done)
			return
		}
		a.Post(&task.Task)
	}, nil)
	a.Post(&task.Task)
	<-done
}

// TestParkHammer: executors that park and are woken all the time lose no wake-up: each
// poster waits for its task before it posts the next, so a lost one is a deadlock.
func TestParkHammer(t *testing.T) {
	rounds := 20000
	if raceEnabled {
		rounds = 2000
	}
	for _, executors := range []int{1, 2, 3} {
		s := newTest(t, Options{Executors: executors})
		var wg sync.WaitGroup
		for p := range 3 {
			wg.Go(func() {
				b := s.NewBatch()
				a, other := s.NewActor(core.ActorOptions{}), s.NewActor(core.ActorOptions{})
				done := make(chan struct{}, 2)
				one, two := newEcho(p == 0, func() { done <- struct{}{} }), newEcho(false, func() { done <- struct{}{} })
				for range rounds {
					if p == 1 {
						b.Post(a, &one.Task)
						b.Post(other, &two.Task)
						b.Flush()
						<-done
					} else {
						a.Post(&one.Task)
					}
					<-done
				}
			})
		}
		wg.Wait()
		if st := s.Stats(); st.Parks == 0 || st.Wakes == 0 {
			t.Errorf("%d executors: nothing parked: %+v", executors, st)
		}
	}
}

// TestIdleExecutorTakesOver: what waits behind a long turn, in any part of the queue, is
// run by an executor that has nothing to do.
func TestIdleExecutorTakesOver(t *testing.T) {
	s := newTest(t, Options{Executors: 2})
	hold, held := make(chan struct{}), make(chan struct{})
	s.NewActor(core.ActorOptions{}).Post(&newTask(func(core.Turn) { close(held); <-hold }, nil).Task)
	<-held
	const n = 2 * ringSize
	var wg sync.WaitGroup
	wg.Add(n)
	for range n {
		s.NewActor(core.ActorOptions{}).Post(&newTask(func(core.Turn) { wg.Done() }, nil).Task)
	}
	wg.Wait() // all of them, though half were placed behind the long turn
	close(hold)
}

// TestBatchWakesOnce: posts of a batch do not wake, Flush wakes one executor.
func TestBatchWakesOnce(t *testing.T) {
	s := newTest(t, Options{Executors: 1})
	parked := func() bool { st := s.Stats(); return st.Parked == 1 && st.Searching == 0 }
	for !parked() {
		runtime.Gosched()
	}
	before := s.Stats()
	b := s.NewBatch()
	var wg sync.WaitGroup
	for range 10 {
		wg.Add(1)
		b.Post(s.NewActor(core.ActorOptions{}), &newTask(func(core.Turn) { wg.Done() }, nil).Task)
	}
	if st := s.Stats(); st.Wakes != before.Wakes || st.Queued[0] != 10 {
		t.Errorf("before Flush: %d wakes and %d queued, want %d and 10", st.Wakes, st.Queued[0], before.Wakes)
	}
	b.Flush()
	wg.Wait()
	if st := s.Stats(); st.Wakes != before.Wakes+1 {
		t.Errorf("%d wakes, want 1", st.Wakes-before.Wakes)
	}
	b.Flush() // nothing to do
	if st := s.Stats(); st.Wakes != before.Wakes+1 {
		t.Error("an empty Flush woke an executor")
	}
}

// TestWakeChain: the executor that a batch woke wakes another for what it leaves behind.
func TestWakeChain(t *testing.T) {
	s := newTest(t, Options{Executors: 3})
	for range 200 {
		for st := s.Stats(); st.Parked < 3 || st.Searching > 0; st = s.Stats() {
			runtime.Gosched()
		}
		// Each of three tasks ends when all have begun: they need three executors.
		var begun, ended sync.WaitGroup
		b := s.NewBatch()
		for range 3 {
			begun.Add(1)
			ended.Add(1)
			b.Post(s.NewActor(core.ActorOptions{}), &newTask(func(core.Turn) {
				begun.Done()
				begun.Wait()
				ended.Done()
			}, nil).Task)
		}
		b.Flush()
		ended.Wait()
	}
}

// TestTurnBudget: an actor with much to do alternates with others.
func TestTurnBudget(t *testing.T) {
	for _, test := range []struct {
		name  string
		o     Options
		cost  time.Duration // of one task
		arm   bool
		burst int // tasks in a row before the other actor has its turn
	}{
		{name: "by tasks", o: Options{TurnTasks: 4}, burst: 4},
		{name: "by time, armed", o: Options{TurnTime: 3 * time.Millisecond}, cost: time.Millisecond, arm: true, burst: 3},
		{name: "by time, not armed: the first task is free", o: Options{TurnTime: 3 * time.Millisecond}, cost: time.Millisecond, burst: 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			clk := newManualClock()
			test.o.Executors, test.o.Clock = 1, clk
			s := newStepped(test.o)
			var order []byte
			post := func(a core.Actor, name byte, n int) {
				for range n {
					a.Post(&newTask(func(turn core.Turn) {
						if test.arm {
							turn.Arm(time.Second)
						}
						clk.advance(test.cost)
						order = append(order, name)
						if test.arm {
							turn.Disarm()
						}
					}, nil).Task)
				}
			}
			a, b := s.NewActor(core.ActorOptions{}), s.NewActor(core.ActorOptions{})
			post(a, 'a', 2*test.burst)
			post(b, 'b', 1)
			for s.step(0) {
			}
			want := strings.Repeat("a", test.burst) + "b" + strings.Repeat("a", test.burst)
			if string(order) != want {
				t.Errorf("order %s, want %s", order, want)
			}
		})
	}
}

// TestYield: an executor that is always busy lets other goroutines run once a millisecond,
// whether its tasks are armed or not.
func TestYield(t *testing.T) {
	for _, arm := range []bool{true, false} {
		clk := newManualClock()
		s := newStepped(Options{Executors: 1, Clock: clk})
		a := s.NewActor(core.ActorOptions{})
		e := s.executors[0]
		n := 0
		var task *funcTask
		task = newTask(func(turn core.Turn) {
			if arm {
				turn.Arm(time.Second)
			}
			clk.advance(100 * time.Microsecond)
			if n++; n < 101 {
				a.Post(&task.Task)
			}
		}, nil)
		a.Post(&task.Task)
		for s.step(0) {
			e.yield()
		}
		// 10 ms in turns of 2 ms; an executor offers its P between turns.
		if got := s.Stats().Yields; got < 4 || got > 10 {
			t.Errorf("arm=%v: %d yields in 10 ms", arm, got)
		}
	}
}

// TestRequeueOverflow: an actor that finds the ring full waits its turn elsewhere.
func TestRequeueOverflow(t *testing.T) {
	s := newStepped(Options{Executors: 1, TurnTasks: 1})
	ran := 0
	for range ringSize + 50 {
		a := s.NewActor(core.ActorOptions{})
		for range 2 {
			a.Post(&newTask(func(core.Turn) { ran++ }, nil).Task)
		}
	}
	for s.step(0) {
	}
	if ran != 2*(ringSize+50) {
		t.Errorf("ran %d of %d", ran, 2*(ringSize+50))
	}
	if st := s.Stats(); st.Overflows == 0 || st.Queued[0] != 0 {
		t.Errorf("overflows %d, queued %d", st.Overflows, st.Queued[0])
	}
}

// TestPanics: a panic in Run ends its actor alone.
func TestPanics(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(core.Turn)
		logs string
	}{
		{"panic", func(core.Turn) { panic("planted") }, "planted"},
		{"panic in an armed turn", func(turn core.Turn) { turn.Arm(time.Hour); panic("planted") }, "planted"},
		{"armed twice", func(turn core.Turn) { turn.Arm(time.Hour); turn.Arm(time.Hour) }, "BUG"},
		{"nil dereference", func(core.Turn) { var p *int; *p = 1 }, "nil pointer"},
		{"Goexit", func(core.Turn) { runtime.Goexit() }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			var mu sync.Mutex
			s := newTest(t, Options{Executors: 1, Log: slog.New(slog.NewTextHandler(&lockedWriter{mu: &mu, w: &log}, nil))})
			a, other := s.NewActor(core.ActorOptions{}), s.NewActor(core.ActorOptions{})
			dropped, ran := make(chan struct{}), make(chan struct{})
			b := s.NewBatch()
			b.Post(a, &newTask(test.run, nil).Task)
			b.Post(a, &newTask(func(core.Turn) { t.Error("ran after a panic") }, func() { close(dropped) }).Task)
			b.Post(other, &newTask(func(core.Turn) { close(ran) }, nil).Task)
			b.Flush()
			<-dropped
			<-ran
			again := make(chan struct{})
			a.Post(&newTask(nil, func() { close(again) }).Task)
			<-again
			if test.logs == "" {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !strings.Contains(log.String(), test.logs) || !strings.Contains(log.String(), "sched_test.go") {
				t.Errorf("the log has not the panic and its place: %q", log.String())
			}
			if s.Stats().Panics != 1 {
				t.Errorf("panics = %d", s.Stats().Panics)
			}
		})
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// TestPostRunAllocs is the allocation gate of the way from Post to Run.
func TestPostRunAllocs(t *testing.T) {
	if raceEnabled {
		return // the race detector allocates
	}
	s := newTest(t, Options{})
	a := s.NewActor(core.ActorOptions{})
	done := make(chan struct{}, 1)
	task := newEcho(true, func() { done <- struct{}{} })
	b := s.NewBatch()
	if n := testing.AllocsPerRun(1000, func() {
		a.Post(&task.Task)
		<-done
		b.Post(a, &task.Task)
		b.Flush()
		<-done
	}); n != 0 {
		t.Errorf("%v allocations per two posts", n)
	}
}
