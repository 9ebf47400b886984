package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// supported is the syntax goja lacks: only this is lowered. Everything else passes as it
// is written, private fields above all, whose lowering to WeakMaps doubles the time of a
// Hono request. TestSyntax runs each feature.
var supported = map[string]bool{
	"async-generator":                 false,
	"for-await":                       false,
	"using":                           false,
	"decorators":                      false,
	"dynamic-import":                  false,
	"import-attributes":               false,
	"regexp-match-indices":            false, // these three become new RegExp(…), so that the
	"regexp-set-notation":             false, // script compiles and the realm's RegExp sees
	"regexp-unicode-property-escapes": false, // the pattern
}

// Build builds a worker once. The error is a *BuildError unless ctx ended the build.
func Build(ctx context.Context, o Options) (*Script, error) {
	c, err := NewContext(o)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Rebuild(ctx)
}

// Context builds a worker again and again, and keeps between builds what did not change.
// It is safe for concurrent use: builds run one after the other.
type Context struct {
	opts   Options
	rules  ruleSet
	loader loader

	mu struct {
		sync.Mutex
		bundler api.BuildContext // nil until the first build that bundles
		entry   string           // what bundler was made for
		closed  bool
	}
}

// NewContext checks o. It reads no source. The context must be closed.
func NewContext(o Options) (*Context, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, failure("%v", err)
	}
	// esbuild names files by their real path; names relative to Dir come out right only
	// if it is real as well.
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	o.Dir = dir
	if st, err := os.Stat(dir); err != nil {
		return nil, failure("cannot read the project: %v", err)
	} else if !st.IsDir() {
		return nil, failure("%s is not a directory", dir)
	}
	rules, berr := compileRules(o.Rules)
	if berr != nil {
		return nil, berr
	}
	c := &Context{opts: o, rules: rules}
	c.loader.opts, c.loader.rules, c.loader.guard.opts = &c.opts, rules, &c.opts
	return c, nil
}

// Close frees what the context keeps. A build under way ends first.
func (c *Context) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.closed = true
	c.disposeLocked()
}

func (c *Context) disposeLocked() {
	if c.mu.bundler != nil {
		c.mu.bundler.Dispose()
		c.mu.bundler, c.mu.entry = nil, ""
	}
}

// Rebuild builds the worker from its present sources. The error is a *BuildError unless
// ctx ended the build.
func (c *Context) Rebuild(ctx context.Context) (*Script, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return nil, failure("the build context is closed")
	}
	if c.opts.BuildCommand != "" {
		if err := runCommand(ctx, c.opts.BuildCommand, c.opts.abs(c.opts.BuildCwd)); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entry, berr := c.opts.findEntry()
	if berr != nil {
		return nil, berr
	}
	if real, err := filepath.EvalSymlinks(entry); err == nil {
		entry = real
	}
	appendix, berr := c.additional(entry)
	if berr != nil {
		return nil, berr
	}
	c.loader.reset(entry, appendix)
	if err := c.loader.guard.project(entry); err != nil {
		return nil, failure("%v", err)
	}

	s, err := c.buildLocked(ctx, entry, appendix)
	if err != nil {
		if e, ok := err.(*BuildError); ok {
			e.Inputs = c.inputs()
		}
		return nil, err
	}
	if err := c.addBlobs(s); err != nil {
		return nil, err
	}
	s.Inputs = c.inputs()
	s.seal()
	if n := len(s.Code); n > MaxScriptBytes {
		e := failure("the script has %d bytes, more than the %d a worker may have", n, MaxScriptBytes)
		e.Messages[0].Hint = "minify = true in the wrangler file makes it smaller"
		e.Inputs = s.Inputs
		return nil, e
	}
	return s, nil
}

// looksLikeModule guesses whether a source has import or export declarations. Wrong
// guesses cost time and nothing else.
var looksLikeModule = regexp.MustCompile(`(?m)^\s*(?:export|import)\b|[;}]\s*export\b`).Match

func (c *Context) buildLocked(ctx context.Context, entry, appendix string) (*Script, error) {
	src, err := os.ReadFile(entry)
	if err != nil {
		return nil, failure("cannot read the worker's entry: %v", err)
	}
	if appendix == "" && !looksLikeModule(src) {
		s, isScript, err := c.buildPlain(entry)
		if isScript || err != nil {
			return s, err
		}
	}
	s, format, err := c.buildBundle(ctx, entry)
	if err != nil {
		return nil, err
	}
	if format == "" && appendix == "" && looksLikeModule(src) {
		if plain, isScript, err := c.buildPlain(entry); isScript && err == nil {
			return plain, nil
		}
	}
	return s, nil
}

