// What every script shares: run takes an object of cases, runs one after the other and
// answers with what each gave. A case that throws gives its error's name, one that never
// settles "<hangs>".

const own = Object.prototype.hasOwnProperty;

/** show turns any value into JSON that tells apart what JSON would not. */
export function show(v, depth = 0) {
  if (depth > 8) return '<deep>';
  switch (typeof v) {
    case 'undefined': return '<undefined>';
    case 'bigint': return `<${v}n>`;
    case 'symbol': return `<${String(v)}>`;
    case 'function': return `<function ${v.name}>`;
    case 'number':
      if (Number.isNaN(v)) return '<NaN>';
      if (v === Infinity || v === -Infinity) return `<${v}>`;
      return Object.is(v, -0) ? '<-0>' : v;
    case 'string': return v;
    case 'boolean': return v;
  }
  if (v === null) return null;
  if (Array.isArray(v)) return Array.from(v, (x) => show(x, depth + 1));
  if (v instanceof Map) return { '<Map>': Array.from(v, (x) => show(x, depth + 1)) };
  if (v instanceof Set) return { '<Set>': Array.from(v, (x) => show(x, depth + 1)) };
  if (v instanceof Date) return `<Date ${isNaN(v) ? 'invalid' : v.toISOString()}>`;
  if (v instanceof RegExp) return `<RegExp ${v}>`;
  if (isError(v)) return `<${name(v)}>`;
  if (ArrayBuffer.isView(v)) {
    const bytes = Array.from(new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
    return { [`<${v.constructor.name}>`]: bytes };
  }
  if (v instanceof ArrayBuffer) return { '<ArrayBuffer>': Array.from(new Uint8Array(v)) };
  const proto = Object.getPrototypeOf(v);
  if (proto === Object.prototype || proto === null) {
    const out = {};
    for (const k of Object.keys(v)) out[k] = show(v[k], depth + 1);
    return out;
  }
  return `<${Object.prototype.toString.call(v)}>`;
}

function isError(v) {
  return v instanceof Error || v instanceof DOMException;
}

/** name is the class of a thrown value. */
export function name(e) {
  if (e instanceof DOMException) return `DOMException ${e.name}`;
  if (e instanceof Error) return own.call(e, 'name') ? e.name : e.constructor.name;
  return `thrown ${typeof e}`;
}

async function one(f, context) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, 1000, '<hangs>'); });
  try {
    return show(await Promise.race([(async () => f(context))(), late]));
  } catch (e) {
    return `throws ${name(e)}`;
  } finally {
    clearTimeout(timer);
  }
}

/** answer runs the cases and makes a response of what they gave. */
export async function answer(cases, context) {
  const out = {};
  for (const k of Object.keys(cases)) out[k] = await one(cases[k], context);
  return new Response(JSON.stringify(out), { headers: { 'content-type': 'application/json' } });
}

/** run is a module worker of cases. */
export function run(cases) {
  return { fetch: (request, env, ctx) => answer(cases, { request, env, ctx, origin: env.ORIGIN }) };
}

/** attempt gives f's value, or what it threw as text. */
export function attempt(f) {
  try {
    return f();
  } catch (e) {
    return `throws ${name(e)}`;
  }
}

/** settle gives a promise's value, or what it rejected with as text. */
export async function settle(p) {
  try {
    return await p;
  } catch (e) {
    return `throws ${name(e)}`;
  }
}
