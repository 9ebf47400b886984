// Access control: signed links for downloads, a token for the admin pages.

interface Env {
  SECRET?: string // signs links
  ADMIN_TOKEN?: string
  ADMIN_ADDRESSES?: string // allowed client addresses, comma-separated; empty: any
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url)
    // What the rules see is what the origin sees: an encoded slash or dot could name the
    // same file by a path no rule knows.
    if (/%(?:2f|5c|2e|00)/i.test(url.pathname)) return refuse(400, 'Bad path.')

    if (within(url, '/downloads')) return download(request, url, env)
    if (within(url, '/admin')) return admin(request, env)
    return fetch(request)
  },
}

function within(url: URL, dir: string): boolean {
  return url.pathname === dir || url.pathname.startsWith(dir + '/')
}

// A link is good for one path until a moment:
// /downloads/a.pdf?expires=UNIX&signature=HEX, HEX = HMAC-SHA-256(SECRET, path "\n" expires).
async function download(request: Request, url: URL, env: Env): Promise<Response> {
  if (!env.SECRET) return refuse(500, 'SECRET is not set.') // never fail open
  const expires = url.searchParams.get('expires') ?? ''
  const signature = url.searchParams.get('signature') ?? ''
  const want = hex(await hmac(env.SECRET, url.pathname + '\n' + expires))
  if (!/^\d{1,12}$/.test(expires) || !await equal(signature, want)) return refuse(403, 'This link is not valid.')
  if (Number(expires) * 1000 <= Date.now()) return refuse(410, 'This link has expired.')

  url.searchParams.delete('expires')
  url.searchParams.delete('signature')
  return fetch(new Request(url, request)) // the origin does not learn the signature
}

async function admin(request: Request, env: Env): Promise<Response> {
  if (!env.ADMIN_TOKEN) return refuse(500, 'ADMIN_TOKEN is not set.')
  const allowed = (env.ADMIN_ADDRESSES ?? '').split(',').map(a => a.trim()).filter(a => a)
  if (allowed.length && !allowed.includes(request.headers.get('CF-Connecting-IP') ?? '')) {
    return refuse(403, 'Not from here.')
  }
  const [scheme, token] = (request.headers.get('Authorization') ?? '').split(' ')
  if (scheme.toLowerCase() !== 'bearer' || !await equal(token ?? '', env.ADMIN_TOKEN)) {
    return refuse(401, 'A token is needed.', { 'WWW-Authenticate': 'Bearer realm="admin"' })
  }
  const forwarded = new Request(request)
  forwarded.headers.delete('Authorization')
  forwarded.headers.set('X-Admin', 'yes')
  return fetch(forwarded)
}

function refuse(status: number, why: string, fields: Record<string, string> = {}): Response {
  return new Response(why + '\n', { status, headers: { 'Cache-Control': 'no-store', ...fields } })
}

// equal takes the same time wherever two strings differ: it compares their digests.
async function equal(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([sha256(utf8(a)), sha256(utf8(b))])
  let difference = 0
  for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i]
  return difference === 0
}

// hmac is RFC 2104 over subtle.digest.
async function hmac(key: string, message: string): Promise<Uint8Array> {
  let k = utf8(key)
  if (k.length > 64) k = await sha256(k)
  const block = (pad: number) => Uint8Array.from({ length: 64 }, (_, i) => (k[i] ?? 0) ^ pad)
  const inner = await sha256(concat(block(0x36), utf8(message)))
  return sha256(concat(block(0x5c), inner))
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')
}
