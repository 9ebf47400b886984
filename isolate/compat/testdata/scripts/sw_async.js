import { answer, settle } from '../lib.js';
const ready = (async () => { await null; return 'ready'; })();
async function handle(event) {
  const t = await ready;
  return answer({
    'awaited at the top': () => t,
    'late respondWith': async () => { await null; try { event.respondWith(new Response('late')); return 'ok'; } catch (e) { return e.name; } },
    'waitUntil after an await': async () => { await null; event.waitUntil(Promise.resolve()); return 'ok'; },
    'request body': () => event.request.body,
    'event members': () => ['request', 'respondWith', 'waitUntil', 'passThroughOnException', 'type', 'preventDefault'].map((k) => typeof event[k]),
    'fetch of the request': async () => (await fetch(ORIGIN + '/echo' + new URL(event.request.url).pathname, event.request).then((r) => r.json())).target,
  }, { event });
}
self.addEventListener('fetch', (event) => { event.respondWith(handle(event)); });
