import { run, attempt } from '../lib.js';
var hoisted = 'module';
export default run({
  'block functions': () => { { function inner() { return 1; } } return typeof inner; },
  'var in blocks': () => { if (true) { var x = 1; } for (var i = 0; i < 2; i++); return [x, i]; },
  'let in blocks': () => { const x = 1; { const x = 2; } { let x = 3; x++; } return x; },
  'shadowing': () => { const f = (hoisted) => hoisted; return [f('param'), hoisted]; },
  'closures over loops': () => { const a = []; for (var i = 0; i < 3; i++) a.push(() => i); const b = []; for (let j = 0; j < 3; j++) { b.push(() => j); j += 0; } return [a.map((f) => f()), b.map((f) => f())]; },
  'closure changes the loop variable': () => { const out = []; for (let i = 0; i < 3; i++) { const inc = () => i++; inc(); out.push(i); } return out; },
  'for of with const': () => { const fs = []; for (const x of [1, 2]) fs.push(() => x); return fs.map((f) => f()); },
  'for in order and deletes': () => { const o = { a: 1, b: 2, c: 3 }; const s = []; for (const k in o) { s.push(k); delete o.b; } return s; },
  'named function expressions': () => { const f = function g(n) { return n ? n * g(n - 1) : 1; }; return [f(4), typeof g]; },
  'assigning its own name': () => attempt(() => { const f = function g() { g = 1; }; f(); return 'ok'; }),
  'class name inside': () => { const A = class B { static n() { return B.name; } }; return [A.n(), typeof B]; },
  'switch scope': () => { switch (1) { case 0: let x; case 1: return attempt(() => { x = 1; return 'ok'; }); } },
  'catch parameter': () => { const e = 'outer'; try { throw 'inner'; } catch (e) { var v = e; } return [e, v]; },
  'immediately invoked': () => [(() => 1)(), (function () { return 2; })(), (async () => 3)() instanceof Promise, new (class { v = 4; })().v],
  'comma in for': () => { const out = []; for (let i = 0, j = 5; i < j; i++, j--) out.push([i, j]); return out; },
  'getter with side effects': () => { let n = 0; const o = { get x() { return ++n; } }; return [o.x, o.x, o?.x, { ...o }.x]; },
  'arguments is not linked': () => { function f(a) { arguments[0] = 9; return a; } return f(1); },
  'caller and callee': () => { function f() { return attempt(() => arguments.callee); } return f(); },
  'duplicate keys': () => ({ a: 1, a: 2, get b() { return 3; }, b: 4 }),
  'sparse destructuring': () => { const [, , c = 'd', ...[e]] = [1, 2, undefined, 4]; return [c, e]; },
  'destructuring order': () => { const l = []; const o = { get a() { l.push('a'); }, get b() { l.push('b'); return 1; } }; const { b, a = l.push('default') } = o; return l; },
  'computed destructuring': () => { const k = 'x'; const { [k]: v, [`${k}y`]: w = 2, ...r } = { x: 1, z: 3 }; return [v, w, r]; },
  'parameter destructuring': () => (function ({ a, b: [c] = [9] }, [d, { e } = { e: 5 }] = []) { return [a, c, d, e]; })({ a: 1 }),
  'functions are objects': () => { function f() {} f.x = 1; return [f.x, Object.keys(f), f.length, typeof f.prototype, (() => 0).prototype]; },
  'in operator in for': () => { const out = []; for (const k of ['a', 'b'].filter((k) => k in { a: 1 })) out.push(k); return out; },
  'large switch': () => { const f = (n) => { switch (true) { case n < 10: return 's'; case n < 100: return 'm'; default: return 'l'; } }; return [f(5), f(50), f(500)]; },
  'asi': () => { const f = () => {
    return
    1;
  };
  let a = 1
  ;[a] = [2]
  return [f(), a]; },
});
