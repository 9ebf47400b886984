package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Spec is what a plan is compiled from. Compile keeps the rules and sites it points to:
// they must not change afterwards, except for their Handle before the plan is published.
type Spec struct {
	Rules []*Rule
	Sites []*Site
	// Default is the site for hosts that no site names; nil for none.
	Default *Site
}

// ConflictError is two claims on one route or one site host.
type ConflictError struct {
	// What is what both claim: `route "example.com/*"`, `host "example.com"`.
	What string
	// First and Second are the claimants' From, in the order they were given.
	First, Second string
}

// Error implements error.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is claimed twice: by %s and by %s", e.What, e.First, e.Second)
}

// Compile makes a plan. All conflicts are reported: the error joins one *ConflictError
// for each.
func Compile(spec Spec) (*Plan, error) {
	c := compiler{hosts: make(map[hostKey]*draft)}
	for _, s := range spec.Sites {
		c.addSite(s)
	}
	for _, r := range spec.Rules {
		d := c.at(hostKey{name: r.Pattern.Host, wild: r.Pattern.HostWild})
		d.rules = append(d.rules, r)
	}
	p := &Plan{
		exact:    make(map[string]*host, len(c.order)),
		fallback: &host{site: spec.Default},
		rules:    slices.Clone(spec.Rules),
		sites:    slices.Clone(spec.Sites),
	}
	c.wildHosts(p)
	c.exactHosts(p)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return p, nil
}

type compiler struct {
	hosts map[hostKey]*draft
	order []hostKey // of first mention, so that errors come in a steady order
	errs  []error
}

// hostKey is an exact host, or with wild set an ending of hosts.
type hostKey struct {
	name string
	wild bool
}

// draft is a host on its way to a *host: its rules in the order they came.
type draft struct {
	site  *Site
	rules []*Rule
}

func (c *compiler) at(k hostKey) *draft {
	d := c.hosts[k]
	if d == nil {
		d = new(draft)
		c.hosts[k] = d
		c.order = append(c.order, k)
	}
	return d
}

func (c *compiler) addSite(s *Site) {
	for _, name := range s.Config.Hosts {
		k := hostKey{name: name}
		if rest, ok := strings.CutPrefix(name, "*"); ok {
			k = hostKey{name: rest, wild: true}
		}
		d := c.at(k)
		if d.site != nil {
			c.errs = append(c.errs, &ConflictError{
				What: fmt.Sprintf("host %q", name), First: d.site.Config.String(), Second: s.Config.String()})
			continue
		}
		d.site = s
	}
}

// wildHosts compiles the host wildcards, shorter ones first, so that each finds what it
// inherits already made.
func (c *compiler) wildHosts(p *Plan) {
	var items []item
	var keys []hostKey
	for _, k := range c.order {
		if k.wild {
			items = append(items, item{key: reversed(k.name), exact: none, wild: int32(len(keys))})
			keys = append(keys, k)
		}
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.key, b.key) })
	p.suffixes = newTrie(items, len(keys))
	p.wild = make([]*host, len(keys))
	// Sorted keys have every prefix before what it is a prefix of.
	for _, it := range items {
		var up *host
		if u := p.suffixes.up[it.wild]; u != none {
			up = p.wild[u]
		}
		p.wild[it.wild] = c.host(p, c.hosts[keys[it.wild]], up)
	}
}

func (c *compiler) exactHosts(p *Plan) {
	for _, k := range c.order {
		if k.wild {
			continue
		}
		var up *host
		if w := p.suffixes.walkBack(k.name); w != none {
			up = p.wild[w]
		}
		p.exact[k.name] = c.host(p, c.hosts[k], up)
	}
}

// host compiles one host under the wildcard that covers it.
func (c *compiler) host(p *Plan, d *draft, up *host) *host {
	h := &host{site: p.fallback.site, up: up}
	switch {
	case d.site != nil:
		h.site = d.site
	case up != nil:
		h.site = up.site
	}
	// A host without rules of its own adds nothing to the chain that Lookup follows.
	for h.up != nil && len(h.up.sets) == 0 {
		h.up = h.up.up
	}
	if len(d.rules) == 0 {
		return h
	}
	// Stable, so that of two claims the one given first is named first.
	slices.SortStableFunc(d.rules, func(a, b *Rule) int { return strings.Compare(a.Pattern.Path, b.Pattern.Path) })
	h.sets = make([]ruleSet, 0, len(d.rules))
	items := make([]item, 0, len(d.rules))
	for _, r := range d.rules {
		if n := len(items); n == 0 || items[n-1].key != r.Pattern.Path {
			items = append(items, item{key: r.Pattern.Path, exact: none, wild: none})
		}
		it := &items[len(items)-1]
		at := &it.exact
		if r.Pattern.PathWild {
			at = &it.wild
		}
		if *at == none {
			*at = int32(len(h.sets))
			h.sets = append(h.sets, ruleSet{})
		}
		slot := h.sets[*at].slot(r)
		if *slot != nil {
			c.errs = append(c.errs, &ConflictError{
				What: fmt.Sprintf("route %q", r.Pattern), First: (*slot).From, Second: r.From})
			continue
		}
		*slot = r
	}
	h.paths = newTrie(items, len(h.sets))
	return h
}

// slot is the place of r among the rules of one pattern's host and path.
func (s *ruleSet) slot(r *Rule) **Rule {
	switch {
	case r.CustomDomain:
		return &s.custom
	case r.Pattern.Scheme == "http":
		return &s.http
	case r.Pattern.Scheme == "https":
		return &s.https
	}
	return &s.any
}
