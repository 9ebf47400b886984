package config

import (
	"errors"
	"math"
	"regexp"
	"strings"
	"time"
)

// workerName is the form of a worker's name, as wrangler has it.
var workerName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}$`)

// maxLimit bounds limits given as a number of milliseconds, MiB or fetches: ten years, or
// more memory than a machine has. It keeps arithmetic on them from overflowing.
const maxLimit = 10 * 365 * 24 * 3600 * 1000

func (l *loader) worker(name string, m *member) {
	w := &Worker{Pos: m.pos}
	l.table(name, m, fields{
		"name": func(name string, m *member) {
			if s, ok := l.str(name, m); ok {
				if !workerName.MatchString(s) {
					l.errorf(m.val.pos, "%s: %q may have letters, digits, - and _ only, and 63 of them", name, s)
				}
				w.Name = s
			}
		},
		"main": func(name string, m *member) { w.Main = l.existing(name, m) },
		"dir": func(name string, m *member) {
			if _, ok := l.str(name, m); ok {
				w.Dir = l.directory(name, m.val)
			}
		},
		"env":     func(name string, m *member) { w.Env, _ = l.str(name, m) },
		"routes":  func(name string, m *member) { w.Routes = l.patterns(name, m) },
		"vars":    func(name string, m *member) { w.Vars = l.vars(name, m) },
		"secrets": func(name string, m *member) { w.Secrets = l.secrets(name, m) },
		"limits":  func(name string, m *member) { l.limits(w, name, m) },
		"isolation": func(name string, m *member) {
			switch s, ok := l.str(name, m); {
			case ok && s == "request":
				l.later(m.pos, name+` = "request"`)
			case ok && s != "shared":
				l.report(Error, m.val.pos, didYouMean(s, []string{"shared", "request"}), "%s must be \"shared\" or \"request\", not %q", name, s)
			}
		},
		"cache": l.cache,
	})
	main, dir := m.val.get("main"), m.val.get("dir")
	if m.val.get("name") == nil {
		l.errorf(m.pos, "%s has no name", name)
	}
	switch {
	case main != nil && dir != nil:
		l.errorf(dir.pos, "worker %q has main and dir: one of them names the script", w.Name)
	case main == nil && dir == nil:
		l.errorf(m.pos, "worker %q has neither main nor dir, so it has no script", w.Name)
	}
	if w.Env != "" && dir == nil {
		l.errorf(m.pos, "worker %q has env, which is a part of the wrangler file in dir", w.Name)
	}
	for i := range w.Routes {
		w.Routes[i].Worker = w.Name
	}
	for _, s := range w.Secrets {
		for _, v := range w.Vars {
			if v.Name == s.Name {
				l.errorf(s.Pos, "%q is a secret and a variable of worker %q", s.Name, w.Name)
			}
		}
	}
	l.c.Workers = append(l.c.Workers, w)
}

// route reads a [[route]]: patterns without a worker, or with one by name.
func (l *loader) route(name string, m *member) {
	var routes []Route
	worker := ""
	l.table(name, m, fields{
		"pattern": func(name string, m *member) { routes = l.patterns(name, m) },
		"worker":  func(name string, m *member) { worker, _ = l.str(name, m) },
	})
	if m.val.get("pattern") == nil {
		l.errorf(m.pos, "%s has no pattern", name)
	}
	for _, r := range routes {
		r.Worker = worker
		l.c.Routes = append(l.c.Routes, r)
	}
}

// patterns reads route patterns.
func (r *reader) patterns(name string, m *member) []Route {
	var out []Route
	for _, v := range r.strings(name, m) {
		if p, ok := r.pattern(v); ok {
			out = append(out, Route{Pattern: p, Pos: v.pos})
		}
	}
	return out
}

func (r *reader) pattern(v *value) (Pattern, bool) {
	p, err := ParsePattern(v.text)
	if err != nil {
		pos := v.pos
		var pe *PatternError
		if errors.As(err, &pe) && isASCII(v.text) {
			pos.Column += 1 + pe.Offset // behind the quotation mark
		}
		r.errorf(pos, "%v", err)
		return p, false
	}
	if p.Path == "/" && !p.PathWild && !strings.HasSuffix(v.text, "/") {
		r.report(Warning, v.pos, `write "`+p.String()+`*" for all of it`, "route %q matches the path / alone", v.text)
	}
	return p, true
}

func (r *reader) vars(name string, m *member) []Var {
	if !r.is(name, m, kindTable) {
		return nil
	}
	var out []Var
	for i := range m.val.members {
		sub := &m.val.members[i]
		v := Var{Name: sub.key}
		if sub.val.kind == kindString {
			v.Text = sub.val.text
		} else {
			b, err := sub.val.appendJSON(nil)
			if err != nil {
				r.errorf(sub.val.pos, "%s: %v", join(name, sub.key), err)
				continue
			}
			v.JSON = b
		}
		out = append(out, v)
	}
	return out
}

func (l *loader) secrets(name string, m *member) []Secret {
	if !l.is(name, m, kindTable) {
		return nil
	}
	var out []Secret
	for i := range m.val.members {
		sub := &m.val.members[i]
		s := Secret{Name: sub.key, Pos: sub.pos}
		name := join(name, sub.key)
		if sub.val.kind == kindString {
			// Never quote the value: it may be the secret itself.
			l.errorf(sub.val.pos, `%s must be { env = "…" } or { file = "…" }: no secret stands in this file`, name)
			continue
		}
		l.table(name, sub, fields{
			"env": func(name string, m *member) { s.Env, _ = l.str(name, m) },
			"file": func(name string, m *member) {
				if f, ok := l.str(name, m); ok {
					s.File = l.path(f)
				}
			},
		})
		if sub.val.kind == kindTable && (sub.val.get("env") == nil) == (sub.val.get("file") == nil) {
			l.errorf(sub.pos, `%s must have one of env and file`, name)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (l *loader) limits(w *Worker, name string, m *member) {
	ms := func(to *time.Duration) func(string, *member) {
		return func(name string, m *member) {
			*to = time.Duration(l.integer(name, m, 1, maxLimit)) * time.Millisecond
		}
	}
	l.table(name, m, fields{
		"cpu_ms":     ms(&w.Limits.CPU),
		"startup_ms": ms(&w.Limits.Startup),
		"wall_ms":    ms(&w.Limits.Wall),
		"memory_mb": func(name string, m *member) {
			w.Limits.MemoryBytes = l.integer(name, m, 1, math.MaxInt32) << 20
		},
		"subrequests": func(name string, m *member) {
			w.Limits.Subrequests = int(l.integer(name, m, 1, math.MaxInt32))
		},
	})
}
