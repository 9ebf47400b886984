package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// Load reads a gannet.toml. The Config is nil when the file cannot be read or parsed, and
// not to be used when Failed says so of the problems.
func Load(path string) (*Config, []Problem) {
	data, problem := readFile(path)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	return Parse(path, data)
}

// readFile reads a configuration file of bounded size.
func readFile(path string) ([]byte, *Problem) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fail(Pos{File: path}, "cannot open: %v", cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fail(Pos{File: path}, "cannot read: %v", cause(err))
	}
	if len(data) > maxFileBytes {
		return nil, fail(Pos{File: path}, "is larger than %d MiB", maxFileBytes>>20)
	}
	return data, nil
}

// cause takes the path out of a file system error: the message names it already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Parse reads a gannet.toml that is in memory. Relative paths in it start at the directory
// of path.
func Parse(path string, data []byte) (*Config, []Problem) {
	root, problem := parseTOML(path, data)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, []Problem{*fail(Pos{File: path}, "cannot tell where the file is: %v", err)}
	}
	l := loader{reader: reader{dir: dir}, c: &Config{File: path, DataDir: filepath.Join(dir, "var")}}
	l.c.Admin.Listen = DefaultAdminListen
	l.file(root)
	return l.c, sorted(l.problems)
}

// DefaultHTTPListen is where HTTP is served without a [listen] table.
const DefaultHTTPListen = "127.0.0.1:8080"

type loader struct {
	reader
	c       *Config
	listens map[string]Pos // addresses given, to find one given twice
	https   *member        // listen.https, if it names an address
}

func (l *loader) file(root *value) {
	l.listens = make(map[string]Pos)
	listen := false
	l.table("", &member{val: root}, fields{
		"data_dir": func(name string, m *member) {
			if s, ok := l.str(name, m); ok {
				l.c.DataDir = l.path(s)
			}
		},
		"admin": func(name string, m *member) { l.table(name, m, fields{"listen": l.adminListen}) },
		"listen": func(name string, m *member) {
			listen = true
			l.listenTable(name, m)
		},
		"tls": l.tls,
		"geo": func(name string, m *member) {
			l.table(name, m, fields{"mmdb": func(name string, m *member) { l.c.Geo.MMDB, l.c.Geo.Pos = l.existing(name, m), m.val.pos }})
		},
		"network": l.network,
		"site":    func(name string, m *member) { l.tables(name, m, l.site) },
		"worker":  func(name string, m *member) { l.tables(name, m, l.worker) },
		"route":   func(name string, m *member) { l.tables(name, m, l.route) },
	})
	if !listen {
		l.c.Listen.HTTP = []string{DefaultHTTPListen}
	}
	var tls *value
	if m := root.get("tls"); m != nil {
		tls = m.val
	}
	if l.https != nil && tls.get("cert") == nil {
		l.errorf(l.https.pos, "listen.https needs a certificate: [tls] with cert and key")
	}
	l.names()
}

// names checks what refers to something by name.
func (l *loader) names() {
	var known []string
	seen := make(map[string]*Worker)
	for _, w := range l.c.Workers {
		if w.Name == "" {
			continue
		}
		if first := seen[w.Name]; first != nil {
			l.errorf(w.Pos, "worker %q is defined twice, first at %s", w.Name, first.Pos)
			continue
		}
		seen[w.Name] = w
		known = append(known, w.Name)
	}
	for _, r := range l.c.Routes {
		if r.Worker != "" && seen[r.Worker] == nil {
			l.report(Error, r.Pos, didYouMean(r.Worker, known), "there is no worker %q", r.Worker)
		}
	}
}

func (l *loader) adminListen(name string, m *member) {
	if addr, ok := l.address(name, m.val); ok {
		l.c.Admin.Listen = addr
	}
}

