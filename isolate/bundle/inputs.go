package bundle

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// configNames are the files beside or above a source that change how it is built.
var configNames = []string{"package.json", "tsconfig.json", "jsconfig.json"}

// extendsKey finds what a tsconfig.json extends. The file may hold comments and trailing
// commas, hence no JSON parser; a wrong find is a file too many to watch.
var extendsKey = regexp.MustCompile(`"extends"\s*:\s*(?:"([^"]+)"|\[([^\]]*)\])`)

var jsonString = regexp.MustCompile(`"([^"]+)"`)

// inputs returns what the last build read, sorted.
func (c *Context) inputs() []string {
	c.loader.mu.Lock()
	defer c.loader.mu.Unlock()
	all := c.loader.mu.inputs
	dirs := map[string]bool{}
	for file := range all {
		for dir := filepath.Dir(file); !dirs[dir]; dir = filepath.Dir(dir) {
			dirs[dir] = true
			if dir == c.opts.Dir || filepath.Base(dir) == "node_modules" {
				break
			}
		}
	}
	out := make([]string, 0, len(all)+4)
	for file := range all {
		out = append(out, file)
	}
	add := func(file string) {
		if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() && !slices.Contains(out, file) {
			out = append(out, file)
		}
	}
	for dir := range dirs {
		for _, name := range configNames {
			if name == "package.json" || !strings.Contains(dir, string(filepath.Separator)+"node_modules") {
				add(filepath.Join(dir, name))
			}
		}
	}
	if c.opts.TSConfig != "" {
		add(c.opts.abs(c.opts.TSConfig))
	}
	// Extended files are few; out grows while the loop runs, so chains are followed.
	for i := 0; i < len(out); i++ {
		if ext := filepath.Ext(out[i]); ext != ".json" || filepath.Base(out[i]) == "package.json" {
			continue
		}
		b, err := readRegular(out[i])
		if err != nil {
			continue
		}
		for _, n := range extended(string(b)) {
			if !strings.HasPrefix(n, ".") {
				continue // a package's: those do not change under one's hands
			}
			path := filepath.Join(filepath.Dir(out[i]), n)
			add(path)
			add(path + ".json")
		}
	}
	slices.Sort(out)
	return out
}

// extended returns what a tsconfig.json extends, as it is written there.
func extended(tsconfig string) (names []string) {
	for _, m := range extendsKey.FindAllStringSubmatch(tsconfig, -1) {
		if m[1] != "" {
			names = append(names, m[1])
		}
		for _, s := range jsonString.FindAllStringSubmatch(m[2], -1) {
			names = append(names, s[1])
		}
	}
	return names
}
