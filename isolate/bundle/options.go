package bundle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say what to build. The zero value of each field is its default.
type Options struct {
	// Dir is the project's root: paths are relative to it, and messages and source maps
	// name files relative to it. "" means the current directory.
	Dir string
	// Entry is the worker's main file, absolute or relative to Dir. "" looks for one:
	// package.json's main, then index and worker with any extension, in Dir and Dir/src.
	Entry string
	// Alias replaces import specifiers: wrangler's alias.
	Alias map[string]string
	// Define replaces identifiers and property chains by JavaScript: wrangler's define.
	Define map[string]string
	// Rules say which files are imported as text, data or wasm. Wrangler's default rules
	// follow them.
	Rules []Rule
	// TSConfig is a tsconfig.json to use instead of the nearest one above each file.
	TSConfig string
	// JSXFactory and JSXFragment are names for classic JSX; "" leaves it to tsconfig.
	JSXFactory, JSXFragment string
	// Minify shortens the code. KeepNames keeps the name property of functions and classes
	// as in the source, which costs a call for each at start.
	Minify, KeepNames bool
	// NoBundle takes the code as it is: no define, no alias, no minifying. Modules are
	// still linked into one script, since the engine has no module loader.
	NoBundle bool
	// FindAdditionalModules adds the modules under BaseDir that no import names, for
	// import() and require() of names known only at run time. NoBundle implies it.
	FindAdditionalModules bool
	// BaseDir is where additional modules are looked for, and what their names are
	// relative to. "" means the directory of Entry.
	BaseDir string
	// CompatibilityDate and CompatibilityFlags decide whether navigator.userAgent is a
	// constant (global_navigator, the default since 2022-03-21).
	CompatibilityDate  string
	CompatibilityFlags []string
	// BuildCommand runs by "sh -c" before each build, in BuildCwd, which is relative to Dir.
	BuildCommand, BuildCwd string
	// TextBlobs, DataBlobs and WasmModules are globals of a service worker: name to file.
	TextBlobs, DataBlobs, WasmModules map[string]string
	// HostModules are the specifiers that host.module knows, with their prefix, such as
	// "node:events". nil means cloudflare:workers alone.
	HostModules []string
	// Production makes process.env.NODE_ENV "production" instead of "development", and
	// chooses the package.json condition of that name.
	Production bool
}

// Rule says how files whose path matches one of Globs are imported.
type Rule struct {
	Type  string // ESModule, CommonJS, Text, Data or CompiledWasm
	Globs []string
	// Fallthrough lets later rules of the same type, the default ones included, count too.
	Fallthrough bool
}

// entryNames are the files that may be a worker's entry, the likeliest first.
var entryNames = func() (names []string) {
	for _, base := range []string{"index", "src/index", "worker", "src/worker", "src/main", "_worker"} {
		for _, ext := range []string{".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs"} {
			names = append(names, base+ext)
		}
	}
	return names
}()

// findEntry returns the absolute path of the entry.
func (o *Options) findEntry() (string, *BuildError) {
	if o.Entry != "" {
		path := o.abs(o.Entry)
		if st, err := os.Stat(path); err != nil {
			return "", failure("cannot read the worker's entry: %v", err)
		} else if !st.Mode().IsRegular() {
			return "", failure("the worker's entry %s is not a file", path)
		}
		return path, nil
	}
	isFile := func(path string) bool {
		st, err := os.Stat(path)
		return err == nil && st.Mode().IsRegular()
	}
	if b, err := os.ReadFile(filepath.Join(o.Dir, "package.json")); err == nil {
		var pkg struct {
			Main string `json:"main"`
		}
		if json.Unmarshal(b, &pkg) == nil && pkg.Main != "" {
			if path := o.abs(pkg.Main); isFile(path) {
				return path, nil
			}
		}
	}
	for _, name := range entryNames {
		if path := filepath.Join(o.Dir, name); isFile(path) {
			return path, nil
		}
	}
	e := failure("no worker found in %s", o.Dir)
	e.Messages[0].Hint = "name a file, or have index.ts, index.js, src/index.ts or package.json's main there"
	return "", e
}

// abs makes path absolute, relative ones against Dir.
func (o *Options) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(o.Dir, path)
}

// rel is the opposite: how messages, maps and modules name a file.
func (o *Options) rel(path string) string {
	if r, err := filepath.Rel(o.Dir, path); err == nil {
		return filepath.ToSlash(r)
	}
	return filepath.ToSlash(path)
}

// globalNavigator reports whether the worker sees navigator.userAgent.
func (o *Options) globalNavigator() bool {
	if slices.Contains(o.CompatibilityFlags, "no_global_navigator") {
		return false
	}
	return slices.Contains(o.CompatibilityFlags, "global_navigator") ||
		o.CompatibilityDate == "" || o.CompatibilityDate >= "2022-03-21"
}

func (o *Options) hasHostModule(specifier string) bool {
	if o.HostModules == nil {
		return specifier == "cloudflare:workers"
	}
	return slices.Contains(o.HostModules, specifier)
}

// isScript reports whether path has an extension of JavaScript or TypeScript.
func isScript(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx":
		return true
	}
	return false
}
