import { run, attempt } from '../lib.js';
// The property descriptors programs can see: an attribute is an accessor, an operation a
// writable function, on the prototype and not on the instance.
const kind = (C, k) => { const d = Object.getOwnPropertyDescriptor(C.prototype, k); return d && [d.get ? 'get' : '', d.set ? 'set' : '', typeof d.value, d.enumerable, d.configurable, d.writable ?? null]; };
export default run({
  'methods': () => [[Headers, 'get'], [URL, 'toString'], [Blob, 'text'], [ReadableStream, 'getReader'], [EventTarget, 'addEventListener'], [FormData, 'append'], [URLSearchParams, 'get'], [TextEncoder, 'encode'], [Request, 'clone'], [Response, 'clone']].map(([C, k]) => kind(C, k)),
  'attributes': () => [[Request, 'url'], [Request, 'method'], [Response, 'status'], [Response, 'headers'], [URL, 'origin'], [Blob, 'size'], [ReadableStream, 'locked'], [AbortSignal, 'aborted'], [TextDecoder, 'encoding'], [Event, 'type']].map(([C, k]) => kind(C, k)),
  'settable attributes': () => [[URL, 'href'], [URL, 'hash'], [AbortSignal, 'onabort'], [Event, 'cancelBubble']].map(([C, k]) => kind(C, k)),
  'instances have no own properties': () => [new Request('http://a/'), new Response('x'), new Headers({ a: '1' }), new URL('http://a/'), new Blob(['x']), new FormData(), new AbortController(), new Event('x'), new TextEncoder(), new ReadableStream()].map((o) => Object.keys(o).length),
  'for in': () => { const out = []; for (const k in new AbortController()) out.push(k); return out.sort(); },
  'in': () => ['url' in new Request('http://a/'), 'nope' in new Response(), 'get' in new Headers()],
  'expando': () => { const r = new Response('x'); r.extra = 1; const h = new Headers(); h[Symbol.for('y')] = 2; return [r.extra, h[Symbol.for('y')]]; },
  'freeze': () => { const u = Object.freeze(new URL('http://a/')); return [Object.isFrozen(u), u.host]; },
  'weak map key': () => { const m = new WeakMap(); const r = new Request('http://a/'); m.set(r, 1); return m.get(r); },
  'illegal invocation': () => [attempt(() => Request.prototype.url), attempt(() => Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.call({})), attempt(() => Headers.prototype.get.call(new URLSearchParams(), 'a')), attempt(() => Blob.prototype.slice.call(1))],
  'prototype replaced': () => { const old = Headers.prototype.get; Headers.prototype.get = () => 'mine'; const r = new Headers().get('x'); Headers.prototype.get = old; return r; },
  'method added': () => { Request.prototype.mine = function () { return this.method; }; const r = new Request('http://a/').mine(); delete Request.prototype.mine; return r; },
  'Symbol.hasInstance': () => Object.create(Response.prototype) instanceof Response,
  'toString of a class': () => [String(Response).startsWith('function Response'), typeof Function.prototype.toString.call(fetch)],
  'Reflect.construct': () => { class X {} const r = Reflect.construct(Headers, [], X); return [Object.getPrototypeOf(r) === X.prototype, attempt(() => Headers.prototype.has.call(r, 'a'))]; },
  'Proxy of a class': () => { const P = new Proxy(Request, { construct: (C, a) => new C(a[0] + 'x') }); return new P('http://a/').url; },
  'proxy with bound methods': async () => { const r = new Response('x'); const p = new Proxy(r, { get: (t, k) => { const v = t[k]; return typeof v === 'function' ? v.bind(t) : v; } }); return [p.status, await p.text()]; },
  'constructor lengths': () => [Request, Response, Headers, URL, URLSearchParams, Blob, File, Event].map((C) => attempt(() => new C()).constructor?.name ?? 'throws'),
  'iterator prototypes': () => { const p = Object.getPrototypeOf(Object.getPrototypeOf(new Headers().keys())); return [typeof p[Symbol.iterator], new Headers().keys()[Symbol.iterator]().next().done]; },
});
