import { run, settle } from '../lib.js';
const top = await import('../modules/counter.js');
export default run({
  'at the top': () => top.count,
  'in a handler': async () => { const before = globalThis.lazyLoads; const m = await import('../modules/lazy.js'); return [before, m.value, m.default, globalThis.lazyLoads]; },
  'again': async () => { const m = await import('../modules/lazy.js'); return [(await import('../modules/lazy.js')) === m, globalThis.lazyLoads]; },
  'destructured': async () => { const { value } = await import('../modules/lazy.js'); return value; },
  'all at once': async () => (await Promise.all([import('../modules/lazy.js'), import('../modules/counter.js')])).length,
});
