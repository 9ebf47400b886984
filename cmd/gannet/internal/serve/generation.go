package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"

	"gannet/cmd/gannet/internal/deploy"
	"gannet/cmd/gannet/internal/node"
	"gannet/cmd/gannet/internal/term"
	"gannet/core"
	"gannet/core/config"
	"gannet/core/edge"
	"gannet/core/plan"
	"gannet/isolate/bundle"
	"gannet/net/origin"
)

// generation is what one reading of a gannet.toml made.
type generation struct {
	cfg     *config.Config
	workers []*deploy.Worker
	started []*deploy.Worker // those of workers that no generation before had
	plan    *plan.Plan
	tls     *tls.Config // nil without a certificate
	geo     *edge.Geo   // nil without a database
	policy  origin.Policy
}

// Report is what is to be said of a configuration, one line each, in order.
type Report struct {
	Errors, Warnings []string
}

func (r *Report) problem(p config.Problem) {
	p.File = term.Path(p.File)
	line := p.Error()
	if p.Severity == config.Error {
		r.Errors = append(r.Errors, line)
	} else {
		r.Warnings = append(r.Warnings, line)
	}
}

// at is an error at a place in the configuration.
func (r *Report) at(pos config.Pos, format string, args ...any) {
	pos.File = term.Path(pos.File)
	r.Errors = append(r.Errors, fmt.Sprintf("%s: %s", pos, fmt.Sprintf(format, args...)))
}

// message takes over what a build said.
func (r *Report) message(m bundle.Message) {
	if m.Severity == bundle.SeverityError {
		r.Errors = append(r.Errors, deploy.OneLine(m))
	} else {
		r.Warnings = append(r.Warnings, deploy.OneLine(m))
	}
}

// prepare reads the file and makes everything it names, on n. old is the generation in force,
// whose workers are taken over where nothing changed; nil for none. The generation is nil
// when the report has errors; then nothing it started runs any more.
func prepare(ctx context.Context, n *node.Node, path string, old *generation) (*generation, Report) {
	var report Report
	cfg, problems := config.Load(path)
	for _, p := range problems {
		report.problem(p)
	}
	if cfg == nil || len(report.Errors) > 0 {
		return nil, report
	}
	g := &generation{cfg: cfg, policy: policy(cfg)}
	var spec plan.Spec
	byName := make(map[string]*deploy.Worker)
	for _, w := range cfg.Workers {
		g.worker(ctx, n, w, old, &spec, &report, byName)
	}
	for _, r := range cfg.Routes {
		g.route(r, byName, &spec)
	}
	for _, c := range cfg.Sites {
		site, err := n.Site(c)
		if err != nil {
			report.at(c.Pos, "%v", err)
			continue
		}
		spec.Sites = append(spec.Sites, site)
	}
	var err error
	if g.plan, err = plan.Compile(spec); err != nil {
		report.conflicts(err)
	}
	if cfg.TLS.Cert != "" {
		if g.tls, err = node.TLSConfig(cfg.TLS.Cert, cfg.TLS.Key); err != nil {
			report.at(cfg.TLS.Pos, "%v", err)
		}
	}
	if cfg.Geo.MMDB != "" {
		if g.geo, err = edge.OpenGeo(cfg.Geo.MMDB); err != nil {
			report.at(cfg.Geo.Pos, "cannot open the database %s: %v", term.Path(cfg.Geo.MMDB), err)
		}
	}
	if len(report.Errors) > 0 {
		g.abandon(ctx)
		return nil, report
	}
	return g, report
}

// abandon ends what the generation started: it will not be used.
func (g *generation) abandon(ctx context.Context) {
	for _, w := range g.started {
		_ = w.Retire(ctx, nil) // it has no events to lose
	}
	if g.geo != nil {
		_ = g.geo.Close()
	}
}

// conflicts takes over the errors of plan.Compile.
func (r *Report) conflicts(err error) {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, e := range many.Unwrap() {
			r.conflicts(e)
		}
		return
	}
	var c *plan.ConflictError
	if errors.As(err, &c) {
		r.problem(c.Problem())
		return
	}
	r.Errors = append(r.Errors, err.Error())
}

