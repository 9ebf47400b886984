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

// normalise works on the query as it was written: parsing and writing it anew would turn
// "?a" into "?a=" and "%20" into "+", which some origins tell apart.
function normalise(url) {
  url.search = url.search.slice(1).split('&')
    .map(pair => ({ pair, name: decode(pair.split('=', 1)[0]) }))
    .filter(({ pair, name }) => pair && !noise.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) // stable: values of one name keep their order
    .map(({ pair }) => pair)
    .join('&')
  return url.href
}

function decode(name) {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
