package streams

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"gannet/core"
)

func TestFromBodyIsNotReadBeforeAsked(t *testing.T) {
	for _, inline := range []bool{false, true} {
		w := newWorld(t)
		b := &chunked{chunks: []string{"ab", "cd"}, sync: inline}
		w.enter(func() { w.RT.Set("s", FromBody(w.Realm, b)) })
		w.run(`var r = s.getReader()`)
		if n := b.asked(); n != 0 {
			t.Fatalf("%d chunks read before a script asked", n)
		}
		w.run(`r.read().then(v => log(text(v.value), v.done))`)
		w.await(`out.length === 1`)
		if got := w.logged(); got != "ab false" || b.asked() != 1 {
			t.Fatalf("got %q after %d reads", got, b.asked())
		}
		w.run(`r.read().then(v => log(text(v.value))); r.read().then(v => log(v.value, v.done)); r.closed.then(() => log('closed'))`)
		w.await(`out.length === 3`)
		if got := w.logged(); got != "cd; closed;  true" && got != "cd;  true; closed" {
			t.Fatalf("got %q", got)
		}
	}
}

func TestTakeBody(t *testing.T) {
	w := newWorld(t)
	w.enter(func() {
		b := &chunked{chunks: []string{"x"}}
		s := FromBody(w.Realm, b)
		if got, ok := TakeBody(w.Realm, s); !ok || got != core.Body(b) {
			t.Error("the body of an untouched stream cannot be taken")
		}
		if !IsDisturbed(s) || IsLocked(s) {
			t.Error("a taken stream must be disturbed and unlocked")
		}
		if _, ok := TakeBody(w.Realm, s); ok {
			t.Error("taken twice")
		}
		w.RT.Set("taken", s)
		w.RT.Set("locked", FromBody(w.Realm, b))
		w.RT.Set("read", FromBody(w.Realm, &chunked{chunks: []string{"y"}, sync: true}))
		w.RT.Set("empty", FromBody(w.Realm, nil))
		w.RT.Set("whole", FromBytes(w.Realm, []byte("abc")))
	})
	w.expect(`locked.getReader(); const rr = read.getReader(); rr.read().then(v => log(text(v.value))); rr.releaseLock();
		taken.getReader().read().then(v => log('taken', v.done))`, "y; taken true")
	w.enter(func() {
		for _, name := range []string{"locked", "read"} {
			if _, ok := TakeBody(w.Realm, w.RT.Get(name)); ok {
				t.Errorf("the body of a stream that is %s was taken", name)
			}
		}
		if b, ok := TakeBody(w.Realm, w.RT.Get("empty")); !ok || b != nil {
			t.Error("an empty body is not taken as nil")
		}
		if n := LengthOf(w.RT.Get("whole")); n != 3 {
			t.Errorf("length %d", n)
		}
	})
}

func TestBodyErrorsReachTheScript(t *testing.T) {
	for _, inline := range []bool{false, true} {
		w := newWorld(t)
		b := &chunked{chunks: []string{"ab"}, end: errors.New("cut"), sync: inline}
		w.enter(func() { w.RT.Set("s", FromBody(w.Realm, b)) })
		w.run(`(async () => { const r = s.getReader(); log(text((await r.read()).value)); try { await r.read() } catch (e) { log(e instanceof TypeError, e.message) } })()`)
		w.await(`out.length === 2`)
		if got := w.logged(); got != "ab; true The body broke off: cut" {
			t.Errorf("got %q", got)
		}
	}
}

func TestCancelClosesTheBody(t *testing.T) {
	w := newWorld(t)
	b := &chunked{chunks: []string{"ab"}}
	w.enter(func() { w.RT.Set("s", FromBody(w.Realm, b)) })
	w.expect(`s.cancel('no').then(v => log('cancelled', v)); s.getReader().read().then(v => log(v.done))`, "true; cancelled ")
	if b.closed == nil {
		t.Error("the body is not closed")
	}
}

