package bundle

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// Map maps positions in Script.Code to positions in the sources. It is decoded when it is
// first asked. It is safe for concurrent use.
type Map struct {
	raw   []byte // the map as esbuild wrote it, for the code before edits
	code  string // the code as esbuild wrote it
	edits []edit // what made Script.Code of it, by offsets in code
	lines int    // how many lines were put before the code

	once sync.Once
	dec  decodedMap
}

// decodedMap is a source map taken apart (ECMA-426).
type decodedMap struct {
	sources  []string
	contents []string
	names    []string
	segments []segment // sorted by line, then column
	lineAt   []int     // offset in code where each line begins
}

// segment is one mapping. Lines and columns are from 0, columns in UTF-16 code units.
type segment struct {
	line, col          int32
	source, name       int32 // -1 if none
	srcLine, srcColumn int32
}

// Position returns where in the sources the place at line and col of Script.Code comes
// from. Lines and columns count from 1, columns in bytes, as goja counts them; the
// column returned counts UTF-16 code units from 1, as editors and V8 do. file is relative
// to Options.Dir, with slashes. name is the source's name for the identifier at that
// place, "" if it has none or was not renamed. ok is false for places that come from no
// source, such as esbuild's own functions.
func (m *Map) Position(line, col int) (file string, l, c int, name string, ok bool) {
	if m == nil {
		return "", 0, 0, "", false
	}
	m.once.Do(m.decode)
	d := &m.dec
	ln, ok := m.original(line, col)
	if !ok {
		return "", 0, 0, "", false
	}
	i := sort.Search(len(d.segments), func(i int) bool {
		s := &d.segments[i]
		return int(s.line) > ln.line || int(s.line) == ln.line && int(s.col) > ln.col
	}) - 1
	if i < 0 || int(d.segments[i].line) != ln.line || d.segments[i].source < 0 {
		return "", 0, 0, "", false
	}
	s := &d.segments[i]
	if s.name >= 0 {
		name = d.names[s.name]
	}
	return d.sources[s.source], int(s.srcLine) + 1, int(s.srcColumn) + 1, name, true
}

// Line returns a line of a source, from 1, without its terminator; "" if the map does not
// hold it.
func (m *Map) Line(file string, line int) string {
	if m == nil || line < 1 {
		return ""
	}
	m.once.Do(m.decode)
	for i, s := range m.dec.sources {
		if s != file || i >= len(m.dec.contents) {
			continue
		}
		rest := m.dec.contents[i]
		for ; line > 1; line-- {
			_, after, ok := strings.Cut(rest, "\n")
			if !ok {
				return ""
			}
			rest = after
		}
		rest, _, _ = strings.Cut(rest, "\n")
		return strings.TrimSuffix(rest, "\r")
	}
	return ""
}

// place is a line and column from 0, the column in UTF-16 code units.
type place struct{ line, col int }

// original takes a place in Script.Code back to the place in esbuild's output.
func (m *Map) original(line, col int) (place, bool) {
	line -= 1 + m.lines
	d := &m.dec
	if line < 0 || line >= len(d.lineAt) || col < 1 {
		return place{}, false
	}
	start := d.lineAt[line]
	end := len(m.code)
	if line+1 < len(d.lineAt) {
		end = d.lineAt[line+1]
	}
	// Walk over the edits of this line: offset is where col is before them.
	offset := start + col - 1
	first := sort.Search(len(m.edits), func(i int) bool { return m.edits[i].at >= start })
	for _, e := range m.edits[first:] {
		if e.at >= end || offset < e.at {
			break
		}
		if offset < e.at+len(e.ins) {
			offset = e.at // inside of what was put in
			break
		}
		offset += e.del - len(e.ins)
	}
	offset = min(max(offset, start), end)
	return place{line, utf16Len(m.code[start:offset])}, true
}

