package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"gannet/core"
)

// Project is a worker's directory: what its wrangler file says, or what can be told
// without one. Paths are absolute.
type Project struct {
	Dir  string // where relative paths start
	File string // the wrangler file as it was found; "" without one
	Env  string // the environment that was asked for
	// Files are the files that were read, for whoever watches them.
	Files []string

	// Name is the worker's name, with "-" and the environment behind it as wrangler does;
	// "" if the file gives none.
	Name string
	// Main is the entry script; "" for a project of assets alone.
	Main               string
	CompatibilityDate  string // yyyy-mm-dd, or ""
	CompatibilityFlags []string

	// Vars are the variables of the wrangler file, for every use.
	Vars []Var
	// DevVars are those of .dev.vars or .env, for development only: all are secrets, and
	// each comes before a variable of its name. AllVars joins the two.
	DevVars []Var
	// RequiredSecrets are the names in secrets.required.
	RequiredSecrets []string
	// Blobs are files that a worker in service-worker syntax sees as globals.
	Blobs []Blob
	// Bindings are what is not supported yet: they stand on env and throw on use.
	Bindings []Binding

	Routes []Route
	Limits core.Limits // zero fields mean the default
	Build  Build
	Assets *Assets // nil without assets
	Crons  []string
	Dev    Dev
}

// Blob is an entry of text_blobs or data_blobs.
type Blob struct {
	Name string
	Path string
	Text bool // a string, else an ArrayBuffer
}

// Build is how the script becomes one program.
type Build struct {
	Alias                 map[string]string // module name to module name or path
	Define                map[string]string // identifier to JavaScript expression
	Rules                 []ModuleRule      // before wrangler's default rules
	Command               string            // a shell command that runs before each build
	Cwd                   string            // where it runs
	WatchDirs             []string          // what makes it run again; default src
	NoBundle              bool
	FindAdditionalModules bool
	BaseDir               string // of additional modules; default the directory of Main
	Minify                bool
	KeepNames             bool // default true
	TSConfig              string
	JSXFactory            string // default React.createElement
	JSXFragment           string // default React.Fragment
}

// ModuleRule says what files that match a glob are imported as.
type ModuleRule struct {
	// Type is ESModule, CommonJS, Text, Data, CompiledWasm, PythonModule or
	// PythonRequirement.
	Type  string
	Globs []string
	// Fallthrough lets later rules of the same type apply too.
	Fallthrough bool
}

// Assets is the assets table: static files beside the worker.
type Assets struct {
	Directory string // "" when only the binding is named
	Binding   string // "" for none
	// RunWorkerFirst sends every request to the worker first; with patterns, those that
	// match one, and none that matches one with "!" before it.
	RunWorkerFirst         bool
	RunWorkerFirstPatterns []string
	// HTMLHandling is auto-trailing-slash (the default), force-trailing-slash,
	// drop-trailing-slash or none.
	HTMLHandling string
	// NotFoundHandling is none (the default), 404-page or single-page-application.
	NotFoundHandling string
}

// Dev is what the dev table says about listening.
type Dev struct {
	IP   string // "" if not given
	Port int    // 0 if not given
}

// AllVars returns the variables with those for development in place of others of the same
// name.
func (p *Project) AllVars() []Var {
	out := slices.Clone(p.Vars)
	for _, v := range p.DevVars {
		if i := slices.IndexFunc(out, func(o Var) bool { return o.Name == v.Name }); i >= 0 {
			out[i] = v
		} else {
			out = append(out, v)
		}
	}
	return out
}

// wranglerFiles are the names of a wrangler file, in the order wrangler looks for them.
var wranglerFiles = []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"}

// LoadWrangler reads a worker's project. path is a directory, with a wrangler file or
// without one; a wrangler file itself (by its ending: .toml, .json, .jsonc); or a script.
// env is the environment, "" for the top level. The Project is nil when there is nothing
// to run, and not to be used when Failed says so of the problems.
func LoadWrangler(path, env string) (*Project, []Problem) { return loadProject(path, env, true) }

// loadProject is LoadWrangler; without dev it leaves the variable files alone.
func loadProject(path, env string, dev bool) (*Project, []Problem) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, []Problem{*fail(Pos{File: path}, "cannot open: %v", cause(err))}
	}
	if info.IsDir() {
		for _, name := range wranglerFiles {
			file := filepath.Join(path, name)
			if info, err := os.Stat(file); err == nil && !info.IsDir() {
				return loadWranglerFile(file, env, dev)
			}
		}
		return loadBare(path, "", env, dev)
	}
	switch filepath.Ext(path) {
	case ".toml", ".json", ".jsonc":
		return loadWranglerFile(path, env, dev)
	}
	return loadBare(filepath.Dir(path), path, env, dev)
}

// entryNames are where the entry is looked for in a directory that does not say, after
// package.json.
var entryNames = []string{"index", "src/index", "worker", "src/worker"}

// loadBare makes a project of a script, or of a directory without a wrangler file.
func loadBare(dir, script, env string, dev bool) (*Project, []Problem) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, []Problem{*fail(Pos{File: dir}, "cannot tell where it is: %v", err)}
	}
	p := &Project{Dir: dir, Env: env, Build: defaultBuild(dir)}
	if script != "" {
		if p.Main, err = filepath.Abs(script); err != nil {
			return nil, []Problem{*fail(Pos{File: script}, "cannot tell where it is: %v", err)}
		}
	} else if p.Main = findEntry(dir); p.Main == "" {
		problem := fail(Pos{File: dir}, "no script here: no wrangler file, no package.json with main, no index.ts or index.js, no src/index.ts, no worker.js")
		problem.Hint = "name the script itself"
		return nil, []Problem{*problem}
	}
	var r reader
	if env != "" {
		r.warnf(Pos{File: dir}, "there is no wrangler file, so the environment %q chooses variable files alone", env)
	}
	if dev {
		p.devVars(&r)
	}
	return p, sorted(r.problems)
}

// findEntry looks for the entry script of a directory. A package.json that names a file
// which is not there (not built yet) does not count.
func findEntry(dir string) string {
	if data, problem := readFile(filepath.Join(dir, "package.json")); problem == nil && deepest(data, maxDepth) < 0 {
		var pkg struct {
			Main   any `json:"main"`
			Module any `json:"module"`
		}
		if json.Unmarshal(data, &pkg) == nil {
			for _, field := range []any{pkg.Main, pkg.Module} {
				if s, ok := field.(string); ok && s != "" {
					if file := filepath.Join(dir, s); isFile(file) {
						return file
					}
				}
			}
		}
	}
	for _, name := range entryNames {
		for _, ext := range []string{".ts", ".js", ".mts", ".mjs", ".tsx", ".jsx"} {
			if file := filepath.Join(dir, name+ext); isFile(file) {
				return file
			}
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func defaultBuild(dir string) Build {
	return Build{KeepNames: true, Cwd: dir, JSXFactory: "React.createElement", JSXFragment: "React.Fragment"}
}