func TestReadAll(t *testing.T) {
	for _, tt := range []struct {
		name string
		mk   func(w *world) goja.Value
		max  int64
		want string
	}{
		{"bytes", func(w *world) goja.Value { return FromBytes(w.Realm, []byte("abc")) }, 0, "abc"},
		{"bytes at the bound", func(w *world) goja.Value { return FromBytes(w.Realm, []byte("abc")) }, 3, "abc"},
		{"bytes over the bound", func(w *world) goja.Value { return FromBytes(w.Realm, []byte("abc")) }, 2, "RangeError"},
		{"empty", func(w *world) goja.Value { return FromBody(w.Realm, nil) }, 0, ""},
		{"body", func(w *world) goja.Value { return FromBody(w.Realm, &chunked{chunks: []string{"ab", "c"}}) }, 0, "abc"},
		{"body at once", func(w *world) goja.Value { return FromBody(w.Realm, &chunked{chunks: []string{"ab", "c"}, sync: true}) }, 0, "abc"},
		{"body over the bound", func(w *world) goja.Value { return FromBody(w.Realm, &chunked{chunks: []string{"ab", "c"}}) }, 2, "RangeError"},
		{"body cut", func(w *world) goja.Value { return FromBody(w.Realm, &chunked{end: errors.New("cut")}) }, 0, "TypeError"},
		{"script", func(w *world) goja.Value {
			return w.run(`new ReadableStream({ start(c) { c.enqueue(bytes('ab')); c.enqueue(new DataView(bytes('cd').buffer)); c.enqueue(bytes('e').buffer); c.close() } })`)
		}, 0, "abcde"},
		{"script that pulls", func(w *world) goja.Value {
			return w.run(`var n = 0; new ReadableStream({ async pull(c) { await null; if (n++ == 3) c.close(); else c.enqueue(bytes('x')) } })`)
		}, 0, "xxx"},
		{"script over the bound", func(w *world) goja.Value {
			return w.run(`new ReadableStream({ pull(c) { c.enqueue(bytes('x')) } })`)
		}, 5, "RangeError"},
		{"strings", func(w *world) goja.Value {
			return w.run(`new ReadableStream({ start(c) { c.enqueue('ab') } })`)
		}, 0, "TypeError"},
		{"script that errors", func(w *world) goja.Value {
			return w.run(`new ReadableStream({ pull(c) { throw new EvalError('x') } })`)
		}, 0, "EvalError"},
		{"locked", func(w *world) goja.Value { return w.run(`var l = new ReadableStream(); l.getReader(); l`) }, 0, "TypeError"},
		{"no stream", func(w *world) goja.Value { return w.run(`({})`) }, 0, "TypeError"},
	} {
		w := newWorld(t)
		s := tt.mk(w)
		got, calls, done := "", 0, make(chan struct{})
		w.enter(func() {
			ReadAll(w.Realm, s, tt.max, func(b []byte, thrown goja.Value) {
				got = string(b)
				if thrown != nil {
					got = thrown.(*goja.Object).Get("name").String()
				}
				if calls++; calls == 1 {
					close(done)
				}
			})
		})
		w.drive(done)
		if got != tt.want || calls != 1 {
			t.Errorf("%s: got %q in %d calls, want %q", tt.name, got, calls, tt.want)
		}
	}
}

