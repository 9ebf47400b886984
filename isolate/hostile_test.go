package isolate

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

// hostileLimits are short, so that the tests are.
var hostileLimits = core.Limits{CPU: 120 * time.Millisecond, Wall: 400 * time.Millisecond, WaitUntil: 100 * time.Millisecond}

func init() {
	if raceEnabled { // which takes up to ten times the time
		hostileLimits.CPU, hostileLimits.Wall = 500*time.Millisecond, 1500*time.Millisecond
	}
}

// probe looks at the state of an isolate in a turn of its own.
type probe struct {
	core.Task
	iso    *isolate
	result chan string
}

func (p *probe) Run(core.Turn) {
	switch {
	case p.iso.pending != 0:
		p.result <- "operations are pending"
	case p.iso.events.first != nil:
		p.result <- "an event is not over"
	case len(p.iso.rejections) != 0:
		p.result <- "a rejection was not reported"
	default:
		p.result <- ""
	}
}

func (p *probe) Drop() { p.result <- "the isolate is dead" }

// clean fails the test unless the worker's isolate holds nothing any more.
func clean(t *testing.T, w *Worker) {
	t.Helper()
	idle(t, w)
	p := &probe{iso: w.current.Load(), result: make(chan string, 1)}
	p.Task.Runner = p
	p.iso.actor.Post(&p.Task)
	if got := <-p.result; got != "" {
		t.Error(got)
	}
}

// idle waits until no event of w is left.
func idle(t *testing.T, w *Worker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	waitIdle(t, ctx, w)
}

