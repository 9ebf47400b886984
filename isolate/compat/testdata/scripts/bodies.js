import { run, settle } from '../lib.js';
const enc = new TextEncoder();
const big = () => { const b = new Uint8Array(1 << 18); for (let i = 0; i < b.length; i += 4096) b[i] = i >> 12; return b; };
const sum = (b) => b.reduce((a, x) => (a * 31 + x) >>> 0, 7);
export default run({
  'a large body there and back': async ({ origin }) => { const text = 'x'.repeat(200000); const r = await (await fetch(origin + '/echo/', { method: 'POST', body: text })).json(); return [r.length, r.body.length, r.body === text]; },
  'a large stream there and back': async ({ origin }) => { let n = 0; const s = new ReadableStream({ pull(c) { if (n++ === 20) c.close(); else c.enqueue(enc.encode('y'.repeat(5000))); } }); const r = await (await fetch(origin + '/echo/', { method: 'POST', body: s })).json(); return r.body.length; },
  'a failing upload': async ({ origin }) => settle(fetch(origin + '/echo/', { method: 'POST', body: new ReadableStream({ pull() { throw new RangeError('up'); } }) }).then((r) => r.status)),
  'bytes through clone': async () => { const r = new Response(big()); const c = r.clone(); return [sum(await r.bytes()), sum(await c.bytes())]; },
  'blob of a stream': async () => { const b = await new Response(new Blob([big()]).stream()).blob(); return [b.size, sum(await b.bytes())]; },
  'slices': async () => { const b = new Blob([big()]); return [sum(await b.slice(4096, 8193).bytes()), (await b.slice(-10).arrayBuffer()).byteLength]; },
  'tee of a response': async ({ origin }) => { const [a, b] = (await fetch(origin + '/chunks')).body.tee(); return [await new Response(a).text(), await new Response(b).text()]; },
  'through two transforms': async ({ origin }) => { const up = new TransformStream({ transform(c, k) { k.enqueue(c.toUpperCase()); } }); const r = await fetch(origin + '/chunks'); return new Response(r.body.pipeThrough(new TextDecoderStream()).pipeThrough(up).pipeThrough(new TextEncoderStream())).text(); },
  'transform writer': async () => { const { readable, writable } = new TransformStream(); const w = writable.getWriter(); (async () => { for (const s of ['a', 'b', 'c']) { await w.write(enc.encode(s)); } await w.close(); })(); return new Response(readable).text(); },
  'backpressure': async () => { let pulls = 0; const s = new ReadableStream({ pull(c) { pulls++; c.enqueue(enc.encode('x')); } }, { highWaterMark: 3 }); const r = s.getReader(); await new Promise((x) => setTimeout(x, 2)); const before = pulls; await r.read(); await new Promise((x) => setTimeout(x, 2)); return [before, pulls]; },
  'pipeTo with a slow sink': async () => { const l = []; await new ReadableStream({ start(c) { for (let i = 0; i < 4; i++) c.enqueue(i); c.close(); } }).pipeTo(new WritableStream({ async write(x) { await new Promise((r) => setTimeout(r, 1)); l.push(x); } })); return l; },
  'first bytes before the end': async ({ origin }) => { const r = await fetch(origin + '/half'); const rd = r.body.getReader(); const { value, done } = await rd.read(); rd.cancel(); return [new TextDecoder().decode(value), done]; },
  'a body is not sent twice': async ({ origin }) => { const q = new Request(origin + '/echo/', { method: 'POST', body: 'once' }); const a = await fetch(q); await a.text(); return [q.bodyUsed, await settle(fetch(q).then((r) => r.status))]; },
  'clone before fetch': async ({ origin }) => { const q = new Request(origin + '/echo/', { method: 'POST', body: 'twice' }); const a = await (await fetch(q.clone())).json(); const b = await (await fetch(q)).json(); return [a.body, b.body]; },
  'text then headers': async ({ origin }) => { const r = await fetch(origin + '/json'); const t = await r.text(); return [t, r.headers.get('content-type'), r.bodyUsed]; },
  'unread bodies': async ({ origin }) => { const rs = await Promise.all(Array.from({ length: 5 }, () => fetch(origin + '/json'))); return rs.map((r) => r.status); },
  'new Response of a used body': async () => { const r = new Response('x'); await r.text(); try { return new Response(r.body).status; } catch (e) { return e.name; } },
  'multipart upload': async ({ origin }) => { const f = new FormData(); f.append('t', 'text'); f.append('f', new File(['content'], 'n.txt', { type: 'text/x' })); const r = await (await fetch(origin + '/echo/', { method: 'POST', body: f })).json(); const boundary = /boundary="?([^"]+)"?$/.exec(r.fields['content-type'][0])[1]; return r.body.trimEnd().split(boundary).join('B').split('\r\n'); },
});
