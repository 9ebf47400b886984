import { run } from '../lib.js';
import data from '../modules/data.json';
import note from '../modules/note.txt';
import typed from '../modules/data.json' with { type: 'json' };
import { early } from '../modules/tla.js';
export default run({
  'json': () => data,
  'json with attributes': () => [typed.list, typed === data],
  'text': () => note,
  'top-level await': () => early,
});
