package sched

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

func TestKill(t *testing.T) {
	s := newStepped(Options{Executors: 1})
	var log []string
	task := func(name string) *core.Task {
		return &newTask(func(core.Turn) { log = append(log, "run "+name) }, func() { log = append(log, "drop "+name) }).Task
	}
	expect := func(step string, want ...string) {
		t.Helper()
		if len(log) != len(want) {
			t.Fatalf("%s: %q, want %q", step, log, want)
		}
		for i := range want {
			if log[i] != want[i] {
				t.Fatalf("%s: %q, want %q", step, log, want)
			}
		}
		log = nil
	}

	a := s.NewActor(core.ActorOptions{})
	a.Kill()
	a.Post(task("1"))
	expect("dead before the first post", "drop 1")
	a.Kill()
	expect("killed twice")

	a = s.NewActor(core.ActorOptions{})
	a.Post(task("1"))
	a.Post(task("2"))
	a.Kill()
	expect("killed in the queue", "drop 1", "drop 2")
	if a.Depth() != 0 {
		t.Errorf("depth %d", a.Depth())
	}
	s.step(0)
	expect("taken from the queue when dead")

	a = s.NewActor(core.ActorOptions{})
	a.Post(task("1"))
	a.Post(&newTask(func(core.Turn) {
		log = append(log, "run 2")
		a.Post(task("4")) // behind 3, which the executor has already taken
		a.Kill()
		log = append(log, "killed")
	}, nil).Task)
	a.Post(task("3"))
	s.step(0)
	expect("killed by its own task", "run 1", "run 2", "drop 3", "drop 4", "killed")
}

// TestKillRace: posters, an executor and killers meet; each task is run or dropped, once.
func TestKillRace(t *testing.T) {
	rounds := 3000
	if raceEnabled {
		rounds = 400
	}
	const posters, perPoster = 3, 8
	s := newTest(t, Options{Executors: 2, TurnTasks: 3})
	for round := range rounds {
		a := s.NewActor(core.ActorOptions{})
		var ends [posters * perPoster]atomic.Int32
		var left sync.WaitGroup
		left.Add(len(ends))
		var wg sync.WaitGroup
		for p := range posters {
			wg.Go(func() {
				for i := range perPoster {
					n := p*perPoster + i
					end := func() {
						if ends[n].Add(1) != 1 {
							t.Errorf("round %d: task %d ended twice", round, n)
							return
						}
						left.Done()
					}
					a.Post(&newTask(func(core.Turn) { end() }, end).Task)
				}
			})
		}
		for range 2 {
			wg.Go(func() {
				for range round % 50 {
					runtime.Gosched()
				}
				a.Kill()
			})
		}
		wg.Wait()
		left.Wait()
		if a.Depth() != 0 {
			t.Fatalf("round %d: depth %d", round, a.Depth())
		}
	}
}

// TestDropPanics: a panic in Drop neither reaches the poster nor spares the others.
func TestDropPanics(t *testing.T) {
	s := newStepped(Options{Executors: 1})
	a := s.NewActor(core.ActorOptions{})
	dropped := 0
	for range 3 {
		a.Post(&newTask(nil, func() { dropped++; panic("planted") }).Task)
	}
	a.Kill()
	if dropped != 3 || s.Stats().Panics != 3 {
		t.Errorf("dropped %d, panics %d", dropped, s.Stats().Panics)
	}
}

