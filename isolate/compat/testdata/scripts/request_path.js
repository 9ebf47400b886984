//! GET /a%20b/c;x=1/%E2%82%AC?q=%C3%A9&r=a+b&q=2&empty=&flag
import { run } from '../lib.js';
export default run({
  'url': ({ request }) => request.url,
  'parts': ({ request }) => { const u = new URL(request.url); return [u.pathname, u.search, u.host, u.protocol, decodeURIComponent(u.pathname)]; },
  'query': ({ request }) => { const p = new URL(request.url).searchParams; return [p.get('q'), p.getAll('q'), p.get('r'), p.get('empty'), p.get('flag'), p.get('none'), [...p.keys()]]; },
  'segments': ({ request }) => new URL(request.url).pathname.split('/').filter(Boolean),
  'method and body': ({ request }) => [request.method, request.body, request.headers.get('content-length')],
  'fetch of the same path': async ({ request, origin }) => { const u = new URL(request.url); return (await (await fetch(origin + '/echo' + u.pathname + u.search)).json()).target; },
});
