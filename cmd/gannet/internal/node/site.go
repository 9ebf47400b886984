package node

import (
	"context"
	"log/slog"

	"gannet/cmd/gannet/internal/deploy"
	"gannet/core"
	"gannet/core/assets"
	"gannet/core/config"
	"gannet/core/edge"
	"gannet/core/plan"
	"gannet/net/origin"
)

// upstream sends requests to the origins of one site.
type upstream struct {
	client  *origin.Client
	origins *origin.Upstream
}

// Fetch implements core.Fetcher.
func (u upstream) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	u.client.FetchVia(ctx, u.origins, s, done)
}

// Site makes a site of a plan: what stands behind its hosts is opened and compiled.
func (n *Node) Site(c *config.Site) (*plan.Site, error) {
	h, err := n.handle(c)
	if err != nil {
		return nil, err
	}
	return &plan.Site{Config: c, Handle: h}, nil
}

func (n *Node) handle(c *config.Site) (*edge.Site, error) {
	switch {
	case c.Respond != nil:
		return &edge.Site{Respond: edge.NewRespond(c.Respond)}, nil
	case c.Redirect != nil:
		return &edge.Site{Redirect: edge.NewRedirect(c.Redirect)}, nil
	case len(c.Origins) == 0:
		return &edge.Site{}, nil
	case c.Origins[0].Dir != "":
		// config lets a directory stand alone only.
		files, err := deploy.OpenDir(c.Origins[0].Dir, assets.Plain, assets.NotFoundNone, warnTo(n.o.Log))
		if err != nil {
			return nil, err
		}
		return &edge.Site{Files: files}, nil
	}
	urls := make([]string, 0, len(c.Origins))
	for _, o := range c.Origins {
		urls = append(urls, o.String())
	}
	u, err := origin.NewUpstream(urls)
	if err != nil {
		return nil, err
	}
	return &edge.Site{Origin: upstream{n.client, u}}, nil
}

func warnTo(log *slog.Logger) func(string) { return func(msg string) { log.Warn(msg) } }
