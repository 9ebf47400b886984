package core

import "strings"

// Field is one field line (RFC 9110, section 5): a name in the case it was sent in, and a
// value without surrounding whitespace.
type Field struct {
	Name, Value string
}

// Fields is a field section: field lines in the order they were received or will be sent.
// Names compare without regard to case. The zero value is empty and ready to use.
type Fields []Field

// Get returns the value of the first field line called name, or "".
func (f Fields) Get(name string) string {
	v, _ := f.Lookup(name)
	return v
}

// Lookup returns the value of the first field line called name and whether there is one.
func (f Fields) Lookup(name string) (string, bool) {
	for i := range f {
		if len(f[i].Name) == len(name) && strings.EqualFold(f[i].Name, name) {
			return f[i].Value, true
		}
	}
	return "", false
}

// Has reports whether a field line is called name.
func (f Fields) Has(name string) bool {
	_, ok := f.Lookup(name)
	return ok
}

// Values returns the values of all field lines called name, in order; nil if none.
func (f Fields) Values(name string) []string {
	var vs []string
	for i := range f {
		if len(f[i].Name) == len(name) && strings.EqualFold(f[i].Name, name) {
			vs = append(vs, f[i].Value)
		}
	}
	return vs
}

// Joined returns all values of name combined by ", " (RFC 9110, section 5.3), and whether
// there is any. It must not be used for Set-Cookie.
func (f Fields) Joined(name string) (string, bool) {
	first, n := "", 0
	for i := range f {
		if len(f[i].Name) == len(name) && strings.EqualFold(f[i].Name, name) {
			if n == 0 {
				first = f[i].Value
			}
			n++
		}
	}
	if n <= 1 {
		return first, n == 1
	}
	return strings.Join(f.Values(name), ", "), true
}

// Add appends a field line.
func (f *Fields) Add(name, value string) {
	*f = append(*f, Field{name, value})
}

// Set makes name have exactly one field line, at the place of its first one or at the end.
func (f *Fields) Set(name, value string) {
	s := *f
	for i := range s {
		if strings.EqualFold(s[i].Name, name) {
			s[i].Value = value
			rest := s[i+1:]
			rest.Del(name)
			*f = s[:i+1+len(rest)]
			return
		}
	}
	f.Add(name, value)
}

// Del removes every field line called name. The backing array is reused.
func (f *Fields) Del(name string) {
	s := *f
	kept := s[:0]
	for i := range s {
		if !strings.EqualFold(s[i].Name, name) {
			kept = append(kept, s[i])
		}
	}
	clear(s[len(kept):])
	*f = kept
}

// Clone returns a copy that shares no memory with f but the immutable strings.
func (f Fields) Clone() Fields {
	if f == nil {
		return nil
	}
	return append(make(Fields, 0, len(f)+4), f...)
}

// HasToken reports whether the comma-separated list in any field line called name holds
// token, without regard to case (RFC 9110, section 5.6.1).
func (f Fields) HasToken(name, token string) bool {
	for i := range f {
		if !strings.EqualFold(f[i].Name, name) {
			continue
		}
		for part := range strings.SplitSeq(f[i].Value, ",") {
			if strings.EqualFold(strings.Trim(part, " \t"), token) {
				return true
			}
		}
	}
	return false
}

// IsHopByHop reports whether name is a connection-specific field, which a listener or an
// origin client consumes and never passes on (RFC 9110, section 7.6.1). Fields that a
// Connection field nominates are the caller's to drop as well.
func IsHopByHop(name string) bool {
	switch len(name) {
	case 2:
		return strings.EqualFold(name, "TE")
	case 7:
		return strings.EqualFold(name, "Upgrade")
	case 10:
		return strings.EqualFold(name, "Connection") || strings.EqualFold(name, "Keep-Alive")
	case 16:
		return strings.EqualFold(name, "Proxy-Connection")
	case 17:
		return strings.EqualFold(name, "Transfer-Encoding")
	case 18:
		return strings.EqualFold(name, "Proxy-Authenticate")
	case 19:
		return strings.EqualFold(name, "Proxy-Authorization")
	}
	return false
}
