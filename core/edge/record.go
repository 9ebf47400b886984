package edge

import (
	"time"

	"gannet/core"
)

// Record is one finished request, for logs. Finished means that its response was handed to
// the listener; the body may still be on its way.
type Record struct {
	ID       string
	Method   string
	Host     string
	Target   string
	Remote   string
	Proto    core.Proto
	Status   int // 0 when the client was gone
	Duration time.Duration
	// CPU is the worker's CPU time, 0 without one.
	CPU time.Duration
	// Worker is the worker's name, or "".
	Worker string
	// By says who answered: "worker", "origin", "file", "asset", "respond", "redirect" or
	// "error".
	By      string
	Outcome core.Outcome // of the worker; 0 without one
	Err     error        // why it failed; nil otherwise
}

// respond hands the response over and tells whoever wants to know.
func (c *call) respond(resp *core.Response, by string) {
	c.finish(resp, by, 0, nil)
}

func (c *call) finish(resp *core.Response, by string, outcome core.Outcome, err error) {
	e, x := c.edge, c.Exchange
	status := resp.Status
	if !resp.Fields.Has("CF-Ray") && c.ID != "" {
		resp.Fields.Add("CF-Ray", c.ID)
	}
	x.Respond(resp)
	elapsed := e.o.Clock.Now().Sub(c.start)
	worker := ""
	if c.rule != nil && c.rule.Worker != nil {
		worker = c.rule.Worker.Name()
	}
	if by == "worker" || outcome != 0 {
		if outcome == 0 {
			outcome = core.OutcomeOK
		}
		countWorker(worker, outcome, elapsed, c.CPU)
	} else {
		countNative(by, status, elapsed)
	}
	if e.o.Record != nil {
		req := &x.Request
		if outcome == core.OutcomeCancelled {
			status = 0
		}
		e.o.Record(Record{
			ID: c.ID, Method: req.Method, Host: req.Authority, Target: req.Target, Remote: req.Remote.Addr().String(),
			Proto: req.Proto, Status: status, Duration: elapsed, CPU: c.CPU, Worker: worker, By: by, Outcome: outcome, Err: err,
		})
	}
}