// Scripts that will not stop are stopped, wherever the interrupt finds them; what they throw
// is described under the same watch; and the worker serves the following request.
func TestHostileScripts(t *testing.T) {
	const loop = `for (;;);`
	for _, tc := range []struct {
		name, src string // the body of fetch(r, env, ctx)
		outcome   core.Outcome
	}{
		{"catch and go on", `for (;;) try { ` + loop + ` } catch {}`, core.OutcomeCPU},
		{"finally", `try { ` + loop + ` } finally { ` + loop + ` }`, core.OutcomeCPU},
		{"finally that returns", `try { ` + loop + ` } finally { return new Response('escaped') }`, core.OutcomeCPU},
		{"generator return", `function* g() { try { yield 1 } finally { ` + loop + ` } } for (const x of g()) break; return new Response()`, core.OutcomeCPU},
		{"in a microtask", `await 0; ` + loop, core.OutcomeCPU},
		{"in a reaction", `Promise.resolve().then(() => { ` + loop + ` }); return new Promise(() => {})`, core.OutcomeCPU},
		{"microtasks for ever", `const f = () => queueMicrotask(f); f(); return new Promise(() => {})`, core.OutcomeCPU},
		{"sort", `[3, 1, 2].sort(() => { ` + loop + ` })`, core.OutcomeCPU},
		{"replace", `'a'.replace(/a/, () => { ` + loop + ` })`, core.OutcomeCPU},
		{"proxy trap", `new Proxy({}, { get() { ` + loop + ` } }).x`, core.OutcomeCPU},
		{"getter", `({ get x() { ` + loop + ` } }).x`, core.OutcomeCPU},
		{"toString", "`${{ toString() { " + loop + " } }}`", core.OutcomeCPU},
		{"valueOf", `+{ valueOf() { ` + loop + ` } }`, core.OutcomeCPU},
		{"toJSON", `JSON.stringify({ toJSON() { ` + loop + ` } })`, core.OutcomeCPU},
		{"headers init iterator", `new Headers({ [Symbol.iterator]() { ` + loop + ` } })`, core.OutcomeCPU},
		{"endless headers init", `new Headers({ *[Symbol.iterator]() { for (;;) yield ['a', 'b'] } })`, core.OutcomeException},
		{"response init getter", `new Response('', { get status() { ` + loop + ` } })`, core.OutcomeCPU},
		{"request init proxy", `new Request('http://a/', new Proxy({}, { get() { ` + loop + ` } }))`, core.OutcomeCPU},
		{"thenable loops", `return { then() { ` + loop + ` } }`, core.OutcomeCPU},
		{"thenable throws", `return { then() { throw new Error('then') } }`, core.OutcomeException},
		{"then getter loops", `return { get then() { ` + loop + ` } }`, core.OutcomeCPU},
		{"thenable twice", `return { then(a, b) { a(new Response('1')); a(new Response('2')); b(1); throw 2 } }`, 0},
		{"thenable of thenables", `const t = { then(f) { f(t) } }; return t`, core.OutcomeCPU},
		{"body toString loops", `return new Response({ toString() { ` + loop + ` } })`, core.OutcomeCPU},
		{"message getter loops", `throw { get message() { ` + loop + ` } }`, core.OutcomeCPU},
		{"message getter loops, rejected", `return Promise.reject({ get message() { ` + loop + ` } })`, core.OutcomeCPU},
		{"stack getter loops", `throw { message: 'm', get stack() { ` + loop + ` } }`, core.OutcomeCPU},
		{"toString of the thrown loops", `throw { toString() { ` + loop + ` } }`, core.OutcomeCPU},
		{"unhandled rejection loops", `Promise.reject({ get message() { ` + loop + ` } }); return new Response('fine')`, 0},
		{"unhandled rejection rejects more", `const f = () => Promise.reject({ get message() { f(); return 'm' } }); f(); return new Response('fine')`, 0},
		{"endless recursion", `const f = () => f(); f()`, core.OutcomeException},
		{"endless recursion in a getter of the thrown", `throw { get message() { const f = () => f(); f() } }`, core.OutcomeException},
		{"endless recursion through natives", `const f = () => [1].map(f); f()`, core.OutcomeException},
		{"endless recursion through toString", `const o = { toString() { return '' + o } }; '' + o`, core.OutcomeException},
		{"endless recursion through a proxy", `const p = new Proxy({}, { get(t, k) { return p[k] } }); p.x`, core.OutcomeException},
		{"endless recursion through constructors", `class A { constructor() { new A() } }; new A()`, core.OutcomeException},
		{"endless recursion through sort", `const f = () => [2, 1].sort(f); f()`, core.OutcomeException},
		{"throws a symbol", `throw Symbol('s')`, core.OutcomeException},
		{"throws undefined", `throw undefined`, core.OutcomeException},
		{"throws null", `throw null`, core.OutcomeException},
		{"throws a bigint", `throw 10n`, core.OutcomeException},
		{"throws a throwing proxy", `throw new Proxy({}, new Proxy({}, { get() { throw 1 } }))`, core.OutcomeException},
		{"throws a revoked proxy", `const p = Proxy.revocable({}, {}); p.revoke(); throw p.proxy`, core.OutcomeException},
		{"returns a revoked proxy", `const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy`, core.OutcomeException},
		{"throws a huge message", `throw new Error('x'.repeat(5e6))`, core.OutcomeException},
		{"throws a huge stack", `const e = new Error('m'); e.stack = '    at f (worker.js:1:1)\n'.repeat(1e5); throw e`, core.OutcomeException},
		{"throws a function", `throw () => 1`, core.OutcomeException},
		{"throws an error with an object for a name", `const e = new Error('m'); e.name = { toString() { throw 1 } }; throw e`, core.OutcomeException},
		{"throws a host object", `throw r`, core.OutcomeException},
		{"returns the prototype of Response", `return Response.prototype`, core.OutcomeException},
		{"returns an object like a Response", `return Object.create(Response.prototype)`, core.OutcomeException},
		{"answers with an error response", `return Response.error()`, core.OutcomeException},
		{"answers with a used body", `const x = new Response('a'); await x.text(); return x`, core.OutcomeException},
		{"answers with a locked body", `const x = new Response('a'); x.body.getReader(); return x`, core.OutcomeException},
		{"breaks the globals", `for (const k of Object.getOwnPropertyNames(globalThis)) try { globalThis[k] = null } catch {}; throw new 1`, core.OutcomeException},
		{"breaks the prototypes", `Promise.prototype.then = Array.prototype[Symbol.iterator] = Object.prototype.toString = () => { ` + loop + ` }; return (async () => 1)()`, core.OutcomeCPU},
		{"breaks Object.prototype.then", `Object.prototype.then = function(f) { ` + loop + ` }; return new Response('x')`, core.OutcomeCPU},
		{"10,000 timers", `for (let i = 0; i < 10000; i++) setTimeout(() => {}, 1e6); await new Promise(f => setTimeout(f, 1)); return new Response('x')`, 0},
		{"waits for itself", `const p = (async () => { await 0; return p })(); return p`, core.OutcomeException},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			cfg := f.config(`export default { async fetch(r, env, ctx) { if (r.url.endsWith('/ok')) return new Response('ok');` + tc.src + `} }`)
			if strings.HasPrefix(tc.src, "return {") {
				cfg = f.config(`export default { fetch(r, env, ctx) { if (r.url.endsWith('/ok')) return new Response('ok');` + tc.src + `} }`)
			}
			cfg.Limits = hostileLimits
			w := f.worker(cfg)
			_, _, err := f.get(w, "/")
			if got := outcome(err); got != tc.outcome {
				t.Errorf("outcome %v, want %v: %v", got, tc.outcome, err)
			}
			var we *core.WorkerError
			if errors.As(err, &we) && (len(we.Message) > 2*maxMessage || len(we.Frames) > maxFrames || we.Message == "") {
				t.Errorf("%d bytes of message, %d frames", len(we.Message), len(we.Frames))
			}
			idle(t, w)
			if strings.HasPrefix(tc.name, "breaks") {
				return // the isolate is of no use to itself any more, which is its script's own doing
			}
			if _, got, err := f.get(w, "/ok"); err != nil || got != "ok" {
				t.Errorf("the following request: %q, %v", got, err)
			}
			clean(t, w)
		})
	}
}

