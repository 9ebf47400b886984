import { answer, attempt } from '../lib.js';
export default {
  other: 5,
  async fetch(request, env, ctx, extra) {
    const self = this;
    return answer({
      'this': () => self?.other,
      'ctx': () => [typeof ctx.waitUntil, typeof ctx.passThroughOnException, Object.prototype.toString.call(ctx), extra],
      'props': () => ctx.props,
      'waitUntil of what': () => [attempt(() => ctx.waitUntil(Promise.resolve())), attempt(() => ctx.waitUntil(1)), attempt(() => ctx.waitUntil())],
      'waitUntil unbound': () => attempt(() => { const { waitUntil } = ctx; waitUntil(Promise.resolve()); return 'ok'; }),
      'env': () => [Object.keys(env), Object.getPrototypeOf(env) === Object.prototype],
      'request is a Request': () => [request instanceof Request, request.body, request.bodyUsed, request.redirect],
      'request signal': () => [request.signal instanceof AbortSignal, request.signal.aborted],
      'request cf': () => typeof request.cf,
      'new Request of it': () => { const r = new Request(request); r.headers.set('x-new', '1'); return [r.headers.get('x-new'), r.headers.get('x-client'), r.method, r.url]; },
      'new Request with another url': () => { const u = new URL(request.url); u.hostname = 'b.example'; const r = new Request(u, request); return [r.url, r.headers.get('x-client')]; },
      'entries of its fields': () => [...request.headers].filter(([k]) => k === 'x-client' || k === 'host'),
    }, {});
  },
};
