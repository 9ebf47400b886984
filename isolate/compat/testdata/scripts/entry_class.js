import { WorkerEntrypoint, env } from 'cloudflare:workers';
import { answer } from '../lib.js';
const early = typeof env.ORIGIN;
export default class extends WorkerEntrypoint {
  field = 'set';
  async fetch(request) {
    return answer({
      'this': () => [typeof this.env.ORIGIN, typeof this.ctx.waitUntil, this.field, this instanceof WorkerEntrypoint],
      'env import': () => [early, env.ORIGIN === this.env.ORIGIN],
      'request': () => request instanceof Request,
    }, {});
  }
}