func (l *loader) address(name string, v *value) (string, bool) {
	s, ok := l.str(name, &member{val: v})
	if !ok {
		return "", false
	}
	addr, err := ParseListen(s)
	if err != nil {
		l.errorf(v.pos, "%s: %v", name, err)
		return "", false
	}
	if first, twice := l.listens[addr]; twice && !strings.HasSuffix(addr, ":0") {
		l.errorf(v.pos, "%s: %s is taken already, at %s", name, addr, first)
		return "", false
	}
	l.listens[addr] = v.pos
	return addr, true
}

func (l *loader) listenTable(name string, m *member) {
	list := func(to *[]string) func(string, *member) {
		return func(name string, m *member) {
			for _, v := range l.strings(name, m) {
				if addr, ok := l.address(name, v); ok {
					*to = append(*to, addr)
				}
			}
		}
	}
	https := m.val.get("https")
	before := len(l.problems)
	ok := l.table(name, m, fields{
		"http": list(&l.c.Listen.HTTP), "https": list(&l.c.Listen.HTTPS),
		"max_body": func(name string, m *member) { l.c.Listen.MaxBody = l.size(name, m) },
	})
	switch {
	case !ok || len(l.problems) > before:
	case len(l.c.Listen.HTTPS) > 0:
		l.https = https
	case len(l.c.Listen.HTTP) == 0:
		l.errorf(m.pos, `%s names no address, such as http = ["127.0.0.1:8080"]`, name)
	}
}

func (l *loader) tls(name string, m *member) {
	l.table(name, m, fields{
		"cert": func(name string, m *member) { l.c.TLS.Cert, l.c.TLS.Pos = l.existing(name, m), m.val.pos },
		"key":  func(name string, m *member) { l.c.TLS.Key = l.existing(name, m) },
		"acme": func(name string, m *member) {
			if l.is(name, m, kindTable) {
				l.later(m.pos, name)
			}
		},
	})
	if cert, key := m.val.get("cert"), m.val.get("key"); (cert == nil) != (key == nil) {
		l.errorf(m.pos, "%s needs both cert and key", name)
	}
}

// existing returns the path of a file that must be there.
func (l *loader) existing(name string, m *member) string {
	s, ok := l.str(name, m)
	if !ok {
		return ""
	}
	p := l.path(s)
	if info, err := os.Stat(p); err != nil {
		l.errorf(m.val.pos, "%s: %q: %v", name, s, cause(err))
	} else if info.IsDir() {
		l.errorf(m.val.pos, "%s: %q is a directory", name, s)
	}
	return p
}

// directory returns the path of a directory that must be there.
func (l *loader) directory(name string, v *value) string {
	p := l.path(v.text)
	if info, err := os.Stat(p); err != nil {
		l.errorf(v.pos, "%s: %q: %v", name, v.text, cause(err))
	} else if !info.IsDir() {
		l.errorf(v.pos, "%s: %q is not a directory", name, v.text)
	}
	return p
}

func (l *loader) network(name string, m *member) {
	l.table(name, m, fields{
		"allow_private": func(name string, m *member) {
			for _, v := range l.strings(name, m) {
				p, err := parsePrefix(v.text)
				if err != nil {
					l.errorf(v.pos, "%s: %v", name, err)
					continue
				}
				l.c.Network.AllowPrivate = append(l.c.Network.AllowPrivate, p)
			}
		},
		"hosts": func(name string, m *member) {
			if !l.is(name, m, kindTable) {
				return
			}
			l.c.Network.Hosts = make(map[string]Pin, len(m.val.members))
			for i := range m.val.members {
				sub := &m.val.members[i]
				addr, ok := l.str(join(name, sub.key), sub)
				if !ok {
					continue
				}
				host, pin, err := ParsePin(sub.key, addr)
				if err != nil {
					l.errorf(sub.pos, "%s: %v", name, err)
					continue
				}
				l.c.Network.Hosts[host] = pin
			}
		},
	})
}

// parsePrefix reads a network, or one address as a network of one.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no network: write it as 10.0.0.0/8 or 10.1.2.3", s)
	}
	if p != p.Masked() {
		return p, fmt.Errorf("%q has bits set beyond its length: write %s", s, p.Masked())
	}
	return p, nil
}
