package streams

import (
	"errors"
	"testing"

	"github.com/dop251/goja"

	"gannet/core"
)

// A body piped into a stream that changes nothing comes out as a body, unread by script.
func TestSplice(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		native    bool
	}{
		{"IdentityTransformStream", `const t = new IdentityTransformStream(); p = input.pipeTo(t.writable); t.readable`, true},
		{"TransformStream", `const t = new TransformStream(); p = input.pipeTo(t.writable); t.readable`, true},
		{"pipeThrough", `p = Promise.resolve(); input.pipeThrough(new TransformStream())`, true},
		{"with a transform", `const t = new TransformStream({ transform(x, c) { c.enqueue(x) } }); p = input.pipeTo(t.writable); t.readable`, false},
		{"with a size", `const t = new TransformStream({}, { highWaterMark: 1, size() { return 1 } }); p = input.pipeTo(t.writable); t.readable`, false},
		{"with options", `const t = new TransformStream(); p = input.pipeTo(t.writable, { signal: new AbortController().signal }); t.readable`, false},
		{"readable locked", `const t = new TransformStream(); const r = t.readable.getReader(); p = input.pipeTo(t.writable); r.releaseLock(); t.readable`, false},
		{"FixedLengthStream of unknown", `const t = new FixedLengthStream(4); p = input.pipeTo(t.writable); t.readable`, false},
	} {
		w := newWorld(t)
		in := &chunked{chunks: []string{"ab", "cd"}}
		w.enter(func() { w.RT.Set("input", FromBody(w.Realm, in)) })
		s := w.run(`var p; var result = eval2(); result; function eval2() { ` + lastReturned(tt.src) + ` }`)
		w.run(`p.then(() => log('piped'), e => log('failed', e))`)
		if tt.name != "pipeThrough" && !w.run(`input.locked`).ToBoolean() {
			t.Errorf("%s: the source is not locked", tt.name)
		}
		var b core.Body
		w.enter(func() { b = ToBody(w.Realm, s, -1) })
		if _, ok := b.(*splicedBody); ok != tt.native {
			t.Errorf("%s: native is %v", tt.name, ok)
		}
		got, err := w.collect(b)
		if got != "abcd" || err != nil {
			t.Errorf("%s: got %q, %v", tt.name, got, err)
		}
		w.await(`out.length > 0`)
		if got := w.logged(); got != "piped" {
			t.Errorf("%s: %s", tt.name, got)
		}
		if tt.name != "pipeThrough" && w.run(`input.locked`).ToBoolean() {
			t.Errorf("%s: the source is still locked", tt.name)
		}
	}
}

// lastReturned makes the last statement the value of a function.
func lastReturned(src string) string {
	for i := len(src) - 1; i >= 0; i-- {
		if src[i] == ';' {
			return src[:i+1] + " return " + src[i+1:]
		}
	}
	return "return " + src
}

func TestSpliceEndsLikeAPipe(t *testing.T) {
	w := newWorld(t)
	w.enter(func() {
		w.RT.Set("cut", FromBody(w.Realm, &chunked{end: errors.New("cut")}))
		w.RT.Set("whole", FromBytes(w.Realm, []byte("abc")))
		w.RT.Set("dropped", FromBody(w.Realm, &chunked{chunks: []string{"x"}}))
	})
	w.run(`var t = new TransformStream(); cut.pipeTo(t.writable).catch(e => log('pipe', e.message)); t.readable.getReader().read().catch(e => log('read', e.message))`)
	w.await(`out.length === 2`)
	if got := w.run(`out.splice(0).sort().join()`).String(); got != "pipe The body broke off: cut,read The body broke off: cut" {
		t.Errorf("cut: %s", got)
	}
	w.expect(`var t = new FixedLengthStream(3); whole.pipeTo(t.writable).then(() => log('piped', whole.locked, t.writable.locked)); t.readable.getReader().read().then(v => log(text(v.value)))`,
		"abc; piped false false")
	w.run(`var t = new IdentityTransformStream(); dropped.pipeTo(t.writable).catch(e => log('pipe', e)); t.readable.cancel('enough').then(() => log('cancelled'))`)
	w.await(`out.length === 2`)
	if got := w.run(`out.splice(0).sort().join()`).String(); got != "cancelled,pipe enough" {
		t.Errorf("dropped: %s", got)
	}
	w.enter(func() {
		var e error = &ThrownError{value: goja.Undefined(), cause: core.ErrAbandoned}
		if !errors.Is(e, core.ErrAbandoned) {
			t.Error("a cancelled body is not abandoned")
		}
	})
	if n := w.h.open(); n != 0 {
		t.Errorf("%d completions left open", n)
	}
}
