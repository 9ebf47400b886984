package crypto

import (
	"context"
	"log/slog"
	"os"
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

// fakeHost is a host with an event under way, unless idle.
type fakeHost struct{ idle bool }

type fakeEvent struct{}

func (fakeEvent) Context() context.Context { return context.Background() }
func (fakeEvent) Subrequest() error        { return nil }
func (fakeEvent) Exchange() *core.Exchange { return nil }
func (fakeEvent) WorkerName() string       { return "test" }

func (h *fakeHost) Async(string) realm.Completion { panic("not used") }
func (h *fakeHost) Event() realm.Event {
	if h.idle {
		return nil
	}
	return fakeEvent{}
}
func (h *fakeHost) Timer(time.Duration, func()) func() { panic("not used") }
func (h *fakeHost) Fetcher() core.Fetcher              { return nil }
func (h *fakeHost) Now() time.Time                     { return time.Time{} }
func (h *fakeHost) Start() time.Time                   { return time.Time{} }
func (h *fakeHost) Console(slog.Level, string)         {}
func (h *fakeHost) Report(string, any)                 {}
func (h *fakeHost) Flag(string) bool                   { return false }

const prelude = `
const hex = b => [...new Uint8Array(b)].map(x => x.toString(16).padStart(2, '0')).join('');
const bytes = s => Uint8Array.from([...s], c => c.charCodeAt(0));
const unhex = s => Uint8Array.from(s.match(/../g) ?? [], x => parseInt(x, 16));
const subtle = crypto.subtle;
const err = p => p.then(() => 'none', e => e.name);
let result; (async () => {
`

// run runs src as the body of an async function and gives what it resolves with.
func run(t *testing.T, host *fakeHost, src string) string {
	t.Helper()
	r, err := realm.New(host)
	if err != nil {
		t.Fatal(err)
	}
	prg := goja.MustCompile("test.js", prelude+src+"\n})().then(v => globalThis.result = v, e => globalThis.result = 'thrown: ' + e)", false)
	if _, err := r.RT.RunProgram(prg); err != nil {
		t.Fatal(err)
	}
	v := r.RT.GlobalObject().Get("result")
	if v == nil {
		return "pending"
	}
	return v.String()
}

func TestCrypto(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"random values", `const a = new Uint8Array(32); const b = crypto.getRandomValues(a); return [a === b, a.some(x => x)]`, "true,true"},
		{"of a part", `const a = new Uint32Array(8); crypto.getRandomValues(a.subarray(2, 4)); return [a[0], a[1], a[4], a[2] !== a[3]]`, "0,0,0,true"},
		{"integer views", `for (const C of [Int8Array, Uint8ClampedArray, Int16Array, Int32Array, BigInt64Array, BigUint64Array]) crypto.getRandomValues(new C(2)); return 'ok'`, "ok"},
		{"other views", `const out = []; for (const v of [new Float32Array(1), new Float64Array(1), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), [1], undefined]) try { crypto.getRandomValues(v) } catch (e) { out.push(e.name) } return out`,
			"TypeMismatchError,TypeMismatchError,TypeMismatchError,TypeError,TypeError,TypeError"},
		{"quota", `crypto.getRandomValues(new Uint8Array(65536)); try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { return [e.name, e.code] }`, "QuotaExceededError,22"},
		{"uuid", `const u = crypto.randomUUID(); return [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(u), u !== crypto.randomUUID()]`, "true,true"},
		{"brands", `const out = []; for (const f of [() => crypto.randomUUID.call({}), () => new Crypto(), () => new SubtleCrypto(), () => new CryptoKey()]) try { f() } catch (e) { out.push(e.name) } return [...out, String(crypto), String(subtle), crypto.subtle === subtle]`,
			"TypeError,TypeError,TypeError,TypeError,[object Crypto],[object SubtleCrypto],true"},

		{"objects are ordinary", `const bad = []; const k = await subtle.importKey('raw', bytes('x'), {name: 'HMAC', hash: 'SHA-1'}, true, ['sign']);
			for (const [o, C, member] of [[crypto, Crypto, 'subtle'], [subtle, SubtleCrypto, 'digest'], [k, CryptoKey, 'type']]) {
				const s = Symbol(), check = (what, ok) => { if (!ok) bad.push(C.name + ' ' + what) };
				o.x = 1; o[s] = 2; check('expando', o.x === 1 && o[s] === 2); check('instanceof', o instanceof C); check('weak', new WeakMap([[o, 1]]).get(o) === 1);
				class B { constructor() { return o } } class D extends B { #p = 5; static p(v) { return v.#p } } check('private', D.p(new D()) === 5);
				check('keys', Object.keys(C.prototype).includes(member)); check('freeze', Object.isFrozen(Object.freeze(o)));
			} return bad.join()`, ""},

		// FIPS 180-4 and RFC 1321 examples of "abc"
		{"digests", `const out = []; for (const n of ['SHA-1', 'sha-256', {name: 'SHA-384'}, 'SHA-512', 'MD5']) out.push(hex(await subtle.digest(n, bytes('abc'))).slice(0, 16)); return out`,
			"a9993e364706816a,ba7816bf8f01cfea,cb00753f45a35e8b,ddaf35a193617aba,900150983cd24fb0"},
		{"digest of a view", `const b = bytes('xabcx').buffer; return hex(await subtle.digest('SHA-1', new DataView(b, 1, 3))).slice(0, 8)`, "a9993e36"},
		{"digest errors", `return [await err(subtle.digest('SHA-3', bytes(''))), await err(subtle.digest('SHA-1', 'text')), await err(subtle.digest('SHA-1')), await err(subtle.digest({}, bytes('')))]`, "NotSupportedError,TypeError,TypeError,TypeError"},
		{"timingSafeEqual", `const out = [subtle.timingSafeEqual(bytes('abc'), bytes('abc').buffer), subtle.timingSafeEqual(bytes('abc'), bytes('abd'))]; for (const [a, b] of [[bytes('a'), bytes('ab')], ['a', 'a']]) try { subtle.timingSafeEqual(a, b) } catch (e) { out.push(e.name) } return out`, "true,false,TypeError,TypeError"},
		{"unsupported methods", `return [await err(subtle.deriveBits('PBKDF2', {}, 8)), await err(subtle.deriveKey({name: 'HKDF'}, 1, 2, 3, 4)), await err(subtle.wrapKey('raw', 1, 2, 'AES-KW')), await err(subtle.unwrapKey('raw', 1, 2, 'AES-KW', 4, 5, 6)), await err(subtle.generateKey('RSA-OAEP', true, ['encrypt']))]`,
			"NotSupportedError,NotSupportedError,NotSupportedError,NotSupportedError,NotSupportedError"},
		{"the message names method and algorithm", `try { await subtle.deriveBits('PBKDF2', {}, 8) } catch (e) { return e.message }`, `SubtleCrypto.deriveBits: the algorithm "PBKDF2" is not supported.`},

		// RFC 4231, test case 2
		{"hmac", `const k = await subtle.importKey('raw', bytes('Jefe'), {name: 'hmac', hash: 'SHA-256'}, true, ['verify', 'sign', 'sign']);
			const sig = await subtle.sign('HMAC', k, bytes('what do ya want for nothing?')); const bad = new Uint8Array(sig.slice(0)); bad[3] ^= 1;
			return [hex(sig).slice(0, 16), await subtle.verify('HMAC', k, sig, bytes('what do ya want for nothing?')), await subtle.verify('HMAC', k, bad, bytes('what do ya want for nothing?')), await subtle.verify('HMAC', k, sig.slice(1), bytes('')),
				k.type, k.extractable, k.usages, k.algorithm.name, k.algorithm.hash.name, k.algorithm.length, String(k)]`,
			"5bdcc146bf60754e,true,false,false,secret,true,sign,verify,HMAC,SHA-256,32,[object CryptoKey]"},
		{"hmac jwk", `const k = await subtle.importKey('jwk', {kty: 'oct', k: 'SmVmZQ', alg: 'HS512', ext: true, key_ops: ['sign']}, {name: 'HMAC', hash: 'SHA-512'}, true, ['sign']); const j = await subtle.exportKey('jwk', k); return [JSON.stringify(j), hex(await subtle.exportKey('raw', k))]`,
			`{"kty":"oct","k":"SmVmZQ","alg":"HS512","key_ops":["sign"],"ext":true},4a656665`},
		{"hmac generated", `const k = await subtle.generateKey({name: 'HMAC', hash: {name: 'SHA-384'}}, true, ['sign']); return [(await subtle.exportKey('raw', k)).byteLength, k.algorithm.length]`, "128,1024"},
		{"key errors", `const raw = bytes('Jefe'), H = {name: 'HMAC', hash: 'SHA-1'}; const k = await subtle.importKey('raw', raw, H, false, ['sign']);
			return [await err(subtle.importKey('raw', raw, 'HMAC', true, ['sign'])), await err(subtle.importKey('raw', raw, H, true, [])), await err(subtle.importKey('raw', raw, H, true, ['encrypt'])), await err(subtle.importKey('raw', raw, H, true, ['nope'])),
				await err(subtle.importKey('raw', bytes(''), H, true, ['sign'])), await err(subtle.importKey('spki', raw, H, true, ['sign'])), await err(subtle.importKey('jwk', {kty: 'RSA'}, H, true, ['sign'])), await err(subtle.importKey('jwk', {kty: 'oct', k: '!'}, H, true, ['sign'])),
				await err(subtle.exportKey('raw', k)), await err(subtle.verify('HMAC', k, raw, raw)), await err(subtle.sign('AES-GCM', k, raw)), await err(subtle.encrypt({name: 'AES-GCM', iv: raw}, k, raw)), await err(subtle.sign('HMAC', {}, raw))]`,
			"TypeError,SyntaxError,SyntaxError,TypeError,DataError,NotSupportedError,DataError,DataError,InvalidAccessError,InvalidAccessError,NotSupportedError,InvalidAccessError,TypeError"},
		{"the key is a copy", `const raw = bytes('Jefe'); const k = await subtle.importKey('raw', raw, {name: 'HMAC', hash: 'SHA-1'}, true, ['sign']); raw.fill(0); new Uint8Array(await subtle.exportKey('raw', k)).fill(0); return hex(await subtle.exportKey('raw', k))`, "4a656665"},

		// NIST CAVS and SP 800-38A F.2.1
		{"gcm", `const k = await subtle.importKey('raw', unhex('00000000000000000000000000000000'), 'AES-GCM', true, ['encrypt', 'decrypt']); const a = {name: 'AES-GCM', iv: new Uint8Array(12)}; return [hex(await subtle.encrypt(a, k, new Uint8Array(16))), hex(await subtle.encrypt(a, k, bytes('')))]`,
			"0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf,58e2fccefa7e3061367f1d57a4e7455a"},
		{"gcm round trips", `const k = await subtle.generateKey({name: 'AES-GCM', length: 256}, false, ['encrypt', 'decrypt']); const out = [k.algorithm.length];
			for (const a of [{iv: new Uint8Array(12)}, {iv: new Uint8Array(16)}, {iv: new Uint8Array(12), tagLength: 96}, {iv: new Uint8Array(12), additionalData: bytes('extra')}]) { a.name = 'AES-GCM'; const c = await subtle.encrypt(a, k, bytes('hello')); out.push(c.byteLength, String.fromCharCode(...new Uint8Array(await subtle.decrypt(a, k, c)))) }
			const a = {name: 'AES-GCM', iv: new Uint8Array(12)}; const c = new Uint8Array(await subtle.encrypt(a, k, bytes('hello'))); c[0] ^= 1; out.push(await err(subtle.decrypt(a, k, c)), await err(subtle.decrypt(a, k, bytes('')))); return out`,
			"256,21,hello,21,hello,17,hello,21,hello,OperationError,OperationError"},
		{"gcm parameters", `const k = await subtle.generateKey({name: 'AES-GCM', length: 128}, false, ['encrypt']); const e = a => err(subtle.encrypt({name: 'AES-GCM', ...a}, k, bytes(''))); return [await e({}), await e({iv: bytes('')}), await e({iv: new Uint8Array(12), tagLength: 5}), await e({iv: new Uint8Array(12), tagLength: 32}), await err(subtle.generateKey({name: 'AES-GCM', length: 100}, true, ['encrypt'])), await err(subtle.decrypt({name: 'AES-GCM', iv: new Uint8Array(12)}, k, bytes('')))]`,
			"TypeError,OperationError,OperationError,NotSupportedError,OperationError,InvalidAccessError"},
		{"cbc", `const k = await subtle.importKey('raw', unhex('2b7e151628aed2a6abf7158809cf4f3c'), {name: 'AES-CBC'}, true, ['encrypt', 'decrypt']); const a = {name: 'AES-CBC', iv: unhex('000102030405060708090a0b0c0d0e0f')}; const c = await subtle.encrypt(a, k, unhex('6bc1bee22e409f96e93d7e117393172a')); return [hex(c).slice(0, 32), c.byteLength, hex(await subtle.decrypt(a, k, c)), (await subtle.exportKey('jwk', k)).alg]`,
			"7649abac8119b246cee98e9b12e9197d,32,6bc1bee22e409f96e93d7e117393172a,A128CBC"},
		{"cbc errors", `const k = await subtle.generateKey({name: 'AES-CBC', length: 192}, false, ['encrypt', 'decrypt']); const a = {name: 'AES-CBC', iv: new Uint8Array(16)}; const c = new Uint8Array(await subtle.encrypt(a, k, bytes('x'))); c[15] ^= 0xFF; return [await err(subtle.decrypt(a, k, c)), await err(subtle.decrypt(a, k, bytes('abc'))), await err(subtle.decrypt(a, k, bytes(''))), await err(subtle.encrypt({name: 'AES-CBC', iv: bytes('x')}, k, bytes('')))]`,
			"OperationError,OperationError,OperationError,OperationError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run(t, new(fakeHost), c.src); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNoRandomnessAtTheTopLevel(t *testing.T) {
	got := run(t, &fakeHost{idle: true}, `const out = []; for (const f of [() => crypto.randomUUID(), () => crypto.getRandomValues(new Uint8Array(1))]) try { f() } catch (e) { out.push(e.name) }
		out.push(await err(subtle.generateKey({name: 'AES-GCM', length: 128}, true, ['encrypt'])), hex(await subtle.digest('SHA-1', bytes('abc'))).slice(0, 8)); return out`)
	if got != "Error,Error,Error,a9993e36" {
		t.Errorf("got %s", got)
	}
}

func FuzzUnpad(f *testing.F) {
	f.Add([]byte("0123456789abcde\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || len(data)%16 != 0 {
			return
		}
		got, ok := unpad(data)
		pad := int(data[len(data)-1])
		want := pad >= 1 && pad <= 16
		for i := 1; want && i <= pad; i++ {
			want = data[len(data)-i] == byte(pad)
		}
		if ok != want || ok && len(got) != len(data)-pad {
			t.Fatalf("%x: got %d bytes, %v", data, len(got), ok)
		}
	})
}
