package assets

import (
	"strings"

	"gannet/core"
)

// headerRule is a block of _headers: fields for the responses to some paths.
type headerRule struct {
	pattern
	set   core.Fields
	unset []string
}

// parseHeaders reads a _headers file: blocks of a pattern and lines "Name: value", which
// set a field, or "! Name", which takes one away.
func parseHeaders(text string, warn func(line int, what string)) (rules []headerRule) {
	var current *headerRule
	skip := false // the block has no usable pattern
	ruleLines(text, warn, func(n int, line string) {
		if line[0] == '/' || strings.Contains(strings.Fields(line)[0], "://") {
			current, skip = nil, true
			p, err := parsePattern(line)
			switch {
			case err != nil:
				warn(n, err.Error())
			case len(rules) == maxHeaderRules:
				warn(n, "more than 100 rules")
			default:
				rules = append(rules, headerRule{pattern: p})
				current, skip = &rules[len(rules)-1], false
			}
			return
		}
		if skip {
			return // its pattern was reported
		}
		if current == nil {
			warn(n, "a field before the first path")
			return
		}
		if name, ok := strings.CutPrefix(line, "!"); ok {
			if name = strings.TrimSpace(name); !isToken(name) {
				warn(n, "not a field name")
				return
			}
			current.unset = append(current.unset, name)
			return
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok:
			warn(n, "neither a path nor a field: no colon")
		case !isToken(name):
			warn(n, "not a field name")
		case value == "":
			warn(n, "a field without a value")
		case !isFieldValue(value):
			warn(n, "a control character in the value")
		case core.IsHopByHop(name) || strings.EqualFold(name, "Content-Length"):
			warn(n, "this field is the server's")
		default:
			current.set.Add(name, value)
		}
	})
	return rules
}

// apply adds what the rules say for a path to the fields of a response. The first rule
// that sets a field replaces the server's own, further ones add to it.
func (r *rules) apply(f *core.Fields, host, path string) {
	var done []string // names set so far
	for i := range r.headers {
		rule := &r.headers[i]
		values, ok := rule.match(host, path)
		if !ok {
			continue
		}
		for _, name := range rule.unset {
			f.Del(name)
		}
	next:
		for _, field := range rule.set {
			value := fill(field.Value, values)
			for _, name := range done {
				if strings.EqualFold(name, field.Name) {
					join(f, field.Name, value)
					continue next
				}
			}
			f.Set(field.Name, value)
			done = append(done, field.Name)
		}
	}
}

// join appends value to the field, as a line of its own where a list is no single value.
func join(f *core.Fields, name, value string) {
	old, ok := f.Joined(name)
	if !ok || strings.EqualFold(name, "Set-Cookie") {
		f.Add(name, value)
		return
	}
	f.Set(name, old+", "+value)
}

// isToken reports whether s is a field name (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

func isFieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