// What goes on after the response has a limit, too, and a defined end.
func TestHostileAfterTheResponse(t *testing.T) {
	for _, tc := range []struct{ name, src, log string }{
		{"waitUntil loops", `ctx.waitUntil((async () => { await 0; await new Promise(f => setTimeout(f, 1)); for (;;); })()); return new Response('x')`, "exceeded its CPU limit"},
		{"a timer loops", `setTimeout(() => { for (;;); }, 0); ctx.waitUntil(new Promise(f => setTimeout(f, 50))); return new Response('x')`, "exceeded its CPU limit"},
		{"a timer throws", `setTimeout(() => { throw new Error('in a timer') }, 0); ctx.waitUntil(new Promise(f => setTimeout(f, 20))); return new Response('x')`, "in a timer"},
		{"a timer overflows the stack", `setTimeout(() => { const f = () => f(); f() }, 0); ctx.waitUntil(new Promise(f => setTimeout(f, 20))); return new Response('x')`, "Maximum call stack"},
		{"waitUntil rejects with a loop", `ctx.waitUntil(Promise.reject({ get message() { for (;;); } })); return new Response('x')`, "exceeded its CPU limit"},
		{"waitUntil of a thenable that never calls", `ctx.waitUntil({ then() {} }); return new Response('x')`, "waitUntil was cut"},
		{"respondWith late", `ctx.waitUntil(new Promise(() => {})); setTimeout(() => ctx.waitUntil(new Promise(() => {})), 10); return new Response('x')`, "waitUntil was cut"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			cfg := f.config(`export default { fetch(r, env, ctx) { if (r.url.endsWith('/ok')) return new Response('ok');` + tc.src + `} }`)
			cfg.Limits = hostileLimits
			w := f.worker(cfg)
			if _, got, err := f.get(w, "/"); err != nil || got != "x" {
				t.Errorf("%q, %v", got, err)
			}
			idle(t, w)
			if !strings.Contains(f.log.String(), tc.log) {
				t.Errorf("the log lacks %q: %s", tc.log, f.log)
			}
			if _, got, err := f.get(w, "/ok"); err != nil || got != "ok" {
				t.Errorf("the following request: %q, %v", got, err)
			}
		})
	}
}

