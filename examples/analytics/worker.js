// Analytics after the response: the client has its answer before the collector is asked, and
// a collector that fails is nobody's problem.

export default {
  async fetch(request, env, ctx) {
    const start = Date.now()
    const response = await fetch(request)
    ctx.waitUntil(report(env, {
      path: new URL(request.url).pathname, // not the query, which may hold anything
      method: request.method,
      status: response.status,
      type: response.headers.get('Content-Type'),
      country: request.cf?.country ?? null,
      millis: Date.now() - start,
    }))
    return response
  },
}

async function report(env, event) {
  try {
    const answer = await fetch(env.COLLECTOR, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(event),
    })
    await answer.body?.cancel()
    if (!answer.ok) console.warn(`collector: ${answer.status}`)
  } catch (e) {
    console.warn(`collector: ${e}`)
  }
}
