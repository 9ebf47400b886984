package bundle

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// additionalName is the function through which additional modules are made known.
const additionalName = "__gannet_additional"

// additionalPrelude declares it, and the require that esbuild's own one falls back to: it
// takes both the name relative to the base directory, as wrangler names modules, and the
// same with "./" before it.
const additionalPrelude = ` const __gannet_table = { __proto__: null };` +
	` function __gannet_additional(more) { Object.assign(__gannet_table, more); }` +
	` function require(name) { const load = __gannet_table[String(name).replace(/^(?:\.?\/)+/, "")];` +
	` if (!load) throw new Error('No such module "' + name + '"'); return load(); }`

// maxAdditional bounds how many modules are added unasked: each is parsed and held by
// every isolate.
const maxAdditional = 1000

// additional returns code to put behind the entry that links the modules nobody imports
// by name, or "".
func (c *Context) additional(entry string) (string, *BuildError) {
	if !c.opts.FindAdditionalModules && !c.opts.NoBundle {
		return "", nil
	}
	base := filepath.Dir(entry)
	if c.opts.BaseDir != "" {
		base = c.opts.abs(c.opts.BaseDir)
	}
	var names []string
	err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != base && (name == "node_modules" || strings.HasPrefix(name, ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || path == entry || strings.HasPrefix(name, ".") {
			return nil
		}
		if _, _, ok := c.rules.match(c.opts.rel(path)); ok {
			names = append(names, path)
		}
		return nil
	})
	if err != nil {
		return "", failure("cannot look for additional modules: %v", err)
	}
	if len(names) > maxAdditional {
		e := failure("%d additional modules under %s, more than %d", len(names), base, maxAdditional)
		e.Messages[0].Hint = "narrow base_dir or rules"
		return "", e
	}
	if len(names) == 0 {
		return "", nil
	}
	var b strings.Builder
	b.WriteString("\n;" + additionalName + "({")
	for _, path := range names { // WalkDir goes in lexical order
		name, err := filepath.Rel(base, path)
		if err != nil {
			return "", failure("cannot look for additional modules: %v", err)
		}
		b.WriteString(quote(filepath.ToSlash(name)) + ": () => require(" + quote(path) + "), ")
	}
	b.WriteString("});\n")
	return b.String(), nil
}
