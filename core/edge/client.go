package edge

import (
	"net/netip"
	"strings"

	"gannet/core"
)

// identify works out who the client is and rewrites the request's fields accordingly: what
// an untrusted peer says of itself in CF-*, X-Forwarded-*, X-Real-IP, True-Client-IP,
// Forwarded and Early-Data is dropped.
func (d *dispatcher) identify(c *call) {
	e := d.edge
	req := &c.Exchange.Request
	set := e.settings.Load()
	peer := req.Remote.Addr().Unmap()
	client := peer
	trusted := isTrusted(set.trusted, peer)
	forwarded := ""
	if trusted {
		if xff, ok := req.Fields.Joined("X-Forwarded-For"); ok {
			client, forwarded = clientOf(xff, peer, set.trusted), xff
		}
		if proto := req.Fields.Get("X-Forwarded-Proto"); proto == "http" || proto == "https" {
			req.Scheme = proto
		}
	}
	known := d.known(set, req, client)
	addr := known.addr
	if forwarded == "" {
		forwarded = addr
	} else {
		forwarded += ", " + peer.String()
	}
	c.ID = e.rays.next(e.o.Node)
	c.CF = &known.cf

	fields := req.Fields[:0] // in place: a listener leaves room behind the fields
	for _, f := range req.Fields {
		if !ownField(f.Name) {
			fields = append(fields, f)
		}
	}
	fields = append(fields,
		core.Field{Name: "CF-Connecting-IP", Value: addr},
		core.Field{Name: "CF-Ray", Value: c.ID},
		core.Field{Name: "CF-Visitor", Value: visitor(req.Scheme)},
		core.Field{Name: "X-Forwarded-For", Value: forwarded},
		core.Field{Name: "X-Forwarded-Proto", Value: req.Scheme},
		core.Field{Name: "X-Real-IP", Value: addr},
	)
	if c.CF.Country != "" {
		fields = append(fields, core.Field{Name: "CF-IPCountry", Value: c.CF.Country})
	}
	req.Fields = fields
}

func visitor(scheme string) string {
	if scheme == "https" {
		return `{"scheme":"https"}`
	}
	return `{"scheme":"http"}`
}

// ownField reports whether only the edge may set the field. Underscores count as hyphens:
// origins that turn names into variables (CGI, WSGI) cannot tell the two apart.
func ownField(name string) bool {
	switch name[0] | 0x20 {
	case 'c':
		return len(name) > 3 && likeField(name[:3], "cf-")
	case 'x':
		return likeField(name, "x-real-ip") || len(name) > 12 && likeField(name[:12], "x-forwarded-")
	case 't':
		return likeField(name, "true-client-ip")
	case 'f':
		return likeField(name, "forwarded")
	case 'e':
		return likeField(name, "early-data")
	}
	return false
}

// likeField compares name with one in lower case.
func likeField(name, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			c = '-'
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func isTrusted(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// clientOf walks X-Forwarded-For from the nearest hop outwards: the first address that is
// not a trusted proxy is the client. What is no address ends the walk.
func clientOf(xff string, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	client := peer
	for xff != "" {
		i := strings.LastIndexByte(xff, ',')
		hop := strings.TrimSpace(xff[i+1:])
		xff = xff[:max(i, 0)]
		a, err := netip.ParseAddr(hop)
		if err != nil {
			return client
		}
		client = a.Unmap().WithZone("") // a zone may hold any text
		if !isTrusted(trusted, client) {
			return client
		}
	}
	return client
}

// clientKey is what request.cf depends on.
type clientKey struct {
	addr       netip.Addr
	proto      core.Proto
	tlsVersion string
	tlsCipher  string
}

// client is what a dispatcher remembers of a client: a connection sends many requests. It
// is not written once it is made, for workers hold its cf.
type client struct {
	addr string
	cf   core.CF
}

// maxClients bounds the clients one loop remembers; past it it starts anew.
const maxClients = 1024

// known returns what there is to know of a client. A change of settings forgets everyone.
func (d *dispatcher) known(set *settings, req *core.Request, addr netip.Addr) *client {
	key := clientKey{addr: addr, proto: req.Proto}
	if req.TLS != nil {
		key.tlsVersion, key.tlsCipher = req.TLS.Version, req.TLS.CipherSuite
	}
	if set == d.clientsOf && d.last != nil && key == d.lastKey {
		return d.last
	}
	if set != d.clientsOf || len(d.clients) >= maxClients {
		d.clients, d.clientsOf = make(map[clientKey]*client), set
	}
	c := d.clients[key]
	if c == nil {
		c = &client{addr: addr.String(), cf: core.CF{
			Colo:         d.edge.o.Node,
			HTTPProtocol: req.Proto.String(),
			Country:      set.country,
			TLSVersion:   key.tlsVersion,
			TLSCipher:    key.tlsCipher,
		}}
		if set.geo != nil {
			set.geo.fill(&c.cf, addr)
		}
		d.clients[key] = c
	}
	d.lastKey, d.last = key, c
	return c
}

// maxHops is how often a request may come through this software before it counts as going
// in a circle (RFC 8586).
const maxHops = 16

// loopID is our cdn-id in CDN-Loop.
const loopID = "gannet"

// loops counts our entries in CDN-Loop.
func loops(fields core.Fields) int {
	n := 0
	for i := range fields {
		if len(fields[i].Name) != len("CDN-Loop") || !strings.EqualFold(fields[i].Name, "CDN-Loop") {
			continue
		}
		for entry := range strings.SplitSeq(fields[i].Value, ",") {
			id, _, _ := strings.Cut(entry, ";")
			if strings.EqualFold(strings.Trim(id, " \t"), loopID) {
				n++
			}
		}
	}
	return n
}

// forwardFields are the fields of a request that goes on to an origin: those of the client's
// request, with our entry in CDN-Loop. Framing is the fetcher's.
func forwardFields(in core.Fields) core.Fields {
	out := make(core.Fields, 0, len(in)+1)
	for _, f := range in {
		switch {
		case strings.EqualFold(f.Name, "CDN-Loop"):
		case strings.EqualFold(f.Name, "Host"), strings.EqualFold(f.Name, "Content-Length"), core.IsHopByHop(f.Name):
		default:
			out = append(out, f)
		}
	}
	return append(out, core.Field{Name: "CDN-Loop", Value: nextLoop(in)})
}

// nextLoop is the CDN-Loop field of what goes out on behalf of a request with the fields in.
func nextLoop(in core.Fields) string {
	was, ok := in.Joined("CDN-Loop")
	if !ok || was == "" {
		return loopID
	}
	return was + ", " + loopID
}