// policy says where subrequests may go.
func policy(cfg *config.Config) origin.Policy {
	p := origin.Policy{AllowPrivate: cfg.Network.AllowPrivate, Pins: make(map[string]netip.AddrPort), Deny: node.DenyAdmin(cfg.Admin.Listen)}
	for name, pin := range cfg.Network.Hosts {
		p.Pins[name] = netip.AddrPortFrom(pin.Addr, pin.Port)
	}
	return p
}

// worker makes, or takes over, one worker with its rules.
func (g *generation) worker(ctx context.Context, n *node.Node, w *config.Worker, old *generation, spec *plan.Spec, report *Report, byName map[string]*deploy.Worker) {
	in, ok := input(g.cfg, w, report)
	if !ok {
		return
	}
	script, err := deploy.Bundle(ctx, in)
	if script != nil {
		for _, m := range script.Warnings {
			report.message(deploy.Place(in.Project.Dir, m))
		}
	}
	var running *deploy.Worker
	if err == nil {
		if running = old.find(w.Name, deploy.Hash(in, script)); running == nil {
			if running, err = deploy.Start(ctx, in, script, n.Env()); err == nil {
				g.started = append(g.started, running)
			}
		}
	}
	if err != nil {
		for i, m := range deploy.Messages(in.Project.Dir, script, err) {
			if m.File == "" && i == 0 {
				report.at(w.Pos, "%s: %s", called(w), m.Text)
				continue
			}
			report.message(m)
		}
		return
	}
	g.workers = append(g.workers, running)
	byName[w.Name] = running
	routes := in.Project.Routes
	if len(routes) == 0 && !named(g.cfg.Routes, w.Name) {
		p := config.Problem{File: w.Pos.File, Line: w.Pos.Line, Column: w.Pos.Column, Severity: config.Warning,
			Msg: called(w) + " has no routes: no request reaches it"}
		report.problem(p)
	}
	spec.Rules = append(spec.Rules, rules(routes, running, called(w))...)
}

// called names a worker where its place stands beside it.
func called(w *config.Worker) string { return fmt.Sprintf("worker %q", w.Name) }

func named(routes []config.Route, worker string) bool {
	for _, r := range routes {
		if r.Worker == worker {
			return true
		}
	}
	return false
}

// route makes the rule of a [[route]] table. config has checked that its worker exists; when
// it could not be built that was reported already.
func (g *generation) route(r config.Route, byName map[string]*deploy.Worker, spec *plan.Spec) {
	by := "route"
	if r.Worker != "" {
		w := byName[r.Worker]
		if w == nil {
			return
		}
		spec.Rules = append(spec.Rules, rules([]config.Route{r}, w, by)...)
		return
	}
	spec.Rules = append(spec.Rules, plan.RulesFor([]config.Route{r}, nil, by)...)
}

func rules(routes []config.Route, w *deploy.Worker, by string) []*plan.Rule {
	out := plan.RulesFor(routes, w, by)
	for _, r := range out {
		if w.Route != nil {
			r.Handle = w.Route
		}
	}
	return out
}

// find returns the running version of a worker with the hash; nil if there is none.
func (g *generation) find(name, hash string) *deploy.Worker {
	if g == nil {
		return nil
	}
	for _, w := range g.workers {
		if w.Name() == name && w.Hash == hash {
			return w
		}
	}
	return nil
}

// input gathers what makes a worker: its own project, and what gannet.toml says of it.
func input(cfg *config.Config, w *config.Worker, report *Report) (*deploy.Input, bool) {
	project, problems := w.Project()
	before := len(report.Errors)
	for _, p := range problems {
		report.problem(p)
	}
	if project == nil || len(report.Errors) > before {
		return nil, false
	}
	vars := project.Vars
	for _, s := range w.Secrets {
		value, err := s.Read()
		if err != nil {
			report.at(s.Pos, "%v", err)
			continue
		}
		vars = deploy.WithVars(vars, []config.Var{{Name: s.Name, Text: value, Secret: true}})
	}
	if len(report.Errors) > before {
		return nil, false
	}
	return &deploy.Input{
		Name: w.Name, Project: project, Vars: vars, Production: true,
		Limits: project.Limits.Or(core.DefaultLimits()), LimitsFile: filepath.Base(cfg.File),
	}, true
}
