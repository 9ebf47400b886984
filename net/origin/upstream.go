package origin

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"gannet/core"
)

// downTime is how long an origin that could not be connected to is passed over while
// another one stands: as long as it costs to find out once more, about.
const downTime = 5 * time.Second

// Upstream is the origins of one site: equal servers, asked in turn. It is safe for
// concurrent use.
type Upstream struct {
	members []*member
	next    atomic.Uint32
}

// member is one origin.
type member struct {
	key  poolKey
	base string // path prefix without trailing slash
	// downUntil is the Unix time in nanoseconds before which it counts as down; 0 if it
	// is up.
	downUntil atomic.Int64
}

// NewUpstream makes an Upstream of absolute http or https URLs. A path in a URL is put
// before that of every request; a query or fragment is an error.
func NewUpstream(urls []string) (*Upstream, error) {
	if len(urls) == 0 {
		return nil, errors.New("origin: no origin URL")
	}
	u := &Upstream{members: make([]*member, len(urls))}
	for i, raw := range urls {
		p, ok := splitURL(raw)
		if !ok || strings.ContainsAny(raw, "?#") {
			return nil, fmt.Errorf("origin: %q is not an origin: want http://host[:port][/path] or https://…", raw)
		}
		u.members[i] = &member{
			key:  poolKey{strings.ToLower(p.host), p.port, p.https, trustOperator},
			base: strings.TrimRight(p.target, "/"),
		}
	}
	return u, nil
}

// order yields each member once, from the one whose turn it is, those that count as down
// last: if all are down they are tried all the same.
func (u *Upstream) order(clock core.Clock) iter.Seq[*member] {
	return func(yield func(*member) bool) {
		n := uint32(len(u.members))
		first := uint32(0)
		if n > 1 {
			first = (u.next.Add(1) - 1) % n
		}
		var now int64
		var skipped []*member
		for i := range n {
			m := u.members[(first+i)%n]
			until := m.downUntil.Load()
			if until != 0 && now == 0 {
				now = clock.Now().UnixNano()
			}
			if until > now && n > 1 {
				skipped = append(skipped, m)
				continue
			}
			if !yield(m) {
				return
			}
		}
		for _, m := range skipped {
			if !yield(m) {
				return
			}
		}
	}
}

func (m *member) down(clock core.Clock) { m.downUntil.Store(clock.Now().Add(downTime).UnixNano()) }

func (m *member) up() {
	if m.downUntil.Load() != 0 {
		m.downUntil.Store(0)
	}
}

// join puts the path of the origin before that of a request.
func (m *member) join(path string) string {
	if m.base == "" {
		return path
	}
	return m.base + path
}
