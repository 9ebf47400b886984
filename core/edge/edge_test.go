package edge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gannet/core"
	"gannet/core/config"
	"gannet/core/plan"
)

// inlineScheduler is a core.Scheduler for dispatchers that never post.
type inlineScheduler struct{}

func (inlineScheduler) NewActor(core.ActorOptions) core.Actor { return nil }
func (inlineScheduler) NewBatch() core.Batch                  { return inlineBatch{} }

type inlineBatch struct{}

func (inlineBatch) Post(core.Actor, *core.Task) {}
func (inlineBatch) Flush()                      {}

// fakeWorker answers events by a function.
type fakeWorker struct {
	name string
	fn   func(ev *core.FetchEvent)
}

func (w *fakeWorker) Name() string                            { return w.name }
func (w *fakeWorker) Fetch(_ core.Batch, ev *core.FetchEvent) { w.fn(ev) }
func answer(fields core.Fields, body string) func(*core.FetchEvent) {
	return func(ev *core.FetchEvent) {
		ev.Done.FetchDone(ev, &core.Response{Status: 200, Fields: fields.Clone(), Body: core.NewBytes([]byte(body))}, nil)
	}
}
func failing(err error) func(*core.FetchEvent) {
	return func(ev *core.FetchEvent) { ev.Done.FetchDone(ev, nil, err) }
}

type fetcherFunc func(context.Context, *core.Subrequest, func(*core.Response, error))

func (f fetcherFunc) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	f(ctx, s, done)
}

// echoOrigin answers with the subrequest it got.
func echoOrigin(name string) core.Fetcher {
	return fetcherFunc(func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		var b strings.Builder
		b.WriteString(name + " " + s.Method + " " + s.URL + " host=" + s.Host)
		for _, f := range s.Fields {
			b.WriteString("\n" + f.Name + ": " + f.Value)
		}
		done(&core.Response{Status: 200, Body: core.NewBytes([]byte(b.String()))}, nil)
	})
}

// receiver is the listener's end of one exchange.
type receiver struct{ got chan *core.Response }

func (c *receiver) Respond(_ *core.Exchange, r *core.Response) { c.got <- r }

type fixture struct {
	t    *testing.T
	edge *Edge
	log  *bytes.Buffer
}

