import { run } from '../lib.js';
const fields = async (p) => (await (await p).json()).fields;
export default run({
  'cookies': ({ origin }) => fields(fetch(origin + '/echo/', { headers: { cookie: 'a=1; b=2' } })),
  'repeated': ({ origin }) => fields(fetch(origin + '/echo/', { headers: [['x-a', '1'], ['x-a', '2']] })),
  'case': ({ origin }) => fields(fetch(origin + '/echo/', { headers: { 'X-MiXed': 'V' } })),
  'empty value': ({ origin }) => fields(fetch(origin + '/echo/', { headers: { 'x-empty': '' } })),
  'types by body': async ({ origin }) => { const out = []; for (const body of ['s', new URLSearchParams('a=b'), new Uint8Array(1), new Blob(['x'], { type: 'a/b' }), new Blob(['x'])]) out.push((await fields(fetch(origin + '/echo/', { method: 'POST', body })))['content-type'] ?? 'none'); return out; },
  'authorization': ({ origin }) => fields(fetch(origin + '/echo/', { headers: { authorization: 'Bearer x' } })),
  'authorization over a redirect': ({ origin }) => fields(fetch(origin + '/redirect/302?to=/echo/x', { headers: { authorization: 'Bearer x', 'x-a': '1' } })),
  'range and conditionals': ({ origin }) => fields(fetch(origin + '/echo/', { headers: { range: 'bytes=0-1', 'if-none-match': '"x"' } })),
  'host is the url\'s': async ({ origin }) => (await fields(fetch(origin + '/echo/', { headers: { host: 'other.example' } }))).host ?? 'none',
  'incoming fields pass on': async ({ request, origin }) => (await fields(fetch(new Request(origin + '/echo/', request))))['x-client'],
  'targets': async ({ origin }) => { const out = []; for (const p of ['/echo/a b', '/echo/%41?q= x', '/echo/\u00e9?\u00e9', '/echo/a//b/./c/../d', '/echo/?', '/echo/#f', "/echo/'\"<>|"]) out.push((await (await fetch(origin + p)).json()).target); return out; },
  'lengths': async ({ origin }) => { const out = []; for (const [method, body] of [['GET'], ['POST'], ['POST', ''], ['POST', 'abc'], ['PUT', new Uint8Array(3)], ['DELETE'], ['DELETE', 'x']]) { const r = await (await fetch(origin + '/echo/', { method, body })).json(); out.push([r.method, r.length, r.body]); } return out; },
});
