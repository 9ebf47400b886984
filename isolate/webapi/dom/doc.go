// Package dom has what the platform's other objects build on: DOMException, events, event
// targets, and the abort signals that cancel asynchronous work.
//
// What it does: the interfaces DOMException, Event, CustomEvent, MessageEvent, ErrorEvent,
// PromiseRejectionEvent, CloseEvent, EventTarget, AbortController and AbortSignal, and the
// global functions addEventListener, removeEventListener, dispatchEvent and reportError.
// Other packages embed Event and EventTarget in their own Go values to inherit from them
// (a FetchEvent, a WebSocket).
//
// What it does not: there is no tree, so an event has one target and no path; it does not
// know which events a worker gets (package isolate makes those).
//
// Ownership and goroutines: everything belongs to one realm and is used only by the
// goroutine that has entered it. An AbortSignal made by AbortSignal.any is held by its
// sources only while somebody listens to it, so that signals made per request do not pile
// up on a signal that lives as long as the isolate.
//
// Specifications: WHATWG DOM sections 2 (events) and 3 (aborting), WebIDL 2.8.1
// (DOMException) and HTML 8.1.4.6 (reporting exceptions).
//
// Start at Declare, EventTarget.Dispatch and AbortSignal.
package dom
