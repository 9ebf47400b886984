package isolate

import (
	"testing"

	"gannet/core"
)

// BenchmarkHello is the whole way of a request through the scheduler and an isolate, one at
// a time: batch, mailbox, handler, answer.
func BenchmarkHello(b *testing.B) {
	for name, src := range map[string]string{
		"handler=sync":  `export default { fetch() { return new Response('hello') } }`,
		"handler=async": `export default { async fetch(request) { return new Response('hello') } }`,
		"handler=path":  `export default { fetch(request) { return new Response(new URL(request.url).pathname) } }`,
	} {
		b.Run(name, func(b *testing.B) {
			f := newFixture(b)
			w := f.worker(f.config(src))
			batch := f.sched.NewBatch()
			done := make(waiter, 64)
			x := &core.Exchange{Request: core.Request{Method: "GET", Fields: core.Fields{{Name: "Host", Value: "example.com"}}}}
			cf := &core.CF{}
			b.ReportAllocs()
			for left := b.N; left > 0; {
				n := min(left, 32)
				left -= n
				for range n {
					w.Fetch(batch, &core.FetchEvent{Exchange: x, URL: "http://example.com/", CF: cf, Done: done})
				}
				batch.Flush()
				for range n {
					if r := <-done; r.err != nil {
						b.Fatal(r.err)
					}
				}
			}
		})
	}
}
