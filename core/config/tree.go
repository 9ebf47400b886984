package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxFileBytes bounds a configuration file, in bytes: 100,000 routes take about 5 MB. A
// larger file is an error.
const maxFileBytes = 64 << 20

// maxDepth bounds how deep values nest, in tables and arrays. Everything here recurses at
// most so deep, whatever the input; deeper values are an error.
const maxDepth = 200

// kind is the type of a value. Integers and floats are apart because TOML keeps them so;
// JSON has integers where a number is written without point and exponent.
type kind uint8

const (
	kindTable kind = iota + 1
	kindArray
	kindString
	kindInt
	kindFloat
	kindBool
	kindDate // of any of TOML's four types
	kindNull // JSON only
)

// String returns the type's name for messages, with its article.
func (k kind) String() string {
	switch k {
	case kindTable:
		return "a table"
	case kindArray:
		return "an array"
	case kindString:
		return "a string"
	case kindInt:
		return "an integer"
	case kindFloat:
		return "a number with a fraction"
	case kindBool:
		return "a boolean"
	case kindDate:
		return "a date or time"
	case kindNull:
		return "null"
	}
	return "nothing"
}

// value is one value of a file, with its place. It is the same for TOML and JSON.
type value struct {
	kind    kind
	pos     Pos
	text    string   // the string, or the literal as it stands in the file
	members []member // of a table, in the order of the file
	items   []*value // of an array
	index   map[string]int
}

// member is one key of a table.
type member struct {
	key string
	pos Pos // of the key
	val *value
}

// get returns the member of that key, or nil. A nil value has no members.
func (v *value) get(key string) *member {
	if v == nil {
		return nil
	}
	if v.index != nil {
		if i, ok := v.index[key]; ok {
			return &v.members[i]
		}
		return nil
	}
	for i := range v.members {
		if v.members[i].key == key {
			return &v.members[i]
		}
	}
	return nil
}

// at returns the value of that key, or nil.
func (v *value) at(key string) *value {
	if m := v.get(key); m != nil {
		return m.val
	}
	return nil
}

// add appends a member. Large tables get an index, so that a hostile file cannot make
// reading it quadratic.
func (v *value) add(m member) {
	v.members = append(v.members, m)
	if v.index == nil && len(v.members) > 16 {
		v.index = make(map[string]int)
		for i := range v.members {
			v.index[v.members[i].key] = i
		}
	}
	if v.index != nil {
		v.index[m.key] = len(v.members) - 1
	}
}

// keys returns the keys of a table in the order of the file.
func (v *value) keys() []string {
	var keys []string
	for i := range v.members {
		keys = append(keys, v.members[i].key)
	}
	return keys
}

// integer returns the value of an integer literal.
func (v *value) integer() (int64, error) {
	return strconv.ParseInt(strings.ReplaceAll(v.text, "_", ""), 0, 64)
}

// appendJSON appends v as JSON, with keys in the order of the file. Dates become strings,
// as they do when JavaScript prints one.
func (v *value) appendJSON(dst []byte) ([]byte, error) {
	var err error
	switch v.kind {
	case kindTable:
		dst = append(dst, '{')
		for i := range v.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, v.members[i].key), ':')
			if dst, err = v.members[i].val.appendJSON(dst); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	case kindArray:
		dst = append(dst, '[')
		for i, item := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = item.appendJSON(dst); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case kindInt:
		// JSON integers stand as they are, however long; only TOML has other forms.
		if n, err := v.integer(); err == nil {
			return strconv.AppendInt(dst, n, 10), nil
		}
		if !json.Valid([]byte(v.text)) {
			return dst, fmt.Errorf("%s is out of range", v.text)
		}
		return append(dst, v.text...), nil
	case kindFloat:
		if json.Valid([]byte(v.text)) {
			return append(dst, v.text...), nil
		}
		f, err := strconv.ParseFloat(strings.ReplaceAll(v.text, "_", ""), 64)
		if err != nil || f-f != 0 { // an infinity or NaN minus itself is NaN
			return dst, fmt.Errorf("%s has no form in JSON", v.text)
		}
		return strconv.AppendFloat(dst, f, 'g', -1, 64), nil
	case kindBool:
		return append(dst, v.text...), nil
	case kindNull:
		return append(dst, "null"...), nil
	}
	return appendJSONString(dst, v.text), nil
}

func appendJSONString(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a string has no JSON: " + err.Error())
	}
	return append(dst, b...)
}

// places turns byte offsets into positions.
type places struct {
	file  string
	data  []byte
	lines []int // offsets of the lines' first bytes
}

func newPlaces(file string, data []byte) *places {
	p := &places{file: file, data: data, lines: []int{0}}
	for i, c := range data {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	return p
}

// at returns the position of an offset, which may be one past the end.
func (p *places) at(offset int) Pos {
	offset = max(0, min(offset, len(p.data)))
	line := sort.SearchInts(p.lines, offset+1) - 1
	return Pos{File: p.file, Line: line + 1, Column: utf8.RuneCount(p.data[p.lines[line]:offset]) + 1}
}

// isOneOf reports membership in a short list.
func isOneOf(s string, words ...string) bool { return slices.Contains(words, s) }
