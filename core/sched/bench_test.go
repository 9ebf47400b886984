package sched

import (
	"context"
	"testing"
	"time"

	"gannet/core"
)

// echo is a task that counts, and tells its poster.
type echo struct {
	core.Task
	arm  bool
	done func()
}

func newEcho(arm bool, done func()) *echo {
	t := &echo{arm: arm, done: done}
	t.Runner = t
	return t
}

func (t *echo) Run(turn core.Turn) {
	if t.arm {
		turn.Arm(time.Second)
	}
	t.done()
	if t.arm {
		turn.Disarm()
	}
}
func (t *echo) Drop() {}

func newBench(tb testing.TB) *Scheduler {
	s := New(Options{})
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// BenchmarkPostRun has 64 tasks in flight, as a loop with 64 connections has: each is
// posted again when it has run.
func BenchmarkPostRun(b *testing.B) {
	for _, arm := range []bool{false, true} {
		name := "arm=no"
		if arm {
			name = "arm=yes"
		}
		b.Run(name, func(b *testing.B) {
			s := newBench(b)
			a := s.NewActor(core.ActorOptions{})
			const inFlight = 64
			free := make(chan *echo, inFlight)
			for range inFlight {
				var t *echo
				t = newEcho(arm, func() { free <- t })
				free <- t
			}
			b.ReportAllocs()
			for b.Loop() {
				a.Post(&(<-free).Task)
			}
			for range inFlight {
				<-free
			}
		})
	}
}

// BenchmarkPost is posting and running alone: batches of 64, no way back but one per batch.
func BenchmarkPost(b *testing.B) {
	s := newBench(b)
	a := s.NewActor(core.ActorOptions{})
	const n = 64
	done := make(chan struct{}, 1)
	var tasks [n]*echo
	left := 0 // the actor's
	for i := range tasks {
		tasks[i] = newEcho(true, func() {
			if left++; left == n {
				left = 0
				done <- struct{}{}
			}
		})
	}
	batch := s.NewBatch()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += n {
		for _, t := range tasks {
			batch.Post(a, &t.Task)
		}
		batch.Flush()
		<-done
	}
}

// BenchmarkPingPong has two actors post to each other; an operation is one hop.
func BenchmarkPingPong(b *testing.B) {
	s := newBench(b)
	ping, pong := s.NewActor(core.ActorOptions{}), s.NewActor(core.ActorOptions{})
	done := make(chan struct{})
	n := 0 // whoever holds the ball
	var there, back *echo
	there = newEcho(true, func() { n++; ping.Post(&back.Task) })
	back = newEcho(true, func() {
		if n++; n >= b.N {
			close(done)
			return
		}
		pong.Post(&there.Task)
	})
	b.ReportAllocs()
	b.ResetTimer()
	pong.Post(&there.Task)
	<-done
}

// BenchmarkArmDisarm is what measuring and guarding one event costs.
func BenchmarkArmDisarm(b *testing.B) {
	s := newBench(b)
	a := s.NewActor(core.ActorOptions{})
	done := make(chan struct{})
	a.Post(&newTask(func(t core.Turn) {
		b.ReportAllocs()
		for b.Loop() {
			t.Arm(time.Second)
			t.Disarm()
		}
		close(done)
	}, nil).Task)
	<-done
}
