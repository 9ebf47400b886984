// A quick fix of a field and of the body while the origin stays as it is: the old address
// in every page, an embarrassing field, a missing policy, a wrong media type.

const replacements = [
  ['1 Old Harbour Road', '7 New Pier'],
  ['http://shop.example/', 'https://shop.example/'],
]

export default {
  async fetch(request) {
    // Parts of pages cannot be mended, so whole ones are asked for, and uncompressed.
    const asked = new Request(request)
    asked.headers.delete('Range')
    asked.headers.set('Accept-Encoding', 'identity')
    const response = await fetch(asked)

    const headers = new Headers(response.headers)
    headers.delete('X-Powered-By')
    headers.set('X-Content-Type-Options', 'nosniff')
    if (new URL(request.url).pathname.endsWith('.mjs')) headers.set('Content-Type', 'text/javascript; charset=utf-8')

    const isPage = (headers.get('Content-Type') || '').toLowerCase().startsWith('text/html')
    if (!isPage) return new Response(response.body, { status: response.status, statusText: response.statusText, headers })

    // The page has another length now, and is another representation than its tag names.
    headers.delete('Content-Length')
    headers.delete('ETag')
    headers.delete('Accept-Ranges')
    const body = response.body && replacements.reduce((text, [old, now]) => text.replaceAll(old, now), await response.text())
    return new Response(body, { status: response.status, statusText: response.statusText, headers })
  },
}