func newFixture(t *testing.T, spec plan.Spec, o Options) *fixture {
	t.Helper()
	p, err := plan.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	var pub plan.Published
	pub.Swap(p)
	log := &bytes.Buffer{}
	o.Plan, o.Scheduler = &pub, inlineScheduler{}
	o.Log = slog.New(slog.NewTextHandler(&lockedWriter{w: log}, nil))
	return &fixture{t, New(o), log}
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func rule(t *testing.T, pattern string, w core.Worker, h *Route) *plan.Rule {
	t.Helper()
	p, err := config.ParsePattern(pattern)
	if err != nil {
		t.Fatal(err)
	}
	r := &plan.Rule{Pattern: p, Worker: w, By: "test " + pattern}
	if h != nil {
		r.Handle = h
	}
	return r
}

func site(host string, h *Site) *plan.Site {
	return &plan.Site{Config: &config.Site{Hosts: []string{host}}, Handle: h}
}

func request(method, authority, target string, fields ...core.Field) *core.Exchange {
	return &core.Exchange{Request: core.Request{
		Method: method, Scheme: "http", Authority: authority, Target: target, Proto: core.HTTP11,
		Fields: append(core.Fields{{Name: "Host", Value: authority}}, fields...),
		Remote: netip.MustParseAddrPort("203.0.113.9:5555"), Received: time.Now(),
	}}
}

// do sends one exchange through a dispatcher.
func (f *fixture) do(x *core.Exchange) (*core.Response, string) {
	f.t.Helper()
	c := &receiver{got: make(chan *core.Response, 1)}
	x.Responder = c
	d := f.edge.NewDispatcher()
	d.Dispatch(x)
	d.Flush()
	select {
	case r := <-c.got:
		if r.Body == nil {
			return r, ""
		}
		b, err := io.ReadAll(core.Reader(r.Body))
		if err != nil {
			f.t.Errorf("reading the body: %v", err)
		}
		return r, string(b)
	case <-time.After(10 * time.Second):
		f.t.Fatal("no response")
		return nil, ""
	}
}

func TestRoutes(t *testing.T) {
	hello := &fakeWorker{"hello", answer(nil, "from the worker")}
	f := newFixture(t, plan.Spec{
		Rules: []*plan.Rule{rule(t, "w.example/*", hello, nil), rule(t, "o.example/app/*", hello, nil), rule(t, "o.example/app/static/*", nil, nil)},
		Sites: []*plan.Site{
			site("o.example", &Site{Origin: echoOrigin("origin")}),
			site("fixed.example", &Site{Respond: NewRespond(&config.Respond{Status: 418, Body: "teapot", Headers: []config.Header{{Name: "Content-Type", Value: "text/plain"}}})}),
			site("old.example", &Site{Redirect: NewRedirect(&config.Redirect{To: "https://new.example/", Status: 308, KeepPath: true})}),
			site("all.example", &Site{Redirect: NewRedirect(&config.Redirect{To: "https://new.example/start", Status: 302})}),
		},
	}, Options{})
	for _, tc := range []struct {
		name, host, target string
		status             int
		body               string
	}{
		{"worker", "w.example", "/", 200, "from the worker"},
		{"worker, with a port", "w.example:8080", "/", 200, "from the worker"},
		{"worker, with a trailing dot", "w.example.:8080", "/", 200, "from the worker"},
		{"route with a path", "o.example", "/app/x", 200, "from the worker"},
		{"route without a worker", "o.example", "/app/static/x.js?v=1", 200, "origin GET http://o.example/app/static/x.js?v=1 host=o.example"},
		{"a dot segment does not get round a route", "o.example", "/app/static/../x", 200, "from the worker"},
		{"nor does a coded one", "o.example", "/app/static/%2E%2e/x", 200, "from the worker"},
		{"site", "o.example", "/", 200, "origin GET http://o.example/ host=o.example"},
		{"respond", "fixed.example", "/any", 418, "teapot"},
		{"redirect with path", "old.example", "/a?b", 308, ""},
		{"redirect", "all.example", "/a?b", 302, ""},
		{"nobody", "nobody.example", "/", 404, "No site is configured"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.t = t
			resp, body := f.do(request("GET", tc.host, tc.target))
			if resp.Status != tc.status || !strings.Contains(body, tc.body) {
				t.Errorf("%d %q", resp.Status, body)
			}
			if resp.Fields.Get("CF-Ray") == "" {
				t.Error("no CF-Ray")
			}
		})
	}
	resp, _ := f.do(request("GET", "old.example", "/a?b"))
	if got := resp.Fields.Get("Location"); got != "https://new.example/a?b" {
		t.Errorf("Location %q", got)
	}
	if resp, _ := f.do(request("TRACE", "w.example", "/")); resp.Status != 501 {
		t.Errorf("TRACE: %d", resp.Status)
	}
}

func TestClientFields(t *testing.T) {
	var seen core.Fields
	var cf core.CF
	var requestURL string
	w := &fakeWorker{"w", func(ev *core.FetchEvent) {
		seen, cf, requestURL = ev.Exchange.Request.Fields, *ev.CF, ev.URL
		answer(nil, "")(ev)
	}}
	forged := []core.Field{
		{Name: "CF-Connecting-IP", Value: "1.1.1.1"}, {Name: "cf-ipcountry", Value: "T1"}, {Name: "X-Forwarded-For", Value: "192.0.2.1"},
		{Name: "x-forwarded-proto", Value: "https"}, {Name: "X-Forwarded-Host", Value: "evil"}, {Name: "X-Real-Ip", Value: "2.2.2.2"},
		{Name: "Early-Data", Value: "1"}, {Name: "True-Client-IP", Value: "3.3.3.3"}, {Name: "Forwarded", Value: "for=4.4.4.4"}, {Name: "X-Own", Value: "kept"},
	}
	for _, tc := range []struct {
		name    string
		trusted []netip.Prefix
		want    map[string]string
		url     string
	}{
		{"untrusted", nil, map[string]string{
			"CF-Connecting-IP": "203.0.113.9", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Real-IP": "203.0.113.9",
			"CF-IPCountry": "JP", "CF-Visitor": `{"scheme":"http"}`, "X-Forwarded-Host": "", "Early-Data": "", "True-Client-IP": "", "Forwarded": "", "X-Own": "kept",
		}, "http://w.example/p?q"},
		{"trusted", []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, map[string]string{
			"CF-Connecting-IP": "192.0.2.1", "X-Forwarded-For": "192.0.2.1, 203.0.113.9", "X-Forwarded-Proto": "https", "X-Real-IP": "192.0.2.1",
			"CF-Visitor": `{"scheme":"https"}`,
		}, "https://w.example/p?q"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, nil)}}, Options{Country: "JP", Trusted: tc.trusted})
			f.do(request("GET", "w.example", "/p?q", forged...))
			for name, want := range tc.want {
				if got, _ := seen.Joined(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if cf.Country != "JP" || cf.HTTPProtocol != "HTTP/1.1" {
				t.Errorf("cf %+v", cf)
			}
			if requestURL != tc.url {
				t.Errorf("url %q, want %q", requestURL, tc.url)
			}
		})
	}
}

