package config

import (
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// reader takes values out of a tree and gathers what is wrong with them. Its methods
// report a problem and return false, or a zero value, and the caller goes on, so that one
// run finds everything.
type reader struct {
	dir      string // relative paths start here
	problems []Problem
}

func (r *reader) errorf(pos Pos, format string, args ...any) {
	r.report(Error, pos, "", format, args...)
}

func (r *reader) warnf(pos Pos, format string, args ...any) {
	r.report(Warning, pos, "", format, args...)
}

func (r *reader) report(s Severity, pos Pos, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: pos.File, Line: pos.Line, Column: pos.Column, Severity: s,
		Msg: strings.ToValidUTF8(fmt.Sprintf(format, args...), "\ufffd"), Hint: hint,
	})
}

// later warns that a key is understood and has no effect yet.
func (r *reader) later(pos Pos, key string) { r.warnf(pos, "not yet in effect: %s", key) }

// fields maps the keys of a table to what reads their values.
type fields map[string]func(name string, m *member)

// table reads a table by its fields. name is the table's for messages, "" for the file.
func (r *reader) table(name string, m *member, f fields) bool {
	if !r.is(name, m, kindTable) {
		return false
	}
	for i := range m.val.members {
		sub := &m.val.members[i]
		read, ok := f[sub.key]
		if !ok {
			known := make([]string, 0, len(f))
			for k := range f {
				known = append(known, k)
			}
			r.report(Error, sub.pos, didYouMean(sub.key, known), "unknown key %q%s", sub.key, in(name))
			continue
		}
		read(join(name, sub.key), sub)
	}
	return true
}

// tables reads an array of tables by calling read for each.
func (r *reader) tables(name string, m *member, read func(name string, m *member)) {
	if !r.is(name, m, kindArray) {
		return
	}
	for _, v := range m.val.items {
		item := member{key: m.key, pos: v.pos, val: v}
		if r.is(name, &item, kindTable) {
			read(name, &item)
		}
	}
}

func in(name string) string {
	if name == "" {
		return ""
	}
	return " in " + name
}

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}

func (r *reader) is(name string, m *member, k kind) bool {
	if m.val.kind == k {
		return true
	}
	r.errorf(m.val.pos, "%s must be %s, not %s", name, k, m.val.kind)
	return false
}

// str returns a string that is not empty.
func (r *reader) str(name string, m *member) (string, bool) {
	if !r.is(name, m, kindString) {
		return "", false
	}
	if m.val.text == "" {
		r.errorf(m.val.pos, "%s is empty", name)
		return "", false
	}
	return m.val.text, true
}

// strings returns the values of a string or an array of strings.
func (r *reader) strings(name string, m *member) []*value {
	switch m.val.kind {
	case kindString:
		return []*value{m.val}
	case kindArray:
		var out []*value
		for _, v := range m.val.items {
			if v.kind != kindString {
				r.errorf(v.pos, "%s must hold strings, not %s", name, v.kind)
				continue
			}
			out = append(out, v)
		}
		return out
	}
	r.errorf(m.val.pos, "%s must be a string or an array of strings, not %s", name, m.val.kind)
	return nil
}

func (r *reader) boolean(name string, m *member) bool {
	return r.is(name, m, kindBool) && m.val.text == "true"
}

// integer returns an integer of a range, or 0.
func (r *reader) integer(name string, m *member, least, most int64) int64 {
	if !r.is(name, m, kindInt) {
		return 0
	}
	n, err := m.val.integer()
	if err != nil || n < least || n > most {
		if most == math.MaxInt64 {
			r.errorf(m.val.pos, "%s must be at least %d", name, least)
		} else {
			r.errorf(m.val.pos, "%s must be between %d and %d", name, least, most)
		}
		return 0
	}
	return n
}

var sizePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)$`)

var sizeUnits = map[string]float64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// ParseSize reads a size such as "64MiB", "1.5 GB" or "4096" in bytes. kB, MB, GB and TB
// are powers of 1000; K, M, G, T and KiB, MiB, GiB, TiB are powers of 1024.
func ParseSize(s string) (int64, error) {
	m := sizePattern.FindStringSubmatch(strings.TrimSpace(s))
	if m != nil {
		unit, known := sizeUnits[strings.ToLower(m[2])]
		n, err := strconv.ParseFloat(m[1], 64)
		if known && err == nil && n*unit < math.MaxInt64 {
			return int64(n * unit), nil
		}
	}
	return 0, fmt.Errorf("%q is no size: write it as 64MiB, 1.5GB or 4096", s)
}

// size returns a size in bytes, given as a string with a unit or as an integer.
func (r *reader) size(name string, m *member) int64 {
	if m.val.kind == kindInt {
		return r.integer(name, m, 0, math.MaxInt64)
	}
	s, ok := r.str(name, m)
	if !ok {
		return 0
	}
	n, err := ParseSize(s)
	if err != nil {
		r.errorf(m.val.pos, "%s: %v", name, err)
	}
	return n
}

// path makes a path of the file absolute.
func (r *reader) path(s string) string {
	if filepath.IsAbs(s) {
		return filepath.Clean(s)
	}
	return filepath.Join(r.dir, s)
}

// ParseListen checks an address to listen on: host:port, where host is an IP address,
// localhost or nothing. It returns the address in a form net.Listen takes.
func ParseListen(s string) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("%q is no address to listen on: %s", s, why)
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return bad(`it needs a port, such as "127.0.0.1:8080"`)
	}
	if _, err := strconv.ParseUint(s[i+1:], 10, 16); err != nil {
		return bad("the port must be a number up to 65535")
	}
	host := s[:i]
	if host == "" {
		return s, nil
	}
	if strings.EqualFold(host, "localhost") {
		return "127.0.0.1" + s[i:], nil
	}
	if _, err := netip.ParseAddrPort(s); err != nil {
		if strings.Count(host, ":") > 0 && host[0] != '[' {
			return bad("an IPv6 address goes in brackets")
		}
		return bad("the host must be an IP address, or nothing for all of them")
	}
	return s, nil
}

// ParsePin reads the pin of a name to an address: the IP address, alone or with a port.
// The name comes back in the form in which names are compared.
func ParsePin(name, addr string) (string, Pin, error) {
	host, msg := normalHost(name, false)
	if msg != "" {
		return "", Pin{}, fmt.Errorf("%q: %s", name, msg)
	}
	if rest, ok := strings.CutPrefix(addr, "localhost"); ok {
		addr = "127.0.0.1" + rest
	}
	if ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(addr, "["), "]")); err == nil {
		return host, Pin{Addr: ip}, nil
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return "", Pin{}, fmt.Errorf("%q is not an IP address with or without a port", addr)
	}
	return host, Pin{Addr: ap.Addr(), Port: ap.Port()}, nil
}
