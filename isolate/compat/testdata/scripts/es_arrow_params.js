import { run } from '../lib.js';
export default run({
  'a default in a later parameter': () => ((a, [b, { c } = { c: 5 }] = []) => [a, b, c])(1),
});
