package plan

import (
	"hash/maphash"
	"strings"

	"gannet/core"
)

// Hot path, as plan.go. Most hosts have one rule, host/*, or none: these are answered from
// the host itself, without a trie.

// host is what a plan knows of one exact host or one host wildcard.
type host struct {
	// only is the host's rule when it has one; more holds the rules when it has several.
	only slot
	path string // of only
	wild bool   // of only
	more *paths
	site *Site // its own, or the one of the next wildcard that covers it
	up   *host // the longest wildcard with rules that covers this host or wildcard, or nil
}

// paths is the rules of one host by path.
type paths struct {
	trie  trie
	slots []slot // by the trie's index: the slots of one path, in the order they win
}

// slot is a rule where Lookup needs no more than this of it.
type slot struct {
	rule   *Rule // nil if the host has no rule
	worker core.Worker
	scheme schemeSet
	last   bool // of the slots of one path
}

// schemeSet is the schemes a rule answers.
type schemeSet uint8

const (
	schemeHTTP schemeSet = 1 << iota
	schemeHTTPS
)

func schemeOf(s string) schemeSet {
	switch s {
	case "http":
		return schemeHTTP
	case "https":
		return schemeHTTPS
	case "":
		return schemeHTTP | schemeHTTPS
	}
	return 0
}

// match returns the slot of the most specific rule of h alone for a target, or nil.
func (h *host) match(scheme schemeSet, target string) *slot {
	if h.more != nil {
		return h.more.match(scheme, target)
	}
	if h.only.scheme&scheme == 0 {
		return nil
	}
	// Every path begins with "/", so one of length 1 needs no look at its bytes.
	if h.wild && (len(h.path) == 1 && target != "" && target[0] == '/' || strings.HasPrefix(target, h.path)) ||
		target == h.path {
		return &h.only
	}
	return nil
}

func (p *paths) match(scheme schemeSet, target string) *slot {
	exact, wild := p.trie.walk(target)
	if exact != none {
		if s := p.pick(exact, scheme); s != nil {
			return s
		}
	}
	for ; wild != none; wild = p.trie.up[wild] {
		if s := p.pick(wild, scheme); s != nil {
			return s
		}
	}
	return nil
}

func (p *paths) pick(at int32, scheme schemeSet) *slot {
	for {
		s := &p.slots[at]
		if s.scheme&scheme != 0 {
			return s
		}
		if s.last {
			return nil
		}
		at++
	}
}

// hostTable finds exact hosts: open addressing over hosts that lie together. A
// map[string]*host is simpler, but with 100,000 hosts it reads two cold cache lines more
// per lookup. The seed is random, so nobody can choose hosts that collide.
type hostTable struct {
	seed  maphash.Seed
	slots []uint64 // upper half of the hash, then 1 + the index in hosts; 0 is free
	hosts []host
	names []span // of hosts
	text  string // all names
}

type span struct{ at, end uint32 }

func newHostTable(names []string) hostTable {
	size := 8
	for size < 2*len(names) {
		size *= 2
	}
	t := hostTable{seed: maphash.MakeSeed(), slots: make([]uint64, size), hosts: make([]host, len(names)), names: make([]span, len(names))}
	var text strings.Builder
	for i, name := range names {
		at := uint32(text.Len())
		text.WriteString(name)
		t.names[i] = span{at, uint32(text.Len())}
		h := maphash.String(t.seed, name)
		k := h & uint64(size-1)
		for t.slots[k] != 0 {
			k = (k + 1) & uint64(size-1)
		}
		t.slots[k] = h&^(1<<32-1) | uint64(i+1)
	}
	t.text = text.String()
	return t
}

// find returns the host of that name, or nil. At least half of the slots are free, so the
// search ends.
func (t *hostTable) find(name string) *host {
	h := maphash.String(t.seed, name)
	mask := uint64(len(t.slots) - 1)
	for k := h & mask; t.slots[k] != 0; k = (k + 1) & mask {
		if s := t.slots[k]; s>>32 == h>>32 {
			i := uint32(s) - 1
			if n := t.names[i]; t.text[n.at:n.end] == name {
				return &t.hosts[i]
			}
		}
	}
	return nil
}
