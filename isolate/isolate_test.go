package isolate

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gannet/core"
	"gannet/core/sched"
	"gannet/isolate/bundle"
)

// fixture runs workers on a real scheduler.
type fixture struct {
	t     testing.TB
	sched *sched.Scheduler
	log   *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newFixture(t testing.TB) *fixture {
	s := sched.New(sched.Options{})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("closing the scheduler: %v", err)
		}
	})
	return &fixture{t: t, sched: s, log: &logBuffer{}}
}

// build bundles one source file.
func build(t testing.TB, name, src string) *bundle.Script {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := bundle.Build(context.Background(), bundle.Options{Dir: dir, Entry: name, HostModules: HostModules})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *fixture) config(src string) Config {
	return Config{
		Name: "test", Script: build(f.t, "worker.js", src), Scheduler: f.sched,
		Fetcher: fetcherFunc(func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
			done(nil, core.ErrOriginDown)
		}),
		Log: slog.New(slog.NewTextHandler(f.log, nil)),
	}
}

type fetcherFunc func(context.Context, *core.Subrequest, func(*core.Response, error))

func (f fetcherFunc) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	f(ctx, s, done)
}

// worker starts a worker that is closed with the test.
func (f *fixture) worker(cfg Config) *Worker {
	f.t.Helper()
	w, err := New(context.Background(), cfg)
	if err != nil {
		f.t.Fatalf("the worker does not start: %v", err)
	}
	f.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = w.Close(ctx)
	})
	return w
}

// result is the end of a fetch event.
type result struct {
	resp *core.Response
	err  error
	ev   *core.FetchEvent
}

type waiter chan result

func (w waiter) FetchDone(ev *core.FetchEvent, resp *core.Response, err error) {
	w <- result{resp, err, ev}
}

// send submits a request and returns where its end arrives.
func (f *fixture) send(w *Worker, method, url string, body core.Body, fields ...core.Field) (*core.Exchange, waiter) {
	x := &core.Exchange{Request: core.Request{
		Method: method, Scheme: "http", Authority: "example.com", Target: "/", Proto: core.HTTP11, Body: body,
		Fields: append(core.Fields{{Name: "Host", Value: "example.com"}}, fields...),
	}}
	done := make(waiter, 1)
	b := f.sched.NewBatch()
	w.Fetch(b, &core.FetchEvent{Exchange: x, URL: url, CF: &core.CF{Country: "DE"}, ID: "id-1", Done: done})
	b.Flush()
	return x, done
}

// get sends a GET and returns status and body, or the error.
func (f *fixture) get(w *Worker, path string, fields ...core.Field) (int, string, error) {
	f.t.Helper()
	_, done := f.send(w, "GET", "http://example.com"+path, nil, fields...)
	return f.wait(done)
}

func (f *fixture) wait(done waiter) (int, string, error) {
	f.t.Helper()
	select {
	case r := <-done:
		if r.err != nil {
			return 0, "", r.err
		}
		if r.resp.Body == nil {
			return r.resp.Status, "", nil
		}
		b, err := io.ReadAll(core.Reader(r.resp.Body))
		if err != nil {
			f.t.Errorf("reading the body: %v", err)
		}
		return r.resp.Status, string(b), nil
	case <-time.After(20 * time.Second):
		f.t.Fatal("no answer")
		return 0, "", nil
	}
}

func outcome(err error) core.Outcome {
	var we *core.WorkerError
	if errors.As(err, &we) {
		return we.Outcome
	}
	return 0
}

