package config

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// loadWranglerFile reads a wrangler file and, with dev, the variable files beside it.
func loadWranglerFile(path, env string, dev bool) (*Project, []Problem) {
	data, problem := readFile(path)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	return parseWrangler(path, data, env, dev)
}

func parseWrangler(path string, data []byte, env string, dev bool) (*Project, []Problem) {
	parse := parseTOML
	if filepath.Ext(path) != ".toml" {
		parse = parseJSON
	}
	root, problem := parse(path, data)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, []Problem{*fail(Pos{File: path}, "cannot tell where the file is: %v", err)}
	}
	w := wrangler{reader: reader{dir: dir}, top: root}
	w.p = &Project{Dir: dir, File: path, Env: env, Files: []string{path}, Build: defaultBuild(dir)}
	if w.environments(env) {
		w.project()
		if dev {
			w.p.devVars(&w.reader)
			w.requireSecrets()
		}
		w.notes()
	}
	return w.p, sorted(w.problems)
}

// wrangler reads one wrangler file. A value of a wrong type is an error, for wrangler
// refuses it too; a key that means nothing here is a warning.
type wrangler struct {
	reader
	top *value // the file
	env *value // env.<name>; nil at the top level
	p   *Project
}

// environments finds the environment, and warns of unknown keys in all of them.
func (w *wrangler) environments(name string) bool {
	w.unknownKeys(w.top, wranglerKeys(), "", false)
	envs := w.top.get("env")
	if envs != nil && w.is("env", envs, kindTable) {
		for i := range envs.val.members {
			m := &envs.val.members[i]
			if at := join("env", m.key); w.is(at, m, kindTable) {
				w.unknownKeys(m.val, wranglerKeys(), at, true)
				if m.key == name {
					w.env = m.val
				}
			}
		}
	}
	if name == "" || w.env != nil {
		return true
	}
	pos, hint := Pos{File: w.p.File}, `add [env.`+name+`]`
	if envs != nil {
		pos = envs.pos
		if known := envs.val.keys(); len(known) > 0 {
			if hint = didYouMean(name, known); hint == "" {
				hint = "there are " + strings.Join(known, ", ")
			}
		}
	}
	w.report(Error, pos, hint, "there is no environment %q", name)
	return false
}

// get returns the member in force for a top-level key, or nil.
func (w *wrangler) get(key string) *member {
	if m := w.env.get(key); m != nil {
		return m
	}
	if w.env != nil && notInherited[key] {
		return nil
	}
	return w.top.get(key)
}

// find is get for a dotted path.
func (w *wrangler) find(path string) *member {
	key, rest, more := strings.Cut(path, ".")
	m := w.get(key)
	for m != nil && more {
		key, rest, more = strings.Cut(rest, ".")
		m = m.val.get(key)
	}
	return m
}

// text returns a string, or "" when the key is not there.
func (w *wrangler) text(path string) string {
	m := w.find(path)
	if m == nil || !w.is(path, m, kindString) {
		return ""
	}
	return m.val.text
}

func (w *wrangler) flag(path string, unset bool) bool {
	m := w.find(path)
	if m == nil {
		return unset
	}
	return w.boolean(path, m)
}

func (w *wrangler) list(path string) []string {
	m := w.find(path)
	if m == nil {
		return nil
	}
	var out []string
	for _, v := range w.strings(path, m) {
		out = append(out, v.text)
	}
	return out
}

func (w *wrangler) textMap(path string) map[string]string {
	m := w.find(path)
	if m == nil || !w.is(path, m, kindTable) {
		return nil
	}
	out := make(map[string]string, len(m.val.members))
	for i := range m.val.members {
		sub := &m.val.members[i]
		if w.is(join(path, sub.key), sub, kindString) {
			out[sub.key] = sub.val.text
		}
	}
	return out
}

// pathOf returns the path of a key, made absolute, or "".
func (w *wrangler) pathOf(key string) string {
	if s := w.text(key); s != "" {
		return w.path(s)
	}
	return ""
}

var compatibilityDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

