package plan

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gannet/core/config"
)

// matches is what a pattern means, written as plainly as doc.go says it.
func matches(p config.Pattern, scheme, host, target string) bool {
	if p.Scheme != "" && p.Scheme != scheme {
		return false
	}
	host = strings.ToLower(host)
	if p.HostWild && !strings.HasSuffix(host, p.Host) || !p.HostWild && host != p.Host {
		return false
	}
	if p.PathWild {
		return strings.HasPrefix(target, p.Path)
	}
	return target == p.Path
}

// wins reports whether a comes before b in the order of doc.go.
func wins(a, b *Rule) bool {
	rank := func(r *Rule) [6]int {
		p := r.Pattern
		n := func(exact bool, length int) [2]int {
			if exact {
				return [2]int{1, 0} // of two exact ones that match, both are the same
			}
			return [2]int{0, length}
		}
		h, q := n(!p.HostWild, len(p.Host)), n(!p.PathWild, len(p.Path))
		s, c := 0, 1
		if p.Scheme != "" {
			s = 1
		}
		if r.CustomDomain {
			c = 0
		}
		return [6]int{h[0], h[1], q[0], q[1], s, c}
	}
	ra, rb := rank(a), rank(b)
	for i := range ra {
		if ra[i] != rb[i] {
			return ra[i] > rb[i]
		}
	}
	return false
}

func bruteForce(rules []*Rule, scheme, host, target string) *Rule {
	var best *Rule
	for _, r := range rules {
		if matches(r.Pattern, scheme, host, target) && (best == nil || wins(r, best)) {
			best = r
		}
	}
	return best
}

// words from few letters collide and nest often, which is what needs testing.
func word(r *rand.Rand, letters string, most int) string {
	b := make([]byte, r.IntN(most+1))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func TestLookupAgainstModel(t *testing.T) {
	plans := 1500
	if testing.Short() || raceEnabled {
		plans = 200
	}
	r := rand.New(rand.NewPCG(1, 2))
	schemes := []string{"", "", "http://", "https://"}
	won := 0
	for range plans {
		var spec Spec
		seen := map[string]bool{}
		for range r.IntN(40) {
			s := schemes[r.IntN(len(schemes))]
			if r.IntN(2) == 0 {
				s += "*"
			}
			s += word(r, "ab.", 4) + "/" + word(r, "ab/", 4)
			if r.IntN(2) == 0 {
				s += "*"
			}
			p, err := config.ParsePattern(s)
			if err != nil || seen[p.String()] {
				continue
			}
			seen[p.String()] = true
			rule := &Rule{Pattern: p, By: s}
			if r.IntN(3) > 0 {
				rule.Worker = fakeWorker(s)
			}
			if p.Scheme == "" && !p.HostWild && p.PathWild && p.Path == "/" && r.IntN(2) == 0 {
				spec.Rules = append(spec.Rules, &Rule{Pattern: p, CustomDomain: true, By: "custom " + s})
			}
			spec.Rules = append(spec.Rules, rule)
		}
		p, err := Compile(spec)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			scheme := schemes[2+r.IntN(2)]
			scheme = strings.TrimSuffix(scheme, "://")
			host, target := word(r, "abA.", 5), "/"+word(r, "ab/?", 5)
			if strings.HasSuffix(host, ".") {
				host += "a" // a final dot is not part of the host
			}
			want := bruteForce(spec.Rules, scheme, host, target)
			got := p.Lookup(scheme, host+":81", target)
			if got.Rule != want {
				t.Fatalf("%s://%s%s: got %v, want %v, among %v", scheme, host, target, name(got.Rule), name(want), names(spec.Rules))
			}
			if want != nil && got.Worker != want.Worker {
				t.Fatal("the worker is not the rule's")
			}
			if want != nil {
				won++
			}
		}
	}
	if won < plans*20 {
		t.Fatalf("only %d lookups matched: the test says little", won)
	}
}

func name(r *Rule) string {
	if r == nil {
		return "none"
	}
	return r.By
}

func names(rules []*Rule) []string {
	var out []string
	for _, r := range rules {
		out = append(out, r.By)
	}
	return out
}
