package streams

import (
	"io"
	"runtime"
	"testing"

	"gannet/core"
)

// synthetic is a body of left bytes that lie nowhere as a whole.
type synthetic struct {
	left  int64
	chunk []byte
}

func (b *synthetic) Length() int64 { return -1 }
func (b *synthetic) Close(error)   { b.left = 0 }
func (b *synthetic) Next(done func([]byte, error)) {
	if b.left == 0 {
		done(nil, io.EOF)
		return
	}
	n := min(b.left, int64(len(b.chunk)))
	b.left -= n
	done(b.chunk[:n], nil)
}

// A large body goes through script in constant memory, from a native body to a native body.
func TestLargeBodiesTakeConstantMemory(t *testing.T) {
	size := int64(256 << 20)
	if raceEnabled {
		size = 64 << 20
	}
	const bound = 40 << 20 // what lives and what the collector has not got to yet, in bytes
	for name, src := range map[string]string{
		"reader and writer loop": `
			const { readable, writable } = new TransformStream();
			(async () => {
				const r = input.getReader(), w = writable.getWriter();
				for (;;) { const { value, done } = await r.read(); if (done) break; await w.ready; w.write(value) }
				await w.close();
			})();
			return readable`,
		"pipeThrough":             `return input.pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x) } }))`,
		"IdentityTransformStream": `const t = new IdentityTransformStream(); input.pipeTo(t.writable); return t.readable`,
		"a source of its own": `const r = input.getReader();
			return new ReadableStream({ async pull(c) { const { value, done } = await r.read(); if (done) c.close(); else c.enqueue(value) } })`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.enter(func() {
				w.RT.Set("input", FromBody(w.Realm, &synthetic{left: size, chunk: make([]byte, 64<<10)}))
			})
			s := w.run(`(() => {` + src + `})()`)
			var b core.Body
			w.enter(func() { b = ToBody(w.Realm, s, -1) })
			var total int64
			var peak uint64
			var failed error
			done := make(chan struct{})
			go func() {
				defer close(done)
				buf := make([]byte, 64<<10)
				var m runtime.MemStats
				for i, r := 0, core.Reader(b); failed == nil; i++ {
					n, err := r.Read(buf)
					total, failed = total+int64(n), err
					if i%64 == 0 {
						runtime.ReadMemStats(&m)
						peak = max(peak, m.HeapAlloc)
					}
				}
			}()
			w.drive(done)
			if total != size || failed != io.EOF {
				t.Fatalf("%d bytes of %d, %v", total, size, failed)
			}
			if peak > bound {
				t.Errorf("the heap grew to %d MiB", peak>>20)
			}
			t.Logf("peak %d MiB", peak>>20)
		})
	}
}

func TestIdentityTransformStream(t *testing.T) {
	w := newWorld(t)
	w.run(casePrelude)
	for _, tt := range []struct{ src, want string }{
		{`const t = new IdentityTransformStream(), w = t.writable.getWriter(), r = t.readable.getReader();
			const b = bytes('ab'); w.write(b).then(() => log('written')); await ticks(5); log('read'); b[0] = 0x7a;
			const v = await r.read(); log(text(v.value), v.value === b); w.write('é'); log((await r.read()).value.length); w.close(); log((await r.read()).done)`,
			"read; zb false; written; 2; true"},
		{`const w = new IdentityTransformStream(); const r = w.readable.getReader(); r.closed.catch(e => log('closed', e.name)); r.read().catch(e => log(e.name)); await w.writable.getWriter().write({}).catch(e => log(e.name))`,
			"closed TypeError; TypeError; TypeError"},
		{`const t = new FixedLengthStream(3), w = t.writable.getWriter(), r = t.readable.getReader(); w.write(bytes('abc')); w.close(); log(text((await r.read()).value), (await r.read()).done)`,
			"abc true"},
		{`const t = new FixedLengthStream(3), w = t.writable.getWriter(), r = t.readable.getReader(); r.read().catch(e => log('read', e.name)); await w.write(bytes('abcd')).catch(e => log(e.message))`,
			"read TypeError; Attempt to write too many bytes through a FixedLengthStream."},
		{`const t = new FixedLengthStream(3), w = t.writable.getWriter(), r = t.readable.getReader(); w.write(bytes('ab')); await r.read(); r.read().catch(e => log('read', e.name)); await w.close().catch(e => log(e.message))`,
			"read TypeError; FixedLengthStream did not see all expected bytes before close()."},
		{`log(new FixedLengthStream(3) instanceof IdentityTransformStream, new FixedLengthStream(3) instanceof TransformStream, fails(() => new FixedLengthStream(-1), TypeError), fails(() => new FixedLengthStream(), TypeError))`,
			"true true true true"},
	} {
		w.expect(`(async () => {`+tt.src+`})().catch(e => log(e.stack))`, tt.want)
	}
	w.enter(func() {
		v := w.run(`new FixedLengthStream(7).readable`)
		if n := LengthOf(v); n != 7 {
			t.Errorf("the length of a FixedLengthStream(7) is %d", n)
		}
		if b := ToBody(w.Realm, v, -1); b.Length() != 7 {
			t.Errorf("its body has length %d", b.Length())
		}
	})
}

