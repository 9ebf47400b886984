import { run, attempt } from '../lib.js';
const tick = (ms) => new Promise((r) => setTimeout(r, ms));
export default run({
  'delays convert': async () => { const l = []; setTimeout(() => l.push('neg'), -5); setTimeout(() => l.push('nan'), NaN); setTimeout(() => l.push('none')); setTimeout(() => l.push('string'), '1'); setTimeout(() => l.push('null'), null); await tick(15); return l.sort(); },
  'nested': async () => { const l = []; await new Promise((r) => setTimeout(() => { l.push(1); setTimeout(() => { l.push(2); setTimeout(() => { l.push(3); r(); }); }); })); return l; },
  'clear in a timer': async () => { const l = []; const b = setTimeout(() => l.push('b'), 30); setTimeout(() => { l.push('a'); clearTimeout(b); }, 1); await tick(45); return l; },
  'clear itself': async () => { let n = 0; const t = setInterval(() => { n++; clearInterval(t); }, 1); await tick(10); return n; },
  'clearTimeout of an interval': async () => { let n = 0; const t = setInterval(() => n++, 2); clearTimeout(t); await tick(8); return n; },
  'throwing timer': async () => { const l = []; setTimeout(() => { l.push('before'); throw new Error('in a timer'); }, 1); setTimeout(() => l.push('after'), 2); await tick(12); return l; },
  'rejecting timer': async () => { const l = []; setTimeout(async () => { l.push('x'); throw new Error('y'); }, 1); await tick(8); return l; },
  'microtask in a timer runs first': async () => { const l = []; setTimeout(() => { queueMicrotask(() => l.push('m')); l.push('t'); }, 1); setTimeout(() => l.push('u'), 1); await tick(10); return l; },
  'promise of a timer': async () => { const v = await new Promise((r) => setTimeout(r, 1, 'value')); return v; },
  'many': async () => { let n = 0; await Promise.all(Array.from({ length: 200 }, (_, i) => new Promise((r) => setTimeout(() => { n++; r(); }, i % 7)))); return n; },
  'order of many': async () => { const l = []; await Promise.all(Array.from({ length: 50 }, (_, i) => new Promise((r) => setTimeout(() => { l.push(i); r(); }, 5)))); return l.every((x, i) => x === i); },
  'interval arguments': async () => new Promise((r) => { const t = setInterval((a, b) => { clearInterval(t); r([a, b]); }, 1, 'x', 'y'); }),
  'bad callbacks': () => [attempt(() => setTimeout()), attempt(() => setTimeout(undefined, 1)), attempt(() => setTimeout({}, 1)), attempt(() => setInterval(null))],
});
