package core

import "time"

// Clock tells the time and runs timers, so that tests can do both by hand.
type Clock interface {
	Now() time.Time
	// AfterFunc runs fn on a goroutine of its own after d.
	AfterFunc(d time.Duration, fn func()) Timer
}

// Timer is a timer of a Clock.
type Timer interface {
	// Stop prevents fn from running and reports whether it did so in time.
	Stop() bool
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// AfterFunc implements Clock.
func (SystemClock) AfterFunc(d time.Duration, fn func()) Timer { return time.AfterFunc(d, fn) }
