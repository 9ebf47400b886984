package console

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// state is a realm's console.
type state struct {
	indent string
	counts map[string]int
	timers map[string]time.Time
}

const (
	// maxGroups bounds the nesting of console.group that indents, in levels of two spaces.
	maxGroups = 50
	// maxLabels bounds the labels of console.count and console.time each; further ones are
	// not remembered.
	maxLabels = 1000
)

var stateSlot = realm.NewSlot(func(*realm.Realm) *state {
	return &state{counts: map[string]int{}, timers: map[string]time.Time{}}
})

// Declare declares console. It must run before the first realm is made; only its first call
// counts.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	dom.Declare()
	ns := &realm.Namespace{Tag: "console", Members: members()}
	ns.Declare()
	realm.Global("console", false, func(r *realm.Realm) goja.Value { return ns.Object(r) })
})

// write hands text to the host, indented by the groups that are open.
func write(r *realm.Realm, level slog.Level, text string) {
	if s := stateSlot.Of(r); s.indent != "" {
		text = s.indent + strings.ReplaceAll(text, "\n", "\n"+s.indent)
	}
	if r.Host != nil {
		r.Host.Console(level, text)
	}
}

func members() []realm.Member {
	type args = realm.Args
	// method declares one whose result is undefined.
	method := func(name string, f func(a args)) realm.Member {
		return realm.Static(name, 0, func(a args) goja.Value {
			f(a)
			return goja.Undefined()
		})
	}
	logger := func(name string, level slog.Level) realm.Member {
		return method(name, func(a args) { write(a.Realm, level, Format(a.Realm, a.List)) })
	}
	labelled := func(name string, f func(a args, label string)) realm.Member {
		return method(name, func(a args) {
			label := "default"
			if a.Has(0) {
				label = clipName(a.Realm.String(a.Get(0)))
			}
			f(a, label)
		})
	}
	group := func(a args) {
		if len(a.List) > 0 {
			write(a.Realm, slog.LevelInfo, Format(a.Realm, a.List))
		}
		if s := stateSlot.Of(a.Realm); len(s.indent) < 2*maxGroups {
			s.indent += "  "
		}
	}
	return []realm.Member{
		logger("log", slog.LevelInfo),
		logger("warn", slog.LevelWarn),
		logger("error", slog.LevelError),
		logger("info", slog.LevelInfo),
		logger("debug", slog.LevelDebug),
		logger("dirxml", slog.LevelInfo),
		method("dir", func(a args) {
			depth := -1
			if v := a.Dict(a.Get(1), "depth"); goja.IsNull(v) {
				depth = maxDepth
			} else if !goja.IsUndefined(v) {
				depth = int(a.Long(v, 0, maxDepth))
			}
			write(a.Realm, slog.LevelInfo, Inspect(a.Realm, a.Get(0), Options{Depth: depth}))
		}),
		method("trace", func(a args) {
			text := "Trace"
			if len(a.List) > 0 {
				text += ": " + Format(a.Realm, a.List)
			}
			write(a.Realm, slog.LevelDebug, text+stackOf(a.Realm))
		}),
		method("assert", func(a args) {
			if a.Get(0).ToBoolean() {
				return
			}
			text := "Assertion failed"
			if len(a.List) > 1 {
				text += ": " + Format(a.Realm, a.List[1:])
			}
			write(a.Realm, slog.LevelError, text)
		}),
		method("table", func(a args) { write(a.Realm, slog.LevelInfo, table(a)) }),
		method("group", group),
		method("groupCollapsed", group),
		method("groupEnd", func(a args) {
			s := stateSlot.Of(a.Realm)
			s.indent = strings.TrimSuffix(s.indent, "  ")
		}),
		labelled("count", func(a args, label string) {
			s := stateSlot.Of(a.Realm)
			n := s.counts[label] + 1
			if n > 1 || len(s.counts) < maxLabels {
				s.counts[label] = n
			}
			write(a.Realm, slog.LevelInfo, label+": "+strconv.Itoa(n))
		}),
		labelled("countReset", func(a args, label string) {
			s := stateSlot.Of(a.Realm)
			if _, ok := s.counts[label]; !ok {
				write(a.Realm, slog.LevelWarn, fmt.Sprintf("Count for '%s' does not exist", label))
			}
			delete(s.counts, label)
		}),
		labelled("time", func(a args, label string) {
			s := stateSlot.Of(a.Realm)
			if _, ok := s.timers[label]; ok {
				write(a.Realm, slog.LevelWarn, fmt.Sprintf("Warning: Label '%s' already exists for console.time()", label))
			} else if len(s.timers) < maxLabels {
				s.timers[label] = a.Host.Now()
			}
		}),
		labelled("timeEnd", func(a args, label string) {
			if text, ok := elapsed(a, label, "timeEnd"); ok {
				delete(stateSlot.Of(a.Realm).timers, label)
				write(a.Realm, slog.LevelInfo, text)
			}
		}),
		labelled("timeLog", func(a args, label string) {
			if text, ok := elapsed(a, label, "timeLog"); ok {
				if len(a.List) > 1 {
					text += " " + Format(a.Realm, append([]goja.Value{a.RT.ToValue("")}, a.List[1:]...))[1:]
				}
				write(a.Realm, slog.LevelInfo, text)
			}
		}),
		method("clear", func(args) {}),
	}
}

// elapsed is "label: time since console.time".
func elapsed(a realm.Args, label, method string) (string, bool) {
	start, ok := stateSlot.Of(a.Realm).timers[label]
	if !ok {
		write(a.Realm, slog.LevelWarn, fmt.Sprintf("Warning: No such label '%s' for console.%s()", label, method))
		return "", false
	}
	d := a.Host.Now().Sub(start)
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%s: %.3fs", label, d.Seconds()), true
	default:
		return label + ": " + strconv.FormatFloat(float64(d.Round(time.Microsecond))/float64(time.Millisecond), 'f', -1, 64) + "ms", true
	}
}

// stackOf is the text of the frames that called the console.
func stackOf(r *realm.Realm) string {
	e, _ := dom.ExceptionOf(dom.NewException(r, "Trace", ""))
	text := stackText(e.Stack(), "Trace")
	lines := strings.Split(text, "\n")[1:]
	if len(lines) > 0 && strings.HasSuffix(lines[0], "(native)") {
		lines = lines[1:] // console.trace itself
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n" + strings.Join(lines, "\n")
}
