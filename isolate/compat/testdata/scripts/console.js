import { run, attempt } from '../lib.js';
const odd = () => [undefined, null, NaN, -0, 1n, Symbol('x'), 'text', () => 0, class A {}, [1, , 3], { a: { b: { c: { d: 1 } } } }, new Map([[1, 2]]), new Set([1]), new Date(NaN), /x/, new Error('e'), new Proxy({}, {}), new Uint8Array(3), new ArrayBuffer(2), Promise.resolve(1), new WeakMap(), new Headers({ a: '1' }), new Request('http://a/'), new Response('x'), new URL('http://a/'), Object.create(null), globalThis, new DOMException('m', 'AbortError')];
export default run({
  'everything': () => odd().map((v) => attempt(() => console.log(v))),
  'formats': () => attempt(() => console.log('%s %d %i %f %o %O %c %% %j %', 'a', 1.5, 2.7, '3', {}, {}, 'css', 1, 2)),
  'cycles': () => { const o = {}; o.o = o; return attempt(() => console.log(o)); },
  'throwing getter': () => attempt(() => console.log({ get x() { throw 1; } })),
  'throwing toString': () => attempt(() => console.log('%s', { toString() { throw 1; } })),
  'throwing proxy': () => attempt(() => console.log(new Proxy({}, { get() { throw 1; }, ownKeys() { throw 2; } }))),
  'the rest': () => attempt(() => { console.group('g'); console.count(); console.count('x'); console.time('t'); console.timeLog('t'); console.timeEnd('t'); console.timeEnd('none'); console.assert(false, 'a'); console.assert(true); console.table([{ a: 1 }, { b: 2 }]); console.dir({}); console.trace('t'); console.groupEnd(); console.groupEnd(); console.warn(); console.error(new Error('x')); console.clear(); console.debug(); console.info(); console.countReset('x'); return 'fine'; }),
  'returns': () => console.log(''),
  'unbound': () => { const { log, error } = console; return [attempt(() => log('x')), attempt(() => error('x'))]; },
});