func TestRespondWithIsOnceAndInTime(t *testing.T) {
	f := newFixture(t)
	w := f.worker(f.config(`let log = [];
		addEventListener('fetch', e => {
			if (e.request.url.endsWith('log')) return e.respondWith(new Response(log.join()));
			if (e.request.url.endsWith('twice')) { e.respondWith(new Response('one')); try { e.respondWith(new Response('two')) } catch (x) { log.push(x.name) } return }
			Promise.resolve().then(() => { try { e.respondWith(new Response('late')) } catch (x) { log.push(x.name) } });
		})`))
	if _, got, err := f.get(w, "/twice"); err != nil || got != "one" {
		t.Errorf("%q, %v", got, err)
	}
	if _, _, err := f.get(w, "/late"); err == nil { // no origin in this test
		t.Error("respondWith was too late, and still answered")
	}
	if _, got, _ := f.get(w, "/log"); got != "InvalidStateError,InvalidStateError" {
		t.Errorf("threw %q", got)
	}
}

// fakeBody is a body whose methods do what the test says.
type fakeBody struct {
	next   func(done func([]byte, error))
	closed chan error
}

func (b *fakeBody) Length() int64              { return -1 }
func (b *fakeBody) Next(d func([]byte, error)) { b.next(d) }
func (b *fakeBody) Close(err error) {
	select {
	case b.closed <- err:
	default:
	}
}

// Faults of Gannet's own code end an isolate at most, and never lose an event.
func TestFaultsOfTheFetcher(t *testing.T) {
	const script = `export default { async fetch(r) { if (r.url.endsWith('/ok')) return new Response('ok');
		const x = await fetch('http://a.example/'); return new Response(await x.text()) } }`
	for _, tc := range []struct {
		name    string
		fetch   fetcherFunc
		outcome core.Outcome
		body    string
	}{
		{"panics", func(context.Context, *core.Subrequest, func(*core.Response, error)) { panic("planted") }, core.OutcomeInternal, ""},
		{"no response and no error", func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) { done(nil, nil) }, core.OutcomeInternal, ""},
		{"done twice", func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
			done(&core.Response{Status: 200, Body: core.NewBytes([]byte("one"))}, nil)
			done(&core.Response{Status: 200, Body: core.NewBytes([]byte("two"))}, nil)
			done(nil, errors.New("three"))
		}, 0, "one"},
		{"done twice from elsewhere", func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
			for range 4 {
				go done(&core.Response{Status: 200, Body: core.NewBytes([]byte("one"))}, nil)
			}
		}, 0, "one"},
		{"never done", func(context.Context, *core.Subrequest, func(*core.Response, error)) {}, core.OutcomeWall, ""},
		{"Next panics", func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
			done(&core.Response{Status: 200, Body: &fakeBody{next: func(func([]byte, error)) { panic("planted") }}}, nil)
		}, core.OutcomeInternal, ""},
		{"the body fails", func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
			done(&core.Response{Status: 200, Body: &fakeBody{next: func(d func([]byte, error)) { d(nil, errors.New("cut")) }}}, nil)
		}, core.OutcomeException, ""},
		{"the body never comes", func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
			done(&core.Response{Status: 200, Body: &fakeBody{next: func(func([]byte, error)) {}}}, nil)
		}, core.OutcomeWall, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			cfg := f.config(script)
			cfg.Fetcher, cfg.Limits = tc.fetch, hostileLimits
			w := f.worker(cfg)
			_, got, err := f.get(w, "/")
			if outcome(err) != tc.outcome || got != tc.body {
				t.Errorf("%q, %v", got, err)
			}
			idle(t, w)
			if _, got, err := f.get(w, "/ok"); err != nil || got != "ok" {
				t.Errorf("the following request: %q, %v", got, err)
			}
		})
	}
}

