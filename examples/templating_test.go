package examples

import (
	"net/http"
	"strings"
	"testing"
)

func TestTemplating(t *testing.T) {
	t.Parallel()
	e := dev(t, "--country", "PT", "--origin", "templating/site", "templating")

	r := e.get("/products/field-glass")
	r.want(t, 200, "*")
	r.wantField(t, "Content-Type", "text/html; charset=utf-8")
	for _, part := range []string{
		"<title>Field glass 8×42</title>",
		"<ul><li>optics</li><li>rain &amp; spray</li></ul>",
		"€ 249.90, delivered to PT",
		"a gannet&#39;s eye at 200 m, even when it is &lt; 1 cm wide.",
	} {
		if !strings.Contains(r.body, part) {
			t.Errorf("the page lacks %q:\n%s", part, r.body)
		}
	}
	if strings.Contains(r.body, "{{") {
		t.Errorf("something was not filled in:\n%s", r.body)
	}
	if empty := e.get("/products/raincoat"); !strings.Contains(empty.body, "<ul></ul>") {
		t.Errorf("an empty list leaves something:\n%s", empty.body)
	}

	missing := e.get("/products/none")
	missing.want(t, 404, "*")
	if !strings.Contains(missing.body, "There is no “none” here") {
		t.Errorf("the page of a missing product:\n%s", missing.body)
	}
	// What is no product goes to the origin as it is.
	e.get("/products/field-glass.json").wantField(t, "Content-Type", "application/json")
}

func TestTemplatingEscapes(t *testing.T) {
	t.Parallel()
	site := serve(t, "site", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/products/evil.json":
			w.Write([]byte(`{"name":"<script>alert(1)</script>","price":1,"tags":["\"><img src=x>"],"description":"{{country}} $& $1 {{#tags}}"}`))
		case "/products/broken.json":
			w.WriteHeader(500)
		}
	})
	e := dev(t, "--country", "PT", "--origin", site.URL, "templating")
	r := e.get("/products/evil")
	r.want(t, 200, "*")
	for _, bad := range []string{"<script", "<img"} {
		if strings.Contains(r.body, bad) {
			t.Errorf("%s got through:\n%s", bad, r.body)
		}
	}
	// A value is a value: no template, no replacement pattern.
	if want := "<p>{{country}} $&amp; $1 {{#tags}}</p>"; !strings.Contains(r.body, want) {
		t.Errorf("the page lacks %q:\n%s", want, r.body)
	}
	e.get("/products/broken").want(t, 502, "The catalogue is not available.\n")
}
