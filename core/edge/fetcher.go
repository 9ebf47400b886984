package edge

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"gannet/core"
)

// Fetcher returns the way of workers out: a host that a site names means that site's origin,
// without DNS and without running workers again; others go to Options.Origin.
func (e *Edge) Fetcher() core.Fetcher { return (*workerFetcher)(e) }

type workerFetcher Edge

// Fetch implements core.Fetcher.
func (f *workerFetcher) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	e := (*Edge)(f)
	if s.Worker != "" {
		if m := workerMetricsOf(s.Worker); m != nil {
			m.subrequests.Inc()
		}
	}
	f.markLoop(s)
	authority, target := splitURL(s.URL)
	site := f.siteFor(s, authority)
	if site == nil {
		if e.o.Origin == nil {
			closeBody(s.Body, core.ErrForbiddenTarget)
			done(nil, core.ErrForbiddenTarget)
			return
		}
		e.o.Origin.Fetch(ctx, s, done)
		return
	}
	switch {
	case site.Respond != nil:
		closeBody(s.Body, core.ErrAbandoned)
		done(site.Respond.response(), nil)
	case site.Redirect != nil:
		closeBody(s.Body, core.ErrAbandoned)
		done(site.Redirect.response(s.URL), nil)
	case site.Files != nil:
		e.fetchFile(site.Files, s, authority, target, done)
	case site.Origin != nil:
		if s.Host == "" {
			s.Host = authority
		}
		site.Origin.Fetch(ctx, s, done)
	default:
		closeBody(s.Body, core.ErrOriginDown)
		reason := e.o.Missing
		if reason == "" {
			reason = fmt.Sprintf("the site of %s has no origin", authority)
		}
		done(nil, fmt.Errorf("%w: %s", core.ErrOriginDown, reason))
	}
}

// siteFor finds the site a subrequest means. The default site answers for the host its own
// client asked for, which is what fetch(request) goes to, and for no other.
func (f *workerFetcher) siteFor(s *core.Subrequest, authority string) *Site {
	e := (*Edge)(f)
	p := e.o.Plan.Load()
	if site := p.SiteOf(routingHost(authority)); site != nil {
		return orEmpty(siteOf(site))
	}
	if s.Exchange == nil {
		return nil
	}
	if d := p.DefaultSite(); d != nil && strings.EqualFold(trimPort(s.URL, authority), trimPort(s.URL, s.Exchange.Request.Authority)) {
		return orEmpty(siteOf(d))
	}
	return nil
}

func orEmpty(s *Site) *Site {
	if s == nil {
		return &Site{}
	}
	return s
}

// trimPort leaves the default port of url's scheme out of authority.
func trimPort(url, authority string) string {
	if strings.HasPrefix(url, "https:") {
		return strings.TrimSuffix(authority, ":443")
	}
	return strings.TrimSuffix(authority, ":80")
}

// markLoop sets CDN-Loop from the client's request, whatever the worker did to it, with our
// entry added: a worker that comes back to itself over the network ends at maxHops.
func (f *workerFetcher) markLoop(s *core.Subrequest) {
	s.Fields.Del("CDN-Loop")
	var in core.Fields
	if s.Exchange != nil {
		in = s.Exchange.Request.Fields
	}
	s.Fields.Add("CDN-Loop", nextLoop(in))
}

// splitURL takes an absolute URL apart into authority and target.
func splitURL(url string) (authority, target string) {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return "", "/"
	}
	i := strings.IndexAny(rest, "/?")
	if i < 0 {
		return rest, "/"
	}
	if rest[i] == '?' {
		return rest[:i], "/" + rest[i:]
	}
	return rest[:i], rest[i:]
}

// withHost adds the Host field, which subrequests do not carry and rules for files may ask
// for.
func withHost(f core.Fields, authority string) core.Fields {
	if f.Has("Host") {
		return f
	}
	return append(f[:len(f):len(f)], core.Field{Name: "Host", Value: authority})
}

func closeBody(b core.Body, err error) {
	if b != nil {
		b.Close(err)
	}
}

// AssetsFetcher is env.ASSETS: the static assets of a worker as a core.Fetcher.
func (e *Edge) AssetsFetcher(files Files) core.Fetcher { return assetsFetcher{e, files} }

type assetsFetcher struct {
	edge  *Edge
	files Files
}

// Fetch implements core.Fetcher. The host of the URL does not matter.
func (a assetsFetcher) Fetch(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	authority, target := splitURL(s.URL)
	a.edge.fetchFile(a.files, s, authority, target, done)
}

// fetchFile answers a subrequest with a file.
func (e *Edge) fetchFile(files Files, s *core.Subrequest, authority, target string, done func(*core.Response, error)) {
	closeBody(s.Body, core.ErrAbandoned)
	e.readFile(func() *core.Response {
		return files.Serve(s.Method, target, withHost(s.Fields, authority))
	}, done)
}

// cancelAtEnd calls cancel when body, which may be nil, has ended or was closed.
func cancelAtEnd(body core.Body, cancel context.CancelFunc) core.Body {
	if body == nil {
		cancel()
		return nil
	}
	if _, whole := body.(*core.BytesBody); whole {
		cancel()
		return body
	}
	return &endBody{Body: body, cancel: cancel}
}

type endBody struct {
	core.Body
	cancel context.CancelFunc
	ended  atomic.Bool
}

// Next implements core.Body.
func (b *endBody) Next(done func([]byte, error)) {
	b.Body.Next(func(chunk []byte, err error) {
		if err != nil {
			b.end()
		}
		done(chunk, err)
	})
}

// Close implements core.Body.
func (b *endBody) Close(err error) {
	b.Body.Close(err)
	b.end()
}

// Trailer implements core.Trailered.
func (b *endBody) Trailer() core.Fields {
	if t, ok := b.Body.(core.Trailered); ok {
		return t.Trailer()
	}
	return nil
}

func (b *endBody) end() {
	if b.ended.CompareAndSwap(false, true) {
		b.cancel()
	}
}
