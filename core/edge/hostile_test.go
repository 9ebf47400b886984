package edge

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"gannet/core"
	"gannet/core/plan"
)

// What a client says of itself never reaches a worker or an origin, however it spells it.
func TestForgedFields(t *testing.T) {
	var seen core.Fields
	w := &fakeWorker{"w", func(ev *core.FetchEvent) { seen = ev.Exchange.Request.Fields; answer(nil, "")(ev) }}
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, nil)}}, Options{})
	const evil = "6.6.6.6"
	for _, name := range []string{
		"CF-Connecting-IP", "cf-connecting-ip", "CF_Connecting_IP", "Cf_Ray", "cf-worker", "CF-Visitor", "CF_IPCountry", "X-Forwarded-For", "X_Forwarded_For",
		"x-forwarded_host", "X-Forwarded-Port", "X_FORWARDED_PROTO", "X-Forwarded-Server", "X-Real-IP", "X_Real_IP", "True_Client_IP", "true-client-ip",
		"FORWARDED", "Early_Data", "early-data",
	} {
		f.do(request("GET", "w.example", "/", core.Field{Name: name, Value: evil}, core.Field{Name: name, Value: evil}))
		for _, got := range seen {
			if strings.Contains(got.Value, evil) {
				t.Errorf("%s came through as %s: %s", name, got.Name, got.Value)
			}
		}
	}
	for _, name := range []string{"C", "CF", "X", "X-Forwarded", "CFX", "F", "E", "T", "X-Real-IPs"} {
		f.do(request("GET", "w.example", "/", core.Field{Name: name, Value: evil}))
		if seen.Get(name) != evil {
			t.Errorf("%s was dropped", name)
		}
	}
}

func TestClientOfHasNoZone(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	if got := clientOf("fe80::1%<script>", netip.MustParseAddr("10.0.0.1"), trusted); got.String() != "fe80::1" {
		t.Errorf("got %s", got)
	}
}

func TestLoopSpellings(t *testing.T) {
	w := &fakeWorker{"w", answer(nil, "worker")}
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, nil)}}, Options{})
	for _, tc := range []struct {
		name   string
		values []string
		status int
	}{
		{"upper case", []string{strings.Repeat("GANNET, ", maxHops) + "x"}, 508},
		{"one a line", strings.Split(strings.TrimSuffix(strings.Repeat("gannet,", maxHops), ","), ","), 508},
		{"tabs and parameters", []string{strings.Repeat("\tGannet ;a=b\t,", maxHops)}, 508},
		{"others", []string{strings.Repeat("gannet2, ungannet, ", 50)}, 200},
		{"commas", []string{strings.Repeat(",", 100_000)}, 200},
		{"100 KB", []string{strings.Repeat("x", 100_000)}, 200},
	} {
		var fields []core.Field
		for _, v := range tc.values {
			fields = append(fields, core.Field{Name: "cdn-LOOP", Value: v})
		}
		if resp, _ := f.do(request("GET", "w.example", "/", fields...)); resp.Status != tc.status {
			t.Errorf("%s: %d, want %d", tc.name, resp.Status, tc.status)
		}
	}
}

// A worker cannot take its own hops off.
func TestWorkerCannotHideHops(t *testing.T) {
	var got string
	f := newFixture(t, plan.Spec{}, Options{Origin: fetcherFunc(func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		got, _ = s.Fields.Joined("CDN-Loop")
		done(&core.Response{Status: 200}, nil)
	})})
	x := request("GET", "w.example", "/", core.Field{Name: "CDN-Loop", Value: "gannet"}, core.Field{Name: "CDN-Loop", Value: "other"})
	for _, mine := range []core.Fields{nil, {{Name: "CDN-Loop", Value: ""}}, {{Name: "cdn-loop", Value: "a"}, {Name: "CDN-Loop", Value: "b"}}} {
		f.edge.Fetcher().Fetch(context.Background(), &core.Subrequest{Method: "GET", URL: "https://b.example/", Fields: mine, Exchange: x}, func(*core.Response, error) {})
		if got != "gannet, other, gannet" {
			t.Errorf("%v: sent %q", mine, got)
		}
	}
}

