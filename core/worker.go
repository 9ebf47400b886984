package core

import (
	"fmt"
	"time"
)

// Outcome says how an event of a worker ended. The strings are the values of the outcome
// label in metrics.
type Outcome uint8

// The outcomes of an event.
const (
	OutcomeOK        Outcome = iota + 1
	OutcomeException         // the handler threw, rejected, or answered with something else than a Response
	OutcomeCPU               // it used up cpu_ms
	OutcomeMemory            // it used up memory_mb
	OutcomeWall              // no response fields within the wall limit
	OutcomeHung              // nothing was left that could have answered
	OutcomeCancelled         // the client went away first
	OutcomeShed              // it was not admitted
	OutcomeInternal          // a fault of Gannet's own
)

// String returns the metric label.
func (o Outcome) String() string {
	switch o {
	case OutcomeOK:
		return "ok"
	case OutcomeException:
		return "exception"
	case OutcomeCPU:
		return "cpu"
	case OutcomeMemory:
		return "memory"
	case OutcomeWall:
		return "wall"
	case OutcomeHung:
		return "hung"
	case OutcomeCancelled:
		return "cancelled"
	case OutcomeShed:
		return "shed"
	case OutcomeInternal:
		return "internal"
	}
	return "unknown"
}

// WorkerError is why a worker gave no response. It is a fault of the worker, not of
// Gannet, except for OutcomeInternal and OutcomeShed.
type WorkerError struct {
	Outcome Outcome
	// Message is one line for the log: the exception's message, or what was used, the
	// limit, and the key that raises it.
	Message string
	// Stack is the source-mapped stack, one frame a line; "" if there is none. It is for
	// the log and for the page of gannet dev, never for a client of gannet serve.
	Stack string
	// Frames are the frames of Stack, innermost first.
	Frames []Frame
	// Cause is the Go error behind the exception where there is one, such as
	// ErrOriginDown for a fetch whose rejection the handler let escape, or
	// ErrOriginTimeout where the wall limit came while a fetch had no response.
	Cause error
	// PassThrough is set when the worker had called passThroughOnException: the request
	// goes to the origin.
	PassThrough bool
}

// Frame is one place in a worker's source.
type Frame struct {
	Func         string
	File         string
	Line, Column int // from 1
}

// String returns the frame as V8 prints it, without the leading "at".
func (f Frame) String() string {
	if f.Func == "" {
		return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
	return fmt.Sprintf("%s (%s:%d:%d)", f.Func, f.File, f.Line, f.Column)
}

// Error implements error.
func (e *WorkerError) Error() string { return e.Message }

// Unwrap gives the cause to errors.Is.
func (e *WorkerError) Unwrap() error { return e.Cause }

// CF is what the edge knows of a client, as request.cf and the CF-* fields show it. It is
// written by the edge before the event is submitted, and never after.
type CF struct {
	Country        string // ISO 3166-1 alpha-2, "" if unknown
	City           string
	Continent      string
	Region         string
	RegionCode     string
	PostalCode     string
	Timezone       string
	Latitude       string // decimal degrees
	Longitude      string
	MetroCode      string
	IsEU           bool
	ASN            uint32
	ASOrganization string
	Colo           string // the node's name
	HTTPProtocol   string
	TLSVersion     string // "" on plain connections
	TLSCipher      string
	ClientTCPRTT   time.Duration // 0 if unknown
}

// FetchEvent is one request for a worker.
type FetchEvent struct {
	Exchange *Exchange
	// URL is request.url: the WHATWG-serialised target URI.
	URL string
	CF  *CF
	// ID is the request's id, as in CF-Ray, for logs.
	ID string
	// Done is told the end of the event, once: a response, or a *WorkerError (or another
	// error, which counts as internal). It runs on an executor or, for dropped events, on
	// the goroutine that submitted.
	Done FetchDone
	// CPU is the CPU time the event used until Done was called.
	CPU time.Duration
	// BodyUsed is set, before Done, when the request's body was read or passed on: it
	// cannot be sent to the origin any more.
	BodyUsed bool
}

// FetchDone receives the end of a fetch event.
type FetchDone interface {
	FetchDone(ev *FetchEvent, resp *Response, err error)
}

// Worker is one deployed version of a worker, as the edge sees it.
type Worker interface {
	Name() string
	// Fetch queues ev; what wakes an executor is held back until b.Flush. b belongs to the
	// calling goroutine. ev and its exchange belong to the worker until Done.
	Fetch(b Batch, ev *FetchEvent)
}
