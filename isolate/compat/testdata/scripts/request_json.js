//! POST /api/items?x=1 application/json {"name":"J\u00fcrgen","list":[1,2],"deep":{"a":{"b":null}}}
import { run, settle } from '../lib.js';
export default run({
  'clone json': async ({ request }) => request.clone().json(),
  'blob': async ({ request }) => { const b = await request.clone().blob(); return [b.type, b.size > 0]; },
  'bytes': async ({ request }) => (await request.clone().bytes()).length,
  'formData': ({ request }) => settle(request.clone().formData()),
  'stream': async ({ request }) => { let s = ''; for await (const c of request.clone().body.pipeThrough(new TextDecoderStream())) s += c; return JSON.parse(s).list; },
  'destructure': async ({ request }) => { const { name, list: [first, ...rest], deep: { a: { b = 'dflt' } } } = await request.json(); return [name, first, rest, b]; },
  'used': ({ request }) => request.bodyUsed,
});
