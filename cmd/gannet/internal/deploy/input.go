package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"gannet/core"
	"gannet/core/config"
	"gannet/isolate/bundle"
)

// Input is what one version of a worker is made of.
type Input struct {
	Name    string
	Project *config.Project
	// Vars are the variables in force, secrets included.
	Vars []config.Var
	// Limits are complete.
	Limits core.Limits
	// LimitsFile is the file whose limits table a message about a limit should name.
	LimitsFile string
	// Production builds for serve, and not for dev.
	Production bool
}

// BundleOptions are what bundle needs to build the script of a project.
func (in *Input) BundleOptions() bundle.Options {
	p, b := in.Project, &in.Project.Build
	o := bundle.Options{
		Dir: p.Dir, Entry: p.Main, Alias: b.Alias, Define: b.Define, TSConfig: b.TSConfig,
		JSXFactory: b.JSXFactory, JSXFragment: b.JSXFragment,
		Minify: b.Minify, KeepNames: b.KeepNames, NoBundle: b.NoBundle,
		FindAdditionalModules: b.FindAdditionalModules, BaseDir: b.BaseDir,
		CompatibilityDate: p.CompatibilityDate, CompatibilityFlags: p.CompatibilityFlags,
		BuildCommand: b.Command, BuildCwd: b.Cwd, Production: in.Production,
	}
	// Wrangler's default is what esbuild does by itself, and would outrank a tsconfig.json.
	if o.JSXFactory == "React.createElement" {
		o.JSXFactory = ""
	}
	if o.JSXFragment == "React.Fragment" {
		o.JSXFragment = ""
	}
	for _, r := range b.Rules {
		o.Rules = append(o.Rules, bundle.Rule{Type: r.Type, Globs: r.Globs, Fallthrough: r.Fallthrough})
	}
	for _, blob := range p.Blobs {
		m := &o.DataBlobs
		if blob.Text {
			m = &o.TextBlobs
		}
		if *m == nil {
			*m = make(map[string]string)
		}
		(*m)[blob.Name] = blob.Path
	}
	return o
}

// hash names the version: two inputs with the same hash make the same worker.
func (in *Input) hash(script *bundle.Script) string {
	id := struct {
		Name, Script, LimitsFile string
		Vars                     []config.Var
		Bindings                 []config.Binding
		Assets                   *config.Assets
		Limits                   core.Limits
		Date                     string
		Flags                    []string
	}{Name: in.Name, LimitsFile: in.LimitsFile, Vars: in.Vars, Assets: in.Project.Assets, Limits: in.Limits,
		Date: in.Project.CompatibilityDate, Flags: in.Project.CompatibilityFlags}
	if script != nil {
		id.Script = script.Hash
	}
	for _, b := range in.Project.Bindings {
		b.Pos = config.Pos{} // where it stands in the file changes nothing
		id.Bindings = append(id.Bindings, b)
	}
	text, err := json.Marshal(id)
	if err != nil {
		panic("BUG: a worker's input cannot be written as JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// WithVars returns vars with those of more in place of others of the same name.
func WithVars(vars, more []config.Var) []config.Var {
	out := slices.Clone(vars)
	for _, v := range more {
		if i := slices.IndexFunc(out, func(o config.Var) bool { return o.Name == v.Name }); i >= 0 {
			out[i] = v
		} else {
			out = append(out, v)
		}
	}
	return out
}
