package assets

import (
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// rulesAge is how long _headers and _redirects are used before the server looks whether
	// they have changed: two stats a second at most, and an edit shows at the next reload.
	rulesAge = time.Second
	// maxRulesFile is the size in bytes beyond which a rules file is not read.
	maxRulesFile = 1 << 20
	// maxRuleLine is the longest line of one, in bytes; longer ones are left out.
	maxRuleLine = 2000
	// Bounds of the number of rules, those of Workers. What is beyond is left out: each
	// dynamic rule costs a match for every request.
	maxHeaderRules     = 100
	maxStaticRedirects = 2000
	maxDynamicRules    = 100
)

// rules are the files _headers and _redirects of a directory, compiled. They are immutable
// but for checked.
type rules struct {
	headers   []headerRule
	static    map[string]redirectRule // by path, as it is spelled in a URL
	dynamic   []redirectRule
	versions  [2]string // of the files, to see whether they changed
	expiresAt time.Time
}

// rulesFiles are the names, in the order of rules.versions.
var rulesFiles = [2]string{"_headers", "_redirects"}

// currentRules returns the rules, read anew if the files have changed.
func (s *Server) currentRules() *rules {
	now := s.now()
	old := s.rules.Load()
	if old != nil && (now.Before(old.expiresAt) || !s.reading.TryLock()) {
		return old
	}
	if old == nil { // New is alone
		s.reading.Lock()
	}
	defer s.reading.Unlock()
	var versions [2]string
	for i, name := range rulesFiles {
		if info, err := s.root.Stat(name); err == nil && info.Mode().IsRegular() {
			versions[i] = strconv.FormatInt(info.Size(), 10) + " " + strconv.FormatInt(info.ModTime().UnixNano(), 10)
		}
	}
	if old != nil && versions == old.versions {
		next := *old
		next.expiresAt = now.Add(rulesAge)
		s.rules.Store(&next)
		return &next
	}
	next := &rules{versions: versions, expiresAt: now.Add(rulesAge)}
	if versions[0] != "" {
		next.headers = parseHeaders(s.readRules(rulesFiles[0]), s.warner(rulesFiles[0]))
	}
	if versions[1] != "" {
		next.static, next.dynamic = parseRedirects(s.readRules(rulesFiles[1]), s.warner(rulesFiles[1]))
	}
	s.rules.Store(next)
	return next
}

// readRules returns the text of a rules file; of one that cannot be read, nothing.
func (s *Server) readRules(name string) string {
	b, err := func() ([]byte, error) {
		f, err := s.root.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxRulesFile+1))
		if err == nil && len(b) > maxRulesFile {
			err = errors.New("larger than 1 MiB")
		}
		return b, err
	}()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.warn("%s is ignored: %v", name, err)
		}
		return ""
	}
	return string(b)
}

// warner returns a function that reports a line of a file.
func (s *Server) warner(name string) func(line int, what string) {
	return func(line int, what string) { s.warn("%s:%d: %s; the line is ignored", name, line, what) }
}

// pattern is the source of a rule: a path, or https://host/path, with at most one "*",
// which matches anything, and ":name", which matches up to the next slash (in a host, up
// to the next dot).
type pattern struct {
	host bool // the text to match begins with https:// and the host
	re   *regexp.Regexp
}

var placeholder = regexp.MustCompile(`:[A-Za-z]\w*`)

// isDynamic reports whether a rule's source has anything to match but itself.
func isDynamic(source string) bool {
	return strings.Contains(source, "*") || placeholder.MatchString(strings.TrimPrefix(source, "https:"))
}

func parsePattern(source string) (pattern, error) {
	p := pattern{host: strings.HasPrefix(source, "https://")}
	rest := source
	var b strings.Builder
	b.WriteString("^")
	hostEnd := 0
	if p.host {
		rest = source[len("https://"):]
		b.WriteString("https://")
		if hostEnd = strings.IndexByte(rest, '/'); hostEnd < 0 {
			hostEnd = len(rest)
		}
	} else if !strings.HasPrefix(source, "/") {
		return pattern{}, errors.New("want a path that starts with / or https://")
	}
	if strings.Count(rest, "*") > 1 {
		return pattern{}, errors.New("only one * is allowed")
	}
	used := map[string]bool{}
	for i := 0; i < len(rest); {
		if rest[i] == '*' {
			if used["splat"] {
				return pattern{}, errors.New("splat is the name of *")
			}
			used["splat"] = true
			b.WriteString("(?P<splat>.*)")
			i++
			continue
		}
		if name := placeholder.FindString(rest[i:]); name != "" && strings.HasPrefix(rest[i:], name) {
			i += len(name)
			if name = name[1:]; used[name] {
				return pattern{}, errors.New("the placeholder :" + name + " occurs twice")
			}
			used[name] = true
			b.WriteString("(?P<" + name + ">[^/")
			if i <= hostEnd {
				b.WriteByte('.')
			}
			b.WriteString("]+)")
			continue
		}
		b.WriteString(regexp.QuoteMeta(escapeURL(rest[i : i+1])))
		i++
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	if err != nil {
		return pattern{}, err
	}
	p.re = re
	return p, nil
}

// match returns the values of the placeholders if the pattern fits.
func (p *pattern) match(host, path string) (values map[string]string, ok bool) {
	text := path
	if p.host {
		text = "https://" + host + path
	}
	m := p.re.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	if len(m) > 1 {
		values = make(map[string]string, len(m)-1)
		for i, name := range p.re.SubexpNames()[1:] {
			values[name] = m[i+1]
		}
	}
	return values, true
}

// visible reports whether a path as it was sent may go back to the client in a field: no
// control, no space, and no backslash, which browsers take for a slash.
func visible(path string) bool {
	for i := 0; i < len(path); i++ {
		if c := path[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}

// fill replaces the placeholders in text that have a value.
func fill(text string, values map[string]string) string {
	if len(values) == 0 || !strings.Contains(text, ":") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		if v, ok := values[name[1:]]; ok {
			return v
		}
		return name
	})
}

// escapeURL writes what may not stand in a URL as it stands there: rules are matched
// against paths as they are sent.
func escapeURL(s string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '`' || c == '\\' {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// ruleLines calls fn for each line that says something, without the space around it.
func ruleLines(text string, warn func(int, string), fn func(line int, text string)) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case len(line) > maxRuleLine:
			warn(n, "longer than "+strconv.Itoa(maxRuleLine)+" bytes")
		default:
			fn(n, line)
		}
	}
}
