package timers

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

func TestMain(m *testing.M) {
	Declare()
	os.Exit(m.Run())
}

// fakeHost is a host with a clock that the test moves.
type fakeHost struct {
	t        testing.TB
	r        *realm.Realm
	now      time.Duration
	timers   []*fakeTimer // by time
	reported []string
}

type fakeTimer struct {
	at        time.Duration
	fn        func()
	cancelled bool
}

var start1970 = time.Unix(1_700_000_000, 0)

func (h *fakeHost) Async(string) realm.Completion { panic("not used") }
func (h *fakeHost) Event() realm.Event            { return nil }
func (h *fakeHost) Timer(d time.Duration, fn func()) func() {
	t := &fakeTimer{at: h.now + d, fn: fn}
	i := len(h.timers)
	for i > 0 && h.timers[i-1].at > t.at {
		i--
	}
	h.timers = slices.Insert(h.timers, i, t)
	return func() { t.cancelled = true }
}
func (h *fakeHost) Fetcher() core.Fetcher      { return nil }
func (h *fakeHost) Now() time.Time             { return start1970.Add(h.now) }
func (h *fakeHost) Start() time.Time           { return start1970 }
func (h *fakeHost) Console(slog.Level, string) {}
func (h *fakeHost) Report(what string, reason any) {
	h.reported = append(h.reported, fmt.Sprint(reason))
}
func (h *fakeHost) Flag(string) bool { return false }

// advance lets d go by and runs the timers that come due.
func (h *fakeHost) advance(d time.Duration) {
	end := h.now + d
	for len(h.timers) > 0 && h.timers[0].at <= end {
		t := h.timers[0]
		h.timers = h.timers[1:]
		h.now = t.at
		if t.cancelled {
			continue
		}
		if err := h.r.Run(t.fn); err != nil {
			h.t.Errorf("a timer threw: %v", err)
		}
	}
	h.now = end
}

func newRealm(t testing.TB) (*realm.Realm, *fakeHost) {
	t.Helper()
	h := &fakeHost{t: t}
	r, err := realm.New(h)
	if err != nil {
		t.Fatal(err)
	}
	h.r = r
	return r, h
}

func eval(t testing.TB, r *realm.Realm, src string) goja.Value {
	t.Helper()
	prg, err := goja.Compile("test.js", "(() => {"+src+"\n})()", false)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	v, err := r.RT.RunProgram(prg)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return v
}

type jsCase struct{ name, src, want string }

func runCases(t *testing.T, cases []jsCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, _ := newRealm(t)
			if got := eval(t, r, c.src).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTimers(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"order and arguments", `setTimeout((...a) => log('b', ...a), 20, 1, 2); setTimeout(() => log('a'), 10); setTimeout(log, 0, 'now')`, "now|a|b 1 2"},
		{"cleared", `const id = setTimeout(() => log('no'), 5); clearTimeout(id); clearTimeout(id); clearTimeout(); clearTimeout(99); clearInterval('x')`, ""},
		{"ids are positive integers", `const a = setTimeout(() => 0), b = setInterval(() => 0, 1000); log(a > 0 && Number.isInteger(a) && b > a)`, "true"},
		{"interval", `let n = 0; const id = setInterval(() => { log(++n); if (n === 3) clearInterval(id) }, 10)`, "1|2|3"},
		{"interval without a period", `let n = 0; const id = setInterval(() => { if (++n === 50) { clearInterval(id); log(performance.now()) } })`, "50"},
		{"a cleared interval from outside", `const id = setInterval(() => log('tick'), 10); setTimeout(() => clearTimeout(id), 25)`, "tick|tick"},
		{"microtasks between timers", `setTimeout(() => { log('a'); queueMicrotask(() => log('micro')); Promise.resolve().then(() => log('then')) }, 1); setTimeout(() => log('b'), 1)`, "a|micro|then|b"},
		{"negative and odd delays", `setTimeout(() => log('a'), -5); setTimeout(() => log('b'), NaN); setTimeout(() => log('c'), 'x'); setTimeout(() => log('d'), 2 ** 32)`, "a|b|c|d"},
		{"this", `setTimeout(function () { 'use strict'; log(this === globalThis) }, 1)`, "true"},
		{"handlers that are no functions", `for (const f of ['log(1)', undefined, {}]) try { setTimeout(f) } catch (e) { log(e.name) }; try { setTimeout() } catch (e) { log(e.name) }`, "TypeError|TypeError|TypeError|TypeError"},
		{"immediate", `setTimeout(() => log('timeout'), 1); setImmediate(log, 'now'); clearImmediate(setImmediate(log, 'no'))`, "now|timeout"},
		{"scheduler.wait", `(async () => { await scheduler.wait(30); log(performance.now()) })()`, "30"},
		{"scheduler.wait aborted", `const c = new AbortController(); scheduler.wait(30, {signal: c.signal}).catch(e => log(e.name, performance.now())); setTimeout(() => c.abort(), 5)`, "AbortError 5"},
		{"scheduler.wait aborted before", `scheduler.wait(30, {signal: AbortSignal.abort('x')}).catch(e => log(e)); scheduler.wait(1, {signal: 5}).catch(e => log(e.name))`, "x|TypeError"},
		{"AbortSignal.timeout", `AbortSignal.timeout(7).onabort = e => log(e.target.reason.name, performance.now())`, "TimeoutError 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, h := newRealm(t)
			var lines []string
			r.RT.Set("log", r.Func("log", 0, func(a realm.Args) goja.Value {
				var words []string
				for _, v := range a.List {
					words = append(words, v.String())
				}
				lines = append(lines, strings.Join(words, " "))
				return goja.Undefined()
			}))
			eval(t, r, c.src)
			h.advance(time.Second)
			if got := strings.Join(lines, "|"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if len(h.reported) > 0 {
				t.Errorf("reported %q", h.reported)
			}
		})
	}
}

