package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// parseTOML reads a TOML document into a tree. It stops at the first syntax error, because
// what follows one is guesswork; problems of meaning are all found later.
//
// The low-level parser checks syntax and gives places; the rules about tables defined twice
// are the full decoder's, which runs after it for nothing but its verdict.
func parseTOML(file string, data []byte) (*value, *Problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	b := tomlBuilder{places: newPlaces(file, data)}
	b.parser.Reset(data)
	root := &value{kind: kindTable, pos: b.places.at(0)}
	table := root
	for b.parser.NextExpression() {
		var err *Problem
		switch e := b.parser.Expression(); e.Kind {
		case unstable.KeyValue:
			err = b.keyValue(table, e, 0)
		case unstable.Table, unstable.ArrayTable:
			table, err = b.table(root, e)
		}
		if err != nil {
			return nil, b.verdict(data, err)
		}
	}
	if err := b.parser.Error(); err != nil {
		offset := len(data)
		var perr *unstable.ParserError
		if errors.As(err, &perr) && len(perr.Highlight) > 0 {
			offset = int(b.parser.Range(perr.Highlight).Offset)
		}
		return nil, fail(b.places.at(offset), "%s", plainTOMLError(err))
	}
	if err := b.verdict(data, nil); err != nil {
		return nil, err
	}
	return root, nil
}

type tomlBuilder struct {
	parser unstable.Parser
	places *places
}

// verdict asks the full decoder, and returns what it says, else fallback.
func (b *tomlBuilder) verdict(data []byte, fallback *Problem) *Problem {
	if fallback != nil && strings.HasPrefix(fallback.Msg, tooDeep) {
		return fallback // and keep such a document away from code that recurses
	}
	var all map[string]any
	err := toml.Unmarshal(data, &all)
	if err == nil {
		return fallback
	}
	var derr *toml.DecodeError
	if errors.As(err, &derr) {
		line, column := derr.Position()
		return fail(Pos{File: b.places.file, Line: line, Column: column}, "%s", plainTOMLError(err))
	}
	if fallback != nil {
		return fallback
	}
	return fail(Pos{File: b.places.file}, "%s", plainTOMLError(err))
}

func plainTOMLError(err error) string {
	return strings.ToValidUTF8(strings.TrimPrefix(err.Error(), "toml: "), "\ufffd")
}

const tooDeep = "values nest deeper than"

func fail(pos Pos, format string, args ...any) *Problem {
	return &Problem{File: pos.File, Line: pos.Line, Column: pos.Column, Severity: Error, Msg: fmt.Sprintf(format, args...)}
}

func failDepth(pos Pos) *Problem { return fail(pos, tooDeep+" %d levels", maxDepth) }

// keyParts returns a dotted key, with the place of each part.
func (b *tomlBuilder) keyParts(n *unstable.Node) (parts []member) {
	for it := n.Key(); it.Next(); {
		k := it.Node()
		parts = append(parts, member{key: string(k.Data), pos: b.places.at(int(k.Raw.Offset))})
	}
	return parts
}

// descend returns the table that a dotted key leads to, making what is missing.
func descend(t *value, parts []member) (*value, *Problem) {
	for _, p := range parts {
		m := t.get(p.key)
		if m == nil {
			sub := &value{kind: kindTable, pos: p.pos}
			t.add(member{p.key, p.pos, sub})
			t = sub
			continue
		}
		t = m.val
		if t.kind == kindArray && len(t.items) > 0 {
			t = t.items[len(t.items)-1] // [[a]] then [a.b]: b of the last a
		}
		if t.kind != kindTable {
			return nil, fail(p.pos, "%q is %s already, so it can be no table", p.key, t.kind)
		}
	}
	return t, nil
}

func (b *tomlBuilder) table(root *value, n *unstable.Node) (*value, *Problem) {
	parts := b.keyParts(n)
	last := parts[len(parts)-1]
	if len(parts) > maxDepth {
		return nil, failDepth(last.pos)
	}
	if n.Kind == unstable.Table {
		return descend(root, parts)
	}
	t, err := descend(root, parts[:len(parts)-1])
	if err != nil {
		return nil, err
	}
	entry := &value{kind: kindTable, pos: last.pos}
	m := t.get(last.key)
	if m == nil {
		t.add(member{last.key, last.pos, &value{kind: kindArray, pos: last.pos, items: []*value{entry}}})
		return entry, nil
	}
	if m.val.kind != kindArray {
		return nil, fail(last.pos, "%q is %s already, so it can be no array of tables", last.key, m.val.kind)
	}
	m.val.items = append(m.val.items, entry)
	return entry, nil
}

func (b *tomlBuilder) keyValue(t *value, n *unstable.Node, depth int) *Problem {
	parts := b.keyParts(n)
	last := parts[len(parts)-1]
	if depth += len(parts); depth > maxDepth {
		return failDepth(last.pos)
	}
	t, err := descend(t, parts[:len(parts)-1])
	if err != nil {
		return err
	}
	if t.get(last.key) != nil {
		return fail(last.pos, "%q is defined twice", last.key)
	}
	v, err := b.value(n.Value(), last.pos, depth)
	if err != nil {
		return err
	}
	t.add(member{last.key, last.pos, v})
	return nil
}

// value reads a value. Arrays carry no place of their own: they get that of their key.
func (b *tomlBuilder) value(n *unstable.Node, pos Pos, depth int) (*value, *Problem) {
	if depth > maxDepth {
		return nil, failDepth(pos)
	}
	if n.Raw.Length > 0 {
		pos = b.places.at(int(n.Raw.Offset))
	}
	v := &value{pos: pos, text: string(n.Data)}
	switch n.Kind {
	case unstable.String:
		v.kind = kindString
	case unstable.Bool:
		v.kind = kindBool
	case unstable.Integer:
		v.kind = kindInt
	case unstable.Float:
		v.kind = kindFloat
	case unstable.Array:
		v.kind = kindArray
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			item, err := b.value(it.Node(), pos, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
	case unstable.InlineTable:
		v.kind = kindTable
		for it := n.Children(); it.Next(); {
			if it.Node().Kind != unstable.KeyValue {
				continue
			}
			if err := b.keyValue(v, it.Node(), depth+1); err != nil {
				return nil, err
			}
		}
	default:
		v.kind = kindDate
	}
	return v, nil
}
