package edge

import (
	"strings"

	"gannet/core"
	"gannet/core/config"
	"gannet/core/plan"
)

// Files serves static files; core/assets does. Its methods block on the file system.
type Files interface {
	Serve(method, target string, fields core.Fields) *core.Response
	Match(target string, navigation bool) bool
}

// Site is the Handle of a plan.Site: what stands behind a host, compiled. At most one of its
// fields is set; with none the site has no origin.
type Site struct {
	Origin   core.Fetcher
	Files    Files
	Respond  *Respond
	Redirect *Redirect
}

// Route is the Handle of a plan.Rule with a worker.
type Route struct {
	// Assets are the worker's static assets; nil for none.
	Assets Files
	// WorkerFirst are the path patterns, "*" standing for anything, that go to the worker
	// before the assets; one that begins with "!" takes back.
	WorkerFirst []string
	// AlwaysWorker sends every request to the worker first.
	AlwaysWorker bool
	// NavigationFirst gives navigations to not_found_handling before the worker.
	NavigationFirst bool
}

func siteOf(s *plan.Site) *Site {
	if s == nil {
		return nil
	}
	h, _ := s.Handle.(*Site)
	return h
}

func routeOf(r *plan.Rule) *Route {
	if r == nil {
		return nil
	}
	h, _ := r.Handle.(*Route)
	return h
}

// workerFirst reports whether the worker comes before the assets for target.
func (r *Route) workerFirst(target string) bool {
	if r.AlwaysWorker {
		return true
	}
	path, _, _ := strings.Cut(target, "?")
	yes := false
	for _, p := range r.WorkerFirst {
		negative := strings.HasPrefix(p, "!")
		if matchGlob(strings.TrimPrefix(p, "!"), path) {
			if negative {
				return false
			}
			yes = true
		}
	}
	return yes
}

// matchGlob matches a path against a pattern in which "*" stands for any characters.
func matchGlob(pattern, path string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == path
	}
	if !strings.HasPrefix(path, head) {
		return false
	}
	path = path[len(head):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(path, part)
		}
		i := strings.Index(path, part)
		if i < 0 {
			return false
		}
		path, rest = path[i+len(part):], after
	}
}

// Respond is a site's fixed answer.
type Respond struct {
	status int
	fields core.Fields
	body   []byte
}

// NewRespond compiles a fixed answer.
func NewRespond(c *config.Respond) *Respond {
	r := &Respond{status: c.Status, body: []byte(c.Body)}
	for _, h := range c.Headers {
		r.fields.Add(h.Name, h.Value)
	}
	return r
}

func (r *Respond) response() *core.Response {
	return &core.Response{Status: r.status, Fields: r.fields.Clone(), Body: core.NewBytes(r.body)}
}

// Redirect sends every request of a site elsewhere.
type Redirect struct {
	to       string
	status   int
	keepPath bool
}

// NewRedirect compiles a redirect.
func NewRedirect(c *config.Redirect) *Redirect {
	return &Redirect{to: c.To, status: c.Status, keepPath: c.KeepPath}
}

func (r *Redirect) response(url string) *core.Response {
	to := r.to
	if r.keepPath {
		_, target := splitURL(url)
		to = strings.TrimSuffix(to, "/") + target
	}
	return &core.Response{Status: r.status, Fields: core.Fields{{Name: "Location", Value: to}}}
}
