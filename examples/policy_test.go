package examples

import (
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	storage := serve(t, "storage", nil)
	e := dev(t, "--map", "storage.example="+storage.addr, "policy")
	const kind = "application/json"
	large := `{"name":"` + strings.Repeat("x", 1<<20) + `"}`
	deep := strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)

	for _, c := range []struct {
		name, method, target, kind, body string
		fields                           []string
		status                           int
	}{
		{"read", "GET", "/b/photos/o/1.jpg?alt=media", "", "", nil, 200},
		{"private bucket", "POST", "/b", kind, `{ "name": "photos",  "acl": "private" }`, nil, 200},
		{"grant to a user", "POST", "/b/photos/acl", kind, `{"entity":"user-ada@example.com","role":"READER"}`, nil, 200},
		{"the words as a value elsewhere", "POST", "/b", kind, `{"name":"public-read","description":"allUsers"}`, nil, 200},
		{"suffixed JSON", "POST", "/b", "application/vnd.x+json", `{"name":"photos"}`, nil, 200},
		{"upload", "PUT", "/b/photos/o/1.jpg", "image/jpeg", "\xff\xd8 \"acl\":\"public-read\" \x00", nil, 200},
		{"upload without a type", "PUT", "/b/photos/o/1.bin", "", "\x00\xff", nil, 200},
		{"private by field", "PUT", "/b/photos/o/1.jpg", "image/jpeg", "x", []string{"x-amz-acl", "private"}, 200},
		{"in chunks", "POST", "/b", kind, `{"name":"photos"}`, []string{"Transfer-Encoding", "chunked"}, 200},
		{"delete", "DELETE", "/b/photos/o/1.jpg", "", "", nil, 200},

		{"public bucket", "POST", "/b", kind, `{"name":"photos","acl":"public-read"}`, nil, 403},
		{"predefined", "POST", "/b", kind + "; charset=utf-8", `{"predefinedAcl":"publicReadWrite"}`, nil, 403},
		{"nested", "POST", "/b", kind, `{"buckets":[{"name":"a"},{"defaults":{"Acl":"Public-Read"}}]}`, nil, 403},
		{"grant to everyone", "POST", "/b/photos/acl", kind, `{"entity":"allUsers","role":"READER"}`, nil, 403},
		{"binding", "POST", "/b/photos/iam", kind, `{"bindings":[{"role":"viewer","members":["user:ada","allUsers"]}]}`, nil, 403},
		{"group", "POST", "/b/photos?acl", kind, `{"Grants":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"}}]}`, nil, 403},
		{"escaped", "POST", "/b", kind, `{"\u0061cl":"public\u002dread"}`, nil, 403},
		{"by field", "PUT", "/b/photos/o/1.jpg", "image/jpeg", "x", []string{"X-Amz-Acl", "public-read"}, 403},
		{"by grant field", "PUT", "/b/photos/o/1.jpg", "image/jpeg", "x",
			[]string{"x-amz-grant-read", `uri="http://acs.amazonaws.com/groups/global/AllUsers"`}, 403},
		{"by query", "POST", "/b?predefinedAcl=publicRead", kind, `{"name":"photos"}`, nil, 403},
		{"JSON under another type", "POST", "/b/photos/acl", "text/plain", `{"entity":"allUsers"}`, nil, 403},
		{"JSON under no type", "POST", "/b", "", `{"acl":"public-read"}`, nil, 403},
		{"deep", "POST", "/b", kind, deep, nil, 403},
		{"no JSON", "POST", "/b", kind, `{"acl":`, nil, 400},
		{"broken UTF-8", "POST", "/b", kind, "{\"name\":\"\xff\"}", nil, 400},
		{"grants that are no JSON", "PUT", "/b/photos?acl", "application/xml", `<AccessControlPolicy/>`, nil, 400},
		{"public, in chunks", "POST", "/b", kind, `{"acl":"public-read"}`, []string{"Transfer-Encoding", "chunked"}, 403},
		{"large", "POST", "/b", kind, large, nil, 413},
		{"large, in chunks", "POST", "/b", kind, large, []string{"Transfer-Encoding", "chunked"}, 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			storage.take()
			fields := c.fields
			if c.kind != "" {
				fields = append([]string{"Content-Type", c.kind}, fields...)
			}
			r := e.do(c.method, c.target, c.body, fields...)
			if c.status != 200 {
				r.want(t, c.status, "*")
				if !strings.Contains(r.body, `"message":"policy: `) {
					t.Errorf("the client is not told why: %q", r.body)
				}
				if s := storage.take(); len(s) != 0 {
					t.Errorf("the API saw %+v", s)
				}
				return
			}
			r.want(t, 200, "storage "+c.target)
			got := storage.one(t)
			if got.method != c.method || got.host != "storage.example" || got.body != c.body || got.header.Get("Content-Type") != c.kind {
				t.Errorf("the API saw %+v", got)
			}
		})
	}
}
