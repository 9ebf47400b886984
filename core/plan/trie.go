package plan

import "strings"

// Hot path. trie answers "which key is this, and which is its longest prefix marked as
// wildcard?" in one walk over the bytes: 0 allocs, one cache line or two per branching
// byte. BenchmarkLookup guards it.

// none marks the absence of an index.
const none = int32(-1)

// trie is a compressed prefix tree over byte strings. It is built once and then only read.
type trie struct {
	// nodes[0] is the root; the children of a node lie side by side.
	nodes []node
	// up[w] is the wildcard whose key is the next shorter prefix of the key of wildcard w,
	// or none: from the longest match all others follow without a second walk.
	up []int32
}

type node struct {
	// label is the bytes from the parent to here; empty at the root alone.
	label string
	// index holds the first bytes of the children's labels, in ascending order.
	index string
	kids  int32 // the first child, in nodes
	exact int32 // what the key that ends here stands for, or none
	wild  int32 // the longest wildcard that is a prefix of the key here, or none
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
	return t
}

// fill makes node at from the items that share their first depth bytes, which are the
// node's key. It recurses once per branching byte, so at most as deep as the longest key,
// which config.ParsePattern bounds.
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
	var index []byte
	for i := range items {
		if c := items[i].key[depth]; len(index) == 0 || index[len(index)-1] != c {
			index = append(index, c)
		}
	}
	kids := int32(len(t.nodes))
	t.nodes = append(t.nodes, make([]node, len(index))...)
	n := &t.nodes[at]
	n.index, n.kids, n.exact, n.wild = string(index), kids, exact, wild
	for k := range index {
		end := 1
		for end < len(items) && items[end].key[depth] == index[k] {
			end++
		}
		// The items are sorted, so what the first and the last share, all share.
		shared := commonPrefix(items[0].key, items[end-1].key)
		t.nodes[kids+int32(k)].label = items[0].key[depth:shared]
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
	for {
		if key == "" {
			return n.exact, n.wild
		}
		k := strings.IndexByte(n.index, key[0])
		if k < 0 {
			return none, n.wild
		}
		child := &t.nodes[n.kids+int32(k)]
		if len(key) < len(child.label) || key[:len(child.label)] != child.label {
			return none, n.wild
		}
		key = key[len(child.label):]
		n = child
	}
}

// walkBack is walk for a trie of reversed lower-case keys: it reads key from its end,
// ignoring case, and returns the longest wildcard that is an ending of it.
func (t *trie) walkBack(key string) (wild int32) {
	n := &t.nodes[0]
	for key != "" {
		k := strings.IndexByte(n.index, lower(key[len(key)-1]))
		if k < 0 {
			return n.wild
		}
		child := &t.nodes[n.kids+int32(k)]
		if len(key) < len(child.label) {
			return n.wild
		}
		for i := range len(child.label) {
			if child.label[i] != lower(key[len(key)-1-i]) {
				return n.wild
			}
		}
		key = key[:len(key)-len(child.label)]
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
