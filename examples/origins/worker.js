// Different origins for different kinds of requests: one table, first match wins.

const staticFile = /\.(?:css|js|mjs|map|svg|png|jpe?g|webp|avif|gif|ico|woff2?)$/i

const rules = [
  {
    // The API lives on a host of its own and does not know of the prefix.
    matches: (request, url) => url.pathname.startsWith('/api/'),
    rewrite: (url, env) => {
      url.host = env.API_HOST
      url.pathname = url.pathname.slice('/api'.length)
    },
  },
  {
    matches: (request, url) => isRead(request) && staticFile.test(url.pathname),
    rewrite: (url, env) => {
      url.host = env.STATIC_HOST
    },
  },
  {
    matches: request => !isRead(request),
    rewrite: (url, env) => {
      url.host = env.FORMS_HOST
    },
  },
]

function isRead(request) {
  return request.method === 'GET' || request.method === 'HEAD'
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url)
    const rule = rules.find(r => r.matches(request, url))
    if (!rule) return fetch(request) // pages: the site's own origin

    const asked = url.host
    url.port = ''
    rule.rewrite(url, env)
    const forwarded = new Request(url, request) // method, fields and body come along
    forwarded.headers.set('X-Forwarded-Host', asked)
    return fetch(forwarded)
  },
}
