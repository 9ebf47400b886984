import { run, attempt, settle } from '../lib.js';
const AsyncFunction = (async () => 0).constructor;
const GeneratorFunction = (function* () {}).constructor;
export default run({
  'eval': () => attempt(() => eval('1+1')),
  'indirect eval': () => attempt(() => (0, eval)('1+1')),
  'eval of no string': () => attempt(() => eval(5)),
  'Function': () => attempt(() => new Function('return 1')()),
  'Function called': () => attempt(() => Function('return 1')()),
  'Function empty': () => attempt(() => Function()()),
  'constructor of a function': () => attempt(() => (() => 0).constructor('return 1')()),
  'AsyncFunction': () => attempt(() => typeof AsyncFunction('return 1')),
  'GeneratorFunction': () => attempt(() => typeof GeneratorFunction('return 1')),
  'setTimeout of a string': () => attempt(() => { setTimeout('x = 1', 1); return 'ok'; }),
  'types': () => [typeof eval, typeof Function, Function.prototype === Object.getPrototypeOf(() => 0), (() => 0) instanceof Function],
});
