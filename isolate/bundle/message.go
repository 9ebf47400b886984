package bundle

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
)

// Severity says how bad a Message is.
type Severity uint8

// The severities.
const (
	SeverityError Severity = iota
	SeverityWarning
	SeverityNote
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case SeverityWarning:
		return "warning"
	case SeverityNote:
		return "note"
	}
	return "error"
}

// Message is one thing to tell the worker's author.
type Message struct {
	Severity Severity
	Text     string
	// File is relative to Options.Dir, with slashes; "" if the message belongs to no file.
	File string
	// Line counts from 1, Column in UTF-16 code units from 1; 0 if not known.
	Line, Column int
	// Length is how many code units from Column on are meant, 0 for just the place.
	Length   int
	LineText string
	// Hint is what to do about it, "" if there is nothing to say.
	Hint  string
	Notes []Message
}

// String returns the message on one line: file:line:column: severity: text.
func (m Message) String() string {
	var b strings.Builder
	if m.File != "" {
		b.WriteString(m.File)
		if m.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
		}
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s: %s", m.Severity, m.Text)
	return b.String()
}

// Pretty returns the message with its source line, a caret, its notes and its hint, each
// line ended by a newline.
func (m Message) Pretty() string {
	var b strings.Builder
	m.pretty(&b, "")
	return b.String()
}

func (m Message) pretty(b *strings.Builder, indent string) {
	fmt.Fprintf(b, "%s%s\n", indent, m)
	if m.File != "" && m.Line > 0 && m.LineText != "" {
		text, caret, length := clip(m.LineText, m.Column-1, m.Length)
		gutter := fmt.Sprintf("%5d", m.Line)
		fmt.Fprintf(b, "\n%s%s │ %s\n", indent, gutter, text)
		mark := "^"
		if length > 1 {
			mark = strings.Repeat("~", length)
		}
		fmt.Fprintf(b, "%s%s ╵ %s%s\n\n", indent, strings.Repeat(" ", len(gutter)), strings.Repeat(" ", caret), mark)
	}
	for _, n := range m.Notes {
		n.pretty(b, indent+"  ")
	}
	if m.Hint != "" {
		fmt.Fprintf(b, "%s  hint: %s\n", indent, m.Hint)
	}
}

// maxShown is how many characters of a source line are shown: a terminal's width, about.
// Minified lines are cut around the caret.
const maxShown = 100

// clip cuts line down around col (UTF-16 units from 0) and returns the column and length
// in characters of what is left. Tabs become single spaces, so that the caret stands right.
func clip(line string, col, length int) (text string, caret, width int) {
	var runes []rune
	units, end := 0, -1
	caret = -1
	for _, r := range strings.ToValidUTF8(line, "\ufffd") {
		if caret < 0 && units >= col {
			caret = len(runes)
		}
		if end < 0 && units >= col+length {
			end = len(runes)
		}
		if r < ' ' || r == 0x7f { // no control characters on a terminal
			r = ' '
		}
		runes = append(runes, r)
		if units++; r > 0xffff {
			units++
		}
	}
	if caret < 0 {
		caret = len(runes)
	}
	if end < 0 {
		end = len(runes)
	}
	if len(runes) > maxShown {
		from := max(0, min(caret-maxShown/2, len(runes)-maxShown))
		runes = runes[from : from+min(maxShown, len(runes)-from)]
		caret, end = caret-from, min(end-from, len(runes))
	}
	return string(runes), caret, max(end-caret, 0)
}

// BuildError is why a build failed.
type BuildError struct {
	// Messages holds at least one of SeverityError.
	Messages []Message
	// Inputs are the files read so far, as in Script.Inputs: changing one of them may
	// mend the build.
	Inputs []string
}

// Error returns the first error on one line, and how many more there are.
func (e *BuildError) Error() string {
	n, first := 0, ""
	for _, m := range e.Messages {
		if m.Severity != SeverityError {
			continue
		}
		if n == 0 {
			first = m.String()
		}
		n++
	}
	if n > 1 {
		return fmt.Sprintf("%s (and %d more)", first, n-1)
	}
	return first
}

// Pretty returns every message as Message.Pretty does.
func (e *BuildError) Pretty() string {
	var b strings.Builder
	for _, m := range e.Messages {
		m.pretty(&b, "")
	}
	return b.String()
}

// failure makes a BuildError of one message without a place.
func failure(format string, args ...any) *BuildError {
	return &BuildError{Messages: []Message{{Text: fmt.Sprintf(format, args...)}}}
}

// fromESBuild takes over messages of esbuild.
func fromESBuild(ms []api.Message, s Severity) []Message {
	var out []Message
	for _, m := range ms {
		msg := Message{Severity: s, Text: strings.ToValidUTF8(m.Text, "\ufffd")}
		msg.locate(m.Location)
		for _, n := range m.Notes {
			note := Message{Severity: SeverityNote, Text: n.Text}
			note.locate(n.Location)
			msg.Notes = append(msg.Notes, note)
		}
		msg.Hint = hintFor(m.Text)
		out = append(out, msg)
	}
	return out
}

func (m *Message) locate(l *api.Location) {
	if l == nil {
		return
	}
	m.File, m.Line, m.LineText = l.File, l.Line, l.LineText
	at := min(max(l.Column, 0), len(l.LineText))
	end := min(at+max(l.Length, 0), len(l.LineText))
	m.Column = utf16Len(l.LineText[:at]) + 1
	m.Length = utf16Len(l.LineText[at:end])
	if !utf8.ValidString(m.LineText) {
		m.LineText = strings.ToValidUTF8(m.LineText, "\ufffd")
	}
}

// hintFor knows what to do about messages that esbuild explains for its own command line.
func hintFor(text string) string {
	const unresolved = `Could not resolve "`
	if rest, ok := strings.CutPrefix(text, unresolved); ok {
		name, _, _ := strings.Cut(rest, `"`)
		if name == "" || name[0] == '.' || name[0] == '/' || strings.Contains(name, ":") {
			return ""
		}
		parts := strings.SplitN(name, "/", 3)
		pkg := parts[0]
		if pkg[0] == '@' && len(parts) > 1 {
			pkg += "/" + parts[1]
		}
		return fmt.Sprintf("if this is an npm package, run: npm install %s", pkg)
	}
	if name, ok := absentName(text); ok {
		return hintAbsent(name)
	}
	if strings.HasPrefix(text, "No loader is configured for") {
		return "a rule of type Text or Data in the wrangler file imports such files"
	}
	return ""
}
