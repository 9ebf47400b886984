// Package sched is the isolate scheduler: it runs actors, each of which handles its tasks one
// at a time, on a few executors, one per P. It implements core.Scheduler, core.Actor,
// core.Batch and core.Turn.
//
// It does not know what a task does: no JavaScript, no network, no HTTP. It does not decide
// how many actors a worker has, nor whether a task is admitted; it does not stop a turn
// itself, it only calls the actor's Interrupt in time.
//
// # How a task travels
//
// Post pushes the task on its actor's mailbox, a lock-free stack whose head word is also the
// actor's state (actor.go). The post that finds the actor idle puts it on an executor's
// run queue: an inbox anybody may push to, then a bounded ring others may steal from
// (runq.go, ring.go). Then it wakes a sleeping executor, unless one is already looking for
// work (lot.go); a batch does so once, in Flush. An executor takes the actor, runs up to 64
// tasks or 2 ms of it, and puts it behind those that wait (executor.go).
//
// From Post to Run there is no mutex and no channel, but for an executor that sleeps: it
// waits on a channel of its own, and is sent one token. Each file says who can delay whom.
//
// # Ownership and goroutines
//
// A Task belongs to its queue from Post until its Runner is called. An actor belongs to one
// executor while it is queued there or runs. Run is called on an executor's goroutine; Drop
// on the goroutine that posts or kills, or on an executor's, if the actor was killed while
// that was taking its tasks; Interrupt on the watchdog's. Scheduler.Close joins them all.
// A panic in Run ends the actor (its other tasks are dropped), is logged and counted, and
// the executor goes on; panics in Drop and Interrupt are logged and counted.
//
// # What it costs
//
// On the same machine as below, GOMAXPROCS=2, 0 allocations: 130 to 160 ns from Post to the
// end of Run with Arm and Disarm, in batches of 64 (BenchmarkPost); 60 ns of it are Arm and
// Disarm; 140 ns, and 205 ns when armed, with a channel as the way back (BenchmarkPostRun);
// 350 to 410 ns a hop when two actors post to each other (BenchmarkPingPong). Waking a
// sleeping executor costs what Go's wake-up costs: 0.3 µs, or a futex call if a thread
// sleeps.
//
// # Limits of CPU time
//
// Turn.Arm publishes the start of the turn in one word; the watchdog sleeps until the
// earliest moment an armed turn can be over its limit, so it costs nothing while turns end
// in time (watchdog.go, turn.go). It then asks the kernel for the CPU time of the thread the
// turn runs on, and interrupts only if that is over the limit too: a turn that was merely
// descheduled, by the kernel or by the Go scheduler, goes on.
//
// For that, an executor is locked to its thread from the first Arm after it woke until it
// looks for work in vain. It always waits unlocked. Measured on two shared virtual cores
// (Xeon, Linux 6.18, Go 1.26), per operation:
//
//	LockOSThread + UnlockOSThread                       2 ns
//	gettid / own CPU clock / another thread's clock    76 / 217 / 180 ns
//	monotonic clock (time.Since)                       21 ns
//	channel ping-pong, neither side locked            273 ns
//	  one side locked only while it has work          280 ns
//	  one side locked while it waits too        40,000-49,000 ns
//	two goroutines that only allocate (2 GB/s, GOMAXPROCS=2), locked against not:
//	  CPU +0 to 2 %, elapsed time +7 to 15 % (futex wake-ups when the collector
//	  preempts them; about 20 µs each on this nested virtual machine)
//
// So locking permanently is out of the question, locking while there is work is nearly free
// in CPU, and a machine saturated by allocation pays in throughput. Options.WallOnly turns it
// off, for measurements.
//
// What Disarm returns as used: turns shorter than 1 ms by the wall are reported by the wall,
// so at most 1 ms too much, if the thread was taken off the processor. Longer ones are
// reported by the thread's CPU clock, with a base sampled at most 1 ms before Arm, so at most
// 1 ms too little. The limit is enforced on the latter: never before the limit is used up,
// and at most 1 ms of CPU late plus the watchdog's own lateness, which Stats shows. That is
// under 1 ms when a P is free; with every P busy, Go runs a timer when it preempts something:
// measured 8 ms late with two endless loops on two cores, 22 ms with other processes on them
// as well (the loops used 57 to 59 ms of a limit of 50). Where there is no such clock (not Linux), and with WallOnly,
// used and limit are by the wall.
//
// Specification: none; the contract is core/actor.go. Start at actor.go, then
// executor.go, then lot.go.
package sched
