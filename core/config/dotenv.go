package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// devVars reads the variables for development beside the wrangler file: .dev.vars.<env> or
// else .dev.vars; without either, .env, .env.local, .env.<env> and .env.<env>.local, later
// files before earlier ones. With secrets.required only those names count, and the process
// environment may give them too.
func (p *Project) devVars(r *reader) {
	vars, found := p.devVarsFile(r)
	if !found {
		vars = p.dotEnv(r)
	}
	for _, v := range vars {
		if p.RequiredSecrets == nil || slices.Contains(p.RequiredSecrets, v.name) {
			p.DevVars = append(p.DevVars, Var{Name: v.name, Text: v.value, Secret: true})
		}
	}
}

// readVars reads one variable file, if it is there.
func (p *Project) readVars(r *reader, name string) ([]assignment, bool) {
	path := filepath.Join(p.Dir, name)
	if !isFile(path) {
		return nil, false
	}
	data, problem := readFile(path)
	if problem != nil {
		r.problems = append(r.problems, *problem)
		return nil, false
	}
	p.Files = append(p.Files, path)
	return parseDotEnv(string(data)), true
}

func (p *Project) devVarsFile(r *reader) ([]assignment, bool) {
	if p.Env != "" {
		if vars, ok := p.readVars(r, ".dev.vars."+p.Env); ok {
			return vars, true
		}
	}
	return p.readVars(r, ".dev.vars")
}

func (p *Project) dotEnv(r *reader) []assignment {
	if os.Getenv("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV") == "false" {
		return nil
	}
	names := []string{".env", ".env.local"}
	if p.Env != "" {
		names = append(names, ".env."+p.Env, ".env."+p.Env+".local")
	}
	var all []assignment
	for _, name := range names {
		vars, _ := p.readVars(r, name)
		for _, v := range vars {
			all = assign(all, v.name, v.value)
		}
	}
	var process []assignment
	if p.RequiredSecrets != nil || os.Getenv("CLOUDFLARE_INCLUDE_PROCESS_ENV") == "true" {
		for _, kv := range os.Environ() {
			name, value, _ := strings.Cut(kv, "=")
			process = append(process, assignment{name, value})
		}
	}
	return expandAll(all, process)
}

// assignment is one variable of a file.
type assignment struct{ name, value string }

// assign sets a name, in the place of its first assignment.
func assign(list []assignment, name, value string) []assignment {
	for i := range list {
		if list[i].name == name {
			list[i].value = value
			return list
		}
	}
	return append(list, assignment{name, value})
}

func valueOf(list []assignment, name string) string {
	for _, a := range list {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// dotEnvLine is one assignment, as dotenv 16 defines it (there is no other definition): an
// optional export; a name; "=" or ": "; a value in one of three quotation marks, which may
// span lines, or else the rest of the line up to a "#".
var dotEnvLine = regexp.MustCompile("(?m)^\\s*(?:export\\s+)?([\\w.-]+)(?:\\s*=\\s*?|:\\s+?)" +
	"(\\s*'(?:\\\\'|[^'])*'|\\s*\"(?:\\\\\"|[^\"])*\"|\\s*`(?:\\\\`|[^`])*`|[^#\\r\\n]+)?\\s*(?:#.*)?$")

// parseDotEnv reads a variable file. What is no assignment is skipped, as dotenv does. Of
// a name assigned twice the last value counts, in the place of the first.
func parseDotEnv(src string) []assignment {
	src = strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(src, "\ufeff"), "\r\n", "\n"), "\r", "\n")
	var out []assignment
	at := make(map[string]int)
	for _, m := range dotEnvLine.FindAllStringSubmatch(src, -1) {
		name, value := m[1], strings.TrimSpace(m[2])
		if n := len(value); n >= 2 && strings.IndexByte("'\"`", value[0]) >= 0 && value[n-1] == value[0] {
			quote := value[0]
			value = value[1 : n-1]
			if quote == '"' {
				value = strings.ReplaceAll(strings.ReplaceAll(value, `\n`, "\n"), `\r`, "\r")
			}
		}
		if i, ok := at[name]; ok {
			out[i].value = value
			continue
		}
		at[name] = len(out)
		out = append(out, assignment{name, value})
	}
	return out
}

// maxExpansions bounds the references resolved in one value, and maxExpandedBytes its
// size: variables that name each other would otherwise grow without end. Past the bounds
// the rest of the references stay as they are.
const (
	maxExpansions    = 100
	maxExpandedBytes = 1 << 20
)

// expandAll resolves ${NAME}, $NAME, ${NAME:-default}, ${NAME-default}, ${NAME:+other} and
// ${NAME+other} in values, as dotenv-expand 12 does for wrangler: names come from the
// process, if given, then from the assignments before. A process variable of the same name
// replaces an assignment. "\$" is a plain "$"; here it stays one even when the same
// reference follows unescaped, where dotenv-expand resolves the wrong one of the two.
func expandAll(vars, process []assignment) []assignment {
	var out []assignment
	for _, v := range vars {
		value := valueOf(process, v.name)
		if value == "" {
			value = expand(v.value, func(name string) string {
				if s := valueOf(process, name); s != "" {
					return s
				}
				return valueOf(out, name)
			})
		}
		out = assign(out, v.name, strings.ReplaceAll(value, `\$`, "$"))
	}
	for _, p := range process {
		if valueOf(out, p.name) == "" {
			out = assign(out, p.name, p.value)
		}
	}
	return out
}

func expand(value string, lookup func(string) string) string {
	seen := make(map[string]bool)
	for range maxExpansions {
		start, end := reference(value)
		if start < 0 || len(value) > maxExpandedBytes {
			break
		}
		seen[value] = true
		expr := strings.Trim(value[start+1:end], "{}")
		name, op, alternative := splitReference(expr)
		replacement := alternative
		if op == ":+" || op == "+" {
			if lookup(name) == "" {
				replacement = ""
			}
		} else if s := lookup(name); s != "" && !seen[s] {
			replacement = s
		}
		value = value[:start] + replacement + value[end:]
	}
	return value
}

// reference finds the first unescaped ${…} or $NAME.
func reference(s string) (start, end int) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '$' || i > 0 && s[i-1] == '\\' {
			continue
		}
		if s[i+1] == '{' {
			if n := strings.IndexAny(s[i+2:], "{}"); n > 0 && s[i+2+n] == '}' {
				return i, i + 2 + n + 1
			}
			continue
		}
		n := i + 1
		for n < len(s) && (s[n] == '_' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > i+1 && '0' <= s[n] && s[n] <= '9') {
			n++
		}
		if n > i+1 {
			return i, n
		}
	}
	return -1, -1
}

func splitReference(expr string) (name, op, alternative string) {
	for i := range len(expr) {
		for _, op := range []string{":+", "+", ":-", "-"} {
			if strings.HasPrefix(expr[i:], op) {
				return expr[:i], op, expr[i+len(op):]
			}
		}
	}
	return expr, "", ""
}