// A response that comes after its event, or its isolate, is gone is given back.
func TestLateResponseIsClosed(t *testing.T) {
	for _, path := range []string{"/wall", "/loop"} {
		t.Run(path, func(t *testing.T) {
			f := newFixture(t)
			cfg := f.config(`export default { async fetch(r) {
				const p = fetch('http://a.example/');
				if (r.url.endsWith('/loop')) for (;;);
				await p; return new Response() } }`)
			cfg.Limits = hostileLimits
			late := make(chan func(*core.Response, error), 1)
			cfg.Fetcher = fetcherFunc(func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) { late <- done })
			w := f.worker(cfg)
			if _, _, err := f.get(w, path); err == nil {
				t.Fatal("answered")
			}
			idle(t, w)
			body := &fakeBody{closed: make(chan error, 1)}
			(<-late)(&core.Response{Status: 200, Body: body}, nil)
			select {
			case <-body.closed:
			case <-time.After(5 * time.Second):
				t.Error("the body is not closed")
			}
		})
	}
}

// panicking is a FetchDone with a fault.
type panicking struct{ called chan struct{} }

func (p panicking) FetchDone(*core.FetchEvent, *core.Response, error) {
	p.called <- struct{}{}
	panic("planted in FetchDone")
}

func TestPanicInFetchDone(t *testing.T) {
	f := newFixture(t)
	w := f.worker(f.config(`export default { async fetch(r) { if (r.url.endsWith('slow')) await new Promise(f => setTimeout(f, 20)); return new Response('ok') } }`))
	_, slow := f.send(w, "GET", "http://example.com/slow", nil)
	p := panicking{make(chan struct{}, 2)}
	b := f.sched.NewBatch()
	w.Fetch(b, &core.FetchEvent{Exchange: &core.Exchange{Request: core.Request{Method: "GET"}}, URL: "http://example.com/", Done: p})
	b.Flush()
	<-p.called
	for _, done := range []waiter{slow} {
		if _, got, err := f.wait(done); err != nil || got != "ok" {
			t.Errorf("another event: %q, %v", got, err)
		}
	}
	if _, got, err := f.get(w, "/"); err != nil || got != "ok" {
		t.Errorf("the following request: %q, %v", got, err)
	}
	idle(t, w)
	if len(p.called) != 0 {
		t.Error("FetchDone was called again")
	}
}

// Streams of a response, in every way they can go wrong.
func TestResponseStreams(t *testing.T) {
	for _, tc := range []struct {
		name, src string
		read      int  // chunks the client takes before it closes; -1: all
		fails     bool // the body breaks off
	}{
		{"errors", `new ReadableStream({ pull(c) { c.error(new Error('cut')) } })`, -1, true},
		{"pull throws", `new ReadableStream({ pull(c) { throw new Error('cut') } })`, -1, true},
		{"pull loops", `new ReadableStream({ pull(c) { for (;;); } })`, -1, true},
		{"pull overflows the stack", `new ReadableStream({ pull(c) { const f = () => f(); f() } })`, -1, true},
		{"pull loops later", `new ReadableStream({ async pull(c) { await new Promise(f => setTimeout(f, 1)); for (;;); } })`, -1, true},
		{"never ends", `new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10)) } })`, 3, false},
		{"never gives", `new ReadableStream({ pull(c) { return new Promise(() => {}) } })`, 0, false},
		{"cancel throws", `new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)) }, cancel() { throw 1 } })`, 2, false},
		{"cancel loops", `new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)) }, cancel() { for (;;); } })`, 2, false},
		{"chunks of strings", `new ReadableStream({ pull(c) { c.enqueue('text') } })`, -1, true},
		{"error with a getter that loops", `new ReadableStream({ pull(c) { c.error({ toString() { for (;;); } }) } })`, -1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			cfg := f.config(`export default { fetch(r, env, ctx) { if (r.url.endsWith('/ok')) return new Response('ok');
				ctx.passThroughOnException(); return new Response(` + tc.src + `) } }`)
			cfg.Limits = hostileLimits
			w := f.worker(cfg)
			_, done := f.send(w, "GET", "http://example.com/", nil)
			res := <-done
			if res.err != nil {
				t.Fatal(res.err)
			}
			r := core.Reader(res.resp.Body)
			var err error
			if tc.read < 0 {
				_, err = io.ReadAll(r)
			} else {
				buf := make([]byte, 1)
				for range tc.read {
					if _, err = io.ReadFull(r, buf); err != nil {
						break
					}
				}
				_ = r.Close()
			}
			if (err != nil) != tc.fails {
				t.Errorf("reading gave %v", err)
			}
			idle(t, w)
			if _, got, err := f.get(w, "/ok"); err != nil || got != "ok" {
				t.Errorf("the following request: %q, %v", got, err)
			}
			clean(t, w)
		})
	}
}

