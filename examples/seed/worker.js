// What the first public announcement of Workers showed, written anew: a redirect by country,
// protection against hotlinking, images from a bucket, everything else from the origin.

// Any host will do; `gannet dev --map bucket.example=ADDR` says where it is.
const bucket = globalThis.BUCKET || 'http://bucket.example'

addEventListener('fetch', event => {
  event.respondWith(handle(event.request))
})

async function handle(request) {
  const url = new URL(request.url)

  if (url.pathname === '/') {
    // Cloudflare's code for "unknown" is XX.
    const country = request.headers.get('CF-IPCountry') || 'XX'
    return new Response(null, { status: 302, headers: { Location: '/' + country + '/' } })
  }

  if (url.pathname.startsWith('/images/')) {
    const referer = request.headers.get('Referer')
    if (referer && hostOf(referer) !== url.hostname) {
      return new Response('Hotlinking not allowed.', { status: 403 })
    }
    return fetchImage(request, url)
  }

  return fetch(request)
}

// hostOf gives null for what is no URL with a host, which then equals no host.
function hostOf(referer) {
  try {
    return new URL(referer).hostname || null
  } catch {
    return null
  }
}

// fetchImage asks the bucket. A bucket that is not there, as on a laptop without a network,
// is no reason to show no image: the origin has copies.
async function fetchImage(request, url) {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), 1000)
  try {
    return await fetch(bucket + url.pathname + url.search, {
      method: request.method,
      headers: request.headers,
      signal: giveUp.signal,
    })
  } catch {
    return fetch(request)
  } finally {
    clearTimeout(timer) // once the fields are here, the image may take its time
  }
}
