// Staging for a fraction of users: who is drawn stays drawn, by a cookie.

const cookieName = 'stage'

export default {
  async fetch(request, env) {
    let stage = cookie(request, cookieName)
    const known = stage === 'live' || stage === 'staging'
    if (!known) stage = Math.random() * 100 < Number(env.PERCENT) ? 'staging' : 'live'

    let response
    if (stage === 'staging') {
      response = await fetchStaging(request, env)
      if (!response) stage = 'live' // staging is down: nobody should notice
    }
    response ??= await fetch(request)

    response = new Response(response.body, response)
    response.headers.set('X-Stage', stage)
    if (!known) {
      response.headers.append('Set-Cookie', `${cookieName}=${stage}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax`)
    }
    return response
  },
}

// fetchStaging gives null when staging cannot take the request. A request with a body is
// sent once only, so it goes to staging without a way back.
async function fetchStaging(request, env) {
  const url = new URL(request.url)
  url.host = env.STAGING_HOST
  url.port = ''
  const copy = new Request(url, request)
  if (request.body) return fetch(copy)
  try {
    const response = await fetch(copy)
    return response.status >= 502 && response.status <= 504 ? null : response
  } catch {
    return null
  }
}

function cookie(request, name) {
  for (const pair of (request.headers.get('Cookie') || '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return null
}