func TestToBody(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		length    int64
		want      string
		err       string
	}{
		{"queued", `new ReadableStream({ start(c) { c.enqueue(bytes('ab')); c.enqueue(bytes('cd')); c.close() } })`, -1, "abcd", ""},
		{"pulled", `var n = 0; new ReadableStream({ pull(c) { if (n++ == 3) c.close(); else c.enqueue(bytes('xy')) } })`, -1, "xyxyxy", ""},
		{"pulled later", `var n = 0; new ReadableStream({ async pull(c) { await 1; if (n++ == 3) c.close(); else c.enqueue(bytes('xy')) } })`, -1, "xyxyxy", ""},
		{"empty chunks", `var n = 0; new ReadableStream({ pull(c) { if (n++ == 3) c.close(); else c.enqueue(bytes(n & 1 ? '' : 'z')) } })`, -1, "z", ""},
		{"closed", `new ReadableStream({ start(c) { c.close() } })`, -1, "", ""},
		{"errored", `new ReadableStream({ start(c) { c.error(new Error('boom')) } })`, -1, "", "Error: boom"},
		{"errors later", `var n = 0; new ReadableStream({ pull(c) { if (n++) throw new Error('boom'); c.enqueue(bytes('a')) } })`, -1, "a", "Error: boom"},
		{"string chunk", `new ReadableStream({ pull(c) { c.enqueue('str') } })`, -1, "", "TypeError: The stream of a body must give Uint8Arrays"},
		{"announced", `new ReadableStream({ start(c) { c.enqueue(bytes('ab')); c.close() } })`, 2, "ab", ""},
		{"too long", `new ReadableStream({ start(c) { c.enqueue(bytes('abc')); c.close() } })`, 2, "", "more than 2 bytes"},
		{"too short", `new ReadableStream({ start(c) { c.enqueue(bytes('a')); c.close() } })`, 2, "a", "1 bytes of 2"},
		{"byte source", `new ReadableStream({ type: 'bytes', start(c) { c.enqueue(bytes('ab')); c.enqueue(new Uint16Array([0x6463])); c.close() } })`, -1, "abcd", ""},
	} {
		w := newWorld(t)
		s := w.run(tt.src)
		var b core.Body
		w.enter(func() { b = ToBody(w.Realm, s, tt.length) })
		if !IsLocked(s) {
			t.Errorf("%s: the stream is not locked", tt.name)
		}
		got, err := w.collect(b)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %q, %v", tt.name, got, err)
		}
		if n := w.h.open(); n != 0 {
			t.Errorf("%s: %d completions left open", tt.name, n)
		}
	}
}

func TestToBodyPullsOnlyOnNext(t *testing.T) {
	w := newWorld(t)
	s := w.run(`var pulls = 0; new ReadableStream({ pull(c) { pulls++; c.enqueue(bytes('a')) } }, { highWaterMark: 0 })`)
	var b core.Body
	w.enter(func() { b = ToBody(w.Realm, s, -1) })
	if n := w.run(`pulls`).ToInteger(); n != 0 {
		t.Fatalf("%d pulls before Next", n)
	}
	for i := int64(1); i <= 3; i++ {
		got := make(chan string, 1)
		b.Next(func(chunk []byte, err error) { got <- string(chunk) })
		w.turn()
		if s := <-got; s != "a" {
			t.Fatalf("got %q", s)
		}
		if n := w.run(`pulls`).ToInteger(); n != i {
			t.Fatalf("%d pulls after %d Nexts", n, i)
		}
	}
}

