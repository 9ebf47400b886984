package examples

import (
	"strings"
	"testing"
)

func TestFirewall(t *testing.T) {
	t.Parallel()
	site := serve(t, "site", nil)
	e := dev(t, "--origin", site.URL, "firewall/worker.js")
	const form = "application/x-www-form-urlencoded"

	for _, c := range []struct {
		name, method, target, body string
		fields                     []string
		status                     int
	}{
		{"page", "GET", "/shop?id=7&sort=price", "", nil, 200},
		{"apostrophe", "GET", "/search?q=O%27Brien+and+Sons", "", nil, 200},
		{"words of SQL", "GET", "/search?q=select+a+union+rep", "", nil, 200},
		{"or", "GET", "/search?q=fish+or+chips", "", nil, 200},
		{"dots in a name", "GET", "/v1..2/a...b.txt", "", nil, 200},
		{"well-known", "GET", "/.well-known/security.txt", "", nil, 200},
		{"percent sign", "GET", "/100%25", "", nil, 200},
		{"form", "POST", "/contact", "name=Ada&text=It's+fine", []string{"Content-Type", form}, 200},
		{"other body is not judged", "POST", "/upload", "' or '1'='1", []string{"Content-Type", "text/plain"}, 200},

		{"union", "GET", "/shop?id=1+UNION+SELECT+password+FROM+users", "", nil, 403},
		{"union split by a comment", "GET", "/shop?id=1/**/uNiOn/**/sElEcT/**/1", "", nil, 403},
		{"tautology", "GET", "/shop?id=1%27%20or%20%271%27=%271", "", nil, 403},
		{"statement", "GET", "/shop?id=1;+DROP+TABLE+users", "", nil, 403},
		{"delay", "GET", "/shop?id=1-sleep(5)", "", nil, 403},
		{"comment", "GET", "/shop?user=admin'--", "", nil, 403},
		{"in a parameter's name", "GET", "/shop?1'+or+'1=1", "", nil, 403},
		{"in a form", "POST", "/login", "user=admin&pass=' or ''='", []string{"Content-Type", form + "; charset=utf-8"}, 403},
		{"script", "GET", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", "", nil, 403},
		{"script URL", "GET", "/go?to=JavaScript:alert(1)", "", nil, 403},
		{"encoded traversal", "GET", "/files/..%2f..%2fetc/passwd", "", nil, 403},
		{"traversal encoded twice", "GET", "/files/%252e%252e%252fetc/passwd", "", nil, 403},
		{"traversal by backslash", "GET", "/files/..%5c..%5cwin.ini", "", nil, 403},
		{"traversal before a parameter", "GET", "/files/..;/admin", "", nil, 403},
		{"NUL", "GET", "/a%00.png", "", nil, 403},
		{"hidden file", "GET", "/.git/config", "", nil, 403},
		{"hidden file, encoded", "GET", "/%2eenv", "", nil, 403},
		{"scanner", "GET", "/", "", []string{"User-Agent", "sqlmap/1.8 (https://sqlmap.org)"}, 403},
		{"large fields", "GET", "/", "", []string{"X-Big", strings.Repeat("x", 9000)}, 403},
		{"method", "DELETE", "/shop", "", nil, 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			site.take()
			r := e.do(c.method, c.target, c.body, c.fields...)
			if c.status != 200 {
				r.want(t, c.status, "*")
				if s := site.take(); len(s) != 0 {
					t.Errorf("the origin saw %+v", s)
				}
				return
			}
			r.want(t, 200, "site "+c.target)
			if got := site.one(t); got.method != c.method || got.body != c.body {
				t.Errorf("the origin saw %s %q, want %s %q", got.method, got.body, c.method, c.body)
			}
		})
	}
	t.Run("the log says why, the client is not told", func(t *testing.T) {
		e.get("/.git/HEAD").want(t, 403, "Refused.\n")
	})
}