func TestExceptionsAreReported(t *testing.T) {
	r, h := newRealm(t)
	eval(t, r, `setTimeout(() => { throw 'timer' }, 1); setInterval(() => { throw 'interval' }, 400); queueMicrotask(() => { throw 'microtask' })`)
	h.advance(time.Second)
	if got := strings.Join(h.reported, "|"); got != "microtask|timer|interval|interval" {
		t.Errorf("got %s", got)
	}
}

// Timers that the host dropped with their event must not stay in the table.
func TestDroppedTimersAreForgotten(t *testing.T) {
	r, h := newRealm(t)
	for range 20 {
		eval(t, r, `for (let i = 0; i < 100; i++) setTimeout(() => 0, 1000)`)
		h.timers = nil
		runtime.GC()
	}
	if n := len(tableSlot.Of(r).timers); n > 1000 {
		t.Errorf("%d timers in the table", n)
	}
	eval(t, r, `globalThis.kept = setTimeout(() => { globalThis.ran = true }, 5)`)
	runtime.GC()
	h.advance(time.Second)
	if !eval(t, r, `return ran`).ToBoolean() {
		t.Error("a timer was lost")
	}
}

func TestGlobals(t *testing.T) {
	runCases(t, []jsCase{
		{"self", `return self === globalThis`, "true"},
		{"origin", `return origin`, "null"},
		{"navigator", `return [navigator.userAgent, navigator instanceof Navigator, navigator.hardwareConcurrency > 0, String(navigator)]`, "Cloudflare-Workers,true,true,[object Navigator]"},
		{"performance", `return [performance.now(), performance.timeOrigin, performance instanceof EventTarget, JSON.stringify(performance)]`, `0,1700000000000,true,{"timeOrigin":1700000000000}`},
		{"mark and measure", `const m = performance.mark('a', {startTime: 5, detail: {x: 1}}); performance.mark('b', {startTime: 9}); const d = performance.measure('m', 'a', 'b');
			return [m.name, m.entryType, m.startTime, m.duration, m.detail.x, d.startTime, d.duration, m instanceof PerformanceEntry, performance.getEntries().length]`, "a,mark,5,0,1,5,4,true,3"},
		{"entries", `performance.mark('b', {startTime: 2}); performance.mark('a', {startTime: 1}); performance.mark('a', {startTime: 3}); const out = [performance.getEntriesByName('a').map(e => e.startTime), performance.getEntriesByType('mark').length, performance.getEntriesByType('measure').length]; performance.clearMarks('a'); return [...out, performance.getEntries().map(e => e.name)]`, "1,3,3,0,b"},
		{"measure with options", `const m = performance.measure('m', {start: 2, duration: 3}); const n = performance.measure('n', {end: 8, duration: 3}); return [m.startTime, m.duration, n.startTime, n.duration]`, "2,3,5,3"},
		{"measure of nothing", `try { performance.measure('m', 'nope') } catch (e) { return e.name }`, "SyntaxError"},
		{"entries are bounded", `for (let i = 0; i < 1500; i++) performance.mark('m' + i); return [performance.getEntries().length, performance.getEntries()[0].name]`, "1000,m500"},
		{"no constructors", `const out = []; for (const C of [Navigator, Performance, Scheduler, PerformanceEntry]) try { new C() } catch (e) { out.push(e.name) } return out`, "TypeError,TypeError,TypeError,TypeError"},
	})
}

// Every interface must give objects like those of any class.
func TestObjectsAreOrdinary(t *testing.T) {
	for name, c := range map[string]struct{ make, member string }{
		"Performance":        {`performance`, "now"},
		"PerformanceMark":    {`performance.mark('m')`, "detail"},
		"PerformanceMeasure": {`performance.measure('m')`, "detail"},
		"Navigator":          {`navigator`, "userAgent"},
		"Scheduler":          {`scheduler`, "wait"},
	} {
		r, _ := newRealm(t)
		got := eval(t, r, fmt.Sprintf(`const o = %[2]s, bad = [], s = Symbol(); const check = (what, ok) => { if (!ok) bad.push(what) };
			o.x = 1; o[s] = 2; check('expando', o.x === 1 && o[s] === 2); check('instanceof', o instanceof %[1]s);
			check('weak', new WeakMap([[o, 1]]).get(o) === 1); check('tag', Object.prototype.toString.call(o) === '[object %[1]s]');
			class B { constructor() { return o } } class D extends B { #p = 5; static p(v) { return v.#p } } check('private', D.p(new D()) === 5);
			check('keys', Object.keys(%[1]s.prototype).includes('%[3]s')); check('freeze', Object.isFrozen(Object.freeze(o)));
			const d = Object.getOwnPropertyDescriptor(%[1]s.prototype, '%[3]s');
			try { const v = (d.get ?? d.value).call({}); check('brand', v instanceof Promise); v.catch(() => {}) } catch (e) { check('brand', e instanceof TypeError) }
			return bad.join()`, name, c.make, c.member)).String()
		if got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMarkSubclass(t *testing.T) {
	runCases(t, []jsCase{
		{"fields", `class M extends PerformanceMark { #p = 1; pub = 2; get p() { return this.#p } } const m = new M('x', {startTime: 3}); return [m.p, m.pub, m.name, m.startTime, m instanceof PerformanceEntry]`, "1,2,x,3,true"},
	})
}
