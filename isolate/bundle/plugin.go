package bundle

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// The namespaces of esbuild that our own modules live in. They show in comments of the
// bundle and in source maps.
const (
	nsHost   = "gannet-host"   // modules the isolate provides
	nsAbsent = "gannet-absent" // modules nobody provides
)

// loader is the part of a build that esbuild calls back: how modules are found and read.
// Its callbacks run on esbuild's goroutines, several at a time.
type loader struct {
	opts  *Options
	rules ruleSet
	guard guard

	mu struct {
		sync.Mutex
		inputs  map[string]bool   // absolute paths of all files read
		modules map[string]Blob   // by name
		append  map[string]string // code to put behind a file, by absolute path
	}
}

// reset begins a build. appendix is code to put behind the file at entry.
func (l *loader) reset(entry, appendix string) {
	l.guard.reset()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.inputs = map[string]bool{entry: true}
	l.mu.modules = make(map[string]Blob)
	l.mu.append = make(map[string]string)
	if appendix != "" {
		l.mu.append[entry] = appendix
	}
}

func (l *loader) plugin() api.Plugin {
	return api.Plugin{Name: "gannet", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `.`},
			func(args api.OnResolveArgs) (api.OnResolveResult, error) { return l.resolve(b, args) })
		b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: "file"}, l.loadFile)
		b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: nsHost}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			code := hostSource(args.Path)
			return api.OnLoadResult{Contents: &code, Loader: api.LoaderJS}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: nsAbsent}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			code := absentSource(args.Path)
			return api.OnLoadResult{Contents: &code, Loader: api.LoaderJS}, nil
		})
	}}
}

// inResolve marks lookups that resolve itself asks for.
type inResolve struct{}

// resolve finds the modules of the host. Everything else is left to esbuild, once guard
// has looked at it.
func (l *loader) resolve(b api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, error) {
	if _, nested := args.PluginData.(inResolve); nested || args.Kind == api.ResolveEntryPoint {
		return api.OnResolveResult{}, nil
	}
	if err := l.guard.imported(args.Path, args.ResolveDir); err != nil {
		return api.OnResolveResult{}, err
	}
	specifier, bare, ok := canonicalHost(args.Path)
	if !ok || l.aliased(args.Path) {
		return api.OnResolveResult{}, nil
	}
	if bare {
		// A package of that name, or a path of tsconfig, wins over Node's module.
		r := b.Resolve(args.Path, api.ResolveOptions{
			Importer: args.Importer, Namespace: args.Namespace, ResolveDir: args.ResolveDir, Kind: args.Kind,
			PluginData: inResolve{}, With: args.With,
		})
		if len(r.Errors) == 0 {
			return api.OnResolveResult{}, nil // and esbuild finds it once more, with all it knows of it
		}
	}
	if l.opts.hasHostModule(specifier) {
		return api.OnResolveResult{Path: specifier, Namespace: nsHost, SideEffects: api.SideEffectsFalse}, nil
	}
	return api.OnResolveResult{
		Path: specifier, Namespace: nsAbsent, SideEffects: api.SideEffectsFalse,
		Warnings: []api.Message{{Text: absentText(specifier)}},
	}, nil
}

func (l *loader) aliased(specifier string) bool {
	if l.opts.NoBundle {
		return false
	}
	for from := range l.opts.Alias {
		if specifier == from || len(specifier) > len(from) && specifier[:len(from)] == from && specifier[len(from)] == '/' {
			return true
		}
	}
	return false
}

// loadFile reads files that rules make text, data or wasm, and checks those that esbuild
// will parse: its parser recurses, and a stack that overflows takes the process along.
func (l *loader) loadFile(args api.OnLoadArgs) (api.OnLoadResult, error) {
	st, err := os.Stat(args.Path)
	if err != nil {
		return api.OnLoadResult{}, nil // esbuild says it better
	}
	if !st.Mode().IsRegular() {
		return api.OnLoadResult{}, fmt.Errorf("%s is not a regular file", l.opts.rel(args.Path))
	}
	l.mu.Lock()
	l.mu.inputs[args.Path] = true
	appendix := l.mu.append[args.Path]
	l.mu.Unlock()
	if st.Size() > MaxScriptBytes {
		return api.OnLoadResult{}, fmt.Errorf("%s has %d bytes, more than the %d a worker may have",
			l.opts.rel(args.Path), st.Size(), MaxScriptBytes)
	}

	rel := l.opts.rel(args.Path)
	typ, code, ok := l.rules.match(rel + args.Suffix)
	if ok && !code {
		return l.loadModule(args.Path, rel, typ)
	}
	src, err := os.ReadFile(args.Path)
	if err != nil {
		return api.OnLoadResult{}, nil
	}
	if err := l.guard.loaded(args.Path, src); err != nil {
		return api.OnLoadResult{}, err
	}
	text := string(src)
	if m := checkDepth(rel, text); m != nil {
		return api.OnLoadResult{Errors: []api.Message{{Text: m.Text, Location: &api.Location{
			File: rel, Line: m.Line, LineText: m.LineText,
		}}}}, nil
	}
	if appendix == "" && isScript(rel) || !ok {
		return api.OnLoadResult{}, nil
	}
	text += appendix
	return api.OnLoadResult{Contents: &text, Loader: loaderOf(args.Path), ResolveDir: filepath.Dir(args.Path)}, nil
}

// loadModule makes a module of a file that is not code.
func (l *loader) loadModule(path, rel string, typ BlobType) (api.OnLoadResult, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return api.OnLoadResult{}, err
	}
	if typ == BlobText {
		text := string(data)
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, nil
	}
	name := "./" + rel
	l.mu.Lock()
	l.mu.modules[name] = Blob{Name: name, Type: typ, Data: data}
	l.mu.Unlock()
	code := "export default __gannet_host.module(" + quote(name) + ");\n"
	return api.OnLoadResult{Contents: &code, Loader: api.LoaderJS}, nil
}

// loaderOf is the loader esbuild would take, for files given to it as text.
func loaderOf(path string) api.Loader {
	switch filepath.Ext(path) {
	case ".jsx":
		return api.LoaderJSX
	case ".ts", ".mts", ".cts":
		return api.LoaderTS
	case ".tsx":
		return api.LoaderTSX
	}
	return api.LoaderJS
}
