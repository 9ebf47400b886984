package examples

import "testing"

func TestOriginsByKindOfRequest(t *testing.T) {
	t.Parallel()
	site, api := serve(t, "site", nil), serve(t, "api", nil)
	static, forms := serve(t, "static", nil), serve(t, "forms", nil)
	e := dev(t, "--origin", site.URL, "--map", "api.example="+api.addr, "--map", "static.example="+static.addr,
		"--map", "forms.example="+forms.addr, "origins")

	for _, c := range []struct{ name, method, target, want string }{
		{"page", "GET", "/", "site /"},
		{"page in a directory", "GET", "/shop/", "site /shop/"},
		{"api without its prefix", "GET", "/api/users?id=7", "api /users?id=7"},
		{"api root", "GET", "/api/", "api /"},
		{"write to the api", "DELETE", "/api/users/7", "api /users/7"},
		{"no prefix of a word", "GET", "/apiary", "site /apiary"},
		{"style sheet", "GET", "/a/style.css?v=2", "static /a/style.css?v=2"},
		{"image in upper case", "GET", "/LOGO.PNG", "static /LOGO.PNG"},
		{"extension in the query", "GET", "/page?f=x.css", "site /page?f=x.css"},
		{"form", "POST", "/contact", "forms /contact"},
		{"form posted to a static name", "POST", "/style.css", "forms /style.css"},
		{"put", "PUT", "/avatar.png", "forms /avatar.png"},
	} {
		t.Run(c.name, func(t *testing.T) { e.do(c.method, c.target, "").want(t, 200, c.want) })
	}

	t.Run("method, fields and body come along", func(t *testing.T) {
		forms.take()
		e.do("POST", "/contact", "name=Ada", "Content-Type", "application/x-www-form-urlencoded", "X-Mine", "1").want(t, 200, "*")
		got := forms.one(t)
		if got.method != "POST" || got.body != "name=Ada" || got.header.Get("X-Mine") != "1" {
			t.Errorf("the origin saw %+v", got)
		}
		if got.host != "forms.example" || got.header.Get("X-Forwarded-Host") != e.host {
			t.Errorf("Host %q, X-Forwarded-Host %q", got.host, got.header.Get("X-Forwarded-Host"))
		}
	})
}
