package core

import (
	"sync/atomic"
	"time"
)

// Task is one event for an actor: a request, a completion, a timer. It is meant to be
// embedded, so that posting allocates nothing. A Task belongs to its queue from Post until
// its Runner is called, and may be posted again afterwards.
type Task struct {
	// Link is the queue's. Nobody else touches it.
	Link atomic.Pointer[Task]
	// Runner is called back with the event. Set it before Post.
	Runner Runner
}

// Runner is the code of a Task. Exactly one of its methods is called for each Post.
type Runner interface {
	// Run handles the event on an executor. Only one task of an actor runs at a time.
	Run(t Turn)
	// Drop is called instead when the actor is dead. It must not block; it runs on the
	// goroutine that posted, on the one that killed, or on an executor. It may post to
	// another actor; posting to one that is dead as well drops again, on the same stack, so
	// that chain must have an end.
	Drop()
}

// Turn is one run of an actor on an executor. It is valid during Run only.
type Turn interface {
	// Arm starts the watchdog: when the turn goes on for longer than limit of CPU time from
	// now, the actor's Interrupt is called once, from another goroutine. limit <= 0 fires
	// as soon as may be.
	Arm(limit time.Duration)
	// Disarm stops the watchdog and settles the race with it: after it returns, Interrupt
	// will not be called for this Arm any more. It returns the CPU time used since Arm,
	// and whether Interrupt was called.
	Disarm() (used time.Duration, fired bool)
}

// ActorOptions are the properties of an actor.
type ActorOptions struct {
	// Interrupt stops what the actor's current turn executes (goja's Runtime.Interrupt).
	// It is called by the watchdog's goroutine and must not block. It may be nil.
	Interrupt func()
}

// Actor is a serial executor of tasks with a lock-free mailbox.
type Actor interface {
	// Post queues t, from any goroutine, and never blocks. Tasks of one goroutine run in
	// the order it posted them.
	Post(t *Task)
	// Kill ends the actor: tasks that wait and tasks posted from now on are dropped. A task
	// that runs, runs to its end. It may be called from any goroutine, and more than once.
	Kill()
	// Depth is about how many tasks wait, for admission and for choosing among replicas.
	Depth() int
}

// Batch gathers posts of one goroutine, so that Flush wakes executors once. It is not safe
// for concurrent use.
type Batch interface {
	Post(a Actor, t *Task)
	Flush()
}

// Scheduler runs actors on executors.
type Scheduler interface {
	NewActor(o ActorOptions) Actor
	NewBatch() Batch
}
