import { run, attempt } from '../lib.js';
import cjs, { a, f } from '../modules/cjs.cjs';
import * as all from '../modules/cjs.cjs';
import es, { named } from '../modules/esmodule.cjs';
import fn from '../modules/function.cjs';
const required = require('../modules/function.cjs');
export default run({
  'names of a CommonJS module': () => [a, cjs.a, all.a, cjs.name, typeof all.default],
  '__esModule': () => [named, typeof es],
  'a function': () => [fn(), fn.extra, required === fn],
  'this of an export': () => f(),
});