func TestClientOf(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.0/24")}
	peer := netip.MustParseAddr("10.0.0.1")
	for xff, want := range map[string]string{
		"198.51.100.1":                      "198.51.100.1",
		"1.2.3.4, 198.51.100.1, 10.9.9.9":   "198.51.100.1",
		"198.51.100.1,192.0.2.7 , 10.0.0.2": "198.51.100.1",
		"198.51.100.1, garbage":             "10.0.0.1",
		"10.1.1.1, 10.2.2.2":                "10.1.1.1",
		"::ffff:198.51.100.1":               "198.51.100.1",
		"":                                  "10.0.0.1",
	} {
		if got := clientOf(xff, peer, trusted); got.String() != want {
			t.Errorf("%q: %s, want %s", xff, got, want)
		}
	}
}

func TestFailures(t *testing.T) {
	stack := &core.WorkerError{Outcome: core.OutcomeException, Message: "Error: <b>boom</b>", Stack: "    at f (secret.ts:1:2)",
		Frames: []core.Frame{{Func: "f", File: "secret.ts", Line: 1, Column: 2}}}
	for _, tc := range []struct {
		name   string
		err    error
		status int
		text   string
	}{
		{"exception", stack, 500, "1101"},
		{"cpu", &core.WorkerError{Outcome: core.OutcomeCPU, Message: "m"}, 503, "1102"},
		{"memory", &core.WorkerError{Outcome: core.OutcomeMemory, Message: "m"}, 503, "1102"},
		{"wall behind a slow origin", &core.WorkerError{Outcome: core.OutcomeWall, Message: "m", Cause: core.ErrOriginTimeout}, 504, "did not answer in time"},
		{"wall", &core.WorkerError{Outcome: core.OutcomeWall, Message: "m"}, 500, "no response"},
		{"hung", &core.WorkerError{Outcome: core.OutcomeHung, Message: "m"}, 500, "no response"},
		{"shed", &core.WorkerError{Outcome: core.OutcomeShed, Message: "m"}, 503, "busy"},
		{"origin down", &core.WorkerError{Outcome: core.OutcomeException, Message: "m", Cause: core.ErrOriginDown}, 502, "cannot be reached"},
		{"origin slow", &core.WorkerError{Outcome: core.OutcomeException, Message: "m", Cause: core.ErrOriginTimeout}, 504, "in time"},
		{"circle", &core.WorkerError{Outcome: core.OutcomeException, Message: "m", Cause: core.ErrTooManyHops}, 508, "circle"},
		{"other", errors.New("BUG"), 500, "Something went wrong"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", &fakeWorker{"w", failing(tc.err)}, nil)}}, Options{})
			resp, body := f.do(request("GET", "w.example", "/"))
			if resp.Status != tc.status || !strings.Contains(body, tc.text) {
				t.Errorf("%d %q", resp.Status, body)
			}
			if strings.Contains(body, "secret") || strings.Contains(body, "boom") {
				t.Errorf("a server's page shows the exception: %q", body)
			}
			if id := resp.Fields.Get("CF-Ray"); !strings.Contains(body, id) || !strings.Contains(f.log.String(), id) {
				t.Errorf("the id %q is not on the page and in the log", id)
			}
			if tc.name == "shed" && resp.Fields.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
	// The developer's page shows it, escaped.
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", &fakeWorker{"w", failing(stack)}, nil)}},
		Options{Dev: true, Source: func(string, int) []SourceLine { return []SourceLine{{1, "throw <x>", true}} }})
	resp, body := f.do(request("GET", "w.example", "/", core.Field{Name: "Accept", Value: "text/html"}))
	for _, want := range []string{"&lt;b&gt;boom&lt;/b&gt;", "secret.ts:1:2", "throw &lt;x&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%s", want, body)
		}
	}
	if !strings.HasPrefix(resp.Fields.Get("Content-Type"), "text/html") {
		t.Error("not HTML")
	}
}

