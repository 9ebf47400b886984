package isolate

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/bundle"
	"gannet/isolate/hook"
	"gannet/isolate/webapi/dom"
	"gannet/isolate/webapi/fetch"
)

// maxMessage bounds the message of an exception in logs and pages, in bytes: a script can
// throw a string of any size.
const maxMessage = 8 << 10

// maxFrames bounds the frames of a stack that are kept, from the innermost: a recursion
// without end has thousands, all alike.
const maxFrames = 64

// maxStackText bounds what is read of an error's stack property, in bytes. Scripts can write it.
const maxStackText = 64 << 10

func (iso *isolate) workerError(outcome core.Outcome, msg string) *core.WorkerError {
	return &core.WorkerError{Outcome: outcome, Message: msg}
}

// asWorkerError converts an error that is not a thrown value.
func (iso *isolate) asWorkerError(err error) *core.WorkerError {
	var we *core.WorkerError
	var overflow *goja.StackOverflowError
	switch {
	case errors.As(err, &we):
		return we
	case errors.As(err, &overflow):
		we = iso.workerError(core.OutcomeException, overflowMessage)
		we.Frames = iso.mapStack(overflow.Stack())
		we.Stack = joinFrames(we.Frames)
		return we
	}
	return &core.WorkerError{Outcome: core.OutcomeInternal, Message: err.Error()}
}

// thrownError describes what a turn threw. It runs scripts: see exceptionError.
func (iso *isolate) thrownError(ex *goja.Exception) *core.WorkerError {
	we := iso.exceptionError(ex.Value())
	if len(we.Frames) == 0 {
		we.Frames = iso.mapStack(ex.Stack())
		we.Stack = joinFrames(we.Frames)
	}
	return we
}

// exceptionError describes a thrown value. It runs scripts (toString, getters) and so must
// be called inside realm.Run, under the watchdog; what they throw is ignored.
func (iso *isolate) exceptionError(reason goja.Value) *core.WorkerError {
	we := &core.WorkerError{Outcome: core.OutcomeException}
	var stack string
	if ex, ok := dom.ExceptionOf(reason); ok {
		we.Message, stack = ex.Name()+": "+ex.Message(), ex.Stack()
	} else {
		iso.realm.Try(func() { we.Message = describe(reason) })
		iso.realm.Try(func() {
			if obj, ok := reason.(*goja.Object); ok {
				if s := obj.Get("stack"); s != nil && goja.IsString(s) {
					stack = s.String()
				}
			}
		})
	}
	if we.Message == "" {
		we.Message = "Uncaught exception"
	}
	we.Message = shorten(we.Message, maxMessage)
	we.Frames = iso.mapStackText(shorten(stack, maxStackText))
	we.Stack = joinFrames(we.Frames)
	if cause := fetch.ErrorOf(reason); cause != nil {
		we.Cause = cause
	}
	return we
}

// shorten bounds s to about max bytes, in a copy that does not hold on to the rest.
func shorten(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max] + "…"
}

// describe is "Name: message" of an Error, or the value's string form.
func describe(v goja.Value) string {
	obj, ok := v.(*goja.Object)
	if !ok {
		return v.String()
	}
	msg := obj.Get("message")
	if msg == nil || goja.IsUndefined(msg) {
		if name := obj.Get("name"); name != nil && goja.IsString(name) {
			return name.String()
		}
		return obj.String()
	}
	name := obj.Get("name")
	if name == nil || goja.IsUndefined(name) || name.String() == "" {
		return msg.String()
	}
	if msg.String() == "" {
		return name.String()
	}
	return name.String() + ": " + msg.String()
}

// logException writes one record for an exception nobody caught. It runs scripts: see
// exceptionError.
func (iso *isolate) logException(what string, e *event, reason goja.Value) {
	iso.logWorkerError(what, e, iso.exceptionError(reason))
}

// logWorkerError writes one record for an error that is nobody's answer.
func (iso *isolate) logWorkerError(what string, e *event, we *core.WorkerError) {
	attrs := iso.attrs(e)
	if we.Stack != "" {
		attrs = append(attrs, slog.String("stack", we.Stack))
	}
	iso.worker.cfg.Log.LogAttrs(context.Background(), slog.LevelError, what+" "+we.Message, attrs...)
}

// mapStack turns goja's frames into frames of the source.
func (iso *isolate) mapStack(stack []goja.StackFrame) []core.Frame {
	var frames []core.Frame
	for i := range stack {
		pos := stack[i].Position()
		if pos.Line == 0 {
			continue // a native
		}
		if len(frames) == maxFrames {
			break
		}
		fn := stack[i].FuncName()
		if fn == "<anonymous>" {
			fn = ""
		}
		frames = append(frames, mapFrame(iso.worker.cfg.Script, fn, pos.Line, pos.Column))
	}
	return frames
}

// mapStackText reads the text goja gives an error's stack property, one frame a line:
//
//	at name (file:line:column(pc))
func (iso *isolate) mapStackText(stack string) []core.Frame {
	var frames []core.Frame
	for line := range strings.Lines(stack) {
		line = strings.TrimSpace(line)
		rest, ok := strings.CutPrefix(line, "at ")
		if !ok {
			continue
		}
		if f, ok := parseFrame(iso.worker.cfg.Script, rest); ok {
			frames = append(frames, f)
		}
		if len(frames) == maxFrames {
			break
		}
	}
	return frames
}

// parseFrame reads "name (file:line:column(pc))" or "file:line:column(pc)".
func parseFrame(s *bundle.Script, text string) (core.Frame, bool) {
	fn, loc := "", text
	if i := strings.Index(text, " ("); i >= 0 {
		fn, loc = text[:i], strings.TrimSuffix(text[i+2:], ")")
	}
	if i := strings.LastIndexByte(loc, '('); i >= 0 {
		loc = loc[:i] // the program counter
	}
	colon := strings.LastIndexByte(loc, ':')
	if colon < 0 {
		return core.Frame{}, false
	}
	col, err1 := strconv.Atoi(loc[colon+1:])
	loc = loc[:colon]
	colon = strings.LastIndexByte(loc, ':')
	if colon < 0 {
		return core.Frame{}, false
	}
	line, err2 := strconv.Atoi(loc[colon+1:])
	if err1 != nil || err2 != nil || loc[:colon] != s.Name {
		return core.Frame{}, false
	}
	if fn == "<anonymous>" {
		fn = ""
	}
	return mapFrame(s, fn, line, col), true
}

// mapFrame maps a place in the bundle to the source; where the map has nothing, the bundle's
// own place stands.
func mapFrame(s *bundle.Script, fn string, line, col int) core.Frame {
	f := core.Frame{Func: fn, File: s.Name, Line: line, Column: col}
	if s.Map == nil {
		return f
	}
	if file, l, c, _, ok := s.Map.Position(line, col); ok {
		f.File, f.Line, f.Column = file, l, c
	}
	return f
}

func joinFrames(frames []core.Frame) string {
	var b strings.Builder
	for i, f := range frames {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("    at ")
		b.WriteString(f.String())
	}
	return b.String()
}

// callable returns the function behind v, or nil.
func callable(v goja.Value) func(goja.FunctionCall) goja.Value { return hook.Callable(v) }
