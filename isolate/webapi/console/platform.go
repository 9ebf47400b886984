package console

import (
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// Pairs is implemented by Go values behind platform objects that are lists of pairs, such as
// Headers: they are shown as such.
type Pairs interface{ InspectPairs() [][2]string }

// platform formats a platform object: by its pairs, or by the attributes its prototypes
// have. Only accessors made in Go are called; they run no script.
func (in *inspector) platform(obj *goja.Object, name string, level int) block {
	if e, ok := dom.ExceptionOf(obj); ok {
		b := block{base: in.spend(in.indented(stackText(e.Stack(), e.Error()))), open: "{", close: "}"}
		in.properties(&b, obj, level, nil)
		return b
	}
	b := block{open: name + " {", close: "}"}
	if name == "" {
		b.open = "[Object: null prototype] {"
	}
	if p, ok := realm.As[Pairs](obj); ok {
		for i, pair := range p.InspectPairs() {
			if i == maxEntries || in.budget <= 0 {
				b.entries = append(b.entries, "...")
				break
			}
			b.entries = append(b.entries, in.spend(quote(pair[0])+" => "+quote(pair[1])))
		}
	} else {
		in.attributes(&b, obj, level)
	}
	in.properties(&b, obj, level, nil)
	return b
}

// attributes adds the attributes of the prototypes, the most derived first.
func (in *inspector) attributes(b *block, obj *goja.Object, level int) {
	seen := map[string]bool{}
	for proto, n := obj.Prototype(), 0; proto != nil && n < maxChain && len(b.entries) < maxKeys; proto, n = proto.Prototype(), n+1 {
		if hook.KindOf(proto) == hook.ProxyKind || proto == hook.ObjectProto(in.r.RT) {
			return
		}
		for _, key := range proto.GetOwnPropertyNames() {
			p, ok := hook.OwnProperty(proto, in.r.RT.ToValue(key))
			if !ok || !p.Enumerable || p.Get == nil || seen[key] || !hook.IsNative(p.Get) {
				continue
			}
			seen[key] = true
			var v goja.Value
			if in.r.Try(func() { v = in.r.Call(p.Get, obj) }) != nil {
				continue
			}
			b.entries = append(b.entries, in.spend(keyText(key))+": "+in.nested(v, level+1))
		}
	}
}

// error formats an error by its stack, with its cause and its own properties in braces.
func (in *inspector) error(obj *goja.Object, level int) block {
	own := func(key string) goja.Value {
		p, _ := hook.OwnProperty(obj, in.r.RT.ToValue(key))
		return p.Value
	}
	inherited := func(key string) string {
		for o, n := obj, 0; o != nil && n < maxChain; o, n = o.Prototype(), n+1 {
			if hook.KindOf(o) == hook.ProxyKind {
				break
			}
			if p, ok := hook.OwnProperty(o, in.r.RT.ToValue(key)); ok {
				if p.Value != nil && goja.IsString(p.Value) {
					return p.Value.String()
				}
				break
			}
		}
		return ""
	}
	name, message := inherited("name"), inherited("message")
	if name == "" {
		name = "Error"
	}
	title := name
	if message != "" {
		title += ": " + message
	}
	stack := ""
	if v := own("stack"); v != nil && goja.IsString(v) {
		stack = v.String()
	}
	text := stackText(stack, title)
	b := block{base: in.spend(in.indented(text)), open: "{", close: "}"}
	in.properties(&b, obj, level, func(key string) bool {
		// Shown in the text already.
		return key == "stack" || key == "message" && strings.Contains(text, message) || key == "name" && strings.Contains(text, name)
	})
	for _, key := range []string{"cause", "errors"} {
		if in.bare {
			break
		}
		if p, ok := hook.OwnProperty(obj, in.r.RT.ToValue(key)); ok && !p.Enumerable {
			b.entries = append(b.entries, "["+key+"]: "+in.property(p, level))
		}
	}
	return b
}

// indented puts all lines but the first of text where the value goes.
func (in *inspector) indented(text string) string {
	if in.indent == 0 {
		return text
	}
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", in.indent))
}

// stackText is a stack in V8's form: frames indented by four spaces, without goja's program
// counters. An error without frames is put in brackets. title is what the error says of
// itself, used where the stack is empty.
func stackText(stack, title string) string {
	stack = strings.TrimRight(clip(stack), "\n ")
	if stack == "" {
		stack = title
	}
	lines := strings.Split(stack, "\n")
	frames := 0
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, "\tat "); ok {
			lines[i] = "    at " + withoutCounter(rest)
			frames++
		} else if strings.HasPrefix(line, "    at ") {
			frames++
		}
	}
	if frames == 0 {
		return "[" + stack + "]"
	}
	return strings.Join(lines, "\n")
}

// withoutCounter takes goja's program counter off a frame: "f (a.js:1:2(34))" becomes
// "f (a.js:1:2)".
func withoutCounter(frame string) string {
	s, closing := frame, ""
	if strings.HasSuffix(s, "))") {
		s, closing = s[:len(s)-1], ")"
	}
	open := strings.LastIndexByte(s, '(')
	if open <= 0 || !strings.HasSuffix(s, ")") || !isIndex(s[open+1:len(s)-1]) {
		return frame
	}
	return s[:open] + closing
}
