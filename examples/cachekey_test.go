package examples

import "testing"

func TestCacheKey(t *testing.T) {
	t.Parallel()
	site := serve(t, "site", nil)
	e := dev(t, "--origin", site.URL, "cachekey/worker.js")
	for _, c := range []struct{ name, target, want string }{
		{"no query", "/a", "/a"},
		{"in order", "/a?a=1&b=2", "/a?a=1&b=2"},
		{"out of order", "/a?b=2&a=1", "/a?a=1&b=2"},
		{"values of one name keep their order", "/a?x=2&b=0&x=1", "/a?b=0&x=2&x=1"},
		{"campaign", "/a?utm_source=mail&id=7&utm_medium=x&UTM_Term=y", "/a?id=7"},
		{"click ids", "/a?gclid=1&fbclid=2&msclkid=3", "/a"},
		{"encoded name", "/a?%75tm_source=mail&id=7", "/a?id=7"},
		{"a name that only contains it", "/a?my_utm_source=1&gclid2=1", "/a?gclid2=1&my_utm_source=1"},
		{"without a value", "/a?z&a", "/a?a&z"},
		{"encoding is kept", "/a?q=a%20b&p=a+b&r=%C3%A4%2F", "/a?p=a+b&q=a%20b&r=%C3%A4%2F"},
		{"broken encoding", "/a?b=%zz&%=1", "/a?%=1&b=%zz"},
		{"empty pairs", "/a?&&b=1&&a=2&", "/a?a=2&b=1"},
		{"value with an equals sign", "/a?b=x=y&a=1", "/a?a=1&b=x=y"},
		{"only the query", "/utm_source=1/a;b?b=1&a=1", "/utm_source=1/a;b?a=1&b=1"},
	} {
		t.Run(c.name, func(t *testing.T) { e.get(c.target).want(t, 200, "site "+c.want) })
	}
	t.Run("writes are left alone", func(t *testing.T) {
		site.take()
		e.do("POST", "/a?b=2&utm_source=x&a=1", "body").want(t, 200, "site /a?b=2&utm_source=x&a=1")
		if got := site.one(t); got.body != "body" {
			t.Errorf("the origin saw %+v", got)
		}
	})
	t.Run("fields come along", func(t *testing.T) {
		site.take()
		e.get("/a?b=2&a=1", "Accept-Language", "pt").want(t, 200, "*")
		if got := site.one(t); got.header.Get("Accept-Language") != "pt" || got.host != e.host {
			t.Errorf("the origin saw %+v", got)
		}
	})
}
