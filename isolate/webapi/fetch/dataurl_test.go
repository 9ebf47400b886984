package fetch

import "testing"

func TestDataURLs(t *testing.T) {
	h := newHost(t)
	for _, tc := range []struct{ url, want string }{
		{"data:,a%20b", "200 text/plain;charset=US-ASCII a b"},
		{"data:text/html;charset=utf-8,%3Cb%3E%zz%", "200 text/html;charset=utf-8 <b>%zz%"},
		{"data:;base64,aGk", "200 text/plain;charset=US-ASCII hi"},
		{"data:text/x;BASE64 ,aGk=", "200 text/x hi"},
		{"data:text/x;base64, aG%20k=", "200 text/x hi"},
		{"data:nonsense,x#y", "200 text/plain;charset=US-ASCII x"},
		{"data:;charset=utf-8,%C3%A9", "200 text/plain;charset=utf-8 é"},
		{"data:text/x;base64,!", "TypeError"},
		{"data:text/x;base64,a", "TypeError"},
		{"data:text/x", "TypeError"},
	} {
		check(t, h, `try { const r = await fetch('`+tc.url+`'); return [r.status, r.headers.get('content-type'), await r.text()].join(' ') } catch (e) { return e.name }`, tc.want)
	}
	if h.requests != 0 {
		t.Errorf("%d subrequests", h.requests)
	}
}

func FuzzDataURL(f *testing.F) {
	for _, s := range []string{"data:,x", "data:;base64,aGk=", "data:a/b;c=d;base64,%41%", "data:;base64", "data:,%"} {
		f.Add(s)
	}
	h := newHost(f)
	f.Fuzz(func(t *testing.T, u string) {
		err := h.r.Run(func() {
			_ = h.r.Try(func() { dataURL(h.r, "data:"+u) })
		})
		if err != nil {
			t.Fatal(err)
		}
		if p := percentDecode(u); len(p) > len(u) {
			t.Errorf("%q grew to %q", u, p)
		}
	})
}
