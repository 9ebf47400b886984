package assets

import (
	"strconv"
	"strings"

	"gannet/core"
)

// redirectRule is a line of _redirects.
type redirectRule struct {
	pattern // of a dynamic rule only
	to      string
	status  int // 200 serves the other path in place of this one
}

// parseRedirects reads a _redirects file: lines "source destination [code]".
func parseRedirects(text string, warn func(line int, what string)) (static map[string]redirectRule, dynamic []redirectRule) {
	static = map[string]redirectRule{}
	ruleLines(text, warn, func(n int, line string) {
		if i := strings.Index(line, " #"); i >= 0 {
			line = line[:i]
		}
		words := strings.Fields(line)
		if len(words) < 2 || len(words) > 3 {
			warn(n, "want: source destination [code]")
			return
		}
		source, rule := words[0], redirectRule{to: escapeURL(words[1]), status: 302}
		if len(words) == 3 {
			code, err := strconv.Atoi(words[2])
			switch {
			case err != nil:
				code = 0
			case code == 200, code == 301, code == 302, code == 303, code == 307, code == 308:
			default:
				code = 0
			}
			if code == 0 {
				warn(n, "the code is none of 200, 301, 302, 303, 307, 308")
				return
			}
			rule.status = code
		}
		local := strings.HasPrefix(rule.to, "/")
		source, _, _ = strings.Cut(source, "#") // a fragment is never sent
		switch {
		case !strings.HasPrefix(source, "/"):
			warn(n, "the source must be a path that starts with /")
		case strings.Contains(source, "?"):
			warn(n, "the source must not have a query")
		case !local && !strings.HasPrefix(rule.to, "http://") && !strings.HasPrefix(rule.to, "https://"):
			warn(n, "the destination must be a path that starts with / or an http or https URL")
		case !local && rule.status == 200:
			warn(n, "code 200 needs a path of this site as its destination")
		case rule.status == 200 && source == "/*" && (rule.to == "/index.html" || rule.to == "/index" || rule.to == "/"):
			warn(n, `this would go round in a circle: set not_found_handling = "single-page-application" instead`)
		case isDynamic(source):
			p, err := parsePattern(source)
			switch {
			case err != nil:
				warn(n, err.Error())
			case len(dynamic) == maxDynamicRules:
				warn(n, "more than 100 rules with * or placeholders")
			default:
				rule.pattern = p
				dynamic = append(dynamic, rule)
			}
		default:
			source = escapeURL(source)
			if _, twice := static[source]; twice {
				warn(n, "the source was given before")
			} else if len(static) == maxStaticRedirects {
				warn(n, "more than 2000 rules")
			} else {
				static[source] = rule
			}
		}
	})
	return static, dynamic
}

// redirect finds the rule for a path as it was sent. A rule without wildcards comes
// before those with.
func (r *rules) redirect(path, query string) (to string, status int, ok bool) {
	if len(r.static) == 0 && len(r.dynamic) == 0 {
		return "", 0, false
	}
	if !visible(path) {
		return "", 0, false
	}
	if rule, ok := r.static[path]; ok {
		return destination(rule.to, query), rule.status, true
	}
	for i := range r.dynamic {
		rule := &r.dynamic[i]
		if values, ok := rule.match("", path); ok {
			return destination(fill(rule.to, values), query), rule.status, true
		}
	}
	return "", 0, false
}

// destination makes a Location of a rule's destination: the query of the request goes
// along unless it has its own, and a path cannot turn into another host.
func destination(to, query string) string {
	to, fragment, hasFragment := strings.Cut(to, "#")
	path, own, hasOwn := strings.Cut(to, "?")
	if strings.HasPrefix(path, "/") {
		path = collapse(path)
	}
	if hasOwn && own != "" {
		query = "?" + own
	}
	if to = path + query; hasFragment {
		to += "#" + fragment
	}
	return to
}

// moved is the response of a rule.
func moved(status int, location string) *core.Response {
	return &core.Response{Status: status, Fields: core.Fields{{Name: "Location", Value: location}}}
}