func TestInterfaces(t *testing.T) {
	w := newWorld(t)
	w.run(casePrelude)
	for _, src := range []string{
		`Object.keys(ReadableStream.prototype).join() === 'locked,cancel,getReader,pipeThrough,pipeTo,tee,values'`,
		`Object.keys(WritableStream.prototype).join() === 'locked,abort,close,getWriter'`,
		`Object.keys(TransformStream.prototype).join() === 'readable,writable'`,
		`ReadableStream.prototype[asyncIterator] === ReadableStream.prototype.values`,
		`ReadableStream.length === 0 && ReadableStream.from.length === 1 && ReadableStream.prototype.pipeTo.length === 1 && ReadableStreamDefaultReader.length === 1`,
		`String(new ReadableStream().getReader()) === '[object ReadableStreamDefaultReader]'`,
		`String(new WritableStream().getWriter()) === '[object WritableStreamDefaultWriter]'`,
		`String(new CountQueuingStrategy({highWaterMark: 1})) === '[object CountQueuingStrategy]'`,
		`fails(() => ReadableStream.prototype.locked, TypeError) && fails(() => WritableStream.prototype.getWriter.call(new ReadableStream()), TypeError)`,
		`fails(() => new TransformStreamDefaultController(), TypeError) && fails(() => new WritableStreamDefaultController(), TypeError) && fails(() => new ReadableByteStreamController(), TypeError)`,
		`fails(() => new ReadableStream().getReader({ mode: 'byob' }), TypeError)`,
		`Object.getOwnPropertyDescriptor(ReadableStream.prototype, asyncIterator).enumerable === false`,
		`typeof new ReadableStream().values()[asyncIterator] === 'function'`,
		`class R extends ReadableStreamDefaultReader { #k = 1; k() { return this.#k } }; new R(new ReadableStream()).k() === 1`,
	} {
		if !w.run(src).ToBoolean() {
			t.Errorf("%s is false", src)
		}
	}
}

// A native stream's prototype has its asynchronous iterator although no script has touched
// the global, and whatever a script did to Symbol.
func TestAsyncIteratorOfANativeStream(t *testing.T) {
	w := newWorld(t)
	w.enter(func() { w.RT.Set("s", FromBytes(w.Realm, []byte("ab"))) })
	w.expect(`var it = s[Symbol.asyncIterator || Symbol.for('Symbol.asyncIterator')](); it.next().then(v => log(text(v.value)))`, "ab")
	broken := newWorld(t)
	broken.run(`globalThis.Symbol = undefined`)
	broken.enter(func() { broken.RT.Set("s", FromBytes(broken.Realm, []byte("ab"))) })
	broken.expect(`s.values().next().then(v => log(text(v.value)))`, "ab")
}

// Many reads that wait, and many that a source answers at once, take no stack.
func TestManyReadsTakeNoStack(t *testing.T) {
	w := newWorld(t)
	w.enter(func() {
		w.RT.Set("s", FromBody(w.Realm, &chunked{chunks: many(30_000), sync: true}))
	})
	w.expect(`var c, n = 0, slow = new ReadableStream({ start(k) { c = k } }), r = slow.getReader();
		for (let i = 0; i < 30000; i++) r.read().then(() => n++);
		for (let i = 0; i < 30000; i++) c.enqueue(i);
		var q = s.getReader(); for (let i = 0; i < 30000; i++) q.read().then(() => n++);
		q.read().then(() => log(n))`, "60000")
}

func many(n int) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = "x"
	}
	return s
}

// A read of queued data costs the promise, its result object and little else.
func TestReadAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations differ under the race detector")
	}
	w := newWorld(t)
	fn := w.run(`var c, rs = new ReadableStream({ start(k) { c = k } }, { highWaterMark: 1e9 }), r = rs.getReader();
		(function() { r.read() })`)
	fill := w.run(`(function(n) { for (let i = 0; i < n; i++) c.enqueue(1) })`)
	w.enter(func() { w.Call(fill, nil, w.RT.ToValue(2000)) })
	got := testing.AllocsPerRun(1000, func() {
		_ = w.Run(func() { w.Call(fn, nil) })
	})
	if got > 16 {
		t.Errorf("%v allocations per read", got)
	}
}

// A native body that passes through untouched costs the stream's object only.
func BenchmarkUntouchedBody(b *testing.B) {
	w := newWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = w.Run(func() {
			s := FromBytes(w.Realm, []byte("x"))
			if _, ok := TakeBody(w.Realm, s); !ok {
				b.Fatal("not taken")
			}
		})
	}
}

func BenchmarkThroughScript(b *testing.B) {
	const size = 16 << 20
	for name, src := range map[string]string{
		"transform": `input.pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x) } }))`,
		"source":    `const r = input.getReader(); new ReadableStream({ async pull(c) { const { value, done } = await r.read(); if (done) c.close(); else c.enqueue(value) } })`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				w := newWorld(b)
				w.enter(func() {
					w.RT.Set("input", FromBody(w.Realm, &synthetic{left: size, chunk: make([]byte, 16<<10)}))
				})
				s := w.run(src)
				var body core.Body
				w.enter(func() { body = ToBody(w.Realm, s, -1) })
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = io.Copy(io.Discard, core.Reader(body))
				}()
				w.drive(done)
			}
		})
	}
}