func TestHandlers(t *testing.T) {
	f := newFixture(t)
	for _, tc := range []struct{ name, src, path, want string }{
		{"module", `export default { fetch() { return new Response('hi') } }`, "/", "hi"},
		{"async", `export default { async fetch() { return new Response('hi') } }`, "/", "hi"},
		{"awaits", `export default { async fetch() { await null; await new Promise(r => setTimeout(r, 1)); return new Response('late') } }`, "/", "late"},
		{"class instance", `class W { #n = 41; fetch() { return new Response(String(++this.#n)) } }; export default new W()`, "/", "42"},
		{"entrypoint class", `import { WorkerEntrypoint } from 'cloudflare:workers'; export default class extends WorkerEntrypoint { fetch(r) { return new Response(typeof this.ctx.waitUntil + this.env.NAME) } }`, "/", "functionworld"},
		{"env", `export default { fetch(r, env) { return new Response(env.NAME + env.LIST[1]) } }`, "/", "world2"},
		{"env from module", `import { env } from 'cloudflare:workers'; export default { fetch() { return new Response(env.NAME) } }`, "/", "world"},
		{"url", `export default { fetch(r) { return new Response(r.method + ' ' + new URL(r.url).pathname) } }`, "/a/b?c", "GET /a/b"},
		{"cf", `export default { fetch(r) { return new Response(r.cf.country) } }`, "/", "DE"},
		{"service worker", `addEventListener('fetch', e => e.respondWith(new Response('sw ' + NAME)))`, "/", "sw world"},
		{"service worker async", `addEventListener('fetch', e => e.respondWith(h(e.request))); async function h(r) { await 0; return new Response(r.url) }`, "/x", "http://example.com/x"},
		{"top-level await", `const v = await Promise.resolve(7); export default { fetch() { return new Response(String(v)) } }`, "/", "7"},
		{"thenable", `export default { fetch() { return { then(f) { f(new Response('then')) } } } }`, "/", "then"},
		{"state between requests is the isolate's", `let n = 0; export default { fetch() { return new Response(String(++n)) } }`, "/", "1"},
		{"stream", `export default { fetch() { const { readable, writable } = new TransformStream(); const w = writable.getWriter(); const enc = new TextEncoder(); (async () => { await w.write(enc.encode('a')); await w.write(enc.encode('b')); await w.close() })(); return new Response(readable) } }`, "/", "ab"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := f.config(tc.src)
			cfg.Bindings = []Binding{{Name: "NAME", Kind: Var, Value: []byte(`"world"`)}, {Name: "LIST", Kind: Var, Value: []byte(`[1,2]`)}}
			w := f.worker(cfg)
			if _, body, err := f.get(w, tc.path); err != nil || body != tc.want {
				t.Errorf("got %q, %v, want %q", body, err, tc.want)
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	f := newFixture(t)
	for _, tc := range []struct {
		name, src string
		outcome   core.Outcome
		message   string
	}{
		{"throws", `export default { fetch() { throw new Error('boom') } }`, core.OutcomeException, "Error: boom"},
		{"rejects", `export default { async fetch() { await 0; throw new TypeError('later') } }`, core.OutcomeException, "TypeError: later"},
		{"throws a string", `export default { fetch() { throw 'text' } }`, core.OutcomeException, "text"},
		{"no response", `export default { fetch() { return 5 } }`, core.OutcomeException, "did not resolve to 'Response'"},
		{"no handler", `export const x = 1`, core.OutcomeException, "does not export a fetch() function"},
		{"no listener", `const x = 1`, core.OutcomeException, "No event handlers"},
		{"endless loop", `export default { fetch() { for (;;); } }`, core.OutcomeCPU, "limits.cpu_ms"},
		{"endless microtasks", `export default { async fetch() { for (;;) await 0 } }`, core.OutcomeCPU, "limits.cpu_ms"},
		{"hangs", `export default { fetch() { return new Promise(() => {}) } }`, core.OutcomeHung, "nothing can settle"},
		{"never in time", `export default { fetch() { return new Promise(r => setTimeout(r, 1e6)) } }`, core.OutcomeWall, "limits.wall_ms"},
		{"origin down", `export default { fetch(r) { return fetch('http://o.example/') } }`, core.OutcomeException, "origin unreachable"},
		{"hostile error", `export default { fetch() { throw { get message() { throw 1 }, toString() { throw 2 } } } }`, core.OutcomeException, "Uncaught exception"},
		{"response used twice", `const r = new Response('x'); export default { fetch() { return r } }`, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := f.config(tc.src)
			cfg.Limits = core.Limits{CPU: 100 * time.Millisecond, Wall: 150 * time.Millisecond}
			w := f.worker(cfg)
			_, _, err := f.get(w, "/")
			if got := outcome(err); got != tc.outcome {
				t.Fatalf("outcome %v (%v), want %v", got, err, tc.outcome)
			}
			if err != nil && !strings.Contains(err.Error(), tc.message) {
				t.Errorf("message %q lacks %q", err, tc.message)
			}
		})
	}
}

// An isolate that was interrupted is gone; the next request finds a fresh one.
func TestInterruptedIsolateIsReplaced(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`let n = 0; export default { fetch(r) { n++; if (r.url.endsWith('loop')) for (;;); return new Response(String(n)) } }`)
	cfg.Limits.CPU = 50 * time.Millisecond
	w := f.worker(cfg)
	for i, want := range []string{"1", "2"} {
		if _, got, err := f.get(w, "/"); err != nil || got != want {
			t.Fatalf("request %d: %q, %v", i, got, err)
		}
	}
	// Requests that queue behind the loop are not lost: the fresh isolate takes them.
	_, loop := f.send(w, "GET", "http://example.com/loop", nil)
	_, queued := f.send(w, "GET", "http://example.com/", nil)
	if _, _, err := f.wait(loop); outcome(err) != core.OutcomeCPU {
		t.Fatalf("the loop ended with %v", err)
	}
	if _, got, err := f.wait(queued); err != nil || got != "1" {
		t.Fatalf("the queued request: %q, %v", got, err)
	}
	if n := w.Stats().Condemned.Load(); n != 1 {
		t.Errorf("%d isolates condemned", n)
	}
}

func TestTopLevelFailures(t *testing.T) {
	f := newFixture(t)
	for _, tc := range []struct{ name, src, want string }{
		{"throws", "\n\nthrow new Error('at start')\nexport default {}", "Error: at start"},
		{"loops", `for (;;);` + "\nexport default {}", "limits.startup_ms"},
		{"fetches", `await fetch('http://a.example/'); export default {}`, "global scope"},
		{"awaits for ever", `await new Promise(() => {}); export default {}`, "top-level await never ends"},
		{"eval", `eval('1'); export default {}`, "Code generation from strings disallowed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := f.config(tc.src)
			cfg.Limits.Startup = 50 * time.Millisecond
			_, err := New(context.Background(), cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			var we *core.WorkerError
			if tc.name == "throws" && (!errors.As(err, &we) || len(we.Frames) == 0 || we.Frames[0].Line != 3 || we.Frames[0].File != "worker.js") {
				t.Errorf("the stack is not mapped: %+v", err)
			}
		})
	}
}

func TestStackPointsIntoTheSource(t *testing.T) {
	f := newFixture(t)
	cfg := f.config("")
	cfg.Script = build(t, "worker.ts", "type X = { a: number }\nfunction inner(x: X): never {\n  throw new RangeError('deep')\n}\nexport default {\n  fetch() {\n    inner({ a: 1 })\n  }\n}\n")
	w := f.worker(cfg)
	_, _, err := f.get(w, "/")
	var we *core.WorkerError
	if !errors.As(err, &we) || len(we.Frames) < 2 {
		t.Fatalf("got %+v", err)
	}
	if fr := we.Frames[0]; fr.File != "worker.ts" || fr.Line != 3 || fr.Func != "inner" {
		t.Errorf("innermost frame %+v", fr)
	}
	if fr := we.Frames[1]; fr.Line != 7 {
		t.Errorf("second frame %+v", fr)
	}
}

func TestWaitUntilRunsOnAfterTheResponse(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`let log = []; export default { fetch(r, env, ctx) {
		if (r.url.endsWith('log')) return new Response(log.join());
		ctx.waitUntil((async () => { await new Promise(r => setTimeout(r, 5)); log.push('done') })());
		ctx.waitUntil(Promise.reject(new Error('in the background')));
		return new Response('now') } }`)
	w := f.worker(cfg)
	if _, got, err := f.get(w, "/"); err != nil || got != "now" {
		t.Fatalf("%q, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	waitIdle(t, ctx, w)
	if _, got, _ := f.get(w, "/log"); got != "done" {
		t.Errorf("waitUntil left %q", got)
	}
	if !strings.Contains(f.log.String(), "in the background") {
		t.Error("a rejected waitUntil is not logged")
	}
}

// waitIdle polls until no event is left.
func waitIdle(t *testing.T, ctx context.Context, w *Worker) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for w.Inflight() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d events are left", w.Inflight())
		}
	}
}

