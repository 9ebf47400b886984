import { answer, attempt } from '../lib.js';
var topVar = 1;
function topFunction() {}
let topLet = 2;
let order = ['evaluated'];
addEventListener('fetch', (event) => {
  order.push('listener');
  event.waitUntil(Promise.resolve());
  event.respondWith(answer({
    'event': () => [event.type, event instanceof FetchEvent, event instanceof Event, event.request instanceof Request, event.request.url, typeof event.passThroughOnException],
    'bindings are globals': () => [typeof ORIGIN, 'ORIGIN' in globalThis],
    'top level': () => [typeof topVar, typeof topFunction, topLet],
    'order': () => order,
    'this of the module': () => typeof self.addEventListener,
    'respondWith twice': () => attempt(() => event.respondWith(new Response('again'))),
    'fetch': async () => (await fetch(ORIGIN + '/json')).json(),
  }, { event }));
});
