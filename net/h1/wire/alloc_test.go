package wire

import (
	"testing"
	"time"

	"gannet/core"
)

// browserRequest is what a current browser sends for a page.
const browserRequest = "GET /products/shoes?colour=red&size=43 HTTP/1.1\r\n" +
	"Host: shop.example.com\r\n" +
	"Connection: keep-alive\r\n" +
	"sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n" +
	"sec-ch-ua-mobile: ?0\r\n" +
	"sec-ch-ua-platform: \"Linux\"\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
	"Sec-Fetch-Site: same-origin\r\n" +
	"Sec-Fetch-Mode: navigate\r\n" +
	"Sec-Fetch-User: ?1\r\n" +
	"Sec-Fetch-Dest: document\r\n" +
	"Referer: https://shop.example.com/products\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: en-GB,en;q=0.9\r\n" +
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n"

func TestParseAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := []byte(browserRequest)
	var h RequestHead
	if got := testing.AllocsPerRun(100, func() {
		h.Reset()
		if n, err := h.Parse(b); n != len(b) || err != nil {
			t.Fatal(n, err)
		}
	}); got != 0 {
		t.Errorf("Parse allocates %v times, want 0", got)
	}
	var r core.Request
	fields := make(core.Fields, 0, 32)
	if got := testing.AllocsPerRun(100, func() { h.Request(b, len(b), &r, fields) }); got != 1 {
		t.Errorf("Request allocates %v times, want 1", got)
	}
	out := make([]byte, 0, 4096)
	now := time.Unix(1e9, 0)
	if got := testing.AllocsPerRun(100, func() {
		out = AppendStatusLine(out[:0], 200, "")
		out = AppendFields(out, r.Fields)
		out = AppendLength(out, 5)
		out = AppendDate(out, now)
		out = append(out, CRLF...)
	}); got != 0 {
		t.Errorf("appending a response head allocates %v times, want 0", got)
	}
}

func BenchmarkParseRequest(b *testing.B) {
	for _, c := range []struct{ name, in string }{
		{"kind=browser", browserRequest},
		{"kind=wrk", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := []byte(c.in)
			var h RequestHead
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				h.Reset()
				if n, err := h.Parse(in); n != len(in) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkMakeRequest(b *testing.B) {
	in := []byte(browserRequest)
	var h RequestHead
	if _, err := h.Parse(in); err != nil {
		b.Fatal(err)
	}
	var r core.Request
	fields := make(core.Fields, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		h.Request(in, len(in), &r, fields)
	}
}

func BenchmarkChunked(b *testing.B) {
	var in []byte
	for range 64 {
		in = AppendChunk(in, make([]byte, 16<<10))
	}
	in = append(in, LastChunk...)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		var d ChunkedDecoder
		for rest := in; !d.Done(); {
			_, n, err := d.Next(rest)
			if err != nil {
				b.Fatal(err)
			}
			rest = rest[n:]
		}
	}
}
