//! POST /submit?x=1 application/x-www-form-urlencoded name=J%C3%BCrgen&tag=a&tag=b
import { run, attempt, settle } from '../lib.js';
export default run({
  'fields': ({ request }) => [request.method, request.url, request.bodyUsed, request.headers.get('content-type'), request.headers.get('content-length')],
  'clone and formData': async ({ request }) => { const f = await request.clone().formData(); return [f.get('name'), f.getAll('tag'), [...f.keys()]]; },
  'clone and text': async ({ request }) => request.clone().text(),
  'new Request keeps it': async ({ request }) => { const c = request.clone(); const r = new Request('http://b.example/', c); return [r.method, await r.text(), c.bodyUsed]; },
  'fetch passes it on': async ({ request, origin }) => { const r = await (await fetch(new Request(origin + '/echo/x', request.clone()))).json(); return [r.method, r.body, r.fields['content-type'], r.fields['x-client']]; },
  'text': async ({ request }) => [await request.text(), request.bodyUsed],
  'text again': ({ request }) => settle(request.text()),
  'clone again': ({ request }) => attempt(() => request.clone()),
});
