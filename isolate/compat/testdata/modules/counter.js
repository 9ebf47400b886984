export let count = 0;
export function add() { count++; }
export { count as alias };
export default class Counter { n = count; }
