package console

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// Bounds of console.table; what is beyond is left out.
const (
	maxRows    = 1000
	maxColumns = 50
)

// row is one row of a table: its index, and its cells by column.
type row struct {
	index string
	cells map[string]string
	value string // of a row that is no object
}

// table is console.table (Console 1.1.9): rows are the properties, elements or entries of
// the first argument, columns those of the rows, or those that the second argument names.
func table(a realm.Args) string {
	data, ok := a.Get(0).(*goja.Object)
	if !ok {
		return Format(a.Realm, a.List)
	}
	r := a.Realm
	var only []string
	if list, ok := a.Get(1).(*goja.Object); ok && hook.KindOf(list) == hook.ArrayKind {
		for _, p := range propertiesOf(r, list, maxColumns) {
			only = append(only, clipName(plainText(r, p.value)))
		}
	}
	indexName := "(index)"
	var rows []row
	switch kind := hook.KindOf(data); kind {
	case hook.MapKind, hook.SetKind:
		indexName = "(iteration index)"
		hook.Entries(data, func(k, v goja.Value) bool {
			cells := map[string]string{}
			if kind == hook.MapKind {
				cells["Key"] = cell(r, k)
				cells["Values"] = cell(r, v)
				rows = append(rows, row{index: strconv.Itoa(len(rows)), cells: cells})
			} else {
				rows = append(rows, row{index: strconv.Itoa(len(rows)), value: cell(r, k)})
			}
			return len(rows) < maxRows
		})
	default:
		for _, p := range propertiesOf(r, data, maxRows) {
			rows = append(rows, rowOf(r, p, only))
		}
	}
	columns, values := only, false
	for _, row := range rows {
		values = values || row.value != ""
	}
	if only == nil {
		columns = columnsOf(r, data, rows)
	}
	return draw(indexName, columns, values, rows)
}

// named is an enumerable property with a value (not an accessor).
type named struct {
	key   string
	value goja.Value
}

func propertiesOf(r *realm.Realm, obj *goja.Object, most int) []named {
	if hook.KindOf(obj) == hook.ProxyKind {
		if obj, _ = hook.ProxyParts(obj); obj == nil || hook.KindOf(obj) == hook.ProxyKind {
			return nil
		}
	}
	var list []named
	for _, key := range obj.GetOwnPropertyNames() {
		if len(list) == most {
			break
		}
		if p, ok := hook.OwnProperty(obj, r.RT.ToValue(key)); ok && p.Enumerable && p.Value != nil {
			list = append(list, named{key, p.Value})
		}
	}
	return list
}

func cell(r *realm.Realm, v goja.Value) string {
	return strings.ReplaceAll(Inspect(r, v, Options{Depth: 0}), "\n", " ")
}

func rowOf(r *realm.Realm, p named, only []string) row {
	obj, ok := p.value.(*goja.Object)
	if !ok || hook.KindOf(obj) == hook.FunctionKind {
		return row{index: p.key, value: cell(r, p.value)}
	}
	cells := map[string]string{}
	for _, q := range propertiesOf(r, obj, maxColumns) {
		if only == nil || slices.Contains(only, q.key) {
			cells[q.key] = cell(r, q.value)
		}
	}
	return row{index: p.key, cells: cells}
}

// columnsOf are the names of the columns in the order they are met in.
func columnsOf(r *realm.Realm, data *goja.Object, rows []row) []string {
	if hook.KindOf(data) == hook.MapKind {
		return []string{"Key", "Values"}
	}
	var columns []string
	for _, p := range propertiesOf(r, data, maxRows) {
		obj, ok := p.value.(*goja.Object)
		if !ok || hook.KindOf(obj) == hook.FunctionKind {
			continue
		}
		for _, q := range propertiesOf(r, obj, maxColumns) {
			if len(columns) < maxColumns && !slices.Contains(columns, q.key) {
				columns = append(columns, q.key)
			}
		}
	}
	return columns
}

// draw draws the table with box characters, cells centred.
func draw(indexName string, columns []string, values bool, rows []row) string {
	header := append([]string{indexName}, columns...)
	if values {
		header = append(header, "Values")
	}
	lines := make([][]string, len(rows))
	width := make([]int, len(header))
	for i, h := range header {
		width[i] = utf8.RuneCountInString(h) + 2
	}
	for i, row := range rows {
		line := []string{row.index}
		for _, c := range columns {
			line = append(line, row.cells[c])
		}
		if values {
			line = append(line, row.value)
		}
		for j, text := range line {
			width[j] = max(width[j], utf8.RuneCountInString(text)+2)
		}
		lines[i] = line
	}
	var b strings.Builder
	rule := func(left, middle, right string) {
		b.WriteString(left)
		for i, w := range width {
			if i > 0 {
				b.WriteString(middle)
			}
			b.WriteString(strings.Repeat("─", w))
		}
		b.WriteString(right)
	}
	put := func(line []string) {
		b.WriteString("│")
		for i, text := range line {
			space := width[i] - utf8.RuneCountInString(text)
			b.WriteString(strings.Repeat(" ", space/2) + text + strings.Repeat(" ", space-space/2) + "│")
		}
	}
	rule("┌", "┬", "┐\n")
	put(header)
	b.WriteByte('\n')
	rule("├", "┼", "┤\n")
	for _, line := range lines {
		if b.Len() > maxOutput {
			break
		}
		put(line)
		b.WriteByte('\n')
	}
	rule("└", "┴", "┘")
	return b.String()
}