// Objects of one request that another one gets hold of.
func TestObjectsOfAnotherRequest(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`let kept, ctx1, p1, resp, hd = new Headers({ a: '1' });
		export default { async fetch(r, env, ctx) {
			const path = new URL(r.url).pathname;
			const tell = async f => { try { return new Response(String(await f())) } catch (e) { return new Response(e.name) } };
			switch (path) {
			case '/keep': kept = r; ctx1 = ctx; p1 = fetch('http://slow.example/'); return new Response('kept');
			case '/header': return tell(() => kept.headers.get('x-id'));
			case '/text': return tell(() => kept.text());
			case '/fetch': return tell(() => p1);
			case '/wait': return tell(() => ctx1.waitUntil(Promise.reject(1)));
			case '/cache': resp = new Response('body'); return resp;
			case '/again': return resp;
			case '/shared': { const x = new Response('x', { headers: hd }); hd.set('a', '2'); queueMicrotask(() => x.headers.set('a', '3')); return x }
			} } }`)
	cfg.Fetcher = fetcherFunc(func(ctx context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
		context.AfterFunc(ctx, func() { done(nil, context.Cause(ctx)) })
	})
	cfg.Limits = core.Limits{Wall: 200 * time.Millisecond}
	w := f.worker(cfg)
	do := func(path string, body core.Body) (string, error) {
		_, done := f.send(w, "POST", "http://example.com"+path, body, core.Field{Name: "X-Id", Value: path})
		_, got, err := f.wait(done)
		return got, err
	}
	secret := &fakeBody{next: func(d func([]byte, error)) { d([]byte("secret"), nil) }, closed: make(chan error, 1)}
	if got, err := do("/keep", secret); err != nil || got != "kept" {
		t.Fatalf("%q, %v", got, err)
	}
	idle(t, w)
	select {
	case <-secret.closed:
	default:
		t.Error("the body of a request that is over stays open")
	}
	for _, tc := range []struct{ path, want string }{
		{"/header", "/keep"}, // the kept request's own, not this one's
		{"/wait", "undefined"},
		{"/cache", "body"},
	} {
		if got, err := do(tc.path, nil); err != nil || got != tc.want {
			t.Errorf("%s: %q, %v, want %q", tc.path, got, err, tc.want)
		}
	}
	if _, err := do("/again", nil); outcome(err) != core.OutcomeException {
		t.Errorf("a response sent twice: %v", err)
	}
	// The fetch of an event that is over never ends for another one.
	if _, err := do("/fetch", nil); err == nil {
		t.Error("the fetch of an ended event was of use")
	}
	_, done := f.send(w, "GET", "http://example.com/shared", nil)
	if r := <-done; r.err != nil || r.resp.Fields.Get("a") != "1" {
		t.Errorf("fields changed after the response: %+v", r)
	}
	idle(t, w)
}