// buildPlain handles the service worker that imports nothing: it stays a script of the
// global scope, so that its functions and variables are globals. isScript is false if the
// entry is anything else.
func (c *Context) buildPlain(entry string) (s *Script, isScript bool, err error) {
	o := c.esbuildOptions(entry)
	o.Bundle, o.Format, o.Alias = false, api.FormatDefault, nil
	r := api.Build(o)
	if len(r.Errors) > 0 {
		return nil, false, c.failed(&r)
	}
	code, rawMap := outputs(&r)
	meta, ok := readMetafile(r.Metafile)
	if !ok || meta.format != "" {
		return nil, false, nil
	}
	a := analyse(code)
	if a.commonJS || a.export >= 0 {
		return nil, false, nil
	}
	s = &Script{
		Name:     c.opts.rel(entry),
		Format:   ServiceWorker,
		Code:     applyEdits(code, a.edits) + endOfScript,
		Map:      &Map{raw: rawMap, code: code, edits: a.edits},
		Warnings: warnings(&r),
	}
	if err := tooDeepOutput(s, code, &a); err != nil {
		return nil, true, err
	}
	return s, true, nil
}

// endOfScript keeps the last line of a script from being the worker's: goja takes one that
// begins with "//# sourceMappingURL=", be it inside of a template, for the name of a file
// to read, unless it is told not to.
const endOfScript = ";\n"

// buildBundle bundles the entry into one ECMAScript module and makes a function of that.
// format is esbuild's view of the entry: "esm", "cjs" or "".
func (c *Context) buildBundle(ctx context.Context, entry string) (s *Script, format string, err error) {
	if c.mu.bundler == nil || c.mu.entry != entry {
		c.disposeLocked()
		b, cerr := api.Context(c.esbuildOptions(entry))
		if cerr != nil {
			return nil, "", &BuildError{Messages: fromESBuild(cerr.Errors, SeverityError)}
		}
		c.mu.bundler, c.mu.entry = b, entry
	}
	stop := context.AfterFunc(ctx, c.mu.bundler.Cancel)
	r := c.mu.bundler.Rebuild()
	stop()
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if len(r.Errors) > 0 {
		return nil, "", c.failed(&r)
	}
	code, rawMap := outputs(&r)
	meta, ok := readMetafile(r.Metafile)
	if !ok {
		return nil, "", failure("BUG: esbuild's metafile cannot be read")
	}
	s = &Script{Name: c.opts.rel(entry), Format: ServiceWorker, Wrapped: true, Warnings: warnings(&r)}
	if len(meta.exports) > 0 {
		s.Format, s.Exports = Module, meta.exports
	}
	if err := c.wrap(s, code, rawMap); err != nil {
		return nil, "", err
	}
	return s, meta.format, nil
}

// wrap makes s.Code of an ECMAScript module's code: a function that runs it and returns
// its exports.
func (c *Context) wrap(s *Script, code string, rawMap []byte) error {
	a := analyse(code)
	if err := tooDeepOutput(s, code, &a); err != nil {
		return err
	}
	body, result := code, "return { __proto__: null };"
	if a.export >= 0 {
		clause, ok := parseExport(code, a.export)
		if !ok {
			return failure("BUG: cannot read the export declaration of the bundle: %.200s", code[a.export:])
		}
		body, result = code[:clause.start], clause.returnStatement()
	}
	s.Async = a.mayAwait && hasTopLevelAwait(code)

	var b strings.Builder
	b.WriteString("(")
	if s.Async {
		b.WriteString("async ")
	}
	b.WriteString(`function (__gannet_host) { "use strict";`)
	if strings.Contains(body, metaName) {
		b.WriteString(" const " + metaName + " = { __proto__: null, url: " + quote("file:///"+s.Name) + " };")
	}
	if strings.Contains(body, additionalName) {
		b.WriteString(additionalPrelude)
	}
	b.WriteString("\n")
	b.WriteString(applyEdits(body, a.edits))
	if !strings.HasSuffix(body, "\n") {
		b.WriteString("\n")
	}
	b.WriteString(result)
	b.WriteString("\n})")
	s.Code = b.String()
	s.Map = &Map{raw: rawMap, code: body, edits: a.edits, lines: 1}
	return nil
}

// hasTopLevelAwait asks esbuild, by forbidding it.
func hasTopLevelAwait(code string) bool {
	r := api.Transform(code, api.TransformOptions{
		Format: api.FormatESModule, Target: api.ESNext, LogLevel: api.LogLevelSilent,
		Supported: map[string]bool{"top-level-await": false},
	})
	return len(r.Errors) > 0
}

func tooDeepOutput(s *Script, code string, a *analysis) error {
	if m := a.tooDeep(s.Name, code); m != nil {
		return &BuildError{Messages: []Message{*m}}
	}
	return nil
}

// metaName stands for import.meta in the bundle.
const metaName = "__gannet_meta"

