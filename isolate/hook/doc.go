// Package hook reaches into goja where its public interface ends: object templates (the
// lazy built-ins), host objects, the job queue, promises without allocation of resolving
// functions, and the switch that forbids code from strings. It is the one place in Gannet
// that depends on goja's internals; the module is pinned, and no source of it is copied or
// changed.
//
// Two techniques are used. Unexported functions are bound by go:linkname. Unexported struct
// fields are written through mirror structs in layout.go, whose layouts are checked against
// goja's real types by reflection (Check): New code calls Check once at start, and a
// mismatch is an error that says what differs, before any memory is touched through a
// mirror.
//
// Everything here runs on the goroutine that has entered the runtime, except Check and the
// template functions, which run before the first runtime is made.
//
// Start at Template, HostObject and Drain.
package hook