// Close in the middle of everything answers everything, once.
func TestCloseInTheMiddle(t *testing.T) {
	for _, src := range []string{
		`await new Promise(f => setTimeout(f, 1e6))`,
		`await fetch('http://a.example/')`,
		`for (;;);`,
		`ctx.waitUntil(new Promise(f => setTimeout(f, 1e6))); return new Response('x')`,
		`return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)) } }))`,
		`const f = () => f(); f()`,
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			cfg := f.config(`export default { async fetch(r, env, ctx) { ` + src + ` } }`)
			cfg.Limits = core.Limits{CPU: hostileLimits.CPU / 4}
			cfg.Fetcher = fetcherFunc(func(context.Context, *core.Subrequest, func(*core.Response, error)) {})
			w, err := New(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			var waits []waiter
			for range 8 {
				_, done := f.send(w, "GET", "http://example.com/", nil)
				waits = append(waits, done)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			_ = w.Close(ctx)
			cancel()
			for _, done := range waits {
				select {
				case r := <-done:
					r.resp.Discard()
				case <-time.After(10 * time.Second):
					t.Fatal("an event was lost")
				}
				if len(done) != 0 {
					t.Error("answered twice")
				}
			}
			if n := w.Inflight(); n != 0 {
				t.Errorf("%d events in flight", n)
			}
		})
	}
}

// 10,000 fetches under way, of which each is answered.
func TestManyFetches(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r) {
		const all = await Promise.all(Array.from({ length: 10000 }, (_, i) => fetch('http://a.example/' + i).then(x => x.text())));
		return new Response(String(all.length)) } }`)
	cfg.Limits = core.Limits{CPU: 20 * time.Second, Subrequests: 20000}
	cfg.Fetcher = fetcherFunc(func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		go done(&core.Response{Status: 200, Body: core.NewBytes([]byte(s.URL))}, nil)
	})
	w := f.worker(cfg)
	if _, got, err := f.get(w, "/"); err != nil || got != "10000" {
		t.Errorf("%q, %v", got, err)
	}
	idle(t, w)
}

// A client that goes away at any stage leaves nothing behind.
func TestClientGoneAtEveryStage(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r, env, ctx) {
		if (r.url.endsWith('ok')) return new Response('ok');
		await fetch('http://a.example/'); ctx.waitUntil(fetch('http://a.example/'));
		return new Response(new ReadableStream({ async pull(c) { await fetch('http://a.example/'); c.enqueue(new Uint8Array(1)) } })) } }`)
	cfg.Limits = core.Limits{Subrequests: 20, WaitUntil: 50 * time.Millisecond}
	cfg.Fetcher = fetcherFunc(func(_ context.Context, _ *core.Subrequest, done func(*core.Response, error)) {
		go done(&core.Response{Status: 204}, nil)
	})
	w := f.worker(cfg)
	for i := range 60 {
		x, done := f.send(w, "GET", "http://example.com/", nil)
		if i%3 == 0 {
			go x.Cancel(core.ErrClientGone)
		}
		r := <-done
		if r.err != nil {
			continue
		}
		rd := core.Reader(r.resp.Body)
		_, _ = io.CopyN(io.Discard, rd, int64(i%5))
		x.Cancel(core.ErrClientGone)
		_ = rd.Close()
	}
	idle(t, w)
	if _, got, err := f.get(w, "/ok"); err != nil || got != "ok" {
		t.Errorf("%q, %v", got, err)
	}
	clean(t, w)
}

