// An inline policy before a cloud's storage API: nobody makes a bucket or an object public,
// whatever tool they use. What the policy cannot read does not pass.

interface Env {
  STORAGE_HOST: string
}

const maxBody = 1 << 20 // bytes of JSON: bodies of such calls are small
const publicAcl = /^(?:public-read|public-read-write|publicRead|publicReadWrite|authenticated-read|authenticatedRead)$/i
const everyone = new Set(['allusers', 'allauthenticatedusers'])

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url)
    const violation = inFields(request.headers) ?? inQuery(url)
    if (violation) return refuse(403, violation)

    let body: Uint8Array | null = null
    if (request.body && mustRead(request, url)) {
      body = await read(request.body)
      if (!body) return refuse(413, 'body too large to check')
      let value: unknown
      try {
        // Fatal, since another parser might make something else of broken UTF-8.
        value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
      } catch {
        return refuse(400, 'the body is not JSON')
      }
      const violation = inValue(value, '$', 0)
      if (violation) return refuse(403, violation)
    }

    url.host = env.STORAGE_HOST
    url.port = ''
    return fetch(new Request(url, {
      method: request.method,
      headers: request.headers,
      body: body ?? request.body, // byte for byte what was checked
      redirect: 'manual',
    }))
  },
}

// mustRead tells calls from uploads. What goes to a resource that grants access is a call
// whatever its Content-Type says, and so is a POST that does not say what it sends.
function mustRead(request: Request, url: URL): boolean {
  const type = request.headers.get('Content-Type') ?? ''
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(type)
    || (type === '' && request.method !== 'PUT')
    || /\/(?:acl|defaultObjectAcl|iam)(?:\/|$)/i.test(url.pathname)
    || [...url.searchParams.keys()].some(name => /^(?:acl|policy)$/i.test(name))
}

// read gives the whole body, or null when it is larger than maxBody.
async function read(body: ReadableStream<Uint8Array>): Promise<Uint8Array | null> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > maxBody) {
      await reader.cancel()
      return null
    }
    chunks.push(value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function inFields(headers: Headers): string | null {
  for (const name of ['x-amz-acl', 'x-goog-acl']) {
    if (publicAcl.test(headers.get(name) ?? '')) return `${name}: ${headers.get(name)}`
  }
  for (const [name, value] of headers) {
    if (name.startsWith('x-amz-grant-') && /global\/(?:AllUsers|AuthenticatedUsers)/i.test(value)) return name
  }
  return null
}

function inQuery(url: URL): string | null {
  for (const [name, value] of url.searchParams) {
    if (/acl$/i.test(name) && publicAcl.test(value)) return `?${name}=${value}`
  }
  return null
}

// inValue looks for a public ACL or a grant to everyone, at any depth a call may have.
function inValue(value: unknown, path: string, depth: number): string | null {
  if (typeof value !== 'object' || value === null) return null
  if (depth > 32) return 'nested too deep to check'
  for (const [key, inner] of Object.entries(value)) {
    const here = `${path}.${key}`
    if (typeof inner === 'string') {
      if (/acl$/i.test(key) && publicAcl.test(inner)) return `${here} = ${inner}`
      if (/^(?:entity|member|grantee|uri)$/i.test(key) && isEveryone(inner)) return `${here} = ${inner}`
      if (/^members$/i.test(path.split('.').at(-1)!) && isEveryone(inner)) return `${here} = ${inner}`
    }
    const found = inValue(inner, here, depth + 1)
    if (found) return found
  }
  return null
}

function isEveryone(name: string): boolean {
  return everyone.has(name.toLowerCase()) || /groups\/global\/(?:AllUsers|AuthenticatedUsers)$/i.test(name)
}

function refuse(status: number, why: string): Response {
  return Response.json({ error: { code: status, message: `policy: ${why}` } }, { status })
}
