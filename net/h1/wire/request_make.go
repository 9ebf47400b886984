package wire

import (
	"strings"

	"gannet/core"
)

// maxUpgrade is the length, in octets, from which no further Upgrade line is joined to the
// ones before: each costs a copy of all of them.
const maxUpgrade = 1 << 10

// Request fills in r from the head that Parse completed; b begins with the same bytes. It
// sets Method, Authority, Target, Proto, Fields and Upgrade. The head is copied once, as
// one string; field lines are appended to fields, which may have been given memory.
//
// Connection-specific fields and those that Connection nominates are left out (RFC 9110,
// section 7.6.1), and so is Expect: 100-continue is between the client and us. An
// absolute-form target wins over Host, and Host is made to agree (RFC 9112, section
// 3.2.2). In HTTP/1.0 there may be no Host: Authority is empty then.
func (h *RequestHead) Request(b []byte, n int, r *core.Request, fields core.Fields) {
	head := string(b[:n])
	r.Method = h.internMethod(head)
	r.Proto = h.Proto
	r.Target = h.target.str(head)
	if h.host >= 0 {
		r.Authority = lowerHost(h.lines[h.host].value.str(head))
	}
	switch h.form {
	case absoluteForm:
		r.Authority = lowerHost(h.authority.str(head))
		r.Target = h.absolutePath(r.Method, head)
	case authorityForm:
		r.Authority = lowerHost(r.Target)
	}
	for i := range h.lines {
		f := &h.lines[i]
		if f.kind == endToEnd {
			name := f.name.str(head)
			if h.options.other && h.isNominated(head, name) {
				continue
			}
			fields = append(fields, core.Field{Name: name, Value: f.value.str(head)})
			continue
		}
		switch f.kind {
		case kindHost:
			value := f.value.str(head)
			if h.form == absoluteForm {
				value = h.authority.str(head)
			}
			fields = append(fields, core.Field{Name: f.name.str(head), Value: value})
		case kindLength:
			fields = append(fields, core.Field{Name: f.name.str(head), Value: f.value.str(head)})
		case kindUpgrade:
			if h.options.upgrade && len(r.Upgrade) <= maxUpgrade {
				if r.Upgrade != "" {
					r.Upgrade += ", "
				}
				r.Upgrade += f.value.str(head)
			}
		}
	}
	if h.host < 0 && r.Authority != "" {
		fields = append(fields, core.Field{Name: "Host", Value: r.Authority})
	}
	r.Fields = fields
}

// Method returns the method of the head that lies in b.
func (h *RequestHead) Method(b []byte) []byte { return h.method.of(b) }

// absolutePath is path and query of an absolute-form target, as origin-form has them.
func (h *RequestHead) absolutePath(method, head string) string {
	path := h.path.str(head)
	switch {
	case path == "" && method == "OPTIONS":
		return "*" // RFC 9112, section 3.2.4
	case path == "":
		return "/"
	case path[0] == '?':
		return "/" + path
	}
	return path
}

// internMethod returns the method: a constant for the common ones, which keeps comparing
// them cheap, and does not keep the head alive.
func (h *RequestHead) internMethod(head string) string {
	m := h.method.str(head)
	switch m {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "HEAD":
		return "HEAD"
	case "PUT":
		return "PUT"
	case "DELETE":
		return "DELETE"
	case "OPTIONS":
		return "OPTIONS"
	case "PATCH":
		return "PATCH"
	}
	return m
}

// isNominated reports whether a Connection field names the field. The framing and Host
// are not the client's to remove: Connection: Host must not make a request ambiguous; they
// have other kinds and do not get here.
func (h *RequestHead) isNominated(head, name string) bool {
	for i := range h.lines {
		if h.lines[i].kind == kindConnection && listHas(h.lines[i].value.str(head), name) {
			return true
		}
	}
	return false
}

// listHas reports whether the comma-separated list has the element, without regard to case.
func listHas(list, element string) bool {
	for e := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(e, " \t"), element) {
			return true
		}
	}
	return false
}

// lowerHost lower-cases the host of an authority; a port has no letters.
func lowerHost(authority string) string { return strings.ToLower(authority) }
