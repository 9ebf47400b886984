package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unique"

	"gannet/core/config"
)

// Spec is what a plan is compiled from. Compile keeps the rules and sites it points to:
// they must not change afterwards, except for their Handle before the plan is published.
type Spec struct {
	Rules []*Rule
	Sites []*Site
	// Default is the site for hosts that no site names; nil for none. It is not among Sites.
	Default *Site
}

// ConflictError is two claims on one route or one site host.
type ConflictError struct {
	// What is what both claim: `route "example.com/*"`, `host "example.com"`.
	What string
	// First and Second name the claimants and their places, in the order they were given.
	First, Second string
	// Pos is the place of the second claim.
	Pos config.Pos
}

// Error implements error.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is claimed twice: by %s and by %s", e.What, e.First, e.Second)
}

// Problem returns the conflict as gannet check prints it, at the second claim.
func (e *ConflictError) Problem() config.Problem {
	return config.Problem{File: e.Pos.File, Line: e.Pos.Line, Column: e.Pos.Column, Severity: config.Error, Msg: e.Error()}
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
		fallback: host{site: spec.Default},
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
				What: fmt.Sprintf("host %q", name), First: d.site.Config.String(), Second: s.Config.String(), Pos: s.Config.Pos})
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
	p.wild = make([]host, len(keys))
	// Sorted keys have every prefix before what it is a prefix of.
	for _, it := range items {
		var up *host
		if u := p.suffixes.up[it.wild]; u != none {
			up = &p.wild[u]
		}
		c.host(p, &p.wild[it.wild], c.hosts[keys[it.wild]], up)
	}
}

func (c *compiler) exactHosts(p *Plan) {
	var names []string
	for _, k := range c.order {
		if !k.wild {
			names = append(names, k.name)
		}
	}
	p.exact = newHostTable(names)
	for i, name := range names {
		var up *host
		if w := p.suffixes.walkBack(name); w != none {
			up = &p.wild[w]
		}
		c.host(p, &p.exact.hosts[i], c.hosts[hostKey{name: name}], up)
	}
}

// host compiles one host, into h, under the wildcard that covers it.
func (c *compiler) host(p *Plan, h *host, d *draft, up *host) {
	h.site, h.up = p.fallback.site, up
	switch {
	case d.site != nil:
		h.site = d.site
	case up != nil:
		h.site = up.site
	}
	// A host without rules of its own adds nothing to the chain that Lookup follows.
	for h.up != nil && h.up.only.rule == nil && h.up.more == nil {
		h.up = h.up.up
	}
	slices.SortStableFunc(d.rules, compareRules)
	slots := make([]slot, 0, len(d.rules))
	var items []item
	for i, r := range d.rules {
		pat := &r.Pattern
		if i > 0 && compareRules(d.rules[i-1], r) == 0 {
			c.errs = append(c.errs, &ConflictError{
				What: fmt.Sprintf("route %q", pat), First: d.rules[i-1].claimant(), Second: r.claimant(), Pos: r.Pos})
			continue
		}
		if n := len(items); n == 0 || items[n-1].key != pat.Path {
			items = append(items, item{key: pat.Path, exact: none, wild: none})
		}
		it := &items[len(items)-1]
		at := &it.exact
		if pat.PathWild {
			at = &it.wild
		}
		if *at == none {
			*at = int32(len(slots))
		} else {
			slots[len(slots)-1].last = false
		}
		slots = append(slots, slot{rule: r, worker: r.Worker, scheme: schemeOf(pat.Scheme), last: true})
	}
	switch len(slots) {
	case 0:
	case 1:
		h.only, h.wild = slots[0], slots[0].rule.Pattern.PathWild
		h.path = unique.Make(slots[0].rule.Pattern.Path).Value() // one copy of "/api/" stays in the cache
	default:
		h.more = &paths{trie: newTrie(items, len(slots)), slots: slots}
	}
}

// compareRules orders the rules of one host: by path, the exact path before the same with
// a wildcard, a named scheme before none, a route before a custom domain. It is 0 for two
// rules with one pattern.
func compareRules(a, b *Rule) int {
	return cmp.Or(
		strings.Compare(a.Pattern.Path, b.Pattern.Path),
		compareBool(a.Pattern.PathWild, b.Pattern.PathWild),
		-strings.Compare(a.Pattern.Scheme, b.Pattern.Scheme),
		compareBool(a.CustomDomain, b.CustomDomain))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
