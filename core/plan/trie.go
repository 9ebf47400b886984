package plan

import (
	"math/bits"
	"slices"
)

// Hot path. trie answers "which key is this, and which is its longest prefix marked as
// wildcard?" in one walk over the bytes, with 0 allocs. With many routes the time goes into
// cache misses, so nodes are small and hold what a step needs: with labels and child bytes behind
// string headers, three cold lines a step, a lookup among 100,000 routes took 800 ns.
// BenchmarkLookup guards it.

// none marks the absence of an index.
const none = int32(-1)

// trie is a compressed prefix tree over byte strings. It is built once and then only read.
type trie struct {
	// nodes[0] is the root; the children of a node lie side by side, by their first byte.
	nodes    []node
	branches []branch
	// up[w] is the wildcard whose key is the next shorter prefix of the key of wildcard w,
	// or none: from the longest match all others follow without a second walk.
	up []int32
}

// node is 32 bytes, half a cache line. The byte that leads to a node is a bit in its
// parent's branch; label is what follows that byte.
type node struct {
	branch int32 // in branches, or none for a leaf
	kids   int32 // the first child, in nodes
	exact  int32 // what the key that ends here stands for, or none
	wild   int32 // the longest wildcard that is a prefix of the key here, or none
	n      uint8 // bytes of label in use
	label  [maxLabel]byte
}

// maxLabel is what fits beside the rest, in bytes. A longer run of bytes without a branch
// takes a chain of nodes.
const maxLabel = 15

// branch is the set of bytes that go on from a node. Most nodes of a large trie are
// leaves, so it lies apart.
type branch [4]uint64

// child returns the index of the child of n that byte c leads to, or 0 (the root is no
// child).
func (t *trie) child(n *node, c byte) int32 {
	if n.branch == none {
		return 0
	}
	b := &t.branches[n.branch]
	w, bit := c>>6, uint64(1)<<(c&63)
	if b[w]&bit == 0 {
		return 0
	}
	rank := bits.OnesCount64(b[w] & (bit - 1))
	for i := range w {
		rank += bits.OnesCount64(b[i])
	}
	return n.kids + int32(rank)
}

// item is one key to build a trie from. exact and wild are the caller's indices, or none;
// wild must be below the number of wildcards given to newTrie.
type item struct {
	key         string
	exact, wild int32
}

// newTrie builds a trie. items must be sorted by key, without duplicates.
func newTrie(items []item, wilds int) trie {
	t := trie{nodes: make([]node, 1, len(items)+1), up: make([]int32, wilds)}
	t.fill(0, items, 0, none)
	t.nodes = slices.Clip(t.nodes)
	return t
}

// fill makes node at from the items that share their first depth bytes, which are the
// node's key. It recurses at most once per byte of the longest key, which
// config.ParsePattern bounds.
func (t *trie) fill(at int32, items []item, depth int, wild int32) {
	exact := none
	if len(items) > 0 && len(items[0].key) == depth {
		exact = items[0].exact
		if w := items[0].wild; w != none {
			t.up[w] = wild
			wild = w
		}
		items = items[1:]
	}
	kids := int32(len(t.nodes))
	n := &t.nodes[at]
	n.branch, n.kids, n.exact, n.wild = none, kids, exact, wild
	if len(items) == 0 {
		return
	}
	n.branch = int32(len(t.branches))
	var first [256]byte
	var b branch
	children := 0
	for i := range items {
		if c := items[i].key[depth]; children == 0 || first[children-1] != c {
			first[children] = c
			children++
			b[c>>6] |= 1 << (c & 63)
		}
	}
	t.branches = append(t.branches, b)
	t.nodes = append(t.nodes, make([]node, children)...) // may move n
	for k := range children {
		end := 1
		for end < len(items) && items[end].key[depth] == first[k] {
			end++
		}
		// The items are sorted, so what the first and the last share, all share.
		shared := min(commonPrefix(items[0].key, items[end-1].key), depth+1+maxLabel)
		child := &t.nodes[kids+int32(k)]
		child.n = uint8(copy(child.label[:], items[0].key[depth+1:shared]))
		t.fill(kids+int32(k), items[:end], shared, wild)
		items = items[end:]
	}
}

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// walk returns what key stands for and the longest wildcard that is a prefix of it.
func (t *trie) walk(key string) (exact, wild int32) {
	n := &t.nodes[0]
	for key != "" {
		k := t.child(n, key[0])
		if k == 0 {
			return none, n.wild
		}
		child := &t.nodes[k]
		label := child.label[:child.n]
		if len(key) <= len(label) || key[1:1+len(label)] != string(label) {
			return none, n.wild
		}
		key = key[1+len(label):]
		n = child
	}
	return n.exact, n.wild
}

// walkBack is walk for a trie of reversed lower-case keys: it reads key from its end,
// ignoring case, and returns the longest wildcard that is an ending of it.
func (t *trie) walkBack(key string) (wild int32) {
	n := &t.nodes[0]
	for key != "" {
		last := len(key) - 1
		k := t.child(n, lower(key[last]))
		if k == 0 {
			return n.wild
		}
		child := &t.nodes[k]
		label := child.label[:child.n]
		if last < len(label) {
			return n.wild
		}
		for i, c := range label {
			if c != lower(key[last-1-i]) {
				return n.wild
			}
		}
		key = key[:last-len(label)]
		n = child
	}
	return n.wild
}

// reversed returns s with its bytes in reverse order.
func reversed(s string) string {
	b := make([]byte, len(s))
	for i := range len(s) {
		b[len(s)-1-i] = s[i]
	}
	return string(b)
}
