export * from './counter.js';
export * as ns from './cycle_a.js';
export { default as Renamed } from './counter.js';
export const own = 1;
