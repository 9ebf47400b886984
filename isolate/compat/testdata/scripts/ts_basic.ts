import { run, attempt } from '../lib.js';

interface Env { ORIGIN: string }
type Pair<T> = readonly [T, T];
enum Color { Red, Green = 5, Blue }
const enum Flag { A = 1, B = A << 1 }
enum Text { Up = 'UP' }
namespace Space { export const inner = 1; export function f(x: number): number { return x + inner; } }
abstract class Shape { constructor(protected readonly name: string, private side = 2) {} abstract area(): number; describe(): string { return `${this.name}:${this.area()}:${this.side}`; } }
class Square extends Shape { override area(): number { return 4; } declare extra?: string; }
function over(x: string): string;
function over(x: number): number;
function over(x: unknown) { return x; }
function assertIs(x: unknown): asserts x is string { if (typeof x !== 'string') throw new TypeError(); }
const value = { a: 1 } satisfies Record<string, number>;
function logged<T extends (...a: never[]) => unknown>(f: T, _ctx: ClassMethodDecoratorContext) { return function (this: unknown, ...a: never[]) { return 'logged ' + String(f.apply(this, a)); }; }
class Decorated { @logged hi(n: number) { return n; } }

export default run({
  'enums': () => [Color.Red, Color[5], Color.Blue, Flag.B, Text.Up, Object.keys(Color)],
  'namespace': () => Space.f(2),
  'classes': () => [new Square('sq').describe(), Object.keys(new Square('sq'))],
  'generics': () => { const id = <T,>(x: T): T => x; const p: Pair<number> = [1, 2]; return [id(5), p]; },
  'assertions': () => { const x = 'a' as unknown as number; const y = value!.a; const z = <number>1; return [x, y, z, attempt(() => assertIs(1))]; },
  'overloads': () => [over('x'), over(1)],
  'decorators': () => attempt(() => new Decorated().hi(3)),
  'optional parameters': () => ((a: number, b?: number, ...c: number[]) => [a, b, c])(1),
  'accessor keyword': () => { class A { accessor n = 1; } const a = new A(); a.n++; return [a.n, Object.keys(a)]; },
  'this parameter': () => (function (this: { v: number }) { return this.v; }).call({ v: 3 }),
  'env': ({ env }: { env: Env }) => typeof env.ORIGIN,
  'non-null chain': () => { const o: { a?: { b: number } } = { a: { b: 1 } }; return o.a!.b; },
  'abstract and override': () => new Square('x') instanceof Shape,
} as Record<string, (c: any) => unknown>);
