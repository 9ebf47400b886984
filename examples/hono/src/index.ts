import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { HTTPException } from 'hono/http-exception'

type Bindings = {
  NAME: string
  USERNAME: string
  PASSWORD: string
}

const app = new Hono<{ Bindings: Bindings }>()

app.use(async (c, next) => {
  await next()
  c.header('X-Served-By', c.env.NAME)
})

app.use('/admin/*', async (c, next) => {
  const guard = basicAuth({ username: c.env.USERNAME, password: c.env.PASSWORD, realm: 'admin' })
  return guard(c, next)
})

app.get('/', c => c.text(`Hello from ${c.env.NAME}!`))

app.get('/json', c => c.json({ name: c.env.NAME, path: c.req.path, query: c.req.query() }))

app.get('/users/:id{[0-9]+}', c => c.json({ id: Number(c.req.param('id')) }))

app.get('/greet/:name', c => c.text(`Hello, ${c.req.param('name')}!`))

app.post('/echo', async c => c.json(await c.req.json(), 201))

app.get('/admin/stats', c => c.json({ secret: true }))

app.notFound(c => c.json({ error: 'not found', path: c.req.path }, 404))

app.onError((err, c) => {
  if (err instanceof HTTPException) return err.getResponse()
  if (err instanceof SyntaxError) return c.json({ error: 'bad JSON' }, 400)
  console.error(err)
  return c.json({ error: 'internal error' }, 500)
})

export default app
