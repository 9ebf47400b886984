// A serverless API: notes, kept in the isolate's memory. The memory is this isolate's alone
// and ends with it; what must last belongs into a store.

interface Note {
  id: string
  title: string
  text: string
  version: number
}

const notes = new Map<string, Note>()
const maxBody = 64 * 1024 // bytes
const maxNotes = 1000

class Problem extends Error {
  constructor(readonly status: number, message: string, readonly fields: Record<string, string> = {}) {
    super(message)
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      return await route(request)
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      return Response.json({ error: e.message }, { status: e.status, headers: e.fields })
    }
  },
}

async function route(request: Request): Promise<Response> {
  const url = new URL(request.url)
  const path = url.pathname.split('/').slice(1)
  if (path[0] !== 'notes' || path.length > 2) throw new Problem(404, 'no such resource')

  if (path.length === 1) {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return list(url)
      case 'POST':
        return create(await input(request), url)
    }
    throw new Problem(405, 'method not allowed', { Allow: 'GET, HEAD, POST' })
  }

  const note = notes.get(path[1])
  if (!note) throw new Problem(404, 'no such note')
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return show(note)
    case 'PUT':
      checkMatch(request, note)
      return update(note, await input(request))
    case 'DELETE':
      checkMatch(request, note)
      notes.delete(note.id)
      return new Response(null, { status: 204 })
  }
  throw new Problem(405, 'method not allowed', { Allow: 'GET, HEAD, PUT, DELETE' })
}

function list(url: URL): Response {
  const limit = Number(url.searchParams.get('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new Problem(400, 'limit: a number from 1 to 100')
  const all = [...notes.values()]
  return Response.json({ total: all.length, notes: all.slice(0, limit) })
}

function create(fields: Pick<Note, 'title' | 'text'>, url: URL): Response {
  if (notes.size >= maxNotes) throw new Problem(507, 'the store is full')
  const note: Note = { id: crypto.randomUUID(), ...fields, version: 1 }
  notes.set(note.id, note)
  return show(note, 201, { Location: `${url.pathname}/${note.id}` })
}

function update(old: Note, fields: Pick<Note, 'title' | 'text'>): Response {
  const note = { ...old, ...fields, version: old.version + 1 }
  notes.set(note.id, note)
  return show(note)
}

function show(note: Note, status = 200, fields: Record<string, string> = {}): Response {
  return Response.json(note, { status, headers: { ETag: etag(note), ...fields } })
}

function etag(note: Note): string {
  return `"${note.id}.${note.version}"`
}

// checkMatch keeps two writers from overwriting each other unseen (RFC 9110, section 13.1.1).
function checkMatch(request: Request, note: Note): void {
  const wanted = request.headers.get('If-Match')
  if (wanted === null || wanted.trim() === '*') return
  if (!wanted.split(',').some(tag => tag.trim() === etag(note))) throw new Problem(412, 'the note has changed')
}

async function input(request: Request): Promise<Pick<Note, 'title' | 'text'>> {
  const type = (request.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase()
  if (type !== 'application/json') throw new Problem(415, 'send application/json')
  const body = await read(request)

  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new Problem(400, 'the body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Problem(422, 'send an object')
  const { title, text = '', ...rest } = value as Record<string, unknown>
  if (typeof title !== 'string' || title.trim() === '') throw new Problem(422, 'title: a string that is not empty')
  if (typeof text !== 'string') throw new Problem(422, 'text: a string')
  const unknown = Object.keys(rest)
  if (unknown.length) throw new Problem(422, `unknown: ${unknown.join(', ')}`)
  return { title: title.trim(), text }
}

// read stops at maxBody, so that no client decides how much memory a request takes.
async function read(request: Request): Promise<string> {
  if (!request.body) return ''
  const reader = request.body.getReader()
  const decoder = new TextDecoder()
  let size = 0
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > maxBody) {
      await reader.cancel()
      throw new Problem(413, `at most ${maxBody} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
