package edge

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"gannet/core"
	"gannet/core/plan"
)

// dispatcher is one loop's way in.
type dispatcher struct {
	edge  *Edge
	batch core.Batch

	// clients are those seen lately, under the settings clientsOf; last is the latest.
	clients   map[clientKey]*client
	clientsOf *settings
	lastKey   clientKey
	last      *client
}

// Flush implements core.Dispatcher.
func (d *dispatcher) Flush() { d.batch.Flush() }

// call is one request on its way: an event for a worker with what the edge has to know of
// it. It is one allocation.
type call struct {
	core.FetchEvent
	edge  *Edge
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
	if !plainHost(req.Authority) {
		c.fail(400, "The host of this request is not a name or an address.")
		return
	}
	target := canonicalTarget(req.Target)
	c.url = requestURL(req.Scheme, req.Authority, target)
	c.FetchEvent.URL = c.url
	host := routingHost(req.Authority)
	route := c.plan.Lookup(req.Scheme, host, target)
	key := routingKey(target)
	if key != target {
		route = moreSpecific(route, c.plan.Lookup(req.Scheme, host, key))
	}
	c.site, c.rule = route.Site, route.Rule
	if route.Worker == nil {
		e.toSite(c)
		return
	}
	c.FetchEvent.Done = c
	if r := routeOf(c.rule); r != nil && r.Assets != nil && !r.workerFirst(target) && !r.workerFirst(key) {
		e.assetFirst(c, r)
		return
	}
	route.Worker.Fetch(d.batch, &c.FetchEvent)
}

// routingHost is authority as routes and sites name it: "example.com." is the same host as
// "example.com" (RFC 3986, section 3.2.2). It may come without its port, which does not
// matter to them.
func routingHost(authority string) string {
	host := core.HostOf(authority)
	if !strings.HasSuffix(host, ".") {
		return authority
	}
	return strings.TrimSuffix(host, ".")
}

// moreSpecific is the route of the two with the longer path in its pattern, b if they are
// equal.
func moreSpecific(a, b plan.Route) plan.Route {
	if b.Rule == nil || a.Rule != nil && len(a.Rule.Pattern.Path) > len(b.Rule.Pattern.Path) {
		return a
	}
	return b
}

// assetFirst asks the worker's static assets before the worker, off the loop.
func (e *Edge) assetFirst(c *call, r *Route) {
	req := &c.Exchange.Request
	e.readFile(func() *core.Response {
		method := req.Method
		if method != "GET" && method != "HEAD" || !r.Assets.Match(req.Target, req.Fields.Get("Sec-Fetch-Mode") == "navigate" && r.NavigationFirst) {
			return nil
		}
		return r.Assets.Serve(method, req.Target, req.Fields)
	}, func(resp *core.Response, err error) {
		switch {
		case err != nil:
			c.fail(500, "Something went wrong in the server.")
		case resp != nil:
			c.respond(resp, "asset")
		default:
			b := e.o.Scheduler.NewBatch()
			c.rule.Worker.Fetch(b, &c.FetchEvent)
			b.Flush()
		}
	})
}

// readFile runs read, which blocks on the file system, on a goroutine of its own; at most
// maxFileReads do at a time. Each ends with its request, which the listener waits for. A
// panic of read is an error for done.
func (e *Edge) readFile(read func() *core.Response, done func(*core.Response, error)) {
	go func() {
		e.files <- struct{}{}
		resp, err := e.guarded(read)
		<-e.files
		done(resp, err)
	}()
}

func (e *Edge) guarded(read func() *core.Response) (resp *core.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			e.o.Log.Error("panic in reading a file", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			resp, err = nil, errFile
		}
	}()
	return read(), nil
}

var errFile = errors.New("edge: internal error in reading a file")

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
		e.readFile(func() *core.Response {
			return s.Files.Serve(x.Request.Method, x.Request.Target, x.Request.Fields)
		}, func(resp *core.Response, err error) {
			if err != nil {
				c.fail(500, "Something went wrong in the server.")
				return
			}
			c.respond(resp, "file")
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
