// Package timers has the global functions and objects around time and tasks: setTimeout and
// its family, queueMicrotask, structuredClone, scheduler.wait, performance, navigator, self
// and origin.
//
// What it does not: it keeps no clock and runs no timers itself. Both are the isolate's,
// behind realm.Host, which ends the timers of an event with the event.
//
// Ownership and goroutines: everything belongs to one realm and is used by the goroutine
// that has entered it.
//
// Specifications: HTML 8.6 (timers), 8.7 (microtasks), 2.7 (structured data), High
// Resolution Time, User Timing, and the Workers API for scheduler.wait and navigator.
//
// Start at Declare, then timers.go and clone.go.
package timers