// utf16Len is the length of s in UTF-16 code units.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// decode fills m.dec. A map that does not decode maps nothing: a worker must not fail
// over its debug information.
func (m *Map) decode() {
	m.dec.lineAt = lineStarts(m.code)
	var doc struct {
		Sources        []string  `json:"sources"`
		SourcesContent []*string `json:"sourcesContent"`
		Names          []string  `json:"names"`
		Mappings       string    `json:"mappings"`
	}
	if err := json.Unmarshal(m.raw, &doc); err != nil {
		return
	}
	segments, err := decodeMappings(doc.Mappings, len(doc.Sources), len(doc.Names))
	if err != nil {
		return
	}
	d := &m.dec
	d.segments, d.names, d.sources = segments, doc.Names, doc.Sources
	for _, c := range doc.SourcesContent {
		if c == nil {
			c = new(string)
		}
		d.contents = append(d.contents, *c)
	}
}

// lineStarts returns where each line of s begins, by JavaScript's line terminators, which
// both esbuild and goja count.
func lineStarts(s string) []int {
	starts := []int{0}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\r' && i+1 < len(s) && s[i+1] == '\n':
			i += 2
			starts = append(starts, i)
		case c == '\n' || c == '\r':
			i++
			starts = append(starts, i)
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			i += n
			if r == '\u2028' || r == '\u2029' {
				starts = append(starts, i)
			}
		}
	}
	return starts
}

// maxMapNumber bounds lines and columns, so that they fit into a segment.
const maxMapNumber = 1<<31 - 1

// decodeMappings decodes the mappings of a source map, whose fields are base64 VLQ
// differences to the segment before.
func decodeMappings(s string, sources, names int) ([]segment, error) {
	segs := make([]segment, 0, len(s)/5)
	var line, col, source, srcLine, srcCol, name int
	for i := 0; i < len(s); {
		switch s[i] {
		case ';':
			line, col = line+1, 0
			i++
			continue
		case ',':
			i++
			continue
		}
		var f [5]int
		n := 0
		for i < len(s) && s[i] != ',' && s[i] != ';' {
			v, w := decodeVLQ(s[i:])
			if w == 0 || n == len(f) {
				return nil, fmt.Errorf("bundle: bad source map segment at byte %d", i)
			}
			f[n], i, n = v, i+w, n+1
		}
		if col += f[0]; col < 0 || col > maxMapNumber || line > maxMapNumber {
			return nil, fmt.Errorf("bundle: source map column out of range at byte %d", i)
		}
		seg := segment{line: int32(line), col: int32(col), source: -1, name: -1}
		if n >= 4 {
			source, srcLine, srcCol = source+f[1], srcLine+f[2], srcCol+f[3]
			if source < 0 || source >= sources || srcLine < 0 || srcCol < 0 ||
				srcLine > maxMapNumber || srcCol > maxMapNumber {
				return nil, fmt.Errorf("bundle: source map segment out of range at byte %d", i)
			}
			seg.source, seg.srcLine, seg.srcColumn = int32(source), int32(srcLine), int32(srcCol)
		}
		if n == 5 {
			if name += f[4]; name < 0 || name >= names {
				return nil, fmt.Errorf("bundle: source map name out of range at byte %d", i)
			}
			seg.name = int32(name)
		}
		segs = append(segs, seg)
	}
	sort.SliceStable(segs, func(i, j int) bool {
		if segs[i].line != segs[j].line {
			return segs[i].line < segs[j].line
		}
		return segs[i].col < segs[j].col
	})
	return segs, nil
}

// vlqDigits holds the value of each base64 digit plus one; 0 for other bytes.
var vlqDigits = func() (t [256]uint8) {
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = uint8(i) + 1
	}
	return t
}()

// decodeVLQ decodes one number at the start of s: its value and how many bytes it took, 0
// if it is malformed.
func decodeVLQ(s string) (v, n int) {
	shift := 0
	for n < len(s) {
		d := vlqDigits[s[n]]
		if d == 0 || shift > 30 {
			return 0, 0
		}
		d--
		n++
		v |= int(d&31) << shift
		shift += 5
		if d&32 == 0 {
			if v&1 != 0 {
				return -(v >> 1), n
			}
			return v >> 1, n
		}
	}
	return 0, 0
}