func (w *wrangler) project() {
	p := w.p
	p.Name = w.text("name")
	if w.env != nil && w.env.get("name") == nil && p.Name != "" {
		p.Name += "-" + p.Env
	}
	if m := w.find("name"); m != nil && m.val.kind == kindString && !workerName.MatchString(p.Name) {
		w.errorf(m.val.pos, "name: %q may have letters, digits, - and _ only, and 63 of them", p.Name)
	}
	w.main()
	if m := w.find("compatibility_date"); m != nil {
		// TOML has dates of its own, and people leave the quotation marks out.
		p.CompatibilityDate = m.val.text
		_, err := time.Parse(time.DateOnly, p.CompatibilityDate)
		if !compatibilityDate.MatchString(p.CompatibilityDate) || err != nil {
			w.errorf(m.val.pos, "compatibility_date must be a date such as \"2025-01-31\"")
		}
	}
	p.CompatibilityFlags = w.list("compatibility_flags")
	if m := w.find("vars"); m != nil {
		p.Vars = w.vars("vars", m)
	}
	p.RequiredSecrets = w.list("secrets.required")
	w.blobs("text_blobs", true)
	w.blobs("data_blobs", false)
	w.routes()
	w.limits()
	w.build()
	w.assets()
	w.bindings()
	p.Crons = w.list("triggers.crons")
	p.Dev.IP = w.text("dev.ip")
	if m := w.find("dev.port"); m != nil {
		p.Dev.Port = int(w.integer("dev.port", m, 0, math.MaxUint16))
	}
}

func (w *wrangler) main() {
	m := w.find("main")
	if m == nil {
		if assets := w.find("assets"); assets == nil || assets.val.get("directory") == nil {
			w.report(Error, Pos{File: w.p.File}, `add main = "src/index.ts"`, "names no script")
		}
		return
	}
	s, ok := w.str("main", m)
	if !ok {
		return
	}
	w.p.Main = w.path(s)
	// With a build command the script may be its product.
	if w.find("build.command") == nil {
		if _, err := os.Stat(w.p.Main); err != nil {
			w.errorf(m.val.pos, "main: %q: %v", s, cause(err))
		}
	}
}

func (w *wrangler) blobs(key string, text bool) {
	m := w.find(key)
	if m == nil || !w.is(key, m, kindTable) {
		return
	}
	for i := range m.val.members {
		sub := &m.val.members[i]
		name := join(key, sub.key)
		s, ok := w.str(name, sub)
		if !ok {
			continue
		}
		b := Blob{Name: sub.key, Path: w.path(s), Text: text}
		if !isFile(b.Path) {
			w.errorf(sub.val.pos, "%s: %q is no file", name, s)
		}
		w.p.Blobs = append(w.p.Blobs, b)
	}
}

// routes reads route and routes: strings, or tables with pattern and custom_domain.
func (w *wrangler) routes() {
	one := func(name string, v *value) {
		pattern, custom := v, false
		if v.kind == kindTable {
			m := v.get("pattern")
			if m == nil {
				w.errorf(v.pos, "%s has no pattern", name)
				return
			}
			pattern = m.val
			if c := v.get("custom_domain"); c != nil {
				custom = w.boolean(name+".custom_domain", c)
			}
		}
		if pattern.kind != kindString {
			w.errorf(pattern.pos, "%s must be a string or a table with pattern, not %s", name, pattern.kind)
			return
		}
		if pattern.text == "" {
			return // as wrangler: an empty route is no route
		}
		if !custom {
			if p, ok := w.pattern(pattern); ok {
				w.p.Routes = append(w.p.Routes, Route{Pattern: p, Worker: w.p.Name, Pos: pattern.pos})
			}
			return
		}
		host, msg := normalHost(pattern.text, false)
		if msg != "" {
			w.errorf(pattern.pos, "%s: custom domain %q: %s", name, pattern.text, msg)
			return
		}
		w.p.Routes = append(w.p.Routes, Route{
			Pattern: Pattern{Host: host, Path: "/", PathWild: true}, Worker: w.p.Name, CustomDomain: true, Pos: pattern.pos})
	}
	route, routes := w.get("route"), w.get("routes")
	if w.env != nil && (w.env.get("route") != nil) != (w.env.get("routes") != nil) {
		// The two are one setting: what the environment says replaces either.
		route, routes = w.env.get("route"), w.env.get("routes")
	}
	if route != nil && routes != nil {
		w.errorf(route.pos, "route and routes exclude each other")
	}
	if route != nil {
		one("route", route.val)
	}
	if routes != nil && w.is("routes", routes, kindArray) {
		for _, v := range routes.val.items {
			one("routes", v)
		}
	}
}