// TestCloseDrains: Close runs what was posted before it, and what that posts.
func TestCloseDrains(t *testing.T) {
	s := New(Options{Executors: 2})
	const actors, hops = 20, 50
	var ran atomic.Int32
	for range actors {
		a := s.NewActor(core.ActorOptions{})
		n := 0
		var task *funcTask
		task = newTask(func(core.Turn) {
			ran.Add(1)
			if n++; n < hops {
				a.Post(&task.Task)
			}
		}, func() { t.Error("dropped while draining") })
		a.Post(&task.Task)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if ran.Load() != actors*hops {
		t.Errorf("ran %d of %d", ran.Load(), actors*hops)
	}
	dropped := 0
	a := s.NewActor(core.ActorOptions{})
	b := s.NewBatch()
	a.Post(&newTask(func(core.Turn) { t.Error("ran") }, func() { dropped++ }).Task)
	b.Post(s.NewActor(core.ActorOptions{}), &newTask(func(core.Turn) { t.Error("ran") }, func() { dropped++ }).Task)
	b.Flush()
	if dropped != 2 {
		t.Errorf("%d of 2 posts after Close dropped", dropped)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestDropPostsAgain: what is dropped may be posted to another actor by its Drop, as an
// isolate's events are to the one that replaced it, also when the scheduler has stopped.
// That ends, for each task by one Drop, and does not pile up on the stack.
func TestDropPostsAgain(t *testing.T) {
	s := New(Options{Executors: 2})
	const actors, generations = 3000, 3
	var drops, deepest atomic.Int64
	var post func(generation int)
	post = func(generation int) {
		s.NewActor(core.ActorOptions{}).Post(&newTask(func(core.Turn) { t.Error("ran") }, func() {
			drops.Add(1)
			pcs := make([]uintptr, 1000)
			if n := int64(runtime.Callers(0, pcs)); n > deepest.Load() {
				deepest.Store(n)
			}
			if generation < generations {
				post(generation + 1)
			}
		}).Task)
	}
	var started sync.WaitGroup
	release := make(chan struct{})
	for range 2 { // so that the others still wait when the scheduler stops
		started.Add(1)
		s.NewActor(core.ActorOptions{}).Post(&newTask(func(core.Turn) { started.Done(); <-release }, nil).Task)
	}
	started.Wait()
	for range actors {
		post(1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Close = %v", err)
	}
	for drops.Load() < actors*generations {
		runtime.Gosched()
	}
	close(release)
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	post(1)
	if got := drops.Load(); got != (actors+1)*generations {
		t.Errorf("%d drops, want %d", got, (actors+1)*generations)
	}
	if deepest.Load() > 60 {
		t.Errorf("a Drop ran %d frames deep", deepest.Load())
	}
}

// TestCloseGivesUp: when its context ends, what waits is dropped, armed turns are
// interrupted, and a further Close waits for the rest.
func TestCloseGivesUp(t *testing.T) {
	s := New(Options{Executors: 2})
	started, interrupted, release := make(chan struct{}, 2), make(chan struct{}), make(chan struct{})
	armed := s.NewActor(core.ActorOptions{Interrupt: func() { close(interrupted) }})
	armed.Post(&newTask(func(turn core.Turn) {
		turn.Arm(maxLimitDuration)
		started <- struct{}{}
		<-interrupted
		if _, fired := turn.Disarm(); !fired {
			t.Error("interrupted, but not fired")
		}
	}, nil).Task)
	stuck := s.NewActor(core.ActorOptions{})
	stuck.Post(&newTask(func(core.Turn) { started <- struct{}{}; <-release }, nil).Task)
	<-started
	<-started
	var dropped sync.WaitGroup
	for _, a := range []core.Actor{armed, stuck, s.NewActor(core.ActorOptions{})} {
		dropped.Add(1)
		a.Post(&newTask(func(core.Turn) { t.Error("ran") }, dropped.Done).Task)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Close = %v", err)
	}
	<-interrupted
	close(release)
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	dropped.Wait()
}

// TestCloseRace: posts that race with Close end, one way or the other.
func TestCloseRace(t *testing.T) {
	rounds := 200
	if raceEnabled {
		rounds = 40
	}
	for round := range rounds {
		s := New(Options{Executors: 2})
		const posters, perPoster = 3, 30
		var left, wg sync.WaitGroup
		left.Add(posters * perPoster)
		for range posters {
			wg.Go(func() {
				a := s.NewActor(core.ActorOptions{})
				b := s.NewBatch()
				for i := range perPoster {
					task := &newTask(func(core.Turn) { left.Done() }, left.Done).Task
					if i%2 == 0 {
						a.Post(task)
					} else {
						b.Post(a, task)
						b.Flush()
					}
				}
			})
		}
		for range round % 20 {
			runtime.Gosched()
		}
		if err := s.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		left.Wait()
	}
}

// TestNothingIsKept: a scheduler at rest holds no actor and no task, nor do actors and tasks
// that were queued together hold each other.
func TestNothingIsKept(t *testing.T) {
	s := newTest(t, Options{Executors: 2, TurnTasks: 1})
	const actors, tasks = 40, 5
	freed := make(chan struct{}, actors*(1+tasks))
	var first *actor
	var firstTask *funcTask
	func() {
		var ran sync.WaitGroup
		b := s.NewBatch()
		for i := range actors {
			a := s.newActor(core.ActorOptions{})
			if i == 0 {
				first = a
			} else {
				runtime.AddCleanup(a, func(int) { freed <- struct{}{} }, 0)
			}
			for j := range tasks {
				ran.Add(1)
				task := newTask(func(core.Turn) { ran.Done() }, nil)
				if i == 0 && j == 0 {
					firstTask = task
				} else {
					runtime.AddCleanup(task, func(int) { freed <- struct{}{} }, 0)
				}
				b.Post(a, &task.Task)
			}
		}
		b.Flush()
		ran.Wait()
	}()
	for s.Stats().Parked < 2 {
		runtime.Gosched()
	}
	const want = actors*(1+tasks) - 2
	for n := 0; n < want; {
		runtime.GC()
		select {
		case <-freed:
			n++
		case <-time.After(5 * time.Second):
			t.Fatalf("%d of %d freed", n, want)
		}
	}
	runtime.KeepAlive(first)
	runtime.KeepAlive(firstTask)
}

// TestKillWhileTaking: the actor is killed after an executor took its mailbox and before it
// made that the list to run: the executor drops it.
func TestKillWhileTaking(t *testing.T) {
	s := newStepped(Options{Executors: 1})
	a := s.newActor(core.ActorOptions{})
	dropped := 0
	for range 3 {
		a.Post(&newTask(func(core.Turn) { t.Error("ran") }, func() { dropped++ }).Task)
	}
	a.rest.Store(deadMark) // as Kill would, between refill's two CASes
	if a.refill() || dropped != 3 || a.Depth() != 0 {
		t.Errorf("dropped %d of 3, depth %d", dropped, a.Depth())
	}
}
