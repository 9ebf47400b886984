// Package console has the global console: its methods, and the inspection of values that
// their output is made of.
//
// What it does: log and its kin, with printf-like formats, groups, counters, timers and
// tables; Inspect, which writes any value the way Node.js does, since that is the form
// developers read fluently.
//
// What it does not: it keeps and routes no output. Each call becomes one formatted text for
// Host.Console, which may have several lines.
//
// Inspection never runs a script: getters are named, not called; what proxies wrap is shown
// instead of asking them; toString and toJSON are not looked at. Only accessors that Gannet
// itself made (of a Request, say) are called. The output is bounded in length, depth and
// number of entries, and the work is bounded with it.
//
// Ownership and goroutines: everything belongs to one realm and is used by the goroutine
// that has entered it.
//
// Specification: WHATWG Console; the form of values follows Node.js 20's util.inspect.
//
// Start at Declare and Inspect.
package console
