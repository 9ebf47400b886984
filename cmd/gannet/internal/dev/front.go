package dev

import (
	"bytes"
	"errors"
	"html/template"
	"strconv"
	"strings"
	"sync/atomic"

	"gannet/cmd/gannet/internal/deploy"
	"gannet/core"
	"gannet/isolate/bundle"
)

// buildPath tells the number of the last build, for pages that wait for a better one. It is
// not the worker's to answer.
const buildPath = "/__gannet/build"

// front stands before the edge: it answers while there is no good version to do so, and tells
// pages when that changes.
type front struct {
	session *session
	state   atomic.Pointer[frontState]
}

// frontState is how the last build ended.
type frontState struct {
	number   int
	messages []bundle.Message // nil after a good one
	serving  bool             // a good version serves, this one or one before
}

// set records the end of a build. It belongs to the goroutine that builds.
func (f *front) set(messages []bundle.Message) {
	next := &frontState{messages: messages, serving: messages == nil}
	if old := f.state.Load(); old != nil {
		next.number = old.number + 1
		next.serving = next.serving || old.serving
	}
	f.state.Store(next)
}

// broken reports whether the last build failed.
func (f *front) broken() bool {
	state := f.state.Load()
	return state != nil && state.messages != nil
}

// failure is what was wrong with the last build, in one line for each error.
func (f *front) failure() error {
	var lines []string
	for _, m := range f.state.Load().messages {
		lines = append(lines, deploy.OneLine(m))
	}
	return errors.New(strings.Join(lines, "\n"))
}

func (f *front) handler(next core.Handler) core.Handler { return frontHandler{f, next} }

type frontHandler struct {
	front *front
	next  core.Handler
}

// NewDispatcher implements core.Handler.
func (h frontHandler) NewDispatcher() core.Dispatcher {
	return frontDispatcher{h.front, h.next.NewDispatcher()}
}

type frontDispatcher struct {
	front *front
	next  core.Dispatcher
}

// Flush implements core.Dispatcher.
func (d frontDispatcher) Flush() { d.next.Flush() }

// Dispatch implements core.Dispatcher.
func (d frontDispatcher) Dispatch(x *core.Exchange) {
	state := d.front.state.Load()
	switch {
	case x.Request.Target == buildPath:
		respond(x, 200, "text/plain; charset=utf-8", []byte(strconv.Itoa(state.number)))
	case state.serving:
		d.next.Dispatch(x)
	default:
		d.front.page(x, state)
	}
}

func respond(x *core.Exchange, status int, contentType string, body []byte) {
	if x.Request.Body != nil {
		x.Request.Body.Close(core.ErrAbandoned)
	}
	x.Respond(&core.Response{
		Status: status,
		Fields: core.Fields{
			{Name: "Content-Type", Value: contentType},
			{Name: "Cache-Control", Value: "no-store"},
			{Name: "X-Content-Type-Options", Value: "nosniff"},
		},
		Body: core.NewBytes(body),
	})
}

// page answers with what is wrong with the build.
func (f *front) page(x *core.Exchange, state *frontState) {
	accept, _ := x.Request.Fields.Joined("Accept")
	var b bytes.Buffer
	if !strings.Contains(strings.ToLower(accept), "text/html") {
		b.WriteString("The worker could not be built.\n\n")
		for _, m := range state.messages {
			b.WriteString(m.Pretty())
		}
		respond(x, 500, "text/plain; charset=utf-8", b.Bytes())
		return
	}
	data := struct {
		Number, Path string
		Messages     []bundle.Message
	}{strconv.Itoa(state.number), buildPath, state.messages}
	if err := buildPage.Execute(&b, data); err != nil {
		respond(x, 500, "text/plain; charset=utf-8", []byte("The worker could not be built: see the terminal.\n"))
		return
	}
	respond(x, 500, "text/html; charset=utf-8", b.Bytes())
}

// place is file:line:column.
func place(m bundle.Message) string {
	if m.Line == 0 {
		return m.File
	}
	return m.File + ":" + strconv.Itoa(m.Line) + ":" + strconv.Itoa(m.Column)
}

// frame is the source line of a message with its caret; "" without one.
func frame(m bundle.Message) string {
	if m.LineText == "" {
		return ""
	}
	m.Notes, m.Hint = nil, ""
	_, rest, _ := strings.Cut(m.Pretty(), "\n")
	return strings.Trim(rest, "\n")
}

var buildPage = template.Must(template.New("build").Funcs(template.FuncMap{"place": place, "frame": frame}).Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Build failed</title>
<style>
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5d6b7a; --line: #d8dee5; --paper: #f7f8fa; --card: #fff; --hot: #c0362c }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #94a3b3; --line: #2c3742; --paper: #12171d; --card: #1a2129; --hot: #ff8379 } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 54rem; margin: 0 auto; padding: 12vh 1.5rem 4rem }
h1 { font-size: 1.6rem; margin: 0 0 .4rem; color: var(--hot) }
p { margin: .4rem 0; color: var(--soft) }
section { margin: 1.6rem 0 0 }
section p.text { color: var(--ink); font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere }
pre { margin: .6rem 0 0; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; font: 13.5px/1.5 ui-monospace, monospace }
</style>
<main>
<h1>The worker could not be built</h1>
<p>This page reloads itself at the next build.</p>
{{- range .Messages}}
<section>
<p class="text">{{.Text}}</p>
{{- if .File}}
<p><code>{{place .}}</code></p>
{{- end}}
{{- with frame .}}
<pre>{{.}}</pre>
{{- end}}
{{- range .Notes}}
<p>{{.Text}}{{if .File}} <code>{{place .}}</code>{{end}}</p>
{{- end}}
{{- if .Hint}}
<p>{{.Hint}}</p>
{{- end}}
</section>
{{- end}}
</main>
<script>
setInterval(async () => {
  try {
    const r = await fetch({{.Path}}, { cache: "no-store" });
    if (r.ok && await r.text() !== {{.Number}}) location.reload();
  } catch {} // the server is gone for now
}, 500);
</script>
</html>
`))