func TestWaitUntilIsCut(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { fetch(r, env, ctx) { ctx.waitUntil(new Promise(r => setTimeout(r, 1e6))); return new Response('x') } }`)
	cfg.Limits.WaitUntil = 20 * time.Millisecond
	w := f.worker(cfg)
	if _, _, err := f.get(w, "/"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	waitIdle(t, ctx, w)
	if !strings.Contains(f.log.String(), "waitUntil was cut") {
		t.Error("not logged")
	}
}

// TestWallLimitBehindASlowOrigin: the origin is at fault while a fetch has no response, and
// the worker is once it has.
func TestWallLimitBehindASlowOrigin(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r) {
		if (new URL(r.url).pathname === '/quick') { await fetch('http://quick.example/'); await new Promise(r => setTimeout(r, 1e6)) }
		return fetch('http://slow.example/');
	} }`)
	cfg.Fetcher = fetcherFunc(func(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		if strings.Contains(s.URL, "quick") {
			done(&core.Response{Status: 204}, nil)
			return
		}
		context.AfterFunc(ctx, func() { done(nil, context.Cause(ctx)) })
	})
	cfg.Limits.Wall = 20 * time.Millisecond
	w := f.worker(cfg)
	_, _, err := f.get(w, "/slow")
	if outcome(err) != core.OutcomeWall || !errors.Is(err, core.ErrOriginTimeout) || !strings.Contains(err.Error(), "1 fetch(es)") {
		t.Errorf("behind a slow origin: %v", err)
	}
	if _, _, err = f.get(w, "/quick"); outcome(err) != core.OutcomeWall || errors.Is(err, core.ErrOriginTimeout) {
		t.Errorf("with the response there: %v", err)
	}
}

