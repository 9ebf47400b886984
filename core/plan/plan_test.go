package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gannet/core"
	"gannet/core/config"
)

// fakeWorker is a worker that is only a name.
type fakeWorker string

func (w fakeWorker) Name() string                       { return string(w) }
func (w fakeWorker) Fetch(core.Batch, *core.FetchEvent) {}

// rule makes a rule of "pattern worker"; "-" means no worker, "custom:host" is a custom
// domain.
func rule(t testing.TB, s string) *Rule {
	t.Helper()
	pattern, name, _ := strings.Cut(s, " ")
	r := &Rule{By: name}
	if h, ok := strings.CutPrefix(pattern, "custom:"); ok {
		pattern, r.CustomDomain = h+"/*", true
	}
	p, err := config.ParsePattern(pattern)
	if err != nil {
		t.Fatal(err)
	}
	r.Pattern = p
	if name != "-" {
		r.Worker = fakeWorker(name)
	}
	return r
}

func compile(t testing.TB, rules ...string) *Plan {
	t.Helper()
	var spec Spec
	for _, s := range rules {
		spec.Rules = append(spec.Rules, rule(t, s))
	}
	p, err := Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// answer is a route in one word: the worker's name, "-" for a rule without a worker,
// "" for no rule.
func answer(r Route) string {
	switch {
	case r.Rule == nil:
		return ""
	case r.Worker == nil:
		return "-"
	}
	return r.Worker.Name()
}

// lookup takes a whole URL apart.
func lookup(p *Plan, url string) Route {
	scheme, rest, _ := strings.Cut(url, "://")
	i := strings.IndexByte(rest, '/')
	return p.Lookup(scheme, rest[:i], rest[i:])
}

func TestLookup(t *testing.T) {
	tests := []struct {
		name  string
		rules []string
		want  map[string]string // URL to answer
	}{
		{"exact path", []string{"example.com/a a"}, map[string]string{
			"http://example.com/a": "a", "https://example.com/a": "a", "http://example.com/a/": "",
			"http://example.com/A": "", "http://example.com/a?q": "", "http://www.example.com/a": "",
		}},
		{"wildcard covers path and query", []string{"example.com/a* a"}, map[string]string{
			"http://example.com/a": "a", "http://example.com/a?q": "a", "http://example.com/ab/c": "a", "http://example.com/b": "",
		}},
		{"slash before the wildcard counts", []string{"example.com/a/* a"}, map[string]string{
			"http://example.com/a": "", "http://example.com/a/": "a", "http://example.com/a/b?c": "a",
		}},
		{"the port does not matter", []string{"example.com/* a", "[::1]/* six"}, map[string]string{
			"http://example.com:8080/": "a", "https://example.com:1/": "a", "http://[::1]:80/": "six", "http://[::1]/": "six",
		}},
		{"hosts ignore case and a final dot", []string{"example.com/* a", "*.Example.org/* b"}, map[string]string{
			"http://EXAMPLE.com/": "a", "http://example.com./": "a", "http://A.example.ORG:80/": "b",
		}},
		{"*. needs a label", []string{"*.example.com/* a"}, map[string]string{
			"http://www.example.com/": "a", "http://a.b.example.com/": "a", "http://example.com/": "", "http://myexample.com/": "",
		}},
		{"* without a dot", []string{"*example.com/* a"}, map[string]string{
			"http://www.example.com/": "a", "http://example.com/": "a", "http://myexample.com/": "a", "http://example.com.evil/": "",
		}},
		{"every host", []string{"*/* a", "example.com/x b"}, map[string]string{
			"http://anything/": "a", "http://example.com/": "a", "http://example.com/x": "b",
		}},
		{"host before path", []string{"a.example.com/* host", "*.example.com/a path"}, map[string]string{
			"http://a.example.com/a": "host", "http://b.example.com/a": "path", "http://b.example.com/b": "",
		}},
		{"an exact host without a match leaves it to the wildcard", []string{"a.example.com/x exact", "*.example.com/* wild", "*/* all"}, map[string]string{
			"http://a.example.com/x": "exact", "http://a.example.com/y": "wild", "http://c/": "all",
		}},
		{"longer host wildcard first", []string{"*.com/* com", "*.example.com/* ex", "*example.com/* any"}, map[string]string{
			"http://a.example.com/": "ex", "http://myexample.com/": "any", "http://b.com/": "com",
		}},
		{"longer path first", []string{"e.com/* root", "e.com/images/* dir", "e.com/images/a.png one", "e.com/images/a* a"}, map[string]string{
			"http://e.com/": "root", "http://e.com/images/": "dir", "http://e.com/images/a.png": "one", "http://e.com/images/a.png?": "a", "http://e.com/images/b": "dir",
		}},
		{"the known fault of Cloudflare", []string{"e.com/images* short", "e.com/images/* long"}, map[string]string{
			"http://e.com/images/hello": "long", "http://e.com/images": "short", "http://e.com/imagesque": "short",
		}},
		{"exact path before the same with a wildcard", []string{"e.com/a* wild", "e.com/a exact"}, map[string]string{
			"http://e.com/a": "exact", "http://e.com/a?": "wild",
		}},
		{"scheme after path", []string{"https://e.com/* tls", "e.com/* any", "e.com/a/* path", "http://e.com/a/b plain"}, map[string]string{
			"https://e.com/": "tls", "http://e.com/": "any", "https://e.com/a/b": "path", "http://e.com/a/b": "plain",
		}},
		{"a scheme alone falls back", []string{"https://e.com/a/* tls", "e.com/* any", "*/* all"}, map[string]string{
			"https://e.com/a/b": "tls", "http://e.com/a/b": "any",
		}},
		{"no worker negates", []string{"e.com/* w", "e.com/static/* -", "*.e.com/* w", "img.e.com/* -"}, map[string]string{
			"http://e.com/": "w", "http://e.com/static/x": "-", "http://img.e.com/": "-", "http://x.e.com/": "w",
		}},
		{"custom domains rank below routes", []string{"custom:e.com own", "e.com/* route", "custom:f.com own", "*.com/a wild"}, map[string]string{
			"http://e.com/": "route", "http://f.com/x?y": "own", "http://f.com/a": "own", "http://g.com/a": "wild",
		}},
		{"server-wide OPTIONS", []string{"e.com/* a"}, map[string]string{"http://e.com/": "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules := tt.rules
			for range 2 { // the order of the rules must not matter
				p := compile(t, rules...)
				for url, want := range tt.want {
					if got := answer(lookup(p, url)); got != want {
						t.Errorf("%s: got %q, want %q", url, got, want)
					}
				}
				rules = slices.Clone(rules)
				slices.Reverse(rules)
			}
		})
	}
	if r := compile(t, "*/* a").Lookup("http", "e.com", "*"); r.Rule != nil {
		t.Errorf("the target * of a server-wide OPTIONS matched %v", r.Rule.Pattern)
	}
}

func site(hosts ...string) *Site { return &Site{Config: &config.Site{Hosts: hosts}} }

func TestSites(t *testing.T) {
	a, b, c, def := site("example.com", "www.example.com"), site("*.example.com"), site("*.shop.example.com"), site()
	spec := Spec{Sites: []*Site{a, b, c}, Default: def, Rules: []*Rule{
		rule(t, "x.example.com/* w"), rule(t, "*example.com/* w"), rule(t, "other.org/* w"), rule(t, "*.org/* w"),
	}}
	p, err := Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	f := func(host string, want *Site) {
		t.Helper()
		if got := p.Lookup("http", host, "/").Site; got != want {
			t.Errorf("%s: wrong site", host)
		}
		named := want
		if want == def {
			named = nil
		}
		if got := p.SiteOf(host); got != named {
			t.Errorf("SiteOf(%s): wrong site", host)
		}
	}
	f("example.com", a)
	f("WWW.example.com:80", a)
	f("x.example.com", b) // has a rule of its own
	f("y.example.com", b)
	f("a.shop.example.com", c)
	f("shop.example.com", b)
	f("myexample.com", def) // a rule, no site
	f("other.org", def)
	f("a.org", def)
	f("nothing", def)
	f("", def)
	if p.DefaultSite() != def || len(p.Sites()) != 3 || len(p.Rules()) != 4 {
		t.Error("the plan lost something")
	}
	var none Published
	if r := none.Load().Lookup("http", "example.com", "/"); r != (Route{}) {
		t.Errorf("the empty plan answers %+v", r)
	}
}

func TestConflicts(t *testing.T) {
	spec := Spec{Sites: []*Site{site("a.com"), site("b.com", "a.com"), site("*.c.com"), site("*.c.com")}}
	for _, s := range []string{
		"e.com/* one", "e.com/* two", "https://e.com/* tls", "http://e.com/* plain", "custom:e.com own",
		"*.e.com/a one", "*.e.com/a -", "custom:e.com own2", "e.com/ root",
	} {
		spec.Rules = append(spec.Rules, rule(t, s))
	}
	p, err := Compile(spec)
	if p != nil || err == nil {
		t.Fatal("conflicts were let pass")
	}
	var got []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var c *ConflictError
		if !errors.As(e, &c) {
			t.Fatalf("%v is no ConflictError", e)
		}
		got = append(got, c.Error())
	}
	want := []string{
		`host "a.com" is claimed twice: by site "a.com" and by site "b.com"`,
		`host "*.c.com" is claimed twice: by site "*.c.com" and by site "*.c.com"`,
		`route "*.e.com/a" is claimed twice: by one and by -`,
		`route "e.com/*" is claimed twice: by one and by two`,
		`route "e.com/*" is claimed twice: by own and by own2`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestFromConfig: a conflict in a file is a problem with the place of the second claim.
func TestFromConfig(t *testing.T) {
	c, problems := config.Parse("gannet.toml", []byte("[[route]]\npattern = ['a.com/*', 'b.com/*']\n[[route]]\npattern = ['A.com/*']\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	rules := RulesFor(c.Routes[:2], nil, "the file")
	if p, err := Compile(Spec{Rules: rules}); err != nil || answer(lookup(p, "http://b.com/x")) != "-" {
		t.Fatalf("a route without a worker: %v", err)
	}
	_, err := Compile(Spec{Rules: append(rules, RulesFor(c.Routes[2:], fakeWorker("w"), `worker "w"`)...)})
	var conflict *ConflictError
	if !errors.As(err, &conflict) {
		t.Fatalf("got %v, want a conflict", err)
	}
	want := `gannet.toml:4:12: route "a.com/*" is claimed twice: by the file (gannet.toml:2:12) and by worker "w" (gannet.toml:4:12)`
	if got := conflict.Problem().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPublished(t *testing.T) {
	var x Published
	first, second := compile(t, "a.com/* a"), compile(t, "a.com/* b")
	if old := x.Swap(first); old == nil || len(old.Rules()) != 0 {
		t.Error("the first Swap does not return the empty plan")
	}
	if x.Load() != first || x.Swap(second) != first || x.Load() != second {
		t.Error("Load and Swap disagree")
	}
}

func TestLookupAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("allocation counts mean nothing under the race detector")
	}
	p := compile(t, "e.com/* a", "*.e.com/x/* b", "*/* c")
	for _, c := range [][2]string{
		{"e.com", "/x"}, {"E.com:80", "/x"}, {"a.e.com", "/x/y"}, {strings.Repeat("A.", 100) + "E.com", "/x/y"}, {"z", "/"},
	} {
		if n := testing.AllocsPerRun(100, func() { p.Lookup("https", c[0], c[1]) }); n != 0 {
			t.Errorf("Lookup(%.20q, %q): %v allocs, want 0", c[0], c[1], n)
		}
	}
}

// shapes are the ways routes come in numbers: a pattern and the URL that hits it.
var shapes = []struct {
	name                  string
	pattern, host, target func(i int) string
}{
	{"paths", // many paths on one host
		func(i int) string { return fmt.Sprintf("one.example.com/app/%d/*", i) },
		func(i int) string { return "one.example.com" },
		func(i int) string { return fmt.Sprintf("/app/%d/index.html?x=1", i) }},
	{"hosts",
		func(i int) string { return fmt.Sprintf("t%d.example.net/*", i) },
		func(i int) string { return fmt.Sprintf("t%d.example.net", i) },
		func(i int) string { return "/cart/checkout" }},
	{"wildcards", // many host wildcards
		func(i int) string { return fmt.Sprintf("*.u%d.example.org/api/*", i) },
		func(i int) string { return fmt.Sprintf("www.u%d.example.org:8443", i) },
		func(i int) string { return "/api/v1/items?page=2" }},
	{"exact", // exact paths on a few hosts
		func(i int) string { return fmt.Sprintf("h%d.example.com/p/%d", i%64, i) },
		func(i int) string { return fmt.Sprintf("h%d.example.com", i%64) },
		func(i int) string { return fmt.Sprintf("/p/%d", i) }},
}

// bench makes a plan of n routes, of one shape or (-1) of all in turn, and URLs that hit
// them.
func bench(tb testing.TB, n, shape int) (*Plan, Spec, [][2]string) {
	var spec Spec
	var urls [][2]string
	for i := range n {
		s := shapes[i%len(shapes)]
		if shape >= 0 {
			s = shapes[shape]
		}
		spec.Rules = append(spec.Rules, rule(tb, s.pattern(i)+" w"))
		urls = append(urls, [2]string{s.host(i), s.target(i)})
	}
	p, err := Compile(spec)
	if err != nil {
		tb.Fatal(err)
	}
	// Visited in random order, so that no cache holds the plan's part of it, but laid out
	// in the order of the visits: a listener has just parsed what it asks for.
	rand.New(rand.NewPCG(3, 4)).Shuffle(n, func(i, j int) { urls[i], urls[j] = urls[j], urls[i] })
	var all strings.Builder
	for _, u := range urls {
		all.WriteString(u[0] + u[1])
	}
	rest := all.String()
	for i, u := range urls {
		h, t := len(u[0]), len(u[0])+len(u[1])
		urls[i] = [2]string{rest[:h], rest[h:t]}
		rest = rest[t:]
	}
	return p, spec, urls
}

func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{1, 1000, 100000} {
		b.Run(fmt.Sprintf("routes=%d/shape=mixed", n), func(b *testing.B) { benchLookup(b, n, -1) })
	}
	for i, s := range shapes {
		b.Run("routes=100000/shape="+s.name, func(b *testing.B) { benchLookup(b, 100000, i) })
	}
}

func benchLookup(b *testing.B, n, shape int) {
	p, _, urls := bench(b, n, shape)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if p.Lookup("https", urls[i][0], urls[i][1]).Rule == nil {
			b.Fatal("no rule matched", urls[i])
		}
		if i++; i == n {
			i = 0
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1000, 100000} {
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			_, spec, _ := bench(b, n, -1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(spec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
