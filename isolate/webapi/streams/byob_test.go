package streams

import (
	"errors"
	"testing"
)

// A native body can be read into a script's own buffers; the pull under way, and what waits
// in the queue, come along when the first BYOB reader arrives.
func TestBYOBOfANativeBody(t *testing.T) {
	for _, inline := range []bool{false, true} {
		w := newWorld(t)
		b := &chunked{chunks: []string{"abc", "defg", "h"}, sync: inline}
		w.enter(func() { w.RT.Set("s", FromBody(w.Realm, b)) })
		w.run(`(async () => {
			const d = s.getReader(); log(text((await d.read()).value)); d.read().catch(e => log(e.name)); d.releaseLock();
			const r = s.getReader({ mode: 'byob' });
			let v = await r.read(new Uint8Array(3)); log(text(v.value), v.done);
			v = await r.readAtLeast(2, new Uint8Array(4)); log(text(v.value), v.done);
			v = await r.read(new Uint8Array(4)); log(v.value.length, v.done); r.releaseLock();
			log((await s.getReader().read()).done);
		})().catch(e => log('uncaught', e))`)
		want := "abc; TypeError; def false; gh false; 0 true; true"
		n := 6
		if inline { // the second read is answered before its reader is released
			want, n = "abc; h false; 0 true", 3
			w.logged()
			w = newWorld(t)
			w.enter(func() { w.RT.Set("s", FromBody(w.Realm, &chunked{chunks: []string{"abc", "h"}, sync: true})) })
			w.run(`(async () => { const d = s.getReader(); log(text((await d.read()).value)); d.releaseLock();
				const r = s.getReader({ mode: 'byob' });
				let v = await r.read(new Uint8Array(3)); log(text(v.value), v.done); v = await r.read(new Uint8Array(4)); log(v.value.length, v.done) })()`)
		}
		for w.run(`out.length`).ToInteger() < int64(n) {
			w.turn()
		}
		if got := w.logged(); got != want {
			t.Errorf("inline %v: got %s", inline, got)
		}
	}
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
