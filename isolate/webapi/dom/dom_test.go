package dom

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

func TestMain(m *testing.M) {
	Declare()
	Declare() // a second call must not matter
	os.Exit(m.Run())
}

// fakeHost is a host whose timers the test fires.
type fakeHost struct {
	now      time.Time
	reported []string
	timers   []*fakeTimer
}

type fakeTimer struct {
	d         time.Duration
	fn        func()
	cancelled bool
}

func (h *fakeHost) Async(string) realm.Completion { panic("not used") }
func (h *fakeHost) Event() realm.Event            { return nil }
func (h *fakeHost) Timer(d time.Duration, fn func()) func() {
	t := &fakeTimer{d: d, fn: fn}
	h.timers = append(h.timers, t)
	return func() { t.cancelled = true }
}
func (h *fakeHost) Fetcher() core.Fetcher      { return nil }
func (h *fakeHost) Now() time.Time             { return h.now.Add(1500 * time.Microsecond) }
func (h *fakeHost) Start() time.Time           { return h.now }
func (h *fakeHost) Console(slog.Level, string) {}
func (h *fakeHost) Report(what string, reason any) {
	h.reported = append(h.reported, fmt.Sprint(reason))
}
func (h *fakeHost) Flag(string) bool { return false }

func newRealm(t testing.TB) (*realm.Realm, *fakeHost) {
	t.Helper()
	h := new(fakeHost)
	r, err := realm.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return r, h
}

