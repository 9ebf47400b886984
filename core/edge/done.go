package edge

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"gannet/core"
)

// FetchDone implements core.FetchDone: the end of a worker's event.
func (c *call) FetchDone(_ *core.FetchEvent, resp *core.Response, err error) {
	if err == nil {
		c.clean(resp)
		c.finish(resp, "worker", core.OutcomeOK, nil)
		return
	}
	var we *core.WorkerError
	if !errors.As(err, &we) {
		we = &core.WorkerError{Outcome: core.OutcomeInternal, Message: err.Error()}
	}
	c.log(we)
	if we.PassThrough && c.passThrough(we) {
		return
	}
	if c.Exchange.Request.Body != nil {
		c.Exchange.Request.Body.Close(core.ErrAbandoned)
	}
	c.finish(c.failurePage(we), "error", we.Outcome, we)
}

// clean drops the fields that a response must not carry on. It is the only place a worker's
// field names pass, so what a message may not hold is dropped here for all protocols.
func (c *call) clean(resp *core.Response) {
	for i := range resp.Fields {
		if core.IsHopByHop(resp.Fields[i].Name) {
			kept := resp.Fields[:0]
			for _, f := range resp.Fields {
				if !core.IsHopByHop(f.Name) {
					kept = append(kept, f)
				}
			}
			resp.Fields = kept
			return
		}
	}
}

// passThrough sends the request to the origin after its worker failed, as it asked for by
// passThroughOnException. It reports whether it could: not when the body is gone.
func (c *call) passThrough(we *core.WorkerError) bool {
	switch {
	case we.Outcome == core.OutcomeCancelled || c.Exchange.Err() != nil:
		return false
	case c.Exchange.Request.Body != nil && c.BodyUsed:
		c.edge.o.Log.Warn("passThroughOnException cannot help: the worker had read the request's body", "worker", c.rule.Worker.Name(), "request", c.ID)
		return false
	}
	countWorker(c.rule.Worker.Name(), we.Outcome, c.edge.o.Clock.Now().Sub(c.start), c.CPU)
	c.edge.toSite(c)
	return true
}

// log writes one record for a failed event. A client that went away is nobody's fault.
func (c *call) log(we *core.WorkerError) {
	level := slog.LevelError
	switch we.Outcome {
	case core.OutcomeCancelled:
		level = slog.LevelDebug
	case core.OutcomeShed:
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("worker", c.rule.Worker.Name()), slog.String("request", c.ID), slog.String("outcome", we.Outcome.String()),
		slog.String("method", c.Exchange.Request.Method), slog.String("url", c.url),
	}
	if we.Stack != "" {
		attrs = append(attrs, slog.String("stack", we.Stack))
	}
	c.edge.o.Log.LogAttrs(context.Background(), level, we.Message, attrs...)
}

// originFailed answers for an origin that could not.
func (c *call) originFailed(err error) {
	if c.Exchange.Err() != nil {
		c.finish(&core.Response{Status: 499}, "error", 0, err)
		return
	}
	status, text := originStatus(err)
	c.edge.o.Log.Warn("origin failed", "request", c.ID, "url", c.url, "error", err.Error())
	c.finish(c.page(status, text, nil), "error", 0, err)
}

// originStatus is the status for a failed subrequest.
func originStatus(err error) (int, string) {
	switch {
	case errors.Is(err, core.ErrOriginTimeout):
		return 504, "The origin did not answer in time."
	case errors.Is(err, core.ErrTooManyHops):
		return 508, "The request goes in a circle."
	case errors.Is(err, core.ErrForbiddenTarget):
		return 502, "The address of the origin is not allowed."
	}
	return 502, "The origin cannot be reached."
}

// fail answers with an error page of the edge's own.
func (c *call) fail(status int, text string) {
	if c.Exchange.Request.Body != nil {
		c.Exchange.Request.Body.Close(core.ErrAbandoned)
	}
	c.finish(c.page(status, text, nil), "error", 0, nil)
}

// failurePage is the answer for a worker that gave none.
func (c *call) failurePage(we *core.WorkerError) *core.Response {
	status, code, text := 500, "1101", "The worker threw an exception."
	switch we.Outcome {
	case core.OutcomeException:
		if we.Cause != nil {
			if s, t := originStatus(we.Cause); errors.Is(we.Cause, core.ErrOriginDown) || s != 502 {
				status, code, text = s, "", t
			}
		}
	case core.OutcomeCPU, core.OutcomeMemory:
		status, code, text = 503, "1102", "The worker exceeded its resource limits."
	case core.OutcomeWall, core.OutcomeHung:
		text = "The worker gave no response."
		if errors.Is(we.Cause, core.ErrOriginTimeout) {
			status, text = originStatus(we.Cause)
			code = ""
		}
	case core.OutcomeShed:
		status, code, text = 503, "", "The server is busy. Please try again."
	case core.OutcomeInternal:
		code, text = "", "Something went wrong in the server."
	case core.OutcomeCancelled:
		return &core.Response{Status: 499}
	}
	if code != "" {
		text += " (Error " + code + ")"
	}
	var detail *core.WorkerError
	if c.edge.o.Dev {
		detail = we
	}
	resp := c.page(status, text, detail)
	if we.Outcome == core.OutcomeShed {
		resp.Fields.Add("Retry-After", "1")
	}
	return resp
}

// wantsHTML reports whether the client is a browser that navigates.
func wantsHTML(f core.Fields) bool {
	accept, _ := f.Joined("Accept")
	return strings.Contains(strings.ToLower(accept), "text/html")
}
