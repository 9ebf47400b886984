package streams

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

func init() { Declare() }

// host is a realm's host whose turns the test runs: completions wait in a channel.
type host struct {
	turns chan func()
	mu    struct {
		sync.Mutex
		open int // completions not completed
		dead bool
	}
	noEvent bool
	thrown  goja.Value
	ctx     context.Context
}

func newHost() *host { return &host{turns: make(chan func(), 1024), ctx: context.Background()} }

type completion struct{ h *host }

func (c completion) Complete(fn func()) { c.CompleteOr(fn, nil) }

func (c completion) CompleteOr(fn, drop func()) {
	c.h.mu.Lock()
	c.h.mu.open--
	dead := c.h.mu.dead
	c.h.mu.Unlock()
	switch {
	case !dead:
		c.h.turns <- fn
	case drop != nil:
		drop()
	}
}

// die is the end of the isolate: nothing runs any more.
func (h *host) die() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.dead = true
}

func (h *host) Async(string) realm.Completion {
	if h.noEvent {
		panic(h.thrown)
	}
	h.mu.Lock()
	h.mu.open++
	h.mu.Unlock()
	return completion{h}
}

func (h *host) open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mu.open
}

func (h *host) Event() realm.Event                 { return event{h} }
func (h *host) Timer(time.Duration, func()) func() { panic("no timers here") }
func (h *host) Fetcher() core.Fetcher              { return nil }
func (h *host) Now() time.Time                     { return time.Unix(0, 0) }
func (h *host) Start() time.Time                   { return time.Unix(0, 0) }
func (h *host) Console(slog.Level, string)         {}
func (h *host) Report(string, any)                 {}
func (h *host) Flag(string) bool                   { return false }

type event struct{ h *host }

func (e event) Context() context.Context { return e.h.ctx }
func (e event) Subrequest() error        { return nil }
func (e event) Exchange() *core.Exchange { return nil }
func (e event) WorkerName() string       { return "test" }

// world is a realm with its host.
type world struct {
	t testing.TB
	*realm.Realm
	h *host
}

func newWorld(t testing.TB) *world {
	t.Helper()
	h := newHost()
	r, err := realm.New(h)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, r, h}
	w.run(prelude)
	return w
}

// prelude gives the scripts of the tests their log.
const prelude = `
var out = [];
function log(...a) { out.push(a.join(' ')) }
function text(u8) { return u8 === undefined ? 'undefined' : typeof u8 === 'string' ? u8 : String.fromCharCode(...u8) }
function bytes(s) { return new Uint8Array([...s].map(c => c.charCodeAt(0))) }
function fails(f, kind) { try { f(); return false } catch (e) { return e instanceof kind } }
`

// run runs a script and drains its microtasks.
func (w *world) run(src string) goja.Value {
	w.t.Helper()
	v, err := w.RT.RunProgram(goja.MustCompile("test.js", src, false))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return v
}

// enter runs f in the realm.
func (w *world) enter(f func()) {
	w.t.Helper()
	if err := w.Run(f); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// drive runs turns until done is closed.
func (w *world) drive(done <-chan struct{}) {
	w.t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case fn := <-w.h.turns:
			w.enter(fn)
		case <-done:
			return
		case <-timeout:
			w.t.Fatal("nothing happens any more")
		}
	}
}

// turn runs one turn.
func (w *world) turn() {
	w.t.Helper()
	select {
	case fn := <-w.h.turns:
		w.enter(fn)
	case <-time.After(10 * time.Second):
		w.t.Fatal("no turn came")
	}
}

// await runs turns until the script condition holds: a result may come at once or in a turn.
func (w *world) await(cond string) {
	w.t.Helper()
	for !w.run(cond).ToBoolean() {
		w.turn()
	}
}

// logged returns and empties the log.
func (w *world) logged() string {
	w.t.Helper()
	return w.run(`out.splice(0).join('; ')`).String()
}

// expect runs src, with all turns that are ready, and compares the log.
func (w *world) expect(src, want string) {
	w.t.Helper()
	w.run(src)
	for {
		select {
		case fn := <-w.h.turns:
			w.enter(fn)
			continue
		default:
		}
		break
	}
	if got := w.logged(); got != want {
		w.t.Errorf("%s\n got: %s\nwant: %s", src, got, want)
	}
}

// collect reads a body to its end while the realm's turns run.
func (w *world) collect(b core.Body) (string, error) {
	w.t.Helper()
	var all strings.Builder
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, failed = io.Copy(&all, core.Reader(b))
	}()
	w.drive(done)
	return all.String(), failed
}

// chunked is a body of given chunks. Each Next answers on a goroutine of its own, at once
// if sync is set.
type chunked struct {
	mu     sync.Mutex
	chunks []string
	sync   bool
	end    error // io.EOF if nil
	closed error
	nexts  int
}

func (b *chunked) Length() int64 { return -1 }

func (b *chunked) Next(done func([]byte, error)) {
	b.mu.Lock()
	b.nexts++
	var chunk []byte
	var err error
	switch {
	case b.closed != nil:
		err = b.closed
	case len(b.chunks) > 0:
		chunk = []byte(b.chunks[0])
		b.chunks = b.chunks[1:]
	case b.end != nil:
		err = b.end
	default:
		err = io.EOF
	}
	inline := b.sync
	b.mu.Unlock()
	if inline {
		done(chunk, err)
		return
	}
	go done(chunk, err)
}

func (b *chunked) Close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed == nil {
		b.closed = errors.Join(err)
	}
}

func (b *chunked) asked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.nexts
}

func cancellable() (context.Context, func()) { return context.WithCancel(context.Background()) }