func TestPassThrough(t *testing.T) {
	failed := &core.WorkerError{Outcome: core.OutcomeException, Message: "m", PassThrough: true}
	spec := func(fn func(*core.FetchEvent)) plan.Spec {
		return plan.Spec{
			Rules: []*plan.Rule{rule(t, "w.example/*", &fakeWorker{"w", fn}, nil)},
			Sites: []*plan.Site{site("w.example", &Site{Origin: echoOrigin("origin")})},
		}
	}
	f := newFixture(t, spec(failing(failed)), Options{})
	if resp, body := f.do(request("POST", "w.example", "/x")); resp.Status != 200 || !strings.HasPrefix(body, "origin POST") {
		t.Errorf("%d %q", resp.Status, body)
	}
	f = newFixture(t, spec(func(ev *core.FetchEvent) { ev.BodyUsed = true; failing(failed)(ev) }), Options{})
	x := request("POST", "w.example", "/x")
	x.Request.Body = core.NewBytes([]byte("gone"))
	if resp, _ := f.do(x); resp.Status != 500 {
		t.Errorf("with the body gone: %d", resp.Status)
	}
}

func TestWorkerFetch(t *testing.T) {
	files := fakeFiles{"/a.txt": "a file"}
	var outside string
	f := newFixture(t, plan.Spec{
		Rules:   []*plan.Rule{rule(t, "shop.example/*", &fakeWorker{"w", nil}, nil)},
		Sites:   []*plan.Site{site("shop.example", &Site{Origin: echoOrigin("shop")}), site("files.example", &Site{Files: files}), site("none.example", &Site{})},
		Default: &plan.Site{Handle: &Site{Origin: echoOrigin("default")}},
	}, Options{Origin: fetcherFunc(func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		outside = s.URL
		done(nil, core.ErrForbiddenTarget)
	})})
	fetch := func(url string, x *core.Exchange) (string, error) {
		type result struct {
			body string
			err  error
		}
		got := make(chan result, 1)
		f.edge.Fetcher().Fetch(context.Background(), &core.Subrequest{Method: "GET", URL: url, Exchange: x, Worker: "w"}, func(r *core.Response, err error) {
			if err != nil {
				got <- result{"", err}
				return
			}
			b, _ := io.ReadAll(core.Reader(r.Body))
			got <- result{string(b), nil}
		})
		r := <-got
		return r.body, r.err
	}
	x := request("GET", "127.0.0.1:8787", "/", core.Field{Name: "CDN-Loop", Value: "other; v=1, gannet"})
	for _, tc := range []struct{ name, url, want string }{
		{"a site's host means its origin", "https://shop.example/x?y", "shop GET https://shop.example/x?y host=shop.example\nCDN-Loop: other; v=1, gannet, gannet"},
		{"files", "http://files.example/a.txt", "a file"},
		{"the client's own host means the default site", "http://127.0.0.1:8787/z", "default GET http://127.0.0.1:8787/z"},
	} {
		if got, err := fetch(tc.url, x); err != nil || !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %q, %v", tc.name, got, err)
		}
	}
	if _, err := fetch("http://none.example/", x); !errors.Is(err, core.ErrOriginDown) {
		t.Errorf("a site without an origin: %v", err)
	}
	if _, err := fetch("http://elsewhere.example/", x); !errors.Is(err, core.ErrForbiddenTarget) || outside != "http://elsewhere.example/" {
		t.Errorf("another host: %v, %q", err, outside)
	}
}

type fakeFiles map[string]string

func (f fakeFiles) Match(target string, _ bool) bool { _, ok := f[target]; return ok }
func (f fakeFiles) Serve(_, target string, _ core.Fields) *core.Response {
	if body, ok := f[target]; ok {
		return &core.Response{Status: 200, Body: core.NewBytes([]byte(body))}
	}
	return &core.Response{Status: 404}
}

func TestAssetsBeforeTheWorker(t *testing.T) {
	w := &fakeWorker{"w", answer(nil, "worker")}
	files := fakeFiles{"/": "index", "/api/x": "a file under api"}
	for _, tc := range []struct {
		name, method, target string
		route                Route
		want                 string
	}{
		{"an asset", "GET", "/", Route{}, "index"},
		{"no asset", "GET", "/none", Route{}, "worker"},
		{"not for POST", "POST", "/", Route{}, "worker"},
		{"worker first", "GET", "/", Route{AlwaysWorker: true}, "worker"},
		{"worker first by pattern", "GET", "/api/x", Route{WorkerFirst: []string{"/api/*"}}, "worker"},
		{"pattern that does not match", "GET", "/", Route{WorkerFirst: []string{"/api/*"}}, "index"},
		{"negative pattern", "GET", "/api/x", Route{WorkerFirst: []string{"/api/*", "!/api/x"}}, "a file under api"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.route.Assets = files
			f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, &tc.route)}}, Options{})
			if _, body := f.do(request(tc.method, "w.example", tc.target)); body != tc.want {
				t.Errorf("got %q", body)
			}
		})
	}
}

