package edge

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"gannet/core"
)

// page makes an error page: HTML for browsers, plain text for everyone else. detail is shown
// when it is set, that is to the developer of gannet dev only.
func (c *call) page(status int, text string, detail *core.WorkerError) *core.Response {
	p := pageData{Status: status, Title: statusText(status), Text: text, ID: c.ID}
	if detail != nil {
		p.Message, p.Frames = detail.Message, detail.Frames
		if c.edge.o.Source != nil && len(p.Frames) > 0 {
			p.File, p.Line = p.Frames[0].File, p.Frames[0].Line
			p.Source = c.edge.o.Source(p.File, p.Line)
		}
	}
	var b bytes.Buffer
	contentType := "text/plain; charset=utf-8"
	if wantsHTML(c.Exchange.Request.Fields) {
		contentType = "text/html; charset=utf-8"
		if err := pageTemplate.Execute(&b, p); err != nil {
			b.Reset()
			p.plain(&b)
			contentType = "text/plain; charset=utf-8"
		}
	} else {
		p.plain(&b)
	}
	return &core.Response{
		Status: status,
		Fields: core.Fields{
			{Name: "Content-Type", Value: contentType},
			{Name: "Cache-Control", Value: "no-store"},
			{Name: "X-Content-Type-Options", Value: "nosniff"},
		},
		Body: core.NewBytes(b.Bytes()),
	}
}

func statusText(status int) string {
	if t := http.StatusText(status); t != "" {
		return t
	}
	return "Error"
}

// pageData is what the template shows.
type pageData struct {
	Status      int
	Title, Text string
	ID          string
	Message     string
	Frames      []core.Frame
	File        string
	Line        int
	Source      []SourceLine
}

// SourceLine is a line of source around an error.
type SourceLine struct {
	Number int // from 1
	Text   string
	Error  bool // the line of the error
}

func (p *pageData) plain(b *bytes.Buffer) {
	fmt.Fprintf(b, "%d %s\n\n%s\n", p.Status, p.Title, p.Text)
	if p.Message != "" {
		fmt.Fprintf(b, "\n%s\n", p.Message)
		for _, f := range p.Frames {
			fmt.Fprintf(b, "    at %s\n", f)
		}
	}
	if p.ID != "" {
		fmt.Fprintf(b, "\nRequest %s\n", p.ID)
	}
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"join": strings.Join,
}).Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Status}} {{.Title}}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5d6b7a; --line: #d8dee5; --paper: #f7f8fa; --card: #fff; --hot: #c0362c; --hotbg: #fdeceb }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #94a3b3; --line: #2c3742; --paper: #12171d; --card: #1a2129; --hot: #ff8379; --hotbg: #3a1f1f } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 54rem; margin: 0 auto; padding: 12vh 1.5rem 4rem }
h1 { font-size: 1.6rem; margin: 0 0 .4rem } h1 span { color: var(--hot); margin-right: .5rem }
p { margin: .4rem 0; color: var(--soft) }
.message { margin: 1.6rem 0 0; color: var(--hot); font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere }
pre { margin: .8rem 0 0; padding: .8rem 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; font: 13.5px/1.6 ui-monospace, monospace }
pre div { padding: 0 1rem } pre div.hit { background: var(--hotbg) } pre i { display: inline-block; width: 3.2em; color: var(--soft); font-style: normal; user-select: none }
code { font-size: .85rem }
</style>
<main>
<h1><span>{{.Status}}</span>{{.Title}}</h1>
<p>{{.Text}}</p>
{{- if .Message}}
<p class="message">{{.Message}}</p>
{{- if .Source}}
<p><code>{{.File}}:{{.Line}}</code></p>
<pre>{{range .Source}}<div{{if .Error}} class="hit"{{end}}><i>{{.Number}}</i>{{.Text}}</div>{{end}}</pre>
{{- end}}
{{- if .Frames}}
<pre>{{range .Frames}}<div>at {{.String}}</div>{{end}}</pre>
{{- end}}
{{- end}}
{{- if .ID}}
<p>Request <code>{{.ID}}</code></p>
{{- end}}
</main>
</html>
`))
