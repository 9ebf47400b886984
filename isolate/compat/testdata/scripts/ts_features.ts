import { run } from '../lib.js';
import type { Missing } from './nowhere';
type Handler = (n: number) => string;
declare const undeclared: string;
export type { Missing };
class Base<T> { static count = 0; constructor(public readonly value: T) { Base.count++; } map<U>(f: (x: T) => U): Base<U> { return new Base(f(this.value)); } }
class Derived extends Base<string> { #secret = 1; private tail?: number; constructor(v: string) { super(v + '!'); } get secret(): number { return this.#secret; } }
interface Point { x: number; y?: number }
const enum Size { S = 'small', L = 'large' }
enum Bits { None = 0, A = 1 << 0, B = 1 << 1, AB = A | B, Len = 'abc'.length }
namespace Deep.Nested { export const v = 'deep'; export class K { n = v; } }
namespace Deep.Nested { export const w = v + '2'; }
function isString(x: unknown): x is string { return typeof x === 'string'; }
const tuple = [1, 'a', true] as const;
const handlers: Record<string, Handler> = { a: (n) => `n${n}` };
let definite!: number;
abstract class Animal { abstract name: string; speak(this: Animal): string { return this.name; } }
export default run({
  'generic classes': () => { const d = new Derived('x'); return [d.value, d.secret, d.map((s) => s.length).value, Base.count, Object.keys(d)]; },
  'const enums': () => [Size.S, Size.L],
  'computed enums': () => [Bits.AB, Bits[3], Bits.Len, Object.keys(Bits).length],
  'merged namespaces': () => [new Deep.Nested.K().n, Deep.Nested.w],
  'type guards': () => [1, 'a'].filter(isString),
  'tuples': () => { const [n, , b] = tuple; return [n, b]; },
  'index signatures': () => handlers['a']!(3),
  'definite assignment': () => typeof definite,
  'unions': () => { type Shape = { k: 'c'; r: number } | { k: 's'; l: number }; const area = (s: Shape) => { switch (s.k) { case 'c': return s.r * 3; case 's': return s.l ** 2; } }; return [area({ k: 'c', r: 1 }), area({ k: 's', l: 2 })]; },
  'optional calls': () => { const p: Point | undefined = Math.random() > 2 ? { x: 1 } : undefined; return [p?.x, p?.y ?? 'none']; },
  'abstract': () => { class Dog extends Animal { name = 'dog'; } return new Dog().speak(); },
  'arrow generics': () => { const wrap = <T extends object>(o: T) => ({ ...o, wrapped: true as const }); return wrap({ a: 1 }); },
  'typeof declare': () => typeof undeclared,
  'satisfies and as': () => ({ a: [1] } satisfies Record<string, number[]>).a.length as number,
  'private constructor': () => { class S { private static one?: S; private constructor(readonly id: number) {} static get() { return (this.one ??= new S(7)); } } return [S.get() === S.get(), S.get().id]; },
} as Record<string, (c: any) => unknown>);
