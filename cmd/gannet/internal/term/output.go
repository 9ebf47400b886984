package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"
)

// Output is where lines for people go.
type Output struct {
	// Terminal is set when a person is likely to read along.
	Terminal bool
	color    bool
	mu       struct {
		sync.Mutex
		w io.Writer
	}
}

// New returns the output for f.
func New(f *os.File) *Output {
	tty := isTerminal(f)
	noColor := os.Getenv("NO_COLOR") != ""
	return newOutput(f, tty, tty && !noColor && os.Getenv("TERM") != "dumb")
}

func newOutput(w io.Writer, tty, color bool) *Output {
	o := &Output{Terminal: tty, color: color}
	o.mu.w = w
	return o
}

// Writer returns an output on w that is no terminal.
func Writer(w io.Writer) *Output { return newOutput(w, false, false) }

// Printf writes a line, or several. A line break at the end is added where it is missing.
// Errors of the writer are nobody's to handle: there is no other place to tell them.
func (o *Output) Printf(format string, args ...any) {
	o.print(fmt.Sprintf(format, args...))
}

func (o *Output) print(s string) {
	if !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, _ = io.WriteString(o.mu.w, s)
}

// Style is a way to set words off.
type Style string

// The styles.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Paint returns s in a style, where colours are wanted.
func (o *Output) Paint(s string, style Style) string {
	if !o.color || style == Plain {
		return s
	}
	return "\x1b[" + string(style) + "m" + s + "\x1b[0m"
}

// Clean makes control characters of s visible, except for line breaks and tabs, so that
// what others sent cannot steer a terminal.
func Clean(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, isControl) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if !isControl(r) {
			return r
		}
		if r < ' ' {
			return 0x2400 + r // the pictures of control characters
		}
		return '\uFFFD'
	}, s)
}

func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7F && r < 0xA0
}
