import { run } from '../lib.js';
// Small programs as people write them.
const html = (strings, ...values) => strings.reduce((out, s, i) => out + s + (i < values.length ? String(values[i]).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`) : ''), '');
class Router {
  #routes = [];
  add(method, pattern, handler) { const keys = []; const re = new RegExp('^' + pattern.replace(/:(\w+)/g, (_, k) => { keys.push(k); return '([^/]+)'; }).replace(/\*/g, '(.*)') + '$'); this.#routes.push({ method, re, keys, handler }); return this; }
  async route(request) { const { pathname } = new URL(request.url); for (const { method, re, keys, handler } of this.#routes) { if (method !== request.method) continue; const m = re.exec(pathname); if (m) return handler(request, Object.fromEntries(keys.map((k, i) => [k, decodeURIComponent(m[i + 1])]))); } return new Response('Not found', { status: 404 }); }
}
const router = new Router().add('GET', '/user/:id', (_, { id }) => Response.json({ id })).add('POST', '/echo', async (r) => new Response(await r.text())).add('GET', '/files/*', () => new Response('files'));
const ask = async (path, init) => { const r = await router.route(new Request('http://a.example' + path, init)); return [r.status, await r.text()]; };
export default run({
  'router': async () => [await ask('/user/J%C3%BCrgen'), await ask('/echo', { method: 'POST', body: 'hi' }), await ask('/files/a/b'), await ask('/nope')],
  'templating': () => html`<p title="${'"x"'}">${'<b>'}</p>`,
  'jwt': async () => { const enc = new TextEncoder(); const b64 = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, ''); const head = b64(enc.encode(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))); const body = b64(enc.encode(JSON.stringify({ sub: '1', iat: 0 }))); const key = await crypto.subtle.importKey('raw', enc.encode('secret'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']); return `${head}.${body}.${b64(await crypto.subtle.sign('HMAC', key, enc.encode(`${head}.${body}`)))}`; },
  'cookies': () => { const parse = (s) => Object.fromEntries(s.split(/;\s*/).map((c) => { const i = c.indexOf('='); return [c.slice(0, i), decodeURIComponent(c.slice(i + 1))]; })); return parse('a=1; b=x%20y; c=d=e'); },
  'etag': async () => `"${Array.from(new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode('body')))).map((b) => b.toString(16).padStart(2, '0')).join('')}"`,
  'basic auth': () => { const [user, pass] = atob('dXNlcjpwOnc='.trim()).split(/:(.*)/s); return [user, pass]; },
  'cors': () => { const r = new Response('x'); const n = new Response(r.body, r); n.headers.set('Access-Control-Allow-Origin', '*'); n.headers.append('Vary', 'Origin'); n.headers.append('Vary', 'Accept'); return [...n.headers]; },
  'query': () => { const u = new URL('http://a/?utm_source=x&b=2&a=1&utm_medium=y'); for (const k of [...u.searchParams.keys()]) if (k.startsWith('utm_')) u.searchParams.delete(k); u.searchParams.sort(); return u.href; },
  'retry': async () => { let n = 0; const once = async () => { if (++n < 3) throw new Error('no'); return 'yes'; }; for (let i = 0; ; i++) { try { return [await once(), n]; } catch (e) { if (i === 5) throw e; await new Promise((r) => setTimeout(r, 1)); } } },
  'timeout with race': async () => { const slow = new Promise((r) => setTimeout(r, 500, 'slow')); return Promise.race([slow, new Promise((r) => setTimeout(r, 5, 'timeout'))]); },
  'compose three': async ({ origin }) => { const [a, b, c] = await Promise.all(['json', 'echo/b', 'chunks'].map((p) => fetch(`${origin}/${p}`).then((r) => r.text()))); return [a.length, JSON.parse(b).target, c]; },
  'rewrite a stream': async ({ origin }) => { const r = await fetch(origin + '/chunks'); const upper = new TransformStream({ transform(c, k) { k.enqueue(new TextEncoder().encode(new TextDecoder().decode(c).toUpperCase())); } }); return new Response(r.body.pipeThrough(upper)).text(); },
  'lines of a stream': async ({ origin }) => { const lines = []; let rest = ''; for await (const c of (await fetch(origin + '/chunks')).body.pipeThrough(new TextDecoderStream())) { const parts = (rest + c).split(' '); rest = parts.pop(); lines.push(...parts); } return [...lines, rest]; },
  'middleware': async () => { const compose = (fns) => (ctx) => { const go = (i) => fns[i]?.(ctx, () => go(i + 1)); return go(0); }; const log = []; await compose([async (c, next) => { log.push('a1'); await next(); log.push('a2'); }, async (c, next) => { log.push('b1'); await next(); log.push('b2'); }, async () => { log.push('h'); }])({}); return log; },
  'uuid v5 like': async () => { const h = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode('ns:name'))).slice(0, 16); h[6] = (h[6] & 0x0f) | 0x50; h[8] = (h[8] & 0x3f) | 0x80; return [...h].map((b, i) => ([4, 6, 8, 10].includes(i) ? '-' : '') + b.toString(16).padStart(2, '0')).join(''); },
  'memoize with a WeakMap': () => { const cache = new WeakMap(); const f = (o) => { if (!cache.has(o)) cache.set(o, Object.keys(o).length); return cache.get(o); }; const o = { a: 1 }; f(o); o.b = 2; return f(o); },
  'deep merge': () => { const merge = (a, b) => Object.entries(b).reduce((o, [k, v]) => ({ ...o, [k]: v && typeof v === 'object' && !Array.isArray(v) ? merge(o[k] ?? {}, v) : v }), a); return merge({ a: { b: 1, c: [1] } }, { a: { c: [2], d: { e: 3 } } }); },
  'event emitter': () => { class E { #l = new Map(); on(k, f) { (this.#l.get(k) ?? this.#l.set(k, new Set()).get(k)).add(f); return () => this.#l.get(k).delete(f); } emit(k, ...a) { return [...(this.#l.get(k) ?? [])].map((f) => f(...a)); } } const e = new E(); const off = e.on('x', (n) => n + 1); e.on('x', (n) => n * 2); const a = e.emit('x', 5); off(); return [a, e.emit('x', 5), e.emit('none')]; },
  'csv': () => 'a,"b ""q"", c",d\n1,,3'.split('\n').map((l) => [...l.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map((m) => m[1].replace(/^"|"$/g, '').replace(/""/g, '"'))),
  'priority queue': () => { const q = []; const push = (p, v) => { q.push({ p, v }); q.sort((a, b) => a.p - b.p); }; push(3, 'c'); push(1, 'a'); push(2, 'b'); push(1, 'a2'); return q.map((x) => x.v); },
  'date header': () => new Date('2024-02-29T12:00:00Z').toUTCString(),
  'hash of a string': () => { let h = 0x811c9dc5; for (const c of 'hello w\u00f6rld') { h ^= c.codePointAt(0); h = Math.imul(h, 0x01000193) >>> 0; } return h.toString(16); },
});
