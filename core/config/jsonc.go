package config

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// parseJSON reads JSON with comments and trailing commas into a tree. Of a key that
// appears twice the last one counts, as in JavaScript.
func parseJSON(file string, data []byte) (*value, *Problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	b := jsonBuilder{places: newPlaces(file, data)}
	if offset := deepest(data, maxDepth); offset >= 0 {
		return nil, failDepth(b.places.at(offset))
	}
	doc, err := hujson.Parse(data)
	if err != nil {
		return nil, b.syntax(err)
	}
	root := b.value(&doc)
	if root.kind != kindTable {
		return nil, fail(root.pos, "the file must hold an object, not %s", root.kind)
	}
	return root, nil
}

type jsonBuilder struct{ places *places }

var hujsonPlace = regexp.MustCompile(`^hujson: line (\d+), column (\d+): `)

// syntax takes the place out of hujson's message.
func (b jsonBuilder) syntax(err error) *Problem {
	msg := err.Error()
	pos := Pos{File: b.places.file}
	if m := hujsonPlace.FindStringSubmatch(msg); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		pos.Column, _ = strconv.Atoi(m[2])
		msg = msg[len(m[0]):]
	}
	return fail(pos, "%s", strings.ToValidUTF8(msg, "\ufffd"))
}

func (b jsonBuilder) value(h *hujson.Value) *value {
	v := &value{pos: b.places.at(h.StartOffset)}
	switch x := h.Value.(type) {
	case *hujson.Object:
		v.kind = kindTable
		for i := range x.Members {
			name := &x.Members[i].Name
			m := member{pos: b.places.at(name.StartOffset), val: b.value(&x.Members[i].Value)}
			if lit, ok := name.Value.(hujson.Literal); ok {
				m.key = lit.String()
			}
			if old := v.get(m.key); old != nil {
				*old = m
				continue
			}
			v.add(m)
		}
	case *hujson.Array:
		v.kind = kindArray
		for i := range x.Elements {
			v.items = append(v.items, b.value(&x.Elements[i]))
		}
	case hujson.Literal:
		v.text = string(x)
		switch x.Kind() {
		case '"':
			v.kind, v.text = kindString, x.String()
		case 't', 'f':
			v.kind = kindBool
		case 'n':
			v.kind = kindNull
		default:
			v.kind = kindInt
			if strings.ContainsAny(v.text, ".eE") {
				v.kind = kindFloat
			}
		}
	}
	return v
}

// deepest returns the offset at which JSON with comments nests deeper than limit, or -1.
// hujson recurses without a bound, and a goroutine whose stack overflows takes the process
// along, so this scan comes first. It knows only strings, comments and brackets, which is
// all that nesting depends on.
func deepest(data []byte, limit int) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '/':
			rest := data[i:]
			end := -1
			switch {
			case bytes.HasPrefix(rest, []byte("//")):
				end = bytes.IndexByte(rest, '\n')
			case bytes.HasPrefix(rest, []byte("/*")):
				if end = bytes.Index(rest[2:], []byte("*/")); end >= 0 {
					end += 3
				}
			default:
				continue // not JSON, and hujson will say so before it goes deeper
			}
			if end < 0 {
				return -1
			}
			i += end
		case '[', '{':
			if depth++; depth > limit {
				return i
			}
		case ']', '}':
			depth--
		}
	}
	return -1
}
