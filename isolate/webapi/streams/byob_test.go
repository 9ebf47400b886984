package streams

import (
	"errors"
	"io"
	"testing"
)

// A native body can be read into a script's own buffers; the pull under way, and what waits
// in the queue, come along when the first BYOB reader arrives.
func TestBYOBOfANativeBody(t *testing.T) {
	w := newWorld(t)
	b := &held{}
	answer := func(chunk string, err error) {
		done := b.done
		b.done = nil
		done([]byte(chunk), err)
		w.turn()
	}
	w.enter(func() { w.RT.Set("s", FromBody(w.Realm, b)) })
	w.run(`var d = s.getReader(); d.read().then(v => log(text(v.value)))`)
	answer("abc", nil)
	w.run(`d.read().catch(e => log(e.name)); d.releaseLock();
		var r = s.getReader({ mode: 'byob' }); r.read(new Uint8Array(3)).then(v => log(text(v.value), v.done))`)
	if b.done == nil {
		t.Fatal("the pull under way is lost")
	}
	answer("defg", nil) // the pull of the default reader
	if b.done != nil {
		t.Error("pulled without need")
	}
	w.run(`r.readAtLeast(2, new Uint8Array(4)).then(v => log(text(v.value), v.done))`)
	answer("h", nil)
	w.run(`r.read(new Uint8Array(4)).then(v => { log(v.value.length, v.done); r.releaseLock(); return s.getReader().read() }).then(v => log(v.done))`)
	answer("", io.EOF)
	if got := w.logged(); got != "abc; TypeError; def false; gh false; 0 true; true" {
		t.Errorf("got %s", got)
	}
	w.enter(func() { w.RT.Set("s", FromBody(w.Realm, &chunked{chunks: []string{"abc", "h"}, sync: true})) })
	w.expect(`var q = s.getReader(); q.read().then(v => log(text(v.value))); q.releaseLock(); var p = s.getReader({ mode: 'byob' });
		p.read(new Uint8Array(3)).then(v => log(text(v.value), v.done)); p.read(new Uint8Array(4)).then(v => log(v.value.length, v.done))`,
		"abc; h false; 0 true")
}

func TestBYOBErrorsAndCancel(t *testing.T) {
	w := newWorld(t)
	cut, dropped := &chunked{end: errors.New("cut")}, &chunked{chunks: []string{"x"}}
	w.enter(func() {
		w.RT.Set("cut", FromBody(w.Realm, cut))
		w.RT.Set("dropped", FromBody(w.Realm, dropped))
		w.RT.Set("whole", FromBytes(w.Realm, []byte("abcdef")))
	})
	w.run(`cut.getReader({ mode: 'byob' }).read(new Uint8Array(1)).catch(e => log(e.message))`)
	w.await(`out.length === 1`)
	if got := w.logged(); got != "The body broke off: cut" {
		t.Errorf("got %s", got)
	}
	w.expect(`dropped.getReader({ mode: 'byob' }).cancel().then(() => log('cancelled'))`, "cancelled")
	if dropped.closed == nil {
		t.Error("the body is not closed")
	}
	w.expect(`var r = whole.getReader({ mode: 'byob' }), buf = new ArrayBuffer(4); r.read(new Uint8Array(buf)).then(v => log(text(v.value), buf.byteLength)); r.read(new Uint16Array(1)).then(v => log(v.value[0].toString(16)))`,
		"abcd 0; 6665")
}

// A view whose buffer or offset a script redefined reaches no memory but its own.
func TestBYOBViewsCannotLie(t *testing.T) {
	w := newWorld(t)
	w.expect(`
		var rs = new ReadableStream({ type: 'bytes' }), r = rs.getReader({ mode: 'byob' });
		for (const props of [{ buffer: new ArrayBuffer(64) }, { byteOffset: 1 }, { byteOffset: -1 }, { byteOffset: 1e9 }, { buffer: 5 }, { buffer: undefined }, { buffer: {} }]) {
			const v = new Uint8Array(4); for (const k in props) Object.defineProperty(v, k, { value: props[k] });
			r.read(v).then(() => log('read'), e => log(e.name));
		}`, "TypeError; TypeError; TypeError; TypeError; TypeError; TypeError; TypeError")
	for _, tag := range []string{"Array", "Uint16Array", "DataView"} {
		w.expect(`var v = new Uint8Array(4); Object.defineProperty(v, Symbol.toStringTag, { value: '`+tag+`' }); new ReadableStream({ type: 'bytes', start(c) { c.enqueue(bytes('ab')) } }).getReader({ mode: 'byob' }).read(v).then(v => log(v.value.length), e => log(e.name))`, "TypeError")
	}
	w.expect(`delete globalThis.Uint16Array; new ReadableStream({ type: 'bytes', start(c) { c.enqueue(bytes('ab')) } }).getReader({ mode: 'byob' }).read(new DataView(new ArrayBuffer(2))).then(v => log(v.value.byteLength))`, "2")
}
