package edge

import (
	"context"
	"net/netip"
	"time"

	"gannet/core"
	"gannet/core/plan"
)

// dispatcher is one loop's way in.
type dispatcher struct {
	edge  *Edge
	batch core.Batch

	// addrs remembers the text of client addresses: a connection sends many requests.
	addrs map[netip.Addr]string
}

// maxAddrs bounds the remembered texts of one loop; past it they start anew.
const maxAddrs = 1024

// Flush implements core.Dispatcher.
func (d *dispatcher) Flush() { d.batch.Flush() }

// call is one request on its way: an event for a worker with what the edge has to know of
// it. It is one allocation.
type call struct {
	core.FetchEvent
	edge  *Edge
	cf    core.CF
	plan  *plan.Plan
	site  *plan.Site
	rule  *plan.Rule
	start time.Time
	url   string
}

// Dispatch implements core.Dispatcher.
func (d *dispatcher) Dispatch(x *core.Exchange) {
	e := d.edge
	c := &call{edge: e, plan: e.o.Plan.Load(), start: x.Request.Received}
	c.Exchange = x
	req := &x.Request
	if req.Method == "CONNECT" || req.Method == "TRACE" {
		c.fail(501, "This method is not supported.")
		return
	}
	d.identify(c)
	if loops(req.Fields) >= maxHops {
		c.fail(508, core.ErrTooManyHops.Error())
		return
	}
	target := canonicalTarget(req.Target)
	c.url = requestURL(req.Scheme, req.Authority, target)
	c.FetchEvent.URL = c.url
	route := c.plan.Lookup(req.Scheme, req.Authority, target)
	c.site, c.rule = route.Site, route.Rule
	if route.Worker == nil {
		e.toSite(c)
		return
	}
	c.FetchEvent.Done = c
	if r := routeOf(c.rule); r != nil && r.Assets != nil && !r.workerFirst(target) {
		e.assetFirst(c, r)
		return
	}
	route.Worker.Fetch(d.batch, &c.FetchEvent)
}

// assetFirst asks the worker's static assets before the worker, off the loop.
func (e *Edge) assetFirst(c *call, r *Route) {
	e.readFile(func() {
		req := &c.Exchange.Request
		method := req.Method
		if method != "GET" && method != "HEAD" || !r.Assets.Match(req.Target, req.Fields.Get("Sec-Fetch-Mode") == "navigate" && r.NavigationFirst) {
			b := e.o.Scheduler.NewBatch()
			c.rule.Worker.Fetch(b, &c.FetchEvent)
			b.Flush()
			return
		}
		c.respond(r.Assets.Serve(method, req.Target, req.Fields), "asset")
	})
}

// readFile runs f, which blocks on the file system, on a goroutine of its own; at most
// maxFileReads do at a time. Each ends with its request, which the listener waits for.
func (e *Edge) readFile(f func()) {
	go func() {
		e.files <- struct{}{}
		defer func() { <-e.files }()
		f()
	}()
}

// toSite sends a request where no worker stands: to the site's origin, files or fixed
// answer.
func (e *Edge) toSite(c *call) {
	s := siteOf(c.site)
	if s == nil {
		c.noSite()
		return
	}
	x := c.Exchange
	switch {
	case s.Respond != nil:
		c.respond(s.Respond.response(), "respond")
	case s.Redirect != nil:
		c.respond(s.Redirect.response(c.url), "redirect")
	case s.Files != nil:
		e.readFile(func() {
			c.respond(s.Files.Serve(x.Request.Method, x.Request.Target, x.Request.Fields), "file")
		})
	case s.Origin != nil:
		sub := &core.Subrequest{
			Method: x.Request.Method, URL: c.url, Host: x.Request.Authority,
			Fields: forwardFields(x.Request.Fields), Body: x.Request.Body, Exchange: x,
		}
		ctx, cancel := x.Context(context.Background())
		s.Origin.Fetch(ctx, sub, func(resp *core.Response, err error) {
			if err != nil {
				cancel()
				c.originFailed(err)
				return
			}
			resp.Body = cancelAtEnd(resp.Body, cancel)
			c.respond(resp, "origin")
		})
	default:
		c.noSite()
	}
}

// noSite answers a request that no route and no site is for.
func (c *call) noSite() {
	if c.edge.o.Missing != "" {
		c.fail(502, c.edge.o.Missing)
		return
	}
	c.fail(404, "No site is configured for this host.")
}