func (c *Context) esbuildOptions(entry string) api.BuildOptions {
	o := &c.opts
	mode := "development"
	if o.Production {
		mode = "production"
	}
	b := api.BuildOptions{
		EntryPoints:   []string{entry},
		AbsWorkingDir: o.Dir,
		Outfile:       filepath.Join(o.Dir, "gannet-worker.js"), // never written; sources are named relative to it
		Bundle:        true,
		Format:        api.FormatESModule,
		Platform:      api.PlatformBrowser,
		Target:        api.ESNext,
		Supported:     supported,
		Conditions:    []string{"workerd", "worker", "browser", mode},
		MainFields:    []string{"browser", "module", "main"},
		Metafile:      true,
		Sourcemap:     api.SourceMapExternal,
		LegalComments: api.LegalCommentsNone,
		LogLevel:      api.LogLevelSilent,
		LogLimit:      0,
		// ASCII output, so that the engine's columns are characters and it keeps one byte for each.
		Charset: api.CharsetASCII,
		Define:  map[string]string{"import.meta": metaName},
		Loader:  map[string]api.Loader{},
		Plugins: []api.Plugin{c.loader.plugin()},
	}
	if o.TSConfig != "" {
		b.Tsconfig = o.abs(o.TSConfig)
	}
	if o.NoBundle {
		return b
	}
	b.Define["process.env.NODE_ENV"] = quote(mode)
	if o.globalNavigator() {
		b.Define["navigator.userAgent"] = `"Cloudflare-Workers"`
	}
	maps.Copy(b.Define, o.Define)
	b.Alias = o.Alias
	b.JSXFactory, b.JSXFragment = o.JSXFactory, o.JSXFragment
	b.KeepNames = o.KeepNames
	b.MinifyWhitespace, b.MinifyIdentifiers, b.MinifySyntax = o.Minify, o.Minify, o.Minify
	return b
}

// outputs returns the code and the map among the output files.
func outputs(r *api.BuildResult) (code string, rawMap []byte) {
	for _, f := range r.OutputFiles {
		switch filepath.Ext(f.Path) {
		case ".js":
			code = string(f.Contents)
		case ".map":
			if strings.HasSuffix(f.Path, ".js.map") {
				rawMap = f.Contents
			}
		}
	}
	return code, rawMap
}

// metafile is the part of esbuild's metafile that counts here.
type metafile struct {
	exports []string
	format  string
}

func readMetafile(s string) (metafile, bool) {
	var doc struct {
		Inputs map[string]struct {
			Format string `json:"format"`
		} `json:"inputs"`
		Outputs map[string]struct {
			Exports    []string `json:"exports"`
			EntryPoint string   `json:"entryPoint"`
		} `json:"outputs"`
	}
	if json.Unmarshal([]byte(s), &doc) != nil {
		return metafile{}, false
	}
	for _, o := range doc.Outputs {
		if o.EntryPoint != "" {
			return metafile{exports: o.Exports, format: doc.Inputs[o.EntryPoint].Format}, true
		}
	}
	return metafile{}, false
}

func (c *Context) failed(r *api.BuildResult) *BuildError {
	return &BuildError{Messages: append(fromESBuild(r.Errors, SeverityError), warnings(r)...)}
}

// warnings returns each warning once. esbuild reads files in parallel, and one module
// may be missed in many: the first place by file and line stands for all.
func warnings(r *api.BuildResult) []Message {
	all := fromESBuild(r.Warnings, SeverityWarning)
	slices.SortStableFunc(all, func(a, b Message) int {
		if n := strings.Compare(a.File, b.File); n != 0 {
			return n
		}
		return a.Line - b.Line
	})
	seen := make(map[string]bool)
	var out []Message
	for _, m := range all {
		if name, ok := absentName(m.Text); ok {
			if seen[name] {
				continue
			}
			seen[name] = true
		}
		out = append(out, m)
	}
	return out
}

// addBlobs adds the modules that imports found, and the blobs of a service worker.
func (c *Context) addBlobs(s *Script) error {
	c.loader.mu.Lock()
	defer c.loader.mu.Unlock()
	for _, m := range c.loader.mu.modules {
		s.Modules = append(s.Modules, m)
	}
	for _, blobs := range []struct {
		typ   BlobType
		files map[string]string
	}{{BlobText, c.opts.TextBlobs}, {BlobData, c.opts.DataBlobs}, {BlobWasm, c.opts.WasmModules}} {
		for global, file := range blobs.files {
			path := c.opts.abs(file)
			data, err := readRegular(path)
			if err != nil {
				return failure("%s: cannot read %s: %v", global, blobs.typ, err)
			}
			c.loader.mu.inputs[path] = true
			s.Modules = append(s.Modules, Blob{Name: "./" + c.opts.rel(path), Global: global, Type: blobs.typ, Data: data})
		}
	}
	return nil
}

// readRegular reads a file of at most MaxScriptBytes, and nothing that may never end.
func readRegular(path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case st.Size() > MaxScriptBytes:
		return nil, fmt.Errorf("%s has %d bytes, more than the %d a worker may have", path, st.Size(), MaxScriptBytes)
	}
	return os.ReadFile(path)
}