// limits reads wrangler's two limits and the others that a gannet.toml has: messages about
// a limit name its key.
func (w *wrangler) limits() {
	ms := func(key string, to *time.Duration) {
		if m := w.find(key); m != nil {
			*to = time.Duration(w.integer(key, m, 1, maxLimit)) * time.Millisecond
		}
	}
	ms("limits.cpu_ms", &w.p.Limits.CPU)
	ms("limits.startup_ms", &w.p.Limits.Startup)
	ms("limits.wall_ms", &w.p.Limits.Wall)
	if m := w.find("limits.memory_mb"); m != nil {
		w.p.Limits.MemoryBytes = w.integer("limits.memory_mb", m, 1, math.MaxInt32) << 20
	}
	if m := w.find("limits.subrequests"); m != nil {
		w.p.Limits.Subrequests = int(w.integer("limits.subrequests", m, 1, math.MaxInt32))
	}
}

var moduleTypes = []string{"ESModule", "CommonJS", "Text", "Data", "CompiledWasm", "PythonModule", "PythonRequirement"}

func (w *wrangler) build() {
	b := &w.p.Build
	b.Alias = w.textMap("alias")
	b.Define = w.textMap("define")
	b.Command = w.text("build.command")
	if cwd := w.pathOf("build.cwd"); cwd != "" {
		b.Cwd = cwd
	}
	for _, dir := range w.list("build.watch_dir") {
		b.WatchDirs = append(b.WatchDirs, w.path(dir))
	}
	if b.WatchDirs == nil && b.Command != "" {
		b.WatchDirs = []string{w.path("src")}
	}
	b.NoBundle = w.flag("no_bundle", false)
	b.FindAdditionalModules = w.flag("find_additional_modules", b.NoBundle)
	b.BaseDir = w.pathOf("base_dir")
	if b.BaseDir == "" && w.p.Main != "" {
		b.BaseDir = filepath.Dir(w.p.Main)
	}
	b.Minify = w.flag("minify", false)
	b.KeepNames = w.flag("keep_names", true)
	b.TSConfig = w.pathOf("tsconfig")
	if s := w.text("jsx_factory"); s != "" {
		b.JSXFactory = s
	}
	if s := w.text("jsx_fragment"); s != "" {
		b.JSXFragment = s
	}
	rules := w.find("rules")
	if rules == nil {
		return
	}
	w.tables("rules", rules, func(name string, m *member) {
		rule := ModuleRule{Fallthrough: true}
		if t := m.val.get("type"); t == nil {
			w.errorf(m.pos, "%s has no type", name)
		} else if s, ok := w.str(name+".type", t); ok {
			if !slices.Contains(moduleTypes, s) {
				w.report(Error, t.val.pos, didYouMean(s, moduleTypes), "%s.type: there is no module type %q", name, s)
			}
			rule.Type = s
		}
		if g := m.val.get("globs"); g == nil {
			w.errorf(m.pos, "%s has no globs", name)
		} else {
			for _, v := range w.strings(name+".globs", g) {
				rule.Globs = append(rule.Globs, v.text)
			}
		}
		if f := m.val.get("fallthrough"); f != nil {
			rule.Fallthrough = w.boolean(name+".fallthrough", f)
		}
		b.Rules = append(b.Rules, rule)
	})
}