// Nothing a client sends may end the process, whatever a naive worker does with it.
func TestHostileBodies(t *testing.T) {
	f := newFixture(t)
	cfg := f.config(`export default { async fetch(r) {
		const body = await r.text(), what = new URL(r.url).pathname.slice(1);
		const walk = x => Array.isArray(x) ? x.map(walk) : x;
		try {
			switch (what) {
			case 'parse': return new Response(String(JSON.parse(body)));
			case 'json': return new Response(String(await new Response(body).json()));
			case 'regexp': return new Response(String(new RegExp(body).test('x')));
			case 'match': return new Response(String(/^(?=x)(x+)+$/.test(body)));
			case 'walk': return new Response(String(walk(JSON.parse(body)).length));
			case 'string': return new Response(String(JSON.parse(body)).slice(0, 10));
			case 'bigint': return new Response(String(BigInt(body)).slice(0, 10));
			case 'repeat': return new Response('x'.repeat(body));
			case 'fill': return new Response(String(Array(Number(body)).fill(0).length));
			case 'buffer': return new Response(String(new Uint8Array(Number(body)).length));
			case 'from': return new Response(String(Array.from(JSON.parse(body)).length));
			} } catch (e) { return new Response(e.name) } } }`)
	cfg.Limits = core.Limits{CPU: 20 * time.Second}
	w := f.worker(cfg)
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tc := range []struct{ path, body, want string }{
		{"/parse", strings.Repeat("[", 10<<20), "RangeError"},
		{"/json", strings.Repeat("[", 10<<20), "RangeError"},
		{"/regexp", strings.Repeat("(", 10<<20), "SyntaxError"},
		{"/match", strings.Repeat("x", 40) + "y", "Error"},
		{"/walk", nested(1500), "1"},
		{"/string", nested(2000), ""},
		{"/bigint", strings.Repeat("9", 10<<20), "RangeError"},
		{"/repeat", "1e15", "RangeError"},
		{"/fill", "4e9", "RangeError"},
		{"/buffer", "1e12", "RangeError"},
		{"/from", `{"length":1e15}`, "RangeError"},
	} {
		_, done := f.send(w, "POST", "http://example.com"+tc.path, core.NewBytes([]byte(tc.body)))
		if _, got, err := f.wait(done); err != nil || got != tc.want {
			t.Errorf("%s: %.40q, %v, want %q", tc.path, got, err, tc.want)
		}
	}
	// Too deep to walk: the request fails, and the worker goes on.
	_, done := f.send(w, "POST", "http://example.com/walk", core.NewBytes([]byte(nested(4990))))
	if _, _, err := f.wait(done); outcome(err) != core.OutcomeException {
		t.Errorf("a walk too deep: %v", err)
	}
	clean(t, w)
}

// After passThroughOnException the edge sends the request on: it must know whether it can.
func TestPassThroughKnowsTheBody(t *testing.T) {
	f := newFixture(t)
	for _, tc := range []struct {
		src  string
		used bool
	}{
		{`throw 1`, false},
		{`for (;;);`, false},
		{`r.body; throw 1`, false},
		{`r.body.getReader(); throw 1`, false},
		{`await r.text(); throw 1`, true},
		{`await r.body.getReader().read(); throw 1`, true},
		{`new Request(r); throw 1`, true},
		{`r.clone(); throw 1`, true},
		{`await r.clone().text(); throw 1`, true},
		{`fetch(r); throw 1`, true},
	} {
		cfg := f.config(`export default { async fetch(r, env, ctx) { ctx.passThroughOnException(); ` + tc.src + ` } }`)
		cfg.Limits = hostileLimits
		w := f.worker(cfg)
		_, done := f.send(w, "POST", "http://example.com/", core.NewBytes([]byte("body")))
		r := <-done
		var we *core.WorkerError
		if !errors.As(r.err, &we) || !we.PassThrough || r.ev.BodyUsed != tc.used {
			t.Errorf("%s: used %v, %v", tc.src, r.ev.BodyUsed, r.err)
		}
		idle(t, w)
		if b, ok := core.TakeBytes(r.ev.Exchange.Request.Body); !tc.used && (!ok || string(b) != "body") {
			t.Errorf("%s: the body is gone", tc.src)
		}
	}
}