// eval runs src as the body of a function in a new realm and gives what it returns.
func eval(t *testing.T, r *realm.Realm, src string) goja.Value {
	t.Helper()
	prg, err := goja.Compile("test.js", "(() => {"+src+"\n})()", false)
	if err != nil {
		t.Errorf("%s: %v", src, err)
		return goja.Undefined()
	}
	v, err := r.RT.RunProgram(prg)
	if err != nil {
		t.Errorf("%s: %v", src, err)
		return goja.Undefined()
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

func TestException(t *testing.T) {
	runCases(t, []jsCase{
		{"defaults", `const e = new DOMException(); return [e.name, e.message, e.code]`, "Error,,0"},
		{"name", `const e = new DOMException('m', 'AbortError'); return [e.name, e.message, e.code]`, "AbortError,m,20"},
		{"options", `const c = {}; const e = new DOMException('m', {name: 'DataCloneError', cause: c}); return [e.name, e.code, e.cause === c]`, "DataCloneError,25,true"},
		{"unknown name has no code", `return new DOMException('', 'Nope').code`, "0"},
		{"empty name has no code", `return new DOMException('', '').code`, "0"},
		{"is an Error", `const e = new DOMException('m'); return [e instanceof Error, e instanceof DOMException, Object.prototype.toString.call(e)]`, "true,true,[object DOMException]"},
		{"toString", `return String(new DOMException('m', 'SyntaxError'))`, "SyntaxError: m"},
		{"constants", `return [DOMException.ABORT_ERR, DOMException.prototype.TIMEOUT_ERR, Object.keys(DOMException).length]`, "20,23,25"},
		{"stack", `function f() { return new DOMException('m', 'AbortError').stack } const s = f(); return s.startsWith('AbortError: m\n\tat ') && s.includes('f (test.js:1')`, "true"},
		{"stack can be set", `const e = new DOMException(); e.stack = 'x'; return e.stack`, "x"},
		{"thrown by natives", `try { new EventTarget().dispatchEvent.call(new EventTarget(), 1) } catch (e) { return e.name }`, "TypeError"},
		{"needs new", `try { DOMException() } catch (e) { return e.name }`, "TypeError"},
	})
}

func TestEvent(t *testing.T) {
	runCases(t, []jsCase{
		{"attributes", `const e = new Event('x', {bubbles: 1, cancelable: true}); return [e.type, e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.isTrusted, e.eventPhase, e.target, e.currentTarget, e.timeStamp]`,
			"x,true,true,false,false,false,0,,,1.5"},
		{"type is needed", `try { new Event() } catch (e) { return e.name }`, "TypeError"},
		{"init must be an object", `try { new Event('x', 1) } catch (e) { return e.name }`, "TypeError"},
		{"preventDefault", `const e = new Event('x', {cancelable: true}); e.preventDefault(); return [e.defaultPrevented, e.returnValue]`, "true,false"},
		{"preventDefault of what cannot be cancelled", `const e = new Event('x'); e.preventDefault(); return e.defaultPrevented`, "false"},
		{"custom", `const d = {}; const e = new CustomEvent('x', {detail: d}); return [e.detail === d, e instanceof Event, new CustomEvent('y').detail]`, "true,true,"},
		{"message", `const e = new MessageEvent('message', {data: 5, origin: 'o', lastEventId: '1'}); return [e.data, e.origin, e.lastEventId, e.source, e.ports.length]`, "5,o,1,,0"},
		{"error", `const e = new ErrorEvent('error', {message: 'm', error: 7, lineno: 3}); return [e.message, e.error, e.lineno, e.filename]`, "m,7,3,"},
		{"rejection", `const p = Promise.resolve(); const e = new PromiseRejectionEvent('x', {promise: p, reason: 1}); return [e.promise === p, e.reason]`, "true,1"},
		{"close", `const e = new CloseEvent('close', {code: 1000, reason: 'r', wasClean: true}); return [e.code, e.reason, e.wasClean]`, "1000,r,true"},
		{"constants", `return [Event.AT_TARGET, Event.prototype.BUBBLING_PHASE]`, "2,3"},
		{"initEvent", `const e = new Event('x'); e.initEvent('y', true, true); return [e.type, e.bubbles]`, "y,true"},
	})
}

func TestEventTarget(t *testing.T) {
	runCases(t, []jsCase{
		{"order, this and phase", `const t = new EventTarget(), out = [];
			t.addEventListener('x', function (e) { out.push('a', this === t, e.target === t, e.currentTarget === t, e.eventPhase, e.composedPath()[0] === t) });
			t.addEventListener('x', () => out.push('b'));
			const e = new Event('x'); const r = t.dispatchEvent(e);
			return out.concat(r, e.target === t, e.currentTarget, e.eventPhase, e.composedPath().length)`, "a,true,true,true,2,true,b,true,true,,0,0"},
		{"capturing listeners come first", `const t = new EventTarget(), out = []; t.addEventListener('x', () => out.push('bubble')); t.addEventListener('x', () => out.push('capture'), true); t.dispatchEvent(new Event('x')); return out`, "capture,bubble"},
		{"stopPropagation between the passes", `const t = new EventTarget(), out = []; t.addEventListener('x', () => out.push('bubble')); t.addEventListener('x', e => { e.stopPropagation(); out.push(1) }, true); t.addEventListener('x', e => out.push(2), {capture: true}); t.dispatchEvent(new Event('x')); return out`, "1,2"},
		{"stopImmediatePropagation", `const t = new EventTarget(), out = []; t.addEventListener('x', e => { e.stopImmediatePropagation(); out.push(1) }); t.addEventListener('x', () => out.push(2)); t.dispatchEvent(new Event('x')); return out`, "1"},
		{"the same listener once", `const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener('x', f); t.addEventListener('x', f, {once: true}); t.addEventListener('x', f, true); t.dispatchEvent(new Event('x')); return n`, "2"},
		{"once", `const t = new EventTarget(); let n = 0; t.addEventListener('x', () => { n++; t.dispatchEvent(new Event('x')) }, {once: true}); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); return n`, "1"},
		{"passive", `const t = new EventTarget(); t.addEventListener('x', e => e.preventDefault(), {passive: true}); return t.dispatchEvent(new Event('x', {cancelable: true}))`, "true"},
		{"cancelled", `const t = new EventTarget(); t.addEventListener('x', e => e.preventDefault()); return t.dispatchEvent(new Event('x', {cancelable: true}))`, "false"},
		{"handleEvent", `const t = new EventTarget(), out = []; const l = {handleEvent(e) { out.push(this === l, e.type) }}; t.addEventListener('x', l); t.dispatchEvent(new Event('x')); l.handleEvent = () => out.push('new'); t.dispatchEvent(new Event('x')); return out`, "true,x,new"},
		{"null listener", `const t = new EventTarget(); t.addEventListener('x', null); t.removeEventListener('x', undefined); return t.dispatchEvent(new Event('x'))`, "true"},
		{"listener of a wrong type", `try { new EventTarget().addEventListener('x', 5) } catch (e) { return e.name }`, "TypeError"},
		{"removed while dispatching", `const t = new EventTarget(), out = []; const b = () => out.push('b'); t.addEventListener('x', () => { out.push('a'); t.removeEventListener('x', b) }); t.addEventListener('x', b); t.dispatchEvent(new Event('x')); return out`, "a"},
		{"added while dispatching", `const t = new EventTarget(), out = []; t.addEventListener('x', () => { out.push('a'); t.addEventListener('x', () => out.push('late')) }, {once: true}); t.dispatchEvent(new Event('x')); return out`, "a"},
		{"capture tells listeners apart", `const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener('x', f, true); t.removeEventListener('x', f); t.dispatchEvent(new Event('x')); t.removeEventListener('x', f, {capture: true}); t.dispatchEvent(new Event('x')); return n`, "1"},
		{"signal", `const t = new EventTarget(), c = new AbortController(); let n = 0; t.addEventListener('x', () => n++, {signal: c.signal}); t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x')); t.addEventListener('x', () => n++, {signal: c.signal}); t.dispatchEvent(new Event('x')); return n`, "1"},
		{"signal of a wrong type", `try { new EventTarget().addEventListener('x', () => 0, {signal: null}) } catch (e) { return e.name }`, "TypeError"},
		{"dispatch within dispatch", `const t = new EventTarget(); let name; t.addEventListener('x', e => { try { t.dispatchEvent(e) } catch (x) { name = x.name } }); t.dispatchEvent(new Event('x')); return name`, "InvalidStateError"},
		{"subclass", `class T extends EventTarget { #n = 1; get n() { return this.#n } } const t = new T(); t.addEventListener('x', function () { this.hit = true }); t.dispatchEvent(new Event('x')); return [t.n, t.hit, t instanceof EventTarget]`, "1,true,true"},
		{"event subclass", `class E extends Event { constructor() { super('x'); this.k = 3 } } const t = new EventTarget(); let k; t.addEventListener('x', e => k = e.k); t.dispatchEvent(new E()); return k`, "3"},
	})
}

func TestListenerExceptionsAreReported(t *testing.T) {
	r, h := newRealm(t)
	got := eval(t, r, `const t = new EventTarget(), out = [];
		t.addEventListener('x', () => { throw new Error('first') });
		t.addEventListener('x', {});
		t.addEventListener('x', () => out.push('second'));
		return [t.dispatchEvent(new Event('x')), out]`).String()
	if got != "true,second" {
		t.Errorf("got %s", got)
	}
	if len(h.reported) != 2 || h.reported[0] != "Error: first" || !strings.Contains(h.reported[1], "TypeError") {
		t.Errorf("reported %q", h.reported)
	}
}

func TestGlobalScope(t *testing.T) {
	r, h := newRealm(t)
	got := eval(t, r, `const out = [];
		addEventListener('x', function (e) { out.push(this === globalThis, e.target === globalThis) });
		globalThis.addEventListener('x', () => out.push('method'));
		const e = new Event('x'); dispatchEvent(e);
		const t = new EventTarget(); addEventListener.call(t, 'y', () => out.push('on t')); t.dispatchEvent(new Event('y'));
		try { addEventListener.call({}, 'x', () => 0) } catch (e) { out.push(e.name) }
		return out`).String()
	if got != "true,true,method,on t,TypeError" {
		t.Errorf("got %s", got)
	}
	if n := GlobalTarget(r).Listeners("x"); n != 2 {
		t.Errorf("%d listeners", n)
	}
	// reportError: an error event first, the log unless it was cancelled.
	got = eval(t, r, `let seen; const f = e => { seen = [e.error, e.message]; e.preventDefault() };
		addEventListener('error', f); reportError(5); removeEventListener('error', f); reportError(new Error('logged'));
		addEventListener('error', () => { throw 'again' }, {once: true}); reportError('outer'); return seen`).String()
	if got != "5,Uncaught 5" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(h.reported, "|"); got != "Error: logged|again|outer" {
		t.Errorf("reported %s", got)
	}
	var thrown goja.Value
	err := r.Run(func() {
		eval(t, r, `addEventListener('fetch', () => { throw 'mine' })`)
		_, ev := NewEvent(r, "fetch")
		GlobalTarget(r).DispatchWith(r, r.RT.GlobalObject(), ev, func(v goja.Value) { thrown = v })
	})
	if err != nil || thrown == nil || thrown.String() != "mine" {
		t.Errorf("DispatchWith gave %v, %v", thrown, err)
	}
}

func TestAbort(t *testing.T) {
	runCases(t, []jsCase{
		{"abort", `const c = new AbortController(), s = c.signal; const before = [s.aborted, s.reason]; let n = 0; s.onabort = e => { n++; before.push(e.type, e.target === s, e.isTrusted) }; c.abort(); c.abort(); return before.concat(s.aborted, s.reason.name, s.reason.code, n, c.signal === s)`,
			"false,,abort,true,true,true,AbortError,20,1,true"},
		{"reason", `const c = new AbortController(); c.abort(null); return String(c.signal.reason)`, "null"},
		{"AbortSignal.abort", `const s = AbortSignal.abort('why'); return [s.aborted, s.reason]`, "true,why"},
		{"throwIfAborted", `const c = new AbortController(); c.signal.throwIfAborted(); c.abort('why'); try { c.signal.throwIfAborted() } catch (e) { return e }`, "why"},
		{"no constructor", `try { new AbortSignal() } catch (e) { return e.name }`, "TypeError"},
		{"any", `const a = new AbortController(), b = new AbortController(); const s = AbortSignal.any([a.signal, b.signal]); let n = 0; s.addEventListener('abort', () => n++); b.abort('b'); a.abort('a'); return [s.aborted, s.reason, n]`, "true,b,1"},
		{"any of any", `const a = new AbortController(); const s = AbortSignal.any([AbortSignal.any([a.signal])]); a.abort('a'); return s.reason`, "a"},
		{"any of none", `return AbortSignal.any([]).aborted`, "false"},
		{"any of an aborted one", `return AbortSignal.any([new AbortController().signal, AbortSignal.abort(3)]).reason`, "3"},
		{"any checks", `try { AbortSignal.any([1]) } catch (e) { return e.name }`, "TypeError"},
		{"dependents are aborted before the event", `const a = new AbortController(); const s = AbortSignal.any([a.signal]); let seen; a.signal.onabort = () => seen = s.aborted; a.abort(); return seen`, "true"},
		{"handler", `const c = new AbortController(); const f = () => 0; c.signal.onabort = f; const out = [c.signal.onabort === f]; c.signal.onabort = 5; out.push(c.signal.onabort); return out`, "true,"},
		{"a handler keeps its place", `const c = new AbortController(), out = []; c.signal.onabort = () => out.push('old'); c.signal.addEventListener('abort', () => out.push('listener')); c.signal.onabort = () => out.push('new'); c.abort(); return out`, "new,listener"},
		{"toStringTag", `return String(new AbortController().signal) + String(new AbortController())`, "[object AbortSignal][object AbortController]"},
		{"timeout checks", `const out = []; for (const v of [-1, NaN, 2 ** 60]) try { AbortSignal.timeout(v) } catch (e) { out.push(e.name) } return out`, "TypeError,TypeError,TypeError"},
	})
}

func TestAbortTimeout(t *testing.T) {
	r, h := newRealm(t)
	r.RT.Set("s", eval(t, r, `return AbortSignal.timeout(20)`))
	if len(h.timers) != 1 || h.timers[0].d != 20*time.Millisecond {
		t.Fatalf("timers: %v", h.timers)
	}
	if err := r.Run(h.timers[0].fn); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, r, `return [s.aborted, s.reason.name, s.reason.code]`).String(); got != "true,TimeoutError,23" {
		t.Errorf("got %s", got)
	}
}

func TestOnAbort(t *testing.T) {
	r, _ := newRealm(t)
	s, obj := NewSignal(r)
	if got, ok := SignalOf(obj); !ok || got != s {
		t.Fatal("SignalOf")
	}
	var log []string
	remove := s.OnAbort(func(goja.Value) { log = append(log, "removed") })
	s.OnAbort(func(v goja.Value) { log = append(log, v.String()) })
	remove()
	remove()
	if err := r.Run(func() { s.Abort(r, r.RT.ToValue("now")) }); err != nil {
		t.Fatal(err)
	}
	s.OnAbort(func(goja.Value) { log = append(log, "late") })
	if strings.Join(log, ",") != "now" {
		t.Errorf("got %v", log)
	}
}

// Signals made by AbortSignal.any must not pile up on a long-lived source, and must not be
// lost while somebody listens.
func TestDependentSignalsAreCollected(t *testing.T) {
	r, _ := newRealm(t)
	src, _ := NewSignal(r)
	heard := 0
	func() {
		kept, _ := AnySignal(r, src)
		kept.OnAbort(func(goja.Value) { heard++ })
		done, _ := AnySignal(r, src)
		done.OnAbort(func(goja.Value) { heard += 100 })() // and off again
		for range 1000 {
			AnySignal(r, src)
		}
	}()
	runtime.GC()
	for range 1000 {
		AnySignal(r, src)
		if len(src.dependents)%256 == 0 {
			runtime.GC()
		}
	}
	runtime.GC()
	alive := 0
	for _, w := range src.dependents {
		if w.Value() != nil {
			alive++
		}
	}
	if len(src.dependents) >= 2000 || alive > 100 || len(src.pinned) != 1 {
		t.Errorf("%d dependents, %d alive, %d pinned", len(src.dependents), alive, len(src.pinned))
	}
	if err := r.Run(func() { src.Abort(r, nil) }); err != nil || heard != 1 {
		t.Errorf("heard %d, %v", heard, err)
	}
}

// Every interface must give objects like those of any class.
func TestObjectsAreOrdinary(t *testing.T) {
	for _, c := range []struct{ name, make, member string }{
		{"DOMException", `new C('m')`, "code"},
		{"Event", `new C('x')`, "type"},
		{"CustomEvent", `new C('x')`, "detail"},
		{"MessageEvent", `new C('x')`, "data"},
		{"ErrorEvent", `new C('x')`, "error"},
		{"PromiseRejectionEvent", `new C('x', {promise: Promise.resolve()})`, "promise"},
		{"CloseEvent", `new C('x')`, "code"},
		{"EventTarget", `new C()`, "addEventListener"},
		{"AbortController", `new C()`, "signal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := newRealm(t)
			src := fmt.Sprintf(`const Base = %s; class D extends Base { #p = 5; pub = 6; get p() { return this.#p } }
				const fresh = C => %s; const o = fresh(D), bad = [];
				const check = (what, ok) => { if (!ok) bad.push(what) };
				const s = Symbol();
				check('private', o.p === 5); check('public', o.pub === 6);
				o.expando = 1; o[s] = 2; check('expando', o.expando === 1 && o[s] === 2);
				check('instanceof', o instanceof D && o instanceof Base);
				check('tag', Object.prototype.toString.call(o) === '[object %s]');
				check('weak', new WeakMap([[o, 1]]).get(o) === 1);
				check('freeze', Object.isFrozen(Object.freeze(fresh(Base))));
				check('enumerable', Object.keys(Base.prototype).includes('%s'));
				const d = Object.getOwnPropertyDescriptor(Base.prototype, '%s');
				try { (d.get ?? d.value).call({}); check('brand', false) } catch (e) { check('brand error ' + e, e instanceof TypeError) }
				check('name', Base.name === '%s' && Base.prototype.constructor === Base);
				return bad.join()`, c.name, c.make, c.name, c.member, c.member, c.name)
			if got := eval(t, r, src).String(); got != "" {
				t.Errorf("wrong: %s", got)
			}
		})
	}
}

func BenchmarkDispatch(b *testing.B) {
	r, _ := newRealm(b)
	fn, err := r.RT.RunProgram(goja.MustCompile("b.js", `const t = new EventTarget(); let n = 0; t.addEventListener('x', () => n++); (() => t.dispatchEvent(new Event('x')))`, false))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Run(func() { r.Call(fn, goja.Undefined()) })
	}
}
