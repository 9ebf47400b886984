package deploy

import (
	"errors"
	"path/filepath"
	"strings"

	"gannet/cmd/gannet/internal/term"
	"gannet/core"
	"gannet/isolate/bundle"
)

// Place puts the file of a message of bundle into words for in's user: relative to the
// working directory and not to the project.
func Place(dir string, m bundle.Message) bundle.Message {
	if m.File != "" && !filepath.IsAbs(m.File) {
		m.File = term.Path(filepath.Join(dir, filepath.FromSlash(m.File)))
	}
	notes := make([]bundle.Message, 0, len(m.Notes))
	for _, n := range m.Notes {
		notes = append(notes, Place(dir, n))
	}
	m.Notes = notes
	return m
}

// Messages are the messages of an error of Bundle or Start, with places: the messages of a
// build, the place an exception was thrown at, or the text of any other error. script may
// be nil.
func Messages(dir string, script *bundle.Script, err error) []bundle.Message {
	var be *bundle.BuildError
	if errors.As(err, &be) {
		out := make([]bundle.Message, 0, len(be.Messages))
		for _, m := range be.Messages {
			out = append(out, Place(dir, m))
		}
		return out
	}
	m := bundle.Message{Text: err.Error()}
	var we *core.WorkerError
	if errors.As(err, &we) {
		m.Text = we.Message
		if len(we.Frames) > 0 {
			f := we.Frames[0]
			m.File, m.Line, m.Column = f.File, f.Line, f.Column
			if script != nil && script.Map != nil {
				m.LineText = script.Map.Line(f.File, f.Line)
			}
			for _, f := range we.Frames[1:] {
				m.Notes = append(m.Notes, bundle.Message{Severity: bundle.SeverityNote, Text: "called from " + orAnonymous(f.Func), File: f.File, Line: f.Line, Column: f.Column})
			}
		}
	}
	return []bundle.Message{Place(dir, m)}
}

func orAnonymous(name string) string {
	if name == "" {
		return "here"
	}
	return name
}

// OneLine is a message as gannet check prints it: its line, and the hint behind it.
func OneLine(m bundle.Message) string {
	line := m.String()
	if m.Hint != "" {
		line += " (" + m.Hint + ")"
	}
	return strings.ReplaceAll(line, "\n", " ")
}
