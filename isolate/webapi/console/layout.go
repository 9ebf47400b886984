package console

import (
	"math"
	"strings"
	"unicode/utf8"
)

const (
	// breakLength is the width, in columns, that entries are put on one line for.
	breakLength = 80
	// compact is how many inner levels an object on one line may have.
	compact = 3
	// groupFrom is the number of entries above which an array is set in columns.
	groupFrom = 6
)

// block is a formatted object before its layout: what stands before the brace, the braces,
// and the entries between.
type block struct {
	base        string // of a function or an error: what the braces belong to
	open, close string
	entries     []string
	array       bool // entries of an array, which may be set in columns
	numbers     bool // all of them numbers: aligned to the right
	more        bool // the last entry says how many are left out
}

// join lays the block out: on one line if it is short and shallow, else a line an entry.
// level is that of the object.
func (in *inspector) join(b block, level int) string {
	entries := b.entries
	if b.array && len(entries) > groupFrom {
		entries = in.columns(b)
	}
	base := b.base
	if base != "" {
		base += " "
	}
	if in.current-level < compact && len(entries) == len(b.entries) {
		width := len(entries) + in.indent + len(b.open) + len(b.base) + 10 + len(entries)
		multiline := strings.Contains(b.base, "\n")
		for _, e := range entries {
			width += utf8.RuneCountInString(e)
			multiline = multiline || strings.Contains(e, "\n")
		}
		if width <= breakLength && !multiline {
			return base + b.open + " " + strings.Join(entries, ", ") + " " + b.close
		}
	}
	pad := "\n" + strings.Repeat(" ", in.indent)
	return base + b.open + pad + "  " + strings.Join(entries, ","+pad+"  ") + pad + b.close
}

// columns joins the short entries of an array to lines of columns of even width. It returns
// the entries as they are when there is little to gain.
func (in *inspector) columns(b block) []string {
	n := len(b.entries)
	if b.more {
		n--
	}
	const gap = 2 // comma and space
	widths := make([]int, n)
	total, widest := 0, 0
	for i, e := range b.entries[:n] {
		if strings.Contains(e, "\n") {
			return b.entries
		}
		widths[i] = utf8.RuneCountInString(e)
		total += widths[i] + gap
		widest = max(widest, widths[i])
	}
	cell := widest + gap
	// At least three must fit, and one long entry must not spread the short ones apart.
	if cell*3+in.indent >= breakLength || float64(total)/float64(cell) <= 5 && widest > 6 {
		return b.entries
	}
	// Characters are about 2.5 times as high as wide: aim at a square of cells somewhat
	// narrower than the widest.
	bias := math.Sqrt(float64(cell) - float64(total)/float64(len(b.entries)))
	biased := math.Max(float64(cell)-3-bias, 1)
	count := min(int(math.Round(math.Sqrt(2.5*biased*float64(n))/biased)), (breakLength-in.indent)/cell, compact*4, 15)
	if count <= 1 {
		return b.entries
	}
	columnWidth := make([]int, count)
	for i, w := range widths {
		columnWidth[i%count] = max(columnWidth[i%count], w+gap)
	}
	var lines []string
	for i := 0; i < n; i += count {
		var line strings.Builder
		end := min(i+count, n)
		for j := i; j < end; j++ {
			cell, last := b.entries[j], j == end-1
			padding := columnWidth[j-i] - widths[j] - gap
			if b.numbers {
				line.WriteString(strings.Repeat(" ", padding))
			}
			line.WriteString(cell)
			if !last {
				line.WriteString(", ")
				if !b.numbers {
					line.WriteString(strings.Repeat(" ", padding))
				}
			}
		}
		lines = append(lines, line.String())
	}
	return append(lines, b.entries[n:]...)
}
