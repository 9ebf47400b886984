package bundle

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// guardedBytes is the size from which a configuration file is looked into, in bytes: what
// is smaller cannot nest deep enough to hurt (esbuild takes 900 bytes of stack for a
// level of JSON).
const guardedBytes = 64 << 10

// mapsNames finds the keys by which a configuration file sends an import to some other
// place beside it.
var mapsNames = regexp.MustCompile(`"(?:paths|baseUrl|exports|imports|browser|main|module)"`)

// guard looks at the package.json and tsconfig.json files of a build before esbuild does.
// esbuild reads those by itself, without asking the plugin, and a megabyte of brackets in
// one of them ends the process. It looks at the directories of the project and above it
// and of each import before esbuild does, and at the whole of a package, or of a project
// whose configuration maps names to places in it.
type guard struct {
	opts *Options

	mu struct {
		sync.Mutex
		seen map[string]error // by directory or file
	}
}

func (g *guard) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.seen = make(map[string]error)
}

// once runs check for key unless that was done in this build.
func (g *guard) once(key string, check func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err, done := g.mu.seen[key]; done {
		return err
	}
	g.mu.seen[key] = nil // circles of extends end here
	g.mu.Unlock()
	err := check()
	g.mu.Lock()
	g.mu.seen[key] = err
	return err
}

// project checks everything that can have a say without being imported.
func (g *guard) project(entry string) error {
	if g.opts.TSConfig != "" {
		if err := g.config(g.opts.abs(g.opts.TSConfig)); err != nil {
			return err
		}
	}
	for _, to := range g.opts.Alias {
		if err := g.imported(to, g.opts.Dir); err != nil {
			return err
		}
	}
	if err := g.above(g.opts.Dir); err != nil {
		return err
	}
	return g.above(filepath.Dir(entry))
}

// dynamicCall finds import(…) and require(…). What stands in the parentheses may be a
// pattern, such as `./lang/${x}.js`, whose directories esbuild reads without asking.
var dynamicCall = regexp.MustCompile(`\b(?:import|require)\b\s*(?:\(|/[/*])`)

// loaded checks what a source may lead to beyond its imports. Packages have been looked at
// as a whole.
func (g *guard) loaded(path string, src []byte) error {
	if err := g.sourceMaps(path, src); err != nil {
		return err
	}
	if inPackage(path) || !dynamicCall.Match(src) {
		return nil
	}
	if err := g.tree(filepath.Dir(path)); err != nil {
		return err
	}
	return g.tree(g.opts.Dir)
}

// mapComment finds what esbuild may take for the place of a source's own source map, with
// which it would go on without asking. A find outside of a comment is checked in vain.
var mapComment = regexp.MustCompile(`[#@] sourceMappingURL=(\S+)`)

// maxMapBytes bounds the source map of a source file, in bytes.
const maxMapBytes = 4 * MaxScriptBytes

