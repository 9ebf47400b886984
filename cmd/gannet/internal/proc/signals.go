package proc

import (
	"os"
	"os/signal"
	"syscall"
)

// Signals are the signals that speak to a server.
type Signals struct {
	// Stop gets SIGINT and SIGTERM: drain and end.
	Stop <-chan os.Signal
	// Reload gets SIGHUP.
	Reload <-chan os.Signal

	stop, reload chan os.Signal
}

// Listen takes the signals over until Close. They are not lost while nobody receives: one of
// each kind waits, and a second SIGHUP before the first was seen says nothing new.
func Listen() *Signals {
	s := &Signals{stop: make(chan os.Signal, 2), reload: make(chan os.Signal, 1)}
	s.Stop, s.Reload = s.stop, s.reload
	signal.Notify(s.stop, os.Interrupt, syscall.SIGTERM)
	signal.Notify(s.reload, syscall.SIGHUP)
	return s
}

// Close gives the signals back their usual meaning.
func (s *Signals) Close() {
	signal.Stop(s.stop)
	signal.Stop(s.reload)
}
