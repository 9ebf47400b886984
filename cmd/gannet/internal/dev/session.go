package dev

import (
	"context"
	"log/slog"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"time"

	"gannet/cmd/gannet/internal/deploy"
	"gannet/cmd/gannet/internal/node"
	"gannet/cmd/gannet/internal/term"
	"gannet/cmd/gannet/internal/watch"
	"gannet/core"
	"gannet/core/config"
	"gannet/core/edge"
	"gannet/core/plan"
	"gannet/isolate/bundle"
)

// session is one run of gannet dev. Its fields belong to the goroutine that builds, but for
// those of the types' own.
type session struct {
	o       Options
	log     *slog.Logger
	node    *node.Node
	site    *plan.Site
	watcher *watch.Watcher
	printer *printer
	front   front

	bundler  *bundle.Context
	built    bundle.Options // what bundler was made with
	warned   map[string]bool
	current  *deploy.Worker
	started  bool
	begun    bool                          // the first build is behind us
	sourceOf atomic.Pointer[bundle.Script] // of the current version, for error pages
}

// load reads the project. Warnings are printed, each text once.
func (s *session) load() (*config.Project, error) {
	project, problems := config.LoadWrangler(s.o.Path, s.o.Env)
	for _, p := range problems {
		if p.Severity == config.Warning {
			p.File = term.Path(p.File)
			s.warn(p.Error())
		}
	}
	if project == nil || config.Failed(problems) {
		return nil, problemsError(problems)
	}
	return project, nil
}

func (s *session) warn(line string) {
	if s.warned == nil {
		s.warned = make(map[string]bool)
	}
	if !s.warned[line] {
		s.warned[line] = true
		s.o.Log.Printf("%s", s.o.Log.Paint(term.Clean(line), term.Yellow))
	}
}

// input is what the project makes, with what the command line says.
func (s *session) input(p *config.Project) *deploy.Input {
	in := &deploy.Input{
		Name: p.Name, Project: p, Vars: deploy.WithVars(p.AllVars(), s.o.Vars), Limits: p.Limits.Or(core.DevLimits()),
	}
	if in.Name == "" {
		in.Name = "worker"
	}
	in.LimitsFile = "a wrangler.toml" // there is none yet
	if p.File != "" {
		in.LimitsFile = filepath.Base(p.File)
	}
	return in
}

// build builds the project as it is now and puts it in force, and reports whether it is. What
// is wrong is printed, and shown by the front when nothing serves yet.
func (s *session) build(ctx context.Context) bool {
	start := time.Now()
	project, err := s.load()
	if err != nil {
		s.failed("", nil, err)
		return false
	}
	in := s.input(project)
	script, err := s.bundle(ctx, in)
	if ctx.Err() != nil {
		return false
	}
	s.follow(project, script, err)
	if err != nil {
		s.failed(project.Dir, nil, err)
		return false
	}
	if script != nil {
		for _, m := range script.Warnings {
			s.warn(deploy.OneLine(deploy.Place(project.Dir, m)))
		}
	}
	if s.current != nil && s.current.Hash == deploy.Hash(in, script) {
		broken := s.front.broken()
		s.front.set(nil)
		if broken { // the edit that broke it was taken back
			s.o.Log.Printf("%s", s.o.Log.Paint("Good again: the sources are what is being served", term.Green))
		}
		return true
	}
	worker, err := deploy.Start(ctx, in, script, s.node.Env())
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		s.failed(project.Dir, script, err)
		return false
	}
	p, err := plan.Compile(plan.Spec{
		Rules:   []*plan.Rule{{Pattern: everything, Worker: worker, By: "the worker", Handle: worker.Route}},
		Default: s.site,
	})
	if err != nil {
		s.failed(project.Dir, script, err)
		return false
	}
	if script != nil {
		s.sourceOf.Store(script)
	}
	s.node.Swap(p, []*deploy.Worker{worker})
	again := s.current != nil || s.started
	s.current = worker
	s.front.set(nil)
	if again {
		s.o.Log.Printf("%s", s.o.Log.Paint("Reloaded in "+term.Milliseconds(time.Since(start)), term.Green))
	}
	s.started = true
	return true
}

// everything matches every request.
var everything = config.Pattern{HostWild: true, Path: "/", PathWild: true}

// bundle builds the script, and keeps what it can for the next time.
func (s *session) bundle(ctx context.Context, in *deploy.Input) (*bundle.Script, error) {
	if in.Project.Main == "" {
		return nil, nil
	}
	o := in.BundleOptions()
	if s.bundler == nil || !reflect.DeepEqual(o, s.built) {
		b, err := bundle.NewContext(o)
		if err != nil {
			return nil, err
		}
		if s.bundler != nil {
			s.bundler.Close()
		}
		s.bundler, s.built = b, o
	}
	return s.bundler.Rebuild(ctx)
}

// failed tells of an error, at the place in the sources where there is one.
func (s *session) failed(dir string, script *bundle.Script, err error) {
	messages := deploy.Messages(dir, script, err)
	if s.begun || !s.unattended() {
		for _, m := range messages {
			s.o.Log.Printf("%s", term.Clean(m.Pretty()))
		}
	}
	if s.current != nil {
		s.o.Log.Printf("%s", s.o.Log.Paint("Build failed: the last good version goes on serving", term.Red))
	}
	s.started = true
	s.front.set(messages)
}

// unattended reports whether nobody sits at a terminal to mend a first build that fails. It
// ends the session then: a script that starts gannet dev wants an exit code, not an error page.
func (s *session) unattended() bool { return !s.o.Log.Terminal }

// source are the lines around a line of the current version's source.
func (s *session) source(file string, line int) []edge.SourceLine {
	script := s.sourceOf.Load()
	if script == nil || script.Map == nil {
		return nil
	}
	var out []edge.SourceLine
	for n := max(1, line-contextLines); n <= line+contextLines; n++ {
		out = append(out, edge.SourceLine{Number: n, Text: script.Map.Line(file, n), Error: n == line})
	}
	for len(out) > 0 && out[len(out)-1].Text == "" && !out[len(out)-1].Error {
		out = out[:len(out)-1] // empty, or past the end: the map does not tell
	}
	return out
}

// contextLines is how many lines are shown before and after one with an error.
const contextLines = 3

// close gives back what the session itself holds; the node was closed before, or never served.
func (s *session) close() {
	if s.watcher != nil {
		_ = s.watcher.Close()
	}
	if s.bundler != nil {
		s.bundler.Close()
	}
	s.printer.close()
}