func TestLoopEnds(t *testing.T) {
	w := &fakeWorker{"w", answer(nil, "worker")}
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, nil)}}, Options{})
	loop := strings.TrimSuffix(strings.Repeat("gannet, ", maxHops-1), ", ")
	if resp, _ := f.do(request("GET", "w.example", "/", core.Field{Name: "CDN-Loop", Value: loop})); resp.Status != 200 {
		t.Errorf("%d hops: %d", maxHops-1, resp.Status)
	}
	if resp, _ := f.do(request("GET", "w.example", "/", core.Field{Name: "cdn-loop", Value: loop + ", x,gannet;a=b"})); resp.Status != 508 {
		t.Errorf("%d hops: %d", maxHops, resp.Status)
	}
}

func TestCanonicalTarget(t *testing.T) {
	for in, want := range map[string]string{
		"/":             "/",
		"*":             "/",
		"/a/b?c=d&e='":  "/a/b?c=d&e=%27",
		"/a/./b/../c":   "/a/c",
		"/a/%2e%2E/b":   "/b",
		"/../../etc":    "/etc",
		"/a/..":         "/",
		"/a/b/..":       "/a/",
		"/a/.":          "/a/",
		"/.hidden/x..y": "/.hidden/x..y",
		"/%2ehidden":    "/%2ehidden",
		"/a\\..\\b":     "/b",
		"/sp ace":       "/sp%20ace",
		"/q?a b\"<>":    "/q?a%20b%22%3C%3E",
		"/caf\xc3\xa9":  "/caf%C3%A9",
		"/a//b":         "/a//b",
		"/x?y#frag":     "/x?y",
		"/?a/../b":      "/?a/../b",
		"/{id}`^":       "/%7Bid%7D%60%5E",
	} {
		if got := canonicalTarget(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// What comes out is canonical (a fixed point), a target net/url takes, and without dot
// segments.
func FuzzCanonicalTarget(f *testing.F) {
	for _, s := range []string{"/", "/a/../b", "/%2e%2e/x", "/a\\b", "/?q", "*", "/\x00\xff", "/a/.%2E?x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := canonicalTarget(in)
		if again := canonicalTarget(out); again != out {
			t.Fatalf("%q: %q becomes %q", in, out, again)
		}
		if out[0] != '/' {
			t.Fatalf("%q: %q", in, out)
		}
		path, _, _ := strings.Cut(out, "?")
		for seg := range strings.SplitSeq(path, "/") {
			if dots(seg) > 0 {
				t.Fatalf("%q: %q has a dot segment", in, out)
			}
		}
		for i := 0; i < len(out); i++ {
			if out[i] <= ' ' || out[i] >= 0x7F {
				t.Fatalf("%q: %q holds %#x", in, out, out[i])
			}
		}
		if strings.Contains(in, "%") {
			return // net/url refuses bad escapes, which URLs may hold
		}
		if _, err := url.ParseRequestURI("http://h" + out); err != nil {
			t.Fatalf("%q: %v", in, err)
		}
	})
}

func TestRayIDsAreUnique(t *testing.T) {
	e := New(Options{Node: "FRA"})
	seen := make(map[string]bool)
	for range 10000 {
		id := e.rays.next("FRA")
		if len(id) != 20 || !strings.HasSuffix(id, "-FRA") || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}

func TestRecordAndMetrics(t *testing.T) {
	RegisterWorker("recorded")
	var got Record
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", &fakeWorker{"recorded", answer(nil, "x")}, nil)}},
		Options{Record: func(r Record) { got = r }})
	before := workerMetricsOf("recorded").outcomes[core.OutcomeOK].Get()
	f.do(request("GET", "w.example", "/p"))
	if got.Worker != "recorded" || got.Status != 200 || got.Target != "/p" || got.By != "worker" || got.Outcome != core.OutcomeOK || got.ID == "" {
		t.Errorf("%+v", got)
	}
	if n := workerMetricsOf("recorded").outcomes[core.OutcomeOK].Get(); n != before+1 {
		t.Errorf("counted %d", n-before)
	}
}
