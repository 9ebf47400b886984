package origin

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"gannet/core"
)

// answering starts a server that answers every request with the same bytes, as cheaply as
// may be, so that a benchmark measures the client.
func answering(tb testing.TB, response string) (url string) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReaderSize(conn, 4096)
				for {
					for { // the requests have no body
						line, err := r.ReadSlice('\n')
						if err != nil {
							return
						}
						if len(line) == 2 {
							break
						}
					}
					if _, err := io.WriteString(conn, response); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

var benchFields = core.Fields{
	{Name: "User-Agent", Value: "wrk"}, {Name: "Accept", Value: "*/*"}, {Name: "Accept-Encoding", Value: "gzip, br"},
	{Name: "CF-Connecting-IP", Value: "127.0.0.1"}, {Name: "X-Forwarded-Proto", Value: "http"},
}

var benchBodies = map[string]string{
	"1KiB":    "HTTP/1.1 200 OK\r\nServer: x\r\nDate: Tue, 24 Nov 2026 11:00:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 1024\r\nConnection: keep-alive\r\n\r\n" + strings.Repeat("x", 1024),
	"chunked": "HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + strings.Repeat("x", 1024) + "\r\n0\r\n\r\n",
}

func BenchmarkFetch(b *testing.B) {
	for name, response := range benchBodies {
		url := answering(b, response)
		b.Run("body="+name+"/client=origin", func(b *testing.B) {
			c := New(Options{Policy: Policy{AllowAll: true}})
			defer c.Close()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done := make(chan error, 1)
			b.ReportAllocs()
			for b.Loop() {
				s := &core.Subrequest{Method: "GET", URL: url + "/path", Fields: benchFields}
				c.Fetch(ctx, s, func(r *core.Response, err error) {
					if err == nil {
						if got, ok := core.TakeBytes(r.Body); !ok || len(got) != 1024 {
							b.Errorf("%d bytes", len(got))
						}
					}
					done <- err
				})
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
		})
		// The peer to beat, used as a proxy would.
		b.Run("body="+name+"/client=net_http", func(b *testing.B) {
			tr := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256}
			defer tr.CloseIdleConnections()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done := make(chan error, 1)
			b.ReportAllocs()
			for b.Loop() {
				go func() {
					req, err := http.NewRequestWithContext(ctx, "GET", url+"/path", nil)
					if err != nil {
						done <- err
						return
					}
					for _, f := range benchFields {
						req.Header.Add(f.Name, f.Value)
					}
					resp, err := tr.RoundTrip(req)
					if err != nil {
						done <- err
						return
					}
					var buf bytes.Buffer
					_, err = buf.ReadFrom(resp.Body)
					_ = resp.Body.Close()
					if buf.Len() != 1024 {
						b.Errorf("%d bytes", buf.Len())
					}
					done <- err
				}()
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
