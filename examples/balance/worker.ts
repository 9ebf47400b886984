// Weighted load balancing with failover.

interface Backend {
  host: string
  weight: number // share of requests while all are up
}

interface Env {
  BACKENDS: Backend[]
  REST_MS: number // how long a backend is left alone after it failed
}

// When a backend may be asked again, in Unix milliseconds; of this isolate.
const restsUntil = new Map<string, number>()

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) // RFC 9110, section 9.2.2

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const order = arrange(env.BACKENDS)
    // A request that may have done something is not sent twice, nor is a body that is gone.
    const tries = idempotent.has(request.method) && !request.body ? order.length : 1

    let failed: Response | undefined
    for (const backend of order.slice(0, tries)) {
      const response = await ask(backend, request)
      if (response && !isOutage(response)) {
        restsUntil.delete(backend.host)
        return mark(response, backend)
      }
      restsUntil.set(backend.host, Date.now() + env.REST_MS)
      if (response) {
        await failed?.body?.cancel()
        failed = mark(response, backend)
      }
    }
    return failed ?? new Response('No backend answers.\n', { status: 502 })
  },
}

// arrange draws an order by weight. Backends that rest come last: they are still better
// than nothing.
function arrange(backends: Backend[]): Backend[] {
  const now = Date.now()
  return backends
    // -ln(u)/w: sorting by it draws without replacement in proportion to w.
    .map(b => ({ b, rests: (restsUntil.get(b.host) ?? 0) > now, key: -Math.log(1 - Math.random()) / b.weight }))
    .sort((x, y) => Number(x.rests) - Number(y.rests) || x.key - y.key)
    .map(x => x.b)
}

async function ask(backend: Backend, request: Request): Promise<Response | null> {
  const url = new URL(request.url)
  url.host = backend.host
  try {
    return await fetch(new Request(url, request))
  } catch (e) {
    console.warn(`${backend.host}: ${e}`)
    return null
  }
}

function isOutage(response: Response): boolean {
  return response.status >= 502 && response.status <= 504
}

function mark(response: Response, backend: Backend): Response {
  const marked = new Response(response.body, response)
  marked.headers.set('X-Backend', backend.host)
  return marked
}
