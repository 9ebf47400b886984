package core

import "time"

// Limits bound what one worker may use. A zero field means the default of the command,
// which DefaultLimits and DevLimits give.
type Limits struct {
	// CPU is the CPU time of one event: key limits.cpu_ms.
	CPU time.Duration
	// Startup is the CPU time of the top-level evaluation: key limits.startup_ms.
	Startup time.Duration
	// Wall is the time from the request to the response's fields; a streaming body and an
	// open client have none: key limits.wall_ms.
	Wall time.Duration
	// WaitUntil is how long waitUntil may go on after the response.
	WaitUntil time.Duration
	// MemoryBytes bounds an isolate's heap: key limits.memory_mb.
	MemoryBytes int64
	// Subrequests bounds the fetches of one event: key limits.subrequests.
	Subrequests int
	// Queue bounds the events that wait for one isolate; the next one is answered 503.
	Queue int
}

// DefaultLimits are the limits of gannet serve. An interpreter needs 20 to 50 times the
// CPU time V8 does, hence a default of one second.
func DefaultLimits() Limits {
	return Limits{
		CPU:         time.Second,
		Startup:     time.Second,
		Wall:        30 * time.Second,
		WaitUntil:   30 * time.Second,
		MemoryBytes: 128 << 20,
		Subrequests: 1000,
		Queue:       4096,
	}
}

// DevLimits are the limits of gannet dev: long enough for a debug build of anything.
func DevLimits() Limits {
	l := DefaultLimits()
	l.CPU = 10 * time.Second
	l.Startup = 5 * time.Second
	return l
}

// Or returns l with every zero field taken from d.
func (l Limits) Or(d Limits) Limits {
	if l.CPU == 0 {
		l.CPU = d.CPU
	}
	if l.Startup == 0 {
		l.Startup = d.Startup
	}
	if l.Wall == 0 {
		l.Wall = d.Wall
	}
	if l.WaitUntil == 0 {
		l.WaitUntil = d.WaitUntil
	}
	if l.MemoryBytes == 0 {
		l.MemoryBytes = d.MemoryBytes
	}
	if l.Subrequests == 0 {
		l.Subrequests = d.Subrequests
	}
	if l.Queue == 0 {
		l.Queue = d.Queue
	}
	return l
}
