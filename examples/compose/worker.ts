// Three subrequests at once, one JSON. The product is needed, price and reviews are not:
// without them the answer is poorer, and says so.

interface Env {
  CATALOGUE: string
  PRICES: string
  REVIEWS: string
  TIMEOUT_MS: number
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const id = /^\/products\/(\w+)$/.exec(new URL(request.url).pathname)?.[1]
    if (!id) return Response.json({ error: 'not found' }, { status: 404 })

    const [product, price, reviews] = await Promise.all([
      part(`${env.CATALOGUE}/products/${id}`, env),
      part(`${env.PRICES}/prices/${id}`, env),
      part(`${env.REVIEWS}/reviews?product=${id}`, env),
    ])
    if (product.status === 404) return Response.json({ error: 'not found' }, { status: 404 })
    if (!product.ok) return Response.json({ error: 'the catalogue is not available' }, { status: 502 })

    const missing = Object.entries({ price, reviews }).filter(([, p]) => !p.ok).map(([name]) => name)
    return Response.json(
      { product: product.value, price: price.value, reviews: reviews.value, missing },
      { headers: { 'Cache-Control': missing.length ? 'no-store' : 'max-age=60' } },
    )
  },
}

interface Part {
  ok: boolean
  status: number // 0: no answer
  value: unknown // null unless ok
}

// part never throws: one failure must not reject the others.
async function part(url: string, env: Env): Promise<Part> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(env.TIMEOUT_MS) })
    if (!response.ok) {
      await response.body?.cancel()
      return { ok: false, status: response.status, value: null }
    }
    return { ok: true, status: response.status, value: await response.json() }
  } catch (e) {
    console.warn(`${url}: ${e}`)
    return { ok: false, status: 0, value: null }
  }
}