// TestBrokenResponsesAreLogged: the client sees a response that is cut, and the log why.
func TestBrokenResponsesAreLogged(t *testing.T) {
	f := newFixture(t)
	w := f.worker(f.config(`export default { fetch(r) {
		const chunks = [new TextEncoder().encode('abc')];
		const stream = new ReadableStream({ async pull(c) {
			await null;
			if (chunks.length) c.enqueue(chunks.pop());
			else if (r.url.endsWith('/throws')) throw new RangeError('midstream');
			else c.close();
		} });
		return new Response(stream, r.url.endsWith('/short') ? { headers: { 'Content-Length': '5' } } : {});
	} }`))
	for _, tc := range []struct{ path, want string }{
		{"/throws", "Uncaught (in response) RangeError: midstream"},
		{"/short", "Uncaught (in response) streams: the body's length is not what was announced: 3 bytes of 5"},
		{"/whole", ""},
	} {
		before := len(f.log.String())
		_, done := f.send(w, "GET", "http://example.com"+tc.path, nil)
		r := <-done
		if r.err != nil {
			t.Fatal(r.err)
		}
		got, err := io.ReadAll(core.Reader(r.resp.Body))
		if string(got) != "abc" || (err != nil) != (tc.want != "") {
			t.Errorf("%s: got %q and %v", tc.path, got, err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		waitIdle(t, ctx, w)
		cancel()
		if log := f.log.String()[before:]; tc.want == "" && log != "" || strings.Count(log, tc.want) != 1 && tc.want != "" {
			t.Errorf("%s: the log has %q, want %q once", tc.path, log, tc.want)
		}
	}
}

// TestSubrequestLimitIsLogged: once, whatever the script makes of the error.
func TestSubrequestLimitIsLogged(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r) {
		let failed = 0;
		for (let i = 0; i < 5; i++) await fetch('http://a.example/').catch((e) => { if (e.message.startsWith('Too many')) failed++ });
		return new Response(String(failed));
	} }`)
	cfg.Limits.Subrequests, cfg.LimitsFile = 3, "gannet.toml"
	w := f.worker(cfg)
	if _, body, err := f.get(w, "/"); err != nil || body != "2" {
		t.Errorf("got %q %v, want 2 that failed by the limit", body, err)
	}
	const want = "exceeded its subrequest limit: used 3 of 3 (raise it by limits.subrequests in gannet.toml)"
	if got := strings.Count(f.log.String(), want); got != 1 {
		t.Errorf("the log has it %d times, want once: %s", got, f.log)
	}
}

func TestClientGoneAbortsTheSignal(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`let seen = ''; export default { async fetch(r) {
		if (r.url.endsWith('seen')) return new Response(seen);
		r.signal.addEventListener('abort', () => { seen = r.signal.reason.name });
		await new Promise(r => setTimeout(r, 1e6)); } }`)
	w := f.worker(cfg)
	x, done := f.send(w, "GET", "http://example.com/", nil)
	// The event has begun once a later one has been answered.
	if _, _, err := f.get(w, "/seen"); err != nil {
		t.Fatal(err)
	}
	x.Cancel(core.ErrClientGone)
	if _, _, err := f.wait(done); outcome(err) != core.OutcomeCancelled {
		t.Fatalf("got %v", err)
	}
	if _, got, _ := f.get(w, "/seen"); got != "AbortError" {
		t.Errorf("the signal saw %q", got)
	}
}

func TestPassThroughOnException(t *testing.T) {
	f := newFixture(t)
	w := f.worker(f.config(`export default { fetch(r, env, ctx) { ctx.passThroughOnException(); throw new Error('x') } }`))
	_, _, err := f.get(w, "/")
	var we *core.WorkerError
	if !errors.As(err, &we) || !we.PassThrough {
		t.Errorf("got %+v", err)
	}
}

func TestUnsupportedBindingThrowsOnUse(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r, env) { const kv = env.CACHE; return new Response(typeof kv + (await kv.get('k'))) } }`)
	cfg.Bindings = []Binding{{Name: "CACHE", Kind: Unsupported, Type: "KV namespace"}}
	w := f.worker(cfg)
	_, _, err := f.get(w, "/")
	if err == nil || !strings.Contains(err.Error(), "env.CACHE.get: KV namespace bindings are not supported") {
		t.Errorf("got %v", err)
	}
}

