// One page should be one URL: parameters that only tell marketing something are dropped and
// the rest is put in order, so that every cache behind this worker hits more often.

const noise = /^(?:utm_\w+|gclid|gbraid|wbraid|fbclid|msclkid|mc_[ce]id|_ga|ref_src)$/i

export default {
  async fetch(request) {
    // Only reads are cached, and only there is a changed URL harmless.
    if (request.method !== 'GET' && request.method !== 'HEAD') return fetch(request)

    const url = new URL(request.url)
    const normal = normalise(url)
    if (normal === request.url) return fetch(request)

    const response = await fetch(new Request(normal, request))
    return new Response(response.body, response)
  },
}

function normalise(url) {
  for (const name of [...url.searchParams.keys()]) {
    if (noise.test(name)) url.searchParams.delete(name)
  }
  url.searchParams.sort() // keeps the order of values of one name, which may matter
  if (!url.search) url.search = '' // a lone "?" goes
  return url.href
}
