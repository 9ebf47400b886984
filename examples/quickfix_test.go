package examples

import (
	"net/http"
	"strings"
	"testing"
)

func TestQuickFix(t *testing.T) {
	t.Parallel()
	const page = "<p>1 Old Harbour Road</p><a href=\"http://shop.example/x\">Größe</a><p>1 Old Harbour Road</p>"
	const fixed = "<p>7 New Pier</p><a href=\"https://shop.example/x\">Größe</a><p>7 New Pier</p>"
	raw := "\x00\xff1 Old Harbour Road\xfe" + strings.Repeat("\x80", 1000)

	site := serve(t, "site", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Powered-By", "PHP/5.2")
		h.Set("ETag", `"1"`)
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
		switch r.URL.Path {
		case "/missing":
			h.Set("Content-Type", "text/html")
			w.WriteHeader(404)
			w.Write([]byte("not at 1 Old Harbour Road"))
		case "/app.mjs":
			h.Set("Content-Type", "text/plain")
			w.Write([]byte("// 1 Old Harbour Road"))
		case "/raw":
			h.Set("Content-Type", "application/octet-stream")
			w.Write([]byte(raw))
		case "/moved":
			http.Redirect(w, r, "/page", http.StatusMovedPermanently)
		default:
			h.Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(page))
		}
	})
	e := dev(t, "--origin", site.URL, "quickfix/worker.js")

	r := e.get("/page")
	r.want(t, 200, fixed)
	r.wantField(t, "X-Powered-By", "")
	r.wantField(t, "X-Content-Type-Options", "nosniff")
	r.wantField(t, "ETag", "") // of the page before
	if got := r.Header.Values("Set-Cookie"); len(got) != 2 || got[0] != "a=1" || got[1] != "b=2" {
		t.Errorf("Set-Cookie: %q", got)
	}
	e.get("/missing").want(t, 404, "not at 7 New Pier")

	mjs := e.get("/app.mjs")
	mjs.want(t, 200, "// 1 Old Harbour Road")
	mjs.wantField(t, "Content-Type", "text/javascript; charset=utf-8")

	bin := e.get("/raw")
	bin.want(t, 200, raw) // bytes that are no page pass as they are
	bin.wantField(t, "ETag", `"1"`)
	bin.wantField(t, "X-Powered-By", "")

	moved := e.get("/moved") // the client's redirect, not ours
	moved.want(t, 301, "*")
	moved.wantField(t, "Location", "/page")
	moved.wantField(t, "X-Powered-By", "")

	head := e.do("HEAD", "/page", "")
	head.want(t, 200, "")
	head.wantField(t, "X-Powered-By", "")

	site.take()
	e.get("/page", "Range", "bytes=0-9", "Accept-Encoding", "gzip").want(t, 200, fixed)
	if got := site.one(t); got.header.Get("Range") != "" || got.header.Get("Accept-Encoding") == "gzip" {
		t.Errorf("the origin was asked with %v", got.header)
	}
}
