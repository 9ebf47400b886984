package bundle

import (
	"path/filepath"
	"regexp"
	"strings"
)

// BlobType is what a module that is not code is to the worker.
type BlobType uint8

// The types of modules the host provides.
const (
	BlobText BlobType = iota + 1 // a string
	BlobData                     // an ArrayBuffer
	BlobWasm                     // a WebAssembly.Module
)

// String returns the name a wrangler file has for the type.
func (t BlobType) String() string {
	switch t {
	case BlobText:
		return "Text"
	case BlobData:
		return "Data"
	case BlobWasm:
		return "CompiledWasm"
	}
	return "unknown"
}

// defaultRules are wrangler's.
var defaultRules = []Rule{
	{Type: "Text", Globs: []string{"**/*.txt", "**/*.html", "**/*.sql"}},
	{Type: "Data", Globs: []string{"**/*.bin"}},
	{Type: "CompiledWasm", Globs: []string{"**/*.wasm", "**/*.wasm?module"}},
	{Type: "ESModule", Globs: []string{"**/*.js", "**/*.mjs"}},
	{Type: "CommonJS", Globs: []string{"**/*.cjs"}},
}

// ruleSet is the rules of a build, compiled.
type ruleSet []compiledRule

type compiledRule struct {
	typ  BlobType
	code bool
	glob *regexp.Regexp
}

// compileRules puts the default rules behind rules. As in wrangler, the first rule of a
// type ends that type, unless it falls through.
func compileRules(rules []Rule) (ruleSet, *BuildError) {
	var set ruleSet
	complete := make(map[string]bool)
	for _, list := range [][]Rule{rules, defaultRules} {
		for _, r := range list {
			if complete[r.Type] {
				continue
			}
			complete[r.Type] = !r.Fallthrough
			c := compiledRule{}
			switch r.Type {
			case "Text":
				c.typ = BlobText
			case "Data":
				c.typ = BlobData
			case "CompiledWasm":
				c.typ = BlobWasm
			case "ESModule", "CommonJS":
				c.code = true
			default:
				e := failure("rules: type %q is not supported", r.Type)
				e.Messages[0].Hint = "the types are ESModule, CommonJS, Text, Data and CompiledWasm"
				return nil, e
			}
			for _, g := range r.Globs {
				c.glob = globRegexp(strings.TrimPrefix(g, "./"))
				set = append(set, c)
			}
		}
	}
	return set, nil
}

// match returns the type of the file at path, which is relative to the project and with
// slashes; code is true for rules about code.
func (s ruleSet) match(path string) (typ BlobType, code, ok bool) {
	for _, r := range s {
		if r.glob.MatchString(path) {
			return r.typ, r.code, true
		}
	}
	return 0, false, false
}

// globRegexp translates a glob: ** is any number of directories, * any part of a name, ?
// itself (it stands for a query, as in x.wasm?module), {a,b} alternatives, [a-z] a class.
func globRegexp(glob string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^(?:")
	braces := 0
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			switch {
			case strings.HasPrefix(glob[i:], "**/"):
				b.WriteString("(?:.*/)?")
				i += 2
			case strings.HasPrefix(glob[i:], "**"):
				b.WriteString(".*")
				i++
			default:
				b.WriteString("[^/]*")
			}
		case '{':
			braces++
			b.WriteString("(?:")
		case '}':
			if braces > 0 {
				braces--
				b.WriteByte(')')
			} else {
				b.WriteString(`\}`)
			}
		case ',':
			if braces > 0 {
				b.WriteByte('|')
			} else {
				b.WriteByte(',')
			}
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	b.WriteString(strings.Repeat(")", braces))
	b.WriteString(")$")
	re, err := regexp.Compile(b.String())
	if err != nil { // bytes that are not UTF-8: match the glob as it stands
		return regexp.MustCompile("^" + regexp.QuoteMeta(filepath.ToSlash(strings.ToValidUTF8(glob, "?"))) + "$")
	}
	return re
}
