package config

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

func (l *loader) site(name string, m *member) {
	s := &Site{Pos: m.pos}
	var answers []string // which of origin, respond and redirect are given
	answer := func(read func(s *Site, name string, m *member)) func(string, *member) {
		return func(name string, m *member) {
			answers = append(answers, m.key)
			read(s, name, m)
		}
	}
	l.table(name, m, fields{
		"hosts":    func(name string, m *member) { s.Hosts = l.hosts(name, m) },
		"origin":   answer(l.origins),
		"respond":  answer(l.respond),
		"redirect": answer(l.redirect),
		"cache":    l.cache,
		"compress": func(name string, m *member) {
			l.table(name, m, fields{"enabled": l.laterIfTrue})
		},
	})
	if m.val.get("hosts") == nil {
		l.errorf(m.pos, "%s has no hosts", name)
	}
	if len(answers) > 1 {
		l.errorf(m.pos, "%s has %s: one of them can answer", name, strings.Join(answers, " and "))
	}
	l.c.Sites = append(l.c.Sites, s)
}

// laterIfTrue reads a switch of a feature that is still to come. Switched off, it has the
// effect it asks for.
func (l *loader) laterIfTrue(name string, m *member) {
	if l.boolean(name, m) {
		l.later(m.pos, name)
	}
}

// cache reads the cache table of a site or a worker.
func (l *loader) cache(name string, m *member) {
	l.table(name, m, fields{
		"enabled":    l.laterIfTrue,
		"max_object": func(name string, m *member) { l.size(name, m) },
	})
}

func (l *loader) hosts(name string, m *member) []string {
	var out []string
	for _, v := range l.strings(name, m) {
		rest, wild := strings.CutPrefix(v.text, "*.")
		host, msg := normalHost(rest, false)
		if msg != "" {
			l.errorf(v.pos, "%s: %q: %s", name, v.text, msg)
			continue
		}
		if wild {
			host = "*." + host
		}
		if slices.Contains(out, host) {
			l.errorf(v.pos, "%s: %q is named twice", name, v.text)
			continue
		}
		out = append(out, host)
	}
	if len(out) == 0 && m.val.kind == kindArray && len(m.val.items) == 0 {
		l.errorf(m.val.pos, "%s is empty", name)
	}
	return out
}

func (l *loader) origins(s *Site, name string, m *member) {
	values := l.strings(name, m)
	for _, v := range values {
		if !strings.Contains(v.text, "://") {
			if v.text == "" {
				l.errorf(v.pos, "%s is empty", name)
				continue
			}
			s.Origins = append(s.Origins, Origin{Dir: l.directory(name, v)})
			if len(values) > 1 {
				l.errorf(v.pos, "%s: a directory stands alone, not in a list with other origins", name)
			}
			continue
		}
		u, msg := parseOrigin(v.text)
		if msg != "" {
			l.errorf(v.pos, "%s: %q: %s", name, v.text, msg)
			continue
		}
		s.Origins = append(s.Origins, Origin{URL: u})
	}
	if len(values) == 0 && m.val.kind == kindArray && len(m.val.items) == 0 {
		l.errorf(m.val.pos, "%s is empty", name)
	}
}

// ParseOrigin reads what --origin and origin take: an http or https URL, or else the path
// of a directory, which is returned as it is.
func ParseOrigin(s string) (Origin, error) {
	if !strings.Contains(s, "://") {
		return Origin{Dir: s}, nil
	}
	u, msg := parseOrigin(s)
	if msg != "" {
		return Origin{}, &url.Error{Op: "origin", URL: s, Err: originError(msg)}
	}
	return Origin{URL: u}, nil
}

type originError string

func (e originError) Error() string { return string(e) }

func parseOrigin(s string) (*url.URL, string) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, "not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "an origin is an http or https URL, or a directory"
	case u.Hostname() == "":
		return nil, "the URL has no host"
	case u.User != nil:
		return nil, "an origin's URL carries no user name"
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, "an origin's URL has no query and no fragment"
	}
	return u, ""
}

func (l *loader) respond(s *Site, name string, m *member) {
	res := &Respond{Status: 200}
	contentType := ""
	l.table(name, m, fields{
		"status": func(name string, m *member) { res.Status = int(l.integer(name, m, 200, 599)) },
		"body": func(name string, m *member) {
			if l.is(name, m, kindString) {
				res.Body = m.val.text
			}
		},
		"content_type": func(name string, m *member) {
			if contentType, _ = l.str(name, m); !httpguts.ValidHeaderFieldValue(contentType) {
				l.errorf(m.val.pos, "%s: %q cannot stand in a field", name, contentType)
			}
		},
		"headers": func(name string, m *member) { res.Headers = l.headers(name, m) },
	})
	hasType := slices.ContainsFunc(res.Headers, func(h Header) bool { return strings.EqualFold(h.Name, "Content-Type") })
	switch {
	case contentType != "" && hasType:
		l.errorf(m.pos, "%s has content_type and a Content-Type among headers", name)
	case contentType == "" && !hasType && res.Body != "":
		contentType = "text/plain; charset=utf-8"
	}
	if contentType != "" {
		res.Headers = append([]Header{{"Content-Type", contentType}}, res.Headers...)
	}
	if (res.Status == 204 || res.Status == 205 || res.Status == 304) && res.Body != "" {
		l.errorf(m.pos, "%s: a %d response has no body", name, res.Status)
	}
	s.Respond = res
}

func (l *loader) headers(name string, m *member) []Header {
	if !l.is(name, m, kindTable) {
		return nil
	}
	var out []Header
	for i := range m.val.members {
		sub := &m.val.members[i]
		if !httpguts.ValidHeaderFieldName(sub.key) {
			l.errorf(sub.pos, "%s: %q is no field name", name, sub.key)
			continue
		}
		if isOneOf(strings.ToLower(sub.key), "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "te") {
			l.errorf(sub.pos, "%s: %s is set by the server", name, sub.key)
			continue
		}
		for _, v := range l.strings(join(name, sub.key), sub) {
			if !httpguts.ValidHeaderFieldValue(v.text) {
				l.errorf(v.pos, "%s: the value of %s cannot stand in a field", name, sub.key)
				continue
			}
			out = append(out, Header{sub.key, v.text})
		}
	}
	return out
}

func (l *loader) redirect(s *Site, name string, m *member) {
	red := &Redirect{Status: 308}
	l.table(name, m, fields{
		"to": func(name string, m *member) {
			to, ok := l.str(name, m)
			if !ok {
				return
			}
			u, err := url.Parse(to)
			if err != nil || u.Scheme == "" || u.Host == "" || !httpguts.ValidHeaderFieldValue(to) {
				l.errorf(m.val.pos, "%s: %q is no absolute URL", name, to)
				return
			}
			red.To = to
		},
		"status": func(name string, m *member) {
			if n := l.integer(name, m, 301, 308); n != 0 {
				red.Status = int(n)
				if n >= 304 && n <= 306 {
					l.errorf(m.val.pos, "%s must be 301, 302, 303, 307 or 308", name)
				}
			}
		},
		"keep_path": func(name string, m *member) { red.KeepPath = l.boolean(name, m) },
	})
	if m.val.kind == kindTable && m.val.get("to") == nil {
		l.errorf(m.pos, "%s has no to", name)
	}
	s.Redirect = red
}