func TestToBodyClose(t *testing.T) {
	for _, tt := range []string{"before Next", "during Next", "after a chunk", "by the event"} {
		w := newWorld(t)
		var cancel func()
		if tt == "by the event" {
			w.h.ctx, cancel = cancellable()
		}
		s := w.run(`var n = 0; new ReadableStream({ pull(c) { if (n++ == 0) c.enqueue(bytes('a')); else return new Promise(() => {}) }, cancel(e) { log(e instanceof TypeError) } }, { highWaterMark: 0 })`)
		var b core.Body
		w.enter(func() { b = ToBody(w.Realm, s, -1) })
		errs := make(chan error, 2)
		if tt != "before Next" {
			b.Next(func(_ []byte, err error) { errs <- err })
			w.turn()
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		if tt == "during Next" || tt == "by the event" {
			b.Next(func(_ []byte, err error) { errs <- err })
			w.turn()
		}
		gone := errors.New("gone")
		if cancel != nil {
			cancel()
		} else {
			b.Close(gone)
			b.Close(gone)
		}
		w.turn()
		if tt == "during Next" || tt == "by the event" {
			if err := <-errs; err == nil || cancel == nil && err != gone {
				t.Errorf("%s: Next gave %v", tt, err)
			}
		}
		b.Next(func(_ []byte, err error) { errs <- err })
		if err := <-errs; err == nil || err == io.EOF {
			t.Errorf("%s: Next after it gave %v", tt, err)
		}
		if got := w.logged(); got != "true" {
			t.Errorf("%s: the source was cancelled with %q", tt, got)
		}
		if n := w.h.open(); n != 0 {
			t.Errorf("%s: %d completions left open", tt, n)
		}
	}
}

func TestToBodyOfANativeStreamIsTheBody(t *testing.T) {
	w := newWorld(t)
	w.enter(func() {
		b := &chunked{}
		if ToBody(w.Realm, FromBody(w.Realm, b), -1) != core.Body(b) {
			t.Error("an untouched body was wrapped")
		}
		if b := ToBody(w.Realm, FromBody(w.Realm, nil), -1); b.Length() != 0 {
			t.Error("an empty body has a length")
		}
		if thrown := w.Try(func() { ToBody(w.Realm, w.run(`({})`), -1) }); thrown == nil {
			t.Error("an object passes for a stream")
		}
	})
}

// An error that left the realm in a body and comes back is the script's own value again.
func TestThrownErrorComesBack(t *testing.T) {
	w := newWorld(t)
	s := w.run(`var mine = new Error('mine'); new ReadableStream({ pull() { throw mine } }, { highWaterMark: 0 })`)
	w.enter(func() { w.RT.Set("again", FromBody(w.Realm, ToBody(w.Realm, s, -1))) })
	w.run(`again.getReader().read().catch(e => log(e === mine))`)
	w.await(`out.length === 1`)
	if got := w.logged(); got != "true" {
		t.Errorf("got %q", got)
	}
}

func TestTee(t *testing.T) {
	for _, tt := range []struct {
		name string
		mk   func(w *world) goja.Value
	}{
		{"bytes", func(w *world) goja.Value { return FromBytes(w.Realm, []byte("abcd")) }},
		{"body", func(w *world) goja.Value { return FromBody(w.Realm, &chunked{chunks: []string{"ab", "cd"}}) }},
		{"script", func(w *world) goja.Value {
			return w.run(`new ReadableStream({ start(c) { c.enqueue(bytes('ab')); c.enqueue(bytes('cd')); c.close() } })`)
		}},
	} {
		w := newWorld(t)
		s := tt.mk(w)
		got, done := [2]string{}, make(chan struct{})
		w.enter(func() {
			a, b := Tee(w.Realm, s)
			if !IsLocked(s) {
				t.Errorf("%s: the stream is not locked", tt.name)
			}
			for i, branch := range []*goja.Object{a, b} {
				ReadAll(w.Realm, branch, 0, func(b []byte, thrown goja.Value) {
					got[i] = string(b)
					if got[0] != "" && got[1] != "" {
						close(done)
					}
				})
			}
		})
		w.drive(done)
		if got[0] != "abcd" || got[1] != "abcd" {
			t.Errorf("%s: got %q", tt.name, got)
		}
	}
}

// With the isolate gone, a Next still gets an answer, and a body that was being read is
// closed.
func TestTheIsolateDies(t *testing.T) {
	w := newWorld(t)
	s := w.run(`new ReadableStream({ pull() { return new Promise(() => {}) } })`)
	var out core.Body
	in := &held{}
	w.enter(func() {
		out = ToBody(w.Realm, s, -1)
		w.RT.Set("in", FromBody(w.Realm, in))
	})
	w.run(`globalThis.in.getReader().read()`)
	w.h.die()
	got := make(chan error, 1)
	out.Next(func(_ []byte, err error) { got <- err })
	if err := <-got; !errors.Is(err, ErrEventOver) {
		t.Errorf("Next gave %v", err)
	}
	in.done([]byte("x"), nil)
	if !errors.Is(in.closed, core.ErrAbandoned) {
		t.Errorf("the body read was closed with %v", in.closed)
	}
}

// held is a body that answers when the test says so.
type held struct {
	done   func([]byte, error)
	closed error
}

func (b *held) Length() int64                 { return -1 }
func (b *held) Next(done func([]byte, error)) { b.done = done }
func (b *held) Close(err error)               { b.closed = err }
