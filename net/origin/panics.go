package origin

import (
	"fmt"
	"runtime/debug"
)

// Callbacks and bodies are other people's code, and run on goroutines of ours: a panic
// there would end the process. Each such goroutine defers caught, which ends that exchange.

// errPanicked is what an exchange ends with that panicked.
type errPanicked struct{ where string }

func (e errPanicked) Error() string { return "origin: internal error while " + e.where }

// caught is deferred at the top of a goroutine. After a panic it logs, and calls end to
// give up what the goroutine had; end may panic as well.
func (c *Client) caught(where string, end func(err error)) {
	p := recover()
	if p == nil {
		return
	}
	c.panicked(where, p)
	defer func() {
		if p := recover(); p != nil {
			c.panicked(where+", cleaning up", p)
		}
	}()
	end(errPanicked{where})
}

func (c *Client) panicked(where string, p any) {
	panicsTotal.Inc()
	c.o.Log.Error("origin: panic while "+where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}
