package examples

import "testing"

func TestHono(t *testing.T) {
	t.Parallel()
	need(t, "hono/node_modules/hono", "run `npm ci --prefix examples/hono` (make test does)")
	e := dev(t, "hono")

	basic := func(s string) []string { return []string{"Authorization", "Basic " + s} }
	for _, c := range []struct {
		name, method, target, body string
		fields                     []string
		status                     int
		want, kind                 string
	}{
		{"text", "GET", "/", "", nil, 200, "Hello from Gannet!", "text/plain"},
		{"head", "HEAD", "/", "", nil, 200, "", "text/plain"},
		{"json", "GET", "/json?a=1&b=%C3%A4", "", nil, 200, `{"name":"Gannet","path":"/json","query":{"a":"1","b":"ä"}}`, "application/json"},
		{"path parameter", "GET", "/greet/Ada", "", nil, 200, "Hello, Ada!", "text/plain"},
		{"encoded path parameter", "GET", "/greet/J%C3%BCrgen%20K.", "", nil, 200, "Hello, Jürgen K.!", "text/plain"},
		{"pattern", "GET", "/users/42", "", nil, 200, `{"id":42}`, "application/json"},
		{"pattern does not match", "GET", "/users/ada", "", nil, 404, `{"error":"not found","path":"/users/ada"}`, "application/json"},
		{"post", "POST", "/echo", `{"fish":[1,2,{"ü":null}]}`, nil, 201, `{"fish":[1,2,{"ü":null}]}`, "application/json"},
		{"post of no JSON", "POST", "/echo", `{`, nil, 400, `{"error":"bad JSON"}`, "application/json"},
		{"other method", "DELETE", "/json", "", nil, 404, `{"error":"not found","path":"/json"}`, "application/json"},
		{"not found", "GET", "/none", "", nil, 404, `{"error":"not found","path":"/none"}`, "application/json"},
		{"basic auth: none", "GET", "/admin/stats", "", nil, 401, "Unauthorized", ""},
		{"basic auth: wrong", "GET", "/admin/stats", "", basic("YWRtaW46c2Fua3RhYW4="), 401, "Unauthorized", ""},
		{"basic auth: no base64", "GET", "/admin/stats", "", basic("%%%"), 401, "Unauthorized", ""},
		{"basic auth: right", "GET", "/admin/stats", "", basic("YWRtaW46ZGl2ZQ=="), 200, `{"secret":true}`, "application/json"},
		{"basic auth guards what is not there", "GET", "/admin/none", "", nil, 401, "Unauthorized", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := e.do(c.method, c.target, c.body, c.fields...)
			r.want(t, c.status, c.want)
			if got := r.Header.Get("Content-Type"); c.kind != "" && len(got) < len(c.kind) || c.kind != "" && got[:len(c.kind)] != c.kind {
				t.Errorf("Content-Type %q, want %s", got, c.kind)
			}
			if c.status == 401 {
				r.wantField(t, "WWW-Authenticate", `Basic realm="admin"`)
			}
			r.wantField(t, "X-Served-By", "Gannet")
		})
	}
	t.Run("variables", func(t *testing.T) {
		dev(t, "--var", "NAME=Bass Rock", "hono").get("/").want(t, 200, "Hello from Bass Rock!")
	})
}
