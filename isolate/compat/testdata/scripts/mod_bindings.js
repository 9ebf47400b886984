import { run, attempt } from '../lib.js';
import Counter, { count, alias, add } from '../modules/counter.js';
import * as ns from '../modules/counter.js';
import { both } from '../modules/cycle_a.js';
import * as star from '../modules/star.js';
import '../modules/effect.js';
export default run({
  'live bindings': () => { const before = count; add(); return [before, count, alias, ns.count, new Counter().n]; },
  'namespace object': () => [Object.keys(ns).sort(), ns[Symbol.toStringTag], typeof ns.default, 'count' in ns],
  'cycle': () => both(),
  'star': () => [Object.keys(star).sort(), star.own, star.ns.a, star.Renamed === Counter],
  'side effects': () => globalThis.effects,
});
