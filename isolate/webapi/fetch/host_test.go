package fetch

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

func init() { Declare() }

// fakeHost is an isolate without a scheduler: completions queue up and the test runs them.
type fakeHost struct {
	t        testing.TB
	r        *realm.Realm
	queue    chan func()
	waiting  int
	ctx      context.Context
	fetch    func(context.Context, *core.Subrequest, func(*core.Response, error))
	limit    int
	requests int
}

func newHost(t testing.TB) *fakeHost {
	h := &fakeHost{t: t, queue: make(chan func(), 1000), ctx: context.Background(), limit: 1000}
	r, err := realm.New(h)
	if err != nil {
		t.Fatal(err)
	}
	h.r = r
	return h
}

type fakeCompletion struct{ h *fakeHost }

func (c fakeCompletion) Complete(fn func()) { c.h.queue <- fn }

func (h *fakeHost) Async(string) realm.Completion {
	h.waiting++
	return fakeCompletion{h}
}
func (h *fakeHost) Event() realm.Event                 { return h }
func (h *fakeHost) Timer(time.Duration, func()) func() { return func() {} }
func (h *fakeHost) Fetcher() core.Fetcher              { return h }
func (h *fakeHost) Now() time.Time                     { return time.Unix(1_700_000_000, 0) }
func (h *fakeHost) Start() time.Time                   { return time.Unix(1_700_000_000, 0) }
func (h *fakeHost) Console(slog.Level, string)         {}
func (h *fakeHost) Report(what string, reason any)     { h.t.Logf("%s: %v", what, reason) }
func (h *fakeHost) Flag(string) bool                   { return false }
func (h *fakeHost) Context() context.Context           { return h.ctx }
func (h *fakeHost) Exchange() *core.Exchange           { return nil }
func (h *fakeHost) WorkerName() string                 { return "test" }

func (h *fakeHost) Subrequest() error {
	if h.requests >= h.limit {
		return core.ErrForbiddenTarget
	}
	h.requests++
	return nil
}

func (h *fakeHost) Fetch(ctx context.Context, s *core.Subrequest, done func(*core.Response, error)) {
	if h.fetch == nil {
		done(nil, core.ErrOriginDown)
		return
	}
	h.fetch(ctx, s, done)
}

// run evaluates src as the body of an async function and returns what it resolves to; a
// rejection comes back as "Name: message".
func (h *fakeHost) run(src string) string {
	h.t.Helper()
	p, err := goja.Compile("test.js", "(async () => {"+src+"\n})().then(v => String(v), e => e.name + ': ' + e.message)", false)
	if err != nil {
		h.t.Fatalf("%s: %v", src, err)
	}
	v, err := h.r.RT.RunProgram(p)
	if err != nil {
		h.t.Fatalf("%s: %v", src, err)
	}
	promise := v.Export().(*goja.Promise)
	for promise.State() == goja.PromiseStatePending {
		if h.waiting == 0 {
			h.t.Fatalf("%s: hangs", src)
		}
		select {
		case fn := <-h.queue:
			h.waiting--
			if err := h.r.Run(fn); err != nil {
				h.t.Fatalf("%s: %v", src, err)
			}
		case <-time.After(10 * time.Second):
			h.t.Fatalf("%s: nothing comes", src)
		}
	}
	return promise.Result().String()
}
