import { run } from '../lib.js';

export default run({
  'the request': ({ request }) => [request.method, request.url, request.headers.get('x-client'), request.headers.get('host')],
  'a value of each kind': () => [undefined, null, NaN, -0, 1n, Symbol('x'), new Date(0), /a/g, new Map([[1, 2]]), new Uint8Array([1]), new Error('x')],
  'a throw': () => { throw new RangeError('x'); },
  'an exception': () => { throw new DOMException('x', 'AbortError'); },
  'origin': async ({ origin }) => (await fetch(origin + '/json')).json(),
});
