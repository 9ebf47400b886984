package examples

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAPI(t *testing.T) {
	t.Parallel()
	e := dev(t, "api/worker.ts")
	const kind = "application/json"
	post := func(body string) *reply {
		t.Helper()
		return e.do("POST", "/notes", body, "Content-Type", kind)
	}
	type note struct {
		ID, Title, Text string
		Version         int
	}
	parse := func(r *reply) (n note) {
		t.Helper()
		if err := json.Unmarshal([]byte(r.body), &n); err != nil {
			t.Fatalf("%q: %v", r.body, err)
		}
		return n
	}

	e.get("/notes").want(t, 200, `{"total":0,"notes":[]}`)

	r := post(`{"title":" Häring ","text":"twelve, \"fresh\""}`)
	first := parse(r)
	r.want(t, 201, "*")
	r.wantField(t, "Location", "/notes/"+first.ID)
	r.wantField(t, "Content-Type", kind)
	if first.Title != "Häring" || first.Text != `twelve, "fresh"` || first.Version != 1 {
		t.Errorf("created %+v", first)
	}
	at := "/notes/" + first.ID

	t.Run("read", func(t *testing.T) {
		got := e.get(at)
		got.want(t, 200, r.body)
		got.wantField(t, "ETag", r.Header.Get("ETag"))
		e.do("HEAD", at, "").want(t, 200, "")
		second := parse(post(`{"title":"Squid"}`))
		e.get("/notes?limit=1").want(t, 200, `{"total":2,"notes":[`+r.body+`]}`)
		e.do("DELETE", "/notes/"+second.ID, "").want(t, 204, "")
	})
	t.Run("replace", func(t *testing.T) {
		put := func(tag string) *reply {
			return e.do("PUT", at, `{"title":"Herring"}`, "Content-Type", kind, "If-Match", tag)
		}
		done := put(`"other", ` + r.Header.Get("ETag"))
		done.want(t, 200, "*")
		if n := parse(done); n.Title != "Herring" || n.Text != "" || n.Version != 2 || n.ID != first.ID {
			t.Errorf("replaced by %+v", n)
		}
		put(r.Header.Get("ETag")).want(t, 412, `{"error":"the note has changed"}`) // the tag of before
		put("*").want(t, 200, "*")
		e.do("DELETE", at, "", "If-Match", r.Header.Get("ETag")).want(t, 412, "*")
	})
	t.Run("delete", func(t *testing.T) {
		e.do("DELETE", at, "").want(t, 204, "")
		e.get(at).want(t, 404, `{"error":"no such note"}`)
		e.do("DELETE", at, "").want(t, 404, "*")
		e.get("/notes").want(t, 200, `{"total":0,"notes":[]}`)
	})
	for _, c := range []struct {
		name, method, target, kind, body string
		status                           int
	}{
		{"other resource", "GET", "/", "", "", 404},
		{"deeper", "GET", "/notes/a/b", "", "", 404},
		{"method of the list", "DELETE", "/notes", "", "", 405},
		{"method of a missing note", "PATCH", "/notes/x", "", "", 404},
		{"no type", "POST", "/notes", "", `{"title":"x"}`, 415},
		{"form", "POST", "/notes", "application/x-www-form-urlencoded", "title=x", 415},
		{"type with a parameter", "POST", "/notes", "Application/JSON; charset=utf-8", `{"title":"x"}`, 201},
		{"empty", "POST", "/notes", kind, "", 400},
		{"cut short", "POST", "/notes", kind, `{"title":`, 400},
		{"array", "POST", "/notes", kind, `[]`, 422},
		{"null", "POST", "/notes", kind, `null`, 422},
		{"no title", "POST", "/notes", kind, `{"text":"x"}`, 422},
		{"blank title", "POST", "/notes", kind, `{"title":" "}`, 422},
		{"number as title", "POST", "/notes", kind, `{"title":7}`, 422},
		{"number as text", "POST", "/notes", kind, `{"title":"x","text":7}`, 422},
		{"unknown key", "POST", "/notes", kind, `{"title":"x","id":"mine"}`, 422},
		{"__proto__", "POST", "/notes", kind, `{"title":"x","__proto__":{"a":1}}`, 422},
		{"too large", "POST", "/notes", kind, `{"title":"` + strings.Repeat("x", 70_000) + `"}`, 413},
		{"too large, in chunks", "CHUNKED", "/notes", kind, `{"title":"` + strings.Repeat("x", 70_000) + `"}`, 413},
		{"limit of nothing", "GET", "/notes?limit=0", "", "", 400},
		{"limit of a word", "GET", "/notes?limit=ten", "", "", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fields []string
			if c.kind != "" {
				fields = []string{"Content-Type", c.kind}
			}
			if c.method == "CHUNKED" {
				c.method, fields = "POST", append(fields, "Transfer-Encoding", "chunked")
			}
			got := e.do(c.method, c.target, c.body, fields...)
			got.want(t, c.status, "*")
			if c.status == 405 {
				got.wantField(t, "Allow", "GET, HEAD, POST")
			}
			if c.status >= 400 && !strings.HasPrefix(got.body, `{"error":"`) {
				t.Errorf("the error is no JSON: %q", got.body)
			}
		})
	}
}
