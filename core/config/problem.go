package config

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem stops the configuration from being used.
type Severity uint8

// The severities.
const (
	Warning Severity = iota + 1
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "unknown"
}

// Pos is a place in a configuration file. The zero Pos is nowhere.
type Pos struct {
	File string
	// Line and Column count from 1; Column counts characters. 0 means the whole file.
	Line, Column int
}

// String returns file:line:column.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func (p Pos) suffix() string {
	if p.File == "" {
		return ""
	}
	return " (" + p.String() + ")"
}

// Problem is one thing wrong with a configuration.
type Problem struct {
	File         string
	Line, Column int // from 1; 0 when the problem is the whole file's
	Severity     Severity
	Msg          string
	// Hint is what to do about it, such as `did you mean "routes"?`; may be "".
	Hint string
}

// Error returns the one line for people: file:line:column: message; hint. A warning says
// that it is one.
func (p Problem) Error() string {
	s := Pos{p.File, p.Line, p.Column}.String()
	if s != "" {
		s += ": "
	}
	if p.Severity == Warning {
		s += "warning: "
	}
	s += p.Msg
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// Failed reports whether any of the problems is an error.
func Failed(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// sorted orders problems by file and place and drops repetitions.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(problems)
}