// sourceMaps checks the source maps that the source at path names.
func (g *guard) sourceMaps(path string, src []byte) error {
	for _, m := range mapComment.FindAllSubmatch(src, -1) {
		ref := strings.TrimSuffix(string(m[1]), "*/")
		if data, ok := strings.CutPrefix(ref, "data:"); ok {
			kind, data, _ := strings.Cut(data, ",")
			var err error
			if strings.HasSuffix(kind, ";base64") {
				var b []byte
				b, err = base64.StdEncoding.DecodeString(data)
				data = string(b)
			} else {
				data, err = url.PathUnescape(data)
			}
			if err != nil {
				continue // esbuild decodes it no further
			}
			if m := checkDepth(g.opts.rel(path), data); m != nil {
				return fmt.Errorf("the source map in %s: %s", g.opts.rel(path), m.Text)
			}
			continue
		}
		u, err := url.Parse(ref)
		if err != nil || u.Scheme != "" && u.Scheme != "file" {
			continue
		}
		base := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Dir(path)) + "/"}
		if err := g.sourceMap(filepath.FromSlash(base.ResolveReference(u).Path)); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) sourceMap(path string) error {
	st, err := os.Stat(path)
	if err != nil || st.IsDir() {
		return nil
	}
	return g.once("map:"+path, func() error {
		rel := g.opts.rel(path)
		if !st.Mode().IsRegular() {
			return fmt.Errorf("the source map %s is not a regular file", rel)
		}
		if st.Size() > maxMapBytes {
			return fmt.Errorf("the source map %s has %d bytes, more than the %d that are read", rel, st.Size(), maxMapBytes)
		}
		if st.Size() < guardedBytes {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		if m := checkDepth(rel, string(b)); m != nil {
			return fmt.Errorf("the source map %s: %s", rel, m.Text)
		}
		return nil
	})
}

func inPackage(path string) bool {
	return strings.Contains(path, string(filepath.Separator)+"node_modules"+string(filepath.Separator))
}

// above checks dir and all directories above it.
func (g *guard) above(dir string) error {
	return g.once("above:"+dir, func() error {
		for _, name := range configNames {
			if err := g.config(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		if parent := filepath.Dir(dir); parent != dir {
			return g.above(parent)
		}
		return nil
	})
}

// imported checks the package that an import in resolveDir may mean.
func (g *guard) imported(specifier, resolveDir string) error {
	if specifier == "" || resolveDir == "" {
		return nil
	}
	if specifier[0] == '.' || filepath.IsAbs(specifier) {
		path := specifier
		if specifier[0] == '.' {
			path = filepath.Join(resolveDir, specifier)
		}
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			if err := g.tree(path); err != nil {
				return err
			}
		}
		return g.above(filepath.Dir(path))
	}
	parts := strings.SplitN(specifier, "/", 3)
	name := parts[0]
	if name[:1] == "@" && len(parts) > 1 {
		name += "/" + parts[1]
	}
	for dir := resolveDir; ; dir = filepath.Dir(dir) {
		pkg := filepath.Join(dir, "node_modules", filepath.FromSlash(name))
		if real, err := filepath.EvalSymlinks(pkg); err == nil {
			if err := g.tree(real); err != nil {
				return err
			}
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// tree checks all configuration files under dir but those of packages in it.
func (g *guard) tree(dir string) error {
	return g.once(dir, func() error {
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // what cannot be read cannot hurt
			}
			name := d.Name()
			if d.IsDir() {
				if path != dir && (name == "node_modules" || name == ".git") {
					return fs.SkipDir
				}
				return nil
			}
			if name == "package.json" || filepath.Ext(name) == ".json" &&
				(strings.HasPrefix(name, "tsconfig") || strings.HasPrefix(name, "jsconfig")) {
				return g.config(path)
			}
			return nil
		})
	})
}

// config checks one file and, for a tsconfig.json, what it extends.
func (g *guard) config(path string) error {
	st, err := os.Stat(path)
	if err != nil || st.IsDir() {
		return nil
	}
	return g.once(path, func() error {
		rel := g.opts.rel(path)
		if !st.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file", rel)
		}
		if st.Size() > MaxScriptBytes {
			return fmt.Errorf("%s has %d bytes, more than the %d that are read", rel, st.Size(), MaxScriptBytes)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		if len(b) >= guardedBytes {
			if m := checkDepth(rel, string(b)); m != nil {
				return fmt.Errorf("%s: %s", rel, m.Text)
			}
		}
		if mapsNames.Match(b) && !inPackage(path) {
			if err := g.tree(filepath.Dir(path)); err != nil {
				return err
			}
		}
		if filepath.Base(path) == "package.json" {
			return nil
		}
		for _, name := range extended(string(b)) {
			if !strings.HasPrefix(name, ".") && !filepath.IsAbs(name) {
				if err := g.imported(name, filepath.Dir(path)); err != nil {
					return err
				}
				continue
			}
			target := name
			if !filepath.IsAbs(name) {
				target = filepath.Join(filepath.Dir(path), name)
			}
			for _, p := range []string{target, target + ".json"} {
				if err := g.config(p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