// No spelling of a path goes past the route that an origin would take it for.
func TestRouteBypass(t *testing.T) {
	guard := &fakeWorker{"guard", answer(nil, "guard")}
	rest := &fakeWorker{"rest", answer(nil, "rest")}
	f := newFixture(t, plan.Spec{
		Rules: []*plan.Rule{rule(t, "w.example/admin*", guard, nil), rule(t, "w.example/*", rest, nil), rule(t, "only.example/admin/*", guard, nil)},
		Sites: []*plan.Site{site("only.example", &Site{Origin: echoOrigin("open")})},
	}, Options{})
	for target, want := range map[string]string{
		"/admin": "guard", "/admin/x": "guard", "/%61dmin": "guard", "/%61%64%6D%69%6e/x": "guard", "//admin": "guard", "///admin//x": "guard",
		"/x/../admin": "guard", "/x/%2e%2e/admin": "guard", "/x\\..\\admin": "guard", "\\admin": "guard", "/./admin": "guard", "/.//admin": "guard",
		"/%2e/%61dmin": "guard", "//%2e%2e/admin?x": "guard", "/x/..//admin": "guard", "/admin;x=1": "guard", "/admin%2fx": "guard", "/admin%00": "guard",
		"/x": "rest", "/x?/admin": "rest", "/x?y=//admin": "rest", "/ADMIN": "rest", "/%2561dmin": "rest", "/x%2f..%2fadmin": "rest", "/x%5c..%5cadmin": "rest",
		"/;/admin": "rest", "/https://a.example/": "rest", "*": "rest",
	} {
		if _, body := f.do(request("GET", "w.example", target)); body != want {
			t.Errorf("%q went to %q, want %q", target, body, want)
		}
	}
	for _, target := range []string{"/%61dmin/x", "//admin//x", "/x/..//admin/x"} {
		if _, body := f.do(request("GET", "only.example", target)); body != "guard" {
			t.Errorf("%q went past the worker: %q", target, body)
		}
	}
	if _, body := f.do(request("GET", "only.example", "/open//x")); !strings.HasPrefix(body, "open GET http://only.example/open//x ") {
		t.Errorf("the origin got %q", body)
	}
}

func TestOddHosts(t *testing.T) {
	var got string
	w := &fakeWorker{"w", func(ev *core.FetchEvent) { got = ev.URL; answer(nil, "")(ev) }}
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "*/*", w, nil)}}, Options{})
	for authority, want := range map[string]string{
		"a.example": "http://a.example/", "a.example:80": "http://a.example/", "a.example:0080": "http://a.example/", "a.example:": "http://a.example/",
		"a.example:8080": "http://a.example:8080/", "a.example:08080": "http://a.example:8080/", "a.example:0": "http://a.example:0/", "a.example:443": "http://a.example:443/",
		"[::1]": "http://[::1]/", "[::1]:80": "http://[::1]/", "[::1]:81": "http://[::1]:81/",
		"%61.example": "", "a.example%2fx": "", "": "", "a@b": "", "a/b": "", "a\\b": "", "a b": "", "a?b": "", "a#b": "",
	} {
		got = ""
		resp, _ := f.do(request("GET", authority, "/"))
		if got != want || (want == "") != (resp.Status == 400) {
			t.Errorf("%q: %q and %d, want %q", authority, got, resp.Status, want)
		}
	}
}

// panicFiles has a fault.
type panicFiles struct{}

func (panicFiles) Serve(string, string, core.Fields) *core.Response { panic("planted") }
func (panicFiles) Match(string, bool) bool                          { panic("planted") }

// A panic on the goroutine that reads a file costs its request alone.
func TestPanicInFiles(t *testing.T) {
	w := &fakeWorker{"w", answer(nil, "worker")}
	f := newFixture(t, plan.Spec{
		Rules: []*plan.Rule{rule(t, "w.example/*", w, &Route{Assets: panicFiles{}})},
		Sites: []*plan.Site{site("s.example", &Site{Files: panicFiles{}})},
	}, Options{})
	for _, host := range []string{"w.example", "s.example"} {
		if resp, _ := f.do(request("GET", host, "/")); resp.Status != 500 {
			t.Errorf("%s: %d", host, resp.Status)
		}
	}
	done := make(chan error, 1)
	f.edge.AssetsFetcher(panicFiles{}).Fetch(context.Background(), &core.Subrequest{Method: "GET", URL: "http://a/"}, func(_ *core.Response, err error) { done <- err })
	if <-done == nil {
		t.Error("ASSETS.fetch succeeded")
	}
	if !strings.Contains(f.log.String(), "planted") {
		t.Error("the panic is not in the log")
	}
}
