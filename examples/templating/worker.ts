// HTML templating at the edge: the origin only has JSON, the page is made here.
import page from './page.html'
import notFound from './404.html'

interface Product {
  name: string
  price: number // in cents
  tags: string[]
  description: string
}

const html = { 'Content-Type': 'text/html; charset=utf-8' }

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const id = /^\/products\/([a-z0-9-]+)$/.exec(url.pathname)?.[1]
    if (!id) return fetch(request)

    const data = await fetch(new URL(`/products/${id}.json`, url))
    if (data.status === 404) {
      return new Response(render(notFound, { id }), { status: 404, headers: html })
    }
    if (!data.ok) return new Response('The catalogue is not available.\n', { status: 502 })

    const product = await data.json() as Product
    const body = render(page, {
      ...product,
      price: (product.price / 100).toFixed(2),
      country: request.headers.get('CF-IPCountry') ?? 'your country',
    })
    return new Response(body, { headers: { ...html, 'Cache-Control': 'private, max-age=60' } })
  },
} satisfies ExportedHandler

type Values = Record<string, string | number | string[]>

// render fills {{name}} with an escaped value and repeats {{#list}}…{{.}}…{{/list}}.
function render(template: string, values: Values): string {
  return template
    .replace(/\{\{#(\w+)\}\}(.*?)\{\{\/\1\}\}/gs, (_, name: string, inner: string) => {
      const list = values[name]
      return Array.isArray(list) ? list.map(item => inner.replaceAll('{{.}}', () => escape(item))).join('') : ''
    })
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => escape(String(values[name] ?? '')))
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replace(/[&<>"']/g, c => entities[c])
}
