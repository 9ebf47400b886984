//! PUT /file.txt text/plain;charset=utf-8 some text of the client
import { run } from '../lib.js';
export default run({
  'change and send on': async ({ request, origin }) => { const r = new Request(origin + '/echo/p', { method: request.method, headers: request.headers, body: (await request.clone().text()).toUpperCase() }); r.headers.set('x-extra', '1'); const e = await (await fetch(r)).json(); return [e.method, e.body, e.fields['x-extra'], e.fields['content-type'], e.fields['x-client']]; },
  'pass the stream on': async ({ request, origin }) => { const e = await (await fetch(origin + '/echo/q', { method: 'POST', body: request.body })).json(); return [e.method, e.body, request.bodyUsed]; },
});