func (w *wrangler) assets() {
	m := w.find("assets")
	if m == nil || !w.is("assets", m, kindTable) {
		return
	}
	a := &Assets{Binding: w.text("assets.binding")}
	if dir := w.find("assets.directory"); dir != nil {
		if s, ok := w.str("assets.directory", dir); ok {
			a.Directory = w.path(s)
			// With a build command the directory may be its product.
			if info, err := os.Stat(a.Directory); (err != nil || !info.IsDir()) && w.find("build.command") == nil {
				w.errorf(dir.val.pos, "assets.directory: %q is no directory", s)
			}
		}
	}
	if first := w.find("assets.run_worker_first"); first != nil {
		if first.val.kind == kindBool {
			a.RunWorkerFirst = first.val.text == "true"
		} else {
			for _, v := range w.strings("assets.run_worker_first", first) {
				if !strings.HasPrefix(strings.TrimPrefix(v.text, "!"), "/") {
					w.errorf(v.pos, `assets.run_worker_first: %q must begin with "/" or "!/"`, v.text)
					continue
				}
				a.RunWorkerFirstPatterns = append(a.RunWorkerFirstPatterns, v.text)
			}
		}
	}
	a.HTMLHandling = w.choice("assets.html_handling", "auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none")
	a.NotFoundHandling = w.choice("assets.not_found_handling", "none", "404-page", "single-page-application")
	w.p.Assets = a
}

// choice returns one of the words; the first when the key is not there.
func (w *wrangler) choice(path string, words ...string) string {
	m := w.find(path)
	if m == nil || !w.is(path, m, kindString) {
		return words[0]
	}
	if !slices.Contains(words, m.val.text) {
		w.report(Error, m.val.pos, didYouMean(m.val.text, words), "%s must be one of %s", path, strings.Join(words, ", "))
		return words[0]
	}
	return m.val.text
}

// bindings gathers what is not supported yet, with one warning for each kind.
func (w *wrangler) bindings() {
	for _, k := range bindingKinds {
		m := w.find(k.path)
		if m == nil {
			continue
		}
		var names []string
		add := func(name, kind string, pos Pos) {
			w.p.Bindings = append(w.p.Bindings, Binding{Name: name, Type: kind, Pos: pos})
			names = append(names, "env."+name)
		}
		entries := []*value{m.val}
		if m.val.kind == kindArray {
			entries = m.val.items
		}
		for _, v := range entries {
			if v.kind != kindTable {
				w.errorf(v.pos, "%s must hold tables, not %s", k.path, v.kind)
				continue
			}
			if k.name == "" {
				for i := range v.members {
					add(v.members[i].key, k.kind, v.members[i].pos)
				}
				continue
			}
			kind := k.kind
			if t := v.at("type"); k.path == "unsafe.bindings" && t != nil && t.kind == kindString {
				kind = t.text
			}
			if name := v.get(k.name); name == nil {
				w.errorf(v.pos, "%s: an entry has no %s", k.path, k.name)
			} else if s, ok := w.str(k.path+"."+k.name, name); ok {
				add(s, kind, v.pos)
			}
		}
		switch len(names) {
		case 0:
		case 1:
			w.warnf(m.pos, "%s: not supported yet: %s throws on use", k.path, names[0])
		default:
			w.warnf(m.pos, "%s: not supported yet: %s throw on use", k.path, strings.Join(names, ", "))
		}
	}
}

// notes warns once for each key that has no effect here, and for each that the environment
// would have to repeat.
func (w *wrangler) notes() {
	for _, n := range notDone {
		if m := w.find(n.path); m != nil && !asksNothing(m.val) {
			w.warnf(m.pos, "%s: ignored: %s", n.path, n.why)
		}
	}
	if w.env == nil {
		return
	}
	for i := range w.top.members {
		m := &w.top.members[i]
		if notInherited[m.key] && w.env.get(m.key) == nil && !asksNothing(m.val) {
			w.warnf(m.pos, "%s: not in force in env.%s, which does not inherit it", m.key, w.p.Env)
		}
	}
}

// asksNothing reports whether a value switches something off or lists nothing.
func asksNothing(v *value) bool {
	switch v.kind {
	case kindTable:
		for i := range v.members {
			if !asksNothing(v.members[i].val) {
				return false
			}
		}
		return true
	case kindArray:
		return len(v.items) == 0
	case kindBool:
		return v.text == "false"
	case kindNull:
		return true
	}
	return v.text == ""
}

// requireSecrets warns of secrets that the file requires and nothing here gives.
func (w *wrangler) requireSecrets() {
	var missing []string
	for _, name := range w.p.RequiredSecrets {
		if !slices.ContainsFunc(w.p.DevVars, func(v Var) bool { return v.Name == name }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		w.warnf(w.find("secrets.required").pos, "required secrets that .dev.vars, .env and the environment do not hold: %s", strings.Join(missing, ", "))
	}
}