// Nothing of one request may be seen by another: bodies, headers and contexts of N requests
// interleaved at their awaits.
func TestRequestsDoNotMix(t *testing.T) {
	f := newFixture(t)
	w := f.worker(f.config(`export default { async fetch(r, env, ctx) {
		const id = r.headers.get('x-id');
		await new Promise(f => setTimeout(f, Math.random() * 5));
		const body = await r.text();
		await 0;
		return new Response([id, body, r.headers.get('x-id'), new URL(r.url).search].join('|')) } }`))
	const n = 200
	waits := make([]waiter, n)
	for i := range waits {
		id := strings.Repeat(string(rune('a'+i%26)), i+1)
		_, waits[i] = f.send(w, "POST", "http://example.com/?"+id, core.NewBytes([]byte(id)), core.Field{Name: "X-Id", Value: id})
	}
	for i, done := range waits {
		id := strings.Repeat(string(rune('a'+i%26)), i+1)
		if _, got, err := f.wait(done); err != nil || got != id+"|"+id+"|"+id+"|?"+id {
			t.Fatalf("request %d: %.80q, %v", i, got, err)
		}
	}
}

func TestPanicInAnIsolateEndsOnlyThat(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r) { if (r.url.endsWith('panic')) return await fetch('http://panic.example/'); return new Response('fine') } }`)
	cfg.Fetcher = fetcherFunc(func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		panic("planted")
	})
	w := f.worker(cfg)
	_, _, err := f.get(w, "/panic")
	if outcome(err) != core.OutcomeInternal {
		t.Fatalf("got %v", err)
	}
	if _, got, err := f.get(w, "/"); err != nil || got != "fine" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
	if !strings.Contains(f.log.String(), "planted") {
		t.Error("the panic is not in the log")
	}
}

func TestQueueIsBounded(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { fetch(r) { const end = Date.now() + 200; while (Date.now() < end); return new Response('x') } }`)
	cfg.Limits.Queue = 4
	w := f.worker(cfg)
	shed := 0
	var waits []waiter
	for range 20 {
		_, done := f.send(w, "GET", "http://example.com/", nil)
		waits = append(waits, done)
	}
	for _, done := range waits {
		if _, _, err := f.wait(done); outcome(err) == core.OutcomeShed {
			shed++
		}
	}
	if shed < 10 || shed > 16 {
		t.Errorf("%d of 20 were shed with a queue of 4", shed)
	}
}

func TestCloseWaitsForEvents(t *testing.T) {
	f := newFixture(t)
	w, err := New(context.Background(), f.config(`export default { async fetch() { await new Promise(r => setTimeout(r, 30)); return new Response('slow') } }`))
	if err != nil {
		t.Fatal(err)
	}
	_, done := f.send(w, "GET", "http://example.com/", nil)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, got, err := f.wait(done); err != nil || got != "slow" {
		t.Errorf("%q, %v", got, err)
	}
}
