package encoding

import (
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

func init() { Declare() }

func newRealm(t testing.TB) *realm.Realm {
	t.Helper()
	r, err := realm.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	eval(t, r, `
		var out = [];
		function log(...a) { out.push(a.join(' ')) }
		function name(f) { try { f(); return 'ok' } catch (e) { return e.name } }
		function u(...b) { return new Uint8Array(b) }
		function hex(s) { return [...Array(s.length).keys()].map(i => s.charCodeAt(i).toString(16)).join(' ') }`)
	return r
}

func eval(t testing.TB, r *realm.Realm, src string) goja.Value {
	t.Helper()
	v, err := r.RT.RunProgram(goja.MustCompile("test.js", src, false))
	if err != nil {
		t.Errorf("%s: %v", src, err)
		return goja.Undefined()
	}
	return v
}

func TestScripts(t *testing.T) {
	r := newRealm(t)
	for _, src := range []string{
		// TextEncoder
		`new TextEncoder().encoding === 'utf-8'`,
		`new TextEncoder().encode().length === 0 && new TextEncoder().encode(undefined).length === 0 && new TextEncoder().encode('').length === 0`,
		`new TextEncoder().encode('héllo €😀').join() === '104,195,169,108,108,111,32,226,130,172,240,159,152,128'`,
		`new TextEncoder().encode('\ud83d').join() === '239,191,189' && new TextEncoder().encode('\ude00x').join() === '239,191,189,120'`,
		`new TextEncoder().encode('\ud83d\ud83d\ude00').join() === '239,191,189,240,159,152,128'`,
		`new TextEncoder().encode(12).join() === '49,50' && new TextEncoder().encode(null).length === 4`,
		`new TextEncoder().encode('a') instanceof Uint8Array`,
		`(() => { const b = new Uint8Array(5); const r = new TextEncoder().encodeInto('aé😀', b); return r.read === 2 && r.written === 3 && b.join() === '97,195,169,0,0' })()`,
		`(() => { const b = new Uint8Array(7); const r = new TextEncoder().encodeInto('aé😀z', b); return r.read === 4 && r.written === 7 })()`,
		`(() => { const b = new Uint8Array(4); const r = new TextEncoder().encodeInto('\ud83dz', b.subarray(1)); return r.read === 1 && r.written === 3 && b.join() === '0,239,191,189' })()`,
		`(() => { const r = new TextEncoder().encodeInto('abc', new Uint8Array(2)); return r.read === 2 && r.written === 2 })()`,
		`name(() => new TextEncoder().encodeInto('a', new Int8Array(2))) === 'TypeError' && name(() => new TextEncoder().encodeInto('a')) === 'TypeError' && name(() => new TextEncoder().encodeInto('a', {})) === 'TypeError'`,
		// TextDecoder
		`new TextDecoder().encoding === 'utf-8' && !new TextDecoder().fatal && !new TextDecoder().ignoreBOM`,
		`new TextDecoder().decode() === '' && new TextDecoder().decode(undefined) === ''`,
		`new TextDecoder().decode(u(0xe2, 0x82, 0xac)) === '€' && new TextDecoder().decode(u(0xe2, 0x82, 0xac).buffer) === '€' && new TextDecoder().decode(new DataView(u(65, 66, 67).buffer, 1, 1)) === 'B'`,
		`new TextDecoder().decode(u(0xef, 0xbb, 0xbf, 65)) === 'A' && new TextDecoder('utf-8', { ignoreBOM: true }).decode(u(0xef, 0xbb, 0xbf, 65)) === '\ufeffA'`,
		`new TextDecoder().decode(u(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf)) === '\ufeff'`,
		`name(() => new TextDecoder('utf-8', { fatal: true }).decode(u(0xff))) === 'TypeError'`,
		`name(() => new TextDecoder().decode('x')) === 'TypeError' && name(() => new TextDecoder().decode(null)) === 'TypeError'`,
		`(() => { const d = new TextDecoder(); return d.decode(u(0xe2), { stream: true }) + d.decode(u(0x82), { stream: true }) + d.decode(u(0xac), { stream: true }) + d.decode() === '€' })()`,
		`(() => { const d = new TextDecoder(); return d.decode(u(0xe2, 0x82), { stream: true }) === '' && d.decode() === '\ufffd' && d.decode(u(0xac)) === '\ufffd' })()`,
		`(() => { const d = new TextDecoder(); return d.decode(u(0xe2, 0x82), { stream: true }) + d.decode(u(65), { stream: true }) === '\ufffdA' })()`,
		`(() => { const d = new TextDecoder(); return d.decode(u(0xef, 0xbb), { stream: true }) + d.decode(u(0xbf, 65), { stream: true }) + d.decode(u(0xef, 0xbb, 0xbf)) === 'A\ufeff' })()`,
		`(() => { const d = new TextDecoder('utf-8', { fatal: true }); return d.decode(u(0xe2, 0x82), { stream: true }) === '' && name(() => d.decode()) === 'TypeError' && d.decode(u(65)) === 'A' })()`,
		// labels
		`new TextDecoder(' UTF8\n').encoding === 'utf-8' && new TextDecoder('latin1').encoding === 'windows-1252' && new TextDecoder('ascii').encoding === 'windows-1252'`,
		`new TextDecoder('utf-16').encoding === 'utf-16le' && new TextDecoder('unicodeFFFE').encoding === 'utf-16be' && new TextDecoder('x-unicode20utf8').encoding === 'utf-8'`,
		`['', 'x', 'utf-8\u00a0', 'utf-8\v', '\u212aoi8-r', 'replacement', 'iso-2022-kr', 'hz-gb-2312', 'utf-7', 'utf-32', 'utf-8\0'].every(l => name(() => new TextDecoder(l)) === 'RangeError')`,
		// UTF-16
		`new TextDecoder('utf-16le').decode(u(0xff, 0xfe, 65, 0, 0x3d, 0xd8, 0, 0xde)) === 'A😀' && new TextDecoder('utf-16be').decode(u(0xfe, 0xff, 0, 65)) === 'A'`,
		`new TextDecoder('utf-16le').decode(u(0x3d, 0xd8, 65, 0)) === '\ufffdA' && new TextDecoder('utf-16le').decode(u(0, 0xde)) === '\ufffd' && new TextDecoder('utf-16le').decode(u(65)) === '\ufffd'`,
		`new TextDecoder('utf-16le').decode(u(0x3d, 0xd8, 0x3d, 0xd8, 0, 0xde)) === '\ufffd😀'`,
		`(() => { const d = new TextDecoder('utf-16le'); let s = ''; for (const b of [0x3d, 0xd8, 0, 0xde, 65]) s += d.decode(u(b), { stream: true }); return s + d.decode() === '😀\ufffd' })()`,
		`name(() => new TextDecoder('utf-16le', { fatal: true }).decode(u(0, 0xde))) === 'TypeError' && name(() => new TextDecoder('utf-16le', { fatal: true }).decode(u(0))) === 'TypeError'`,
		// legacy
		`new TextDecoder('windows-1252').decode(u(0x80, 0x81, 0xe9)) === '€\x81é' && new TextDecoder('koi8-r').decode(u(0xc1)) === 'а' && new TextDecoder('x-user-defined').decode(u(0x80)) === '\uf780'`,
		`new TextDecoder('shift_jis').decode(u(0x82, 0xa0, 65)) === 'あA' && new TextDecoder('euc-jp').decode(u(0xa4, 0xa2)) === 'あ' && new TextDecoder('big5').decode(u(0xa4, 0xa4)) === '中'`,
		`new TextDecoder('gbk').decode(u(0xd6, 0xd0, 0x80)) === '中€' && new TextDecoder('gbk').encoding === 'gbk' && new TextDecoder('gb18030').decode(u(0x81, 0x30, 0x81, 0x30)) === '\x80' && new TextDecoder('euc-kr').decode(u(0xb0, 0xa1)) === '가'`,
		`new TextDecoder('iso-2022-jp').decode(u(0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42, 65)) === 'あA'`,
		`(() => { const d = new TextDecoder('shift_jis'); return d.decode(u(0x82), { stream: true }) === '' && d.decode(u(0xa0), { stream: true }) === 'あ' && d.decode(u(0x82), { stream: true }) === '' && d.decode() === '\ufffd' })()`,
		`(() => { const d = new TextDecoder('iso-2022-jp'); let s = ''; for (const b of [0x1b, 0x24, 0x42, 0x24, 0x22]) s += d.decode(u(b), { stream: true }); return s + d.decode() === 'あ' && d.decode(u(65)) === 'A' })()`,
		`name(() => new TextDecoder('windows-1253', { fatal: true }).decode(u(0xaa))) === 'TypeError' && new TextDecoder('windows-1253').decode(u(0xaa)) === '\ufffd'`,
		// base64
		`btoa('héllo') === 'aOlsbG8=' && btoa('') === '' && btoa(12) === 'MTI=' && btoa(null) === 'bnVsbA=='`,
		`atob('aOlsbG8=') === 'héllo' && atob(' aO ls\nbG\t8 ') === 'héllo' && atob('') === '' && atob('ab') === 'i' && atob('ab==') === 'i' && atob('abc=') === 'i·'`,
		`['a', 'ab=', 'abcd=', 'abcde', 'ab=c', '====', '=', 'ab\u00a0', 'a_-b', '\u212a', 'abc=='].every(s => name(() => atob(s)) === 'InvalidCharacterError')`,
		`name(() => btoa('€')) === 'InvalidCharacterError' && name(() => btoa('\ud800')) === 'InvalidCharacterError' && name(() => btoa()) === 'TypeError' && name(() => atob()) === 'TypeError'`,
		`atob(btoa([...Array(256).keys()].map(i => String.fromCharCode(i)).join(''))).charCodeAt(255) === 255`,
		`(() => { try { atob('a') } catch (e) { return e instanceof DOMException && e.code === 5 } })()`,
		// interfaces
		`Object.keys(TextDecoder.prototype).sort().join() === 'decode,encoding,fatal,ignoreBOM' && Object.keys(TextEncoder.prototype).join() === 'encoding,encode,encodeInto'`,
		`String(new TextDecoder()) === '[object TextDecoder]' && String(new TextEncoderStream()) === '[object TextEncoderStream]'`,
		`(() => { class D extends TextDecoder { #k = 1; x = 2; k() { return this.#k + this.x } }; const d = Object.freeze(new D()); return d.k() === 3 && d.decode(u(65)) === 'A' && new WeakMap([[d, 1]]).get(d) === 1 })()`,
		`name(() => TextDecoder.prototype.decode.call({})) === 'TypeError' && name(() => TextDecoder()) === 'TypeError' && name(() => TextDecoder.prototype.encoding) === 'TypeError'`,
	} {
		if !eval(t, r, src).ToBoolean() {
			t.Errorf("%s is false", src)
		}
	}
}

func TestTextStreams(t *testing.T) {
	r := newRealm(t)
	for _, tt := range []struct{ src, want string }{
		{`const s = new TextDecoderStream('shift_jis'); log(s.encoding, s.fatal, s.ignoreBOM); const w = s.writable.getWriter(), r = s.readable.getReader();
			w.write(u(0x82)); w.write(u(0xa0, 65)); w.close(); log((await r.read()).value); log((await r.read()).done)`, "shift_jis false false|あA|true"},
		{`const s = new TextDecoderStream(); const w = s.writable.getWriter(), r = s.readable.getReader();
			w.write(u(0xef, 0xbb)); w.write(u(0xbf, 0xe2)); w.close(); log(hex((await r.read()).value)); log((await r.read()).done)`, "fffd|true"},
		{`const s = new TextDecoderStream('utf-8', { fatal: true }); const w = s.writable.getWriter(), r = s.readable.getReader();
			r.read().catch(e => log('read', e.name)); await w.write(u(0xff)).catch(e => log(e.name))`, "read TypeError|TypeError"},
		{`const s = new TextDecoderStream(); const w = s.writable.getWriter(); s.readable.getReader().read().catch(e => log('read', e.name)); await w.write('x').catch(e => log(e.name))`, "read TypeError|TypeError"},
		{`const s = new TextEncoderStream(); log(s.encoding); const w = s.writable.getWriter(), r = s.readable.getReader();
			w.write('a\ud83d'); w.write('\ude00b'); w.write('\ud83d'); w.close();
			for (;;) { const v = await r.read(); if (v.done) break; log(v.value.join()) }`, "utf-8|97|240,159,152,128,98|239,191,189"},
		{`const s = new TextEncoderStream(); const w = s.writable.getWriter(), r = s.readable.getReader(); w.write('\ud83d'); w.write('a'); w.write(5); w.close();
			for (;;) { const v = await r.read(); if (v.done) break; log(v.value.join()) }`, "239,191,189,97|53"},
		{`const r = new ReadableStream({ start(c) { c.enqueue('hé'); c.close() } }).pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream()).getReader(); log((await r.read()).value)`, "hé"},
		{`try { new TextDecoderStream('x') } catch (e) { log(e.name) }`, "RangeError"},
	} {
		eval(t, r, `(async () => {`+tt.src+`})().catch(e => log('uncaught', e))`)
		if got := eval(t, r, `out.splice(0).join('|')`).String(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

// The maximal subparts of Unicode, section 3.9 (table 3-8 and its neighbours).
func TestMalformedUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"c080":             "\uFFFD\uFFFD",
		"e28241":           "\uFFFDA",
		"f0908041":         "\uFFFDA",
		"eda080":           "\uFFFD\uFFFD\uFFFD",
		"f4918080":         "\uFFFD\uFFFD\uFFFD\uFFFD",
		"61f18080e180c262": "a\uFFFD\uFFFD\uFFFDb",
		"e2":               "\uFFFD",
		"f09f98":           "\uFFFD",
		"f09f9880":         "😀",
		"efbbbf41":         "A",
		"80bf":             "\uFFFD\uFFFD",
		"e0809f":           "\uFFFD\uFFFD\uFFFD",
		"fe41ff":           "\uFFFDA\uFFFD",
	} {
		b, _ := hex.DecodeString(in)
		if got := DecodeUTF8(b); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// However the input is cut, the output is the same; it is valid UTF-8; and fatal fails
// exactly where the other mode puts U+FFFD that the input does not have.
func FuzzDecode(f *testing.F) {
	names := []string{"utf-8", "utf-16le", "utf-16be", "shift_jis", "gb18030", "euc-jp", "big5", "euc-kr", "iso-2022-jp", "windows-1252"}
	for _, s := range []string{"abc", "h\xe9\xe2\x82\xac", "\xf0\x9f\x98", "\x82\xa0\x81", "\x1b$B$\"\x1b(B", "\x81\x30\x81\x30", "\xd8\x3d\xde\x00", "\xef\xbb\xbf\xef\xbb\xbf"} {
		for i := range names {
			f.Add([]byte(s), uint8(i), uint8(len(s)/2))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, which, cut uint8) {
		n, ok := lookup(names[int(which)%len(names)])
		if !ok {
			t.Fatal("unknown name")
		}
		whole, _ := n.newDecoder().decode(nil, b, true, false)
		if !utf8.Valid(whole) {
			t.Fatalf("%s: %x gives invalid UTF-8 %x", n.name, b, whole)
		}
		d := n.newDecoder()
		var parts []byte
		rest := b
		for step := int(cut)%7 + 1; len(rest) > step; rest = rest[step:] {
			parts, _ = d.decode(parts, rest[:step], false, false)
		}
		parts, _ = d.decode(parts, rest, true, false)
		if string(parts) != string(whole) {
			t.Fatalf("%s: %x in pieces gives %q, at once %q", n.name, b, parts, whole)
		}
		if _, ok := n.newDecoder().decode(nil, b, true, true); n.name == "utf-8" && ok != utf8.Valid(b) {
			t.Fatalf("%x: fatal says %v", b, ok)
		} else if n.name != "utf-8" && n.name != "gb18030" && !ok && !strings.Contains(string(whole), replacement) {
			t.Fatalf("%s: %x: fatal fails, but nothing is replaced", n.name, b)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	r := newRealm(b)
	for name, text := range map[string]string{"ascii": strings.Repeat("hello wo", 512), "mixed": strings.Repeat("héllo €😀", 512)} {
		d := &TextDecoder{named: named{name: "utf-8"}}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				d.decode(r, []byte(text), false)
			}
		})
	}
}
