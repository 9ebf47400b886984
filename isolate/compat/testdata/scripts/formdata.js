import { run, attempt } from '../lib.js';
export default run({
  'append set get': () => { const f = new FormData(); f.append('a', '1'); f.append('a', '2'); f.append('b', '3'); const all = f.getAll('a'); f.set('a', '4'); return [all, [...f], f.get('none'), f.getAll('none'), f.has('b')]; },
  'set keeps the place': () => { const f = new FormData(); f.append('a', '1'); f.append('b', '2'); f.append('a', '3'); f.set('a', 'x'); return [...f]; },
  'delete': () => { const f = new FormData(); f.append('a', '1'); f.append('b', '2'); f.delete('a'); return [...f]; },
  'values convert': () => { const f = new FormData(); f.append(1, 2); f.append('n', null); f.append('u', undefined); return [...f]; },
  'blob becomes file': () => { const f = new FormData(); f.append('b', new Blob(['x'], { type: 't/y' })); const v = f.get('b'); return [v instanceof File, v.name, v.type, v.size]; },
  'blob with name': () => { const f = new FormData(); f.append('b', new Blob(['x']), 'n'); return f.get('b').name; },
  'file keeps its name': () => { const f = new FormData(); const file = new File(['x'], 'o.txt'); f.append('b', file); return [f.get('b') === file, f.get('b').name]; },
  'file renamed': () => { const f = new FormData(); f.append('b', new File(['x'], 'o.txt', { type: 'a/b' }), 'new'); return [f.get('b').name, f.get('b').type]; },
  'string with filename': () => attempt(() => { const f = new FormData(); f.append('b', 'x', 'n'); return 'ok'; }),
  'missing argument': () => [attempt(() => new FormData().append('a')), attempt(() => new FormData().get()), attempt(() => new FormData().set())],
  'constructor with argument': () => attempt(() => [...new FormData({})]),
  'iteration': () => { const f = new FormData(); f.append('a', '1'); f.append('b', '2'); return [[...f.keys()], [...f.values()], [...f.entries()], Object.fromEntries(f)]; },
  'forEach': () => { const f = new FormData(); f.append('a', '1'); const out = []; f.forEach((v, k, o) => out.push([v, k, o === f])); return out; },
  'live iteration': () => { const f = new FormData(); f.append('a', '1'); f.append('b', '2'); const seen = []; for (const [k] of f) { seen.push(k); if (seen.length < 4) f.append('x' + seen.length, ''); } return seen; },
  'tag': () => Object.prototype.toString.call(new FormData()),
});
