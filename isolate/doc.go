// Package isolate runs workers. A Worker is one deployed version of a script; an isolate is
// one realm (a goja runtime with the Workers API) that has evaluated it. The compiled
// program is shared by every isolate of a version; nothing is parsed on a cold start.
//
// An isolate is an actor of the scheduler: requests, completions of I/O and timers are
// tasks in its mailbox, and it is entered by one goroutine at a time. Every entry goes
// through isolate.enter, which arms the watchdog with what is left of the event's CPU
// limit, recovers panics, drains microtasks, and then settles what the turn has ended.
//
// Ownership. A fetch event belongs to the isolate from Worker.Fetch until its Done is
// called, which is exactly once, after the turn that ended it. The isolate goes on holding
// the event until its response body has been read and its waitUntil promises are settled,
// at most Limits.WaitUntil after the response; then the event's context is cancelled and
// late completions are dropped. JavaScript values never leave their isolate.
//
// An isolate that was interrupted in the middle of a script, or in which Go code panicked,
// is condemned: goja's state cannot be trusted then. Its in-flight events get an error,
// requests it had not begun go to a fresh isolate, and the process lives.
//
// Specifications: the Workers API (fetch events, ExecutionContext, bindings), WHATWG Fetch.
//
// Start at New, Worker.Fetch and event.Run.
package isolate
