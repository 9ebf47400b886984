declare module '*.html' {
  const text: string
  export default text
}

interface ExportedHandler {
  fetch(request: Request): Response | Promise<Response>
}
