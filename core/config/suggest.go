package config

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean returns `did you mean "…"?` for the known word nearest to a misspelt one, or
// "" when none is near. Equally near words: the first in alphabetical order.
func didYouMean(word string, known []string) string {
	// A third of the letters may be wrong, of the longer of the two words; and more than 64
	// letters are no misspelling, which also bounds the work.
	if len(word) > 64 {
		return ""
	}
	known = slices.Sorted(slices.Values(known))
	best, bestDist := "", len(word)+1
	for _, k := range known {
		if d := editDistance(word, k); d < bestDist && d < len(k) && d <= max(1, max(len(word), len(k))/3) {
			best, bestDist = k, d
		}
	}
	if best == "" && len(word) >= 3 {
		// A word cut short, or with an ending too many.
		for _, k := range known {
			if strings.HasPrefix(k, word) || len(k) >= 3 && strings.HasPrefix(word, k) {
				best = k
				break
			}
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// editDistance is the optimal string alignment distance in bytes: insertions, deletions,
// substitutions and swaps of neighbours.
func editDistance(a, b string) int {
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
