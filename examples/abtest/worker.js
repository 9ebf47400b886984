// A/B test: a visitor's id decides the variant, so it needs no table and no second cookie,
// and two experiments are drawn independently.

const experiments = [
  { name: 'pricing-2026', path: '/pricing', variants: ['/pricing.html', '/pricing-yearly-first.html'] },
]

export default {
  async fetch(request) {
    const url = new URL(request.url)
    const experiment = experiments.find(e => e.path === url.pathname)
    if (!experiment) return fetch(request)

    const known = /(?:^|;\s*)visitor=([0-9a-f-]{36})(?:;|$)/.exec(request.headers.get('Cookie') || '')?.[1]
    const visitor = known || crypto.randomUUID()
    const i = await draw(experiment, visitor)
    url.pathname = experiment.variants[i]

    const original = await fetch(new Request(url, request))
    const response = new Response(original.body, original)
    response.headers.set('X-Experiment', `${experiment.name}; variant=${i}`)
    response.headers.set('Cache-Control', 'private, no-store') // one URL, two pages
    if (!known) {
      response.headers.append('Set-Cookie', `visitor=${visitor}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`)
    }
    return response
  },
}

async function draw(experiment, visitor) {
  const bytes = new TextEncoder().encode(experiment.name + ':' + visitor)
  const digest = new DataView(await crypto.subtle.digest('SHA-256', bytes))
  return digest.getUint32(0) % experiment.variants.length
}
