package term

import (
	"context"
	"log/slog"
	"strings"
)

// Handler is a slog.Handler that writes for a person: console output as it is, everything
// else with its level in front, and stacks on lines of their own.
type Handler struct {
	out    *Output
	level  slog.Level
	attrs  []slog.Attr
	prefix string // of attributes, from WithGroup
}

// NewHandler returns a handler for records of level and above.
func NewHandler(out *Output, level slog.Level) *Handler { return &Handler{out: out, level: level} }

// Enabled implements slog.Handler.
func (h *Handler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle implements slog.Handler.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	var pairs strings.Builder
	stack, console := "", false
	add := func(prefix string, a slog.Attr) {
		v := a.Value.Resolve().String()
		switch {
		case a.Key == "console":
			console = true
		case a.Key == "stack":
			stack = v
		case a.Key == "worker" || a.Key == "request" || a.Key == "outcome":
			// The developer's one worker; and what the line of the request tells.
		case v != "":
			pairs.WriteString(" " + prefix + a.Key + "=" + Clean(v))
		}
	}
	for _, a := range h.attrs {
		add("", a)
	}
	r.Attrs(func(a slog.Attr) bool { add(h.prefix, a); return true })

	var b strings.Builder
	name, style := levelName(r.Level)
	switch {
	case console && r.Level < slog.LevelWarn:
		b.WriteString(r.Message)
	case console:
		b.WriteString(h.out.Paint(r.Message, style))
	default:
		if name != "" {
			b.WriteString(h.out.Paint(name+":", style) + " ")
		}
		b.WriteString(Clean(r.Message))
		b.WriteString(h.out.Paint(pairs.String(), Dim))
	}
	if stack != "" {
		b.WriteString("\n" + h.out.Paint(Clean(stack), Dim))
	}
	h.out.print(b.String())
	return nil
}

func levelName(l slog.Level) (string, Style) {
	switch {
	case l >= slog.LevelError:
		return "error", Red
	case l >= slog.LevelWarn:
		return "warning", Yellow
	case l >= slog.LevelInfo:
		return "", Plain
	}
	return "debug", Dim
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		c.attrs = append(c.attrs, a)
	}
	return &c
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix += name + "."
	}
	return &c
}
