package config

import (
	"fmt"
	"slices"
)

// Project returns what a [[worker]] runs: the project in its Dir, or its Main alone, with
// what gannet.toml says in place of what the project says: the name; the routes, if it has
// any; each variable; each limit. Variable files for development are not read, and secrets
// stay with the worker: see Secret.Read.
func (w *Worker) Project() (*Project, []Problem) {
	path := w.Dir
	if path == "" {
		path = w.Main
	}
	p, problems := loadProject(path, w.Env, false)
	if p == nil {
		return nil, problems
	}
	report := func(s Severity, format string, args ...any) {
		problems = append(problems, Problem{File: w.Pos.File, Line: w.Pos.Line, Column: w.Pos.Column,
			Severity: s, Msg: fmt.Sprintf("worker %q: ", w.Name) + fmt.Sprintf(format, args...)})
	}
	p.Name = w.Name
	if len(w.Routes) > 0 {
		p.Routes = slices.Clone(w.Routes)
	}
	for i := range p.Routes {
		p.Routes[i].Worker = w.Name
	}
	p.Limits = w.Limits.Or(p.Limits)
	for _, v := range w.Vars {
		i := slices.IndexFunc(p.Vars, func(o Var) bool { return o.Name == v.Name })
		if i < 0 {
			p.Vars = append(p.Vars, v)
			continue
		}
		p.Vars[i] = v
	}
	given := make(map[string]bool)
	for _, s := range w.Secrets {
		given[s.Name] = true
	}
	// A secret comes before a variable of its name, as everywhere.
	p.Vars = slices.DeleteFunc(p.Vars, func(v Var) bool { return given[v.Name] })
	for _, name := range p.RequiredSecrets {
		if !given[name] {
			report(Error, "the project requires the secret %s: add it to secrets", name)
		}
	}
	return p, sorted(problems)
}
