package origin

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gannet/core"
)

// echo answers with what it was sent, in a form that tests can compare.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Host", r.Host)
	w.Header().Set("X-Framing", fmt.Sprint(r.ContentLength, r.TransferEncoding))
	w.Header().Add("Set-Cookie", "a=1")
	w.Header().Add("Set-Cookie", "b=2")
	w.Header().Set("Connection", "X-Private")
	w.Header().Set("X-Private", "hop")
	_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, b)
}

// TestMethodsAndBodies runs the plain cases against net/http, over one connection.
func TestMethodsAndBodies(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(echo))
	defer srv.Close()
	c := client(t, Options{})
	big := strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB
	for _, tc := range []struct {
		name, method, framing, want string
		body                        core.Body
	}{
		{"get", "GET", "0 []", "GET /p?q ", nil},
		{"post nothing", "POST", "0 []", "POST /p?q ", nil},
		{"post bytes", "POST", "5 []", "POST /p?q hello", core.NewBytes([]byte("hello"))},
		{"put 20 KiB", "PUT", "20480 []", "PUT /p?q " + big[:20480], core.NewBytes([]byte(big[:20480]))},
		{"post 1 MiB", "POST", "1048576 []", "POST /p?q " + big, core.NewBytes([]byte(big))},
		{"stream with length", "POST", "6 []", "POST /p?q abcdef", newStream(6, "abc", "def").end()},
		{"stream without length", "PATCH", "-1 [chunked]", "PATCH /p?q abcdef", newStream(-1, "abc", "def").end()},
		{"stream without content", "POST", "-1 [chunked]", "POST /p?q ", newStream(-1).end()},
		{"1 MiB streamed", "POST", "-1 [chunked]", "POST /p?q " + big, newStream(-1, big[:300000], big[300000:]).end()},
		{"own method", "REPORT", "0 []", "REPORT /p?q ", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, err := fetch(t.Context(), c, &core.Subrequest{Method: tc.method, URL: srv.URL + "/p?q#f", Body: tc.body})
			if err != nil {
				t.Fatal(err)
			}
			got, err := content(resp)
			if err != nil || got != tc.want || resp.Status != 200 || resp.Fields.Get("X-Framing") != tc.framing {
				t.Errorf("%d %q (%d bytes), framing %q, %v", resp.Status, got[:min(len(got), 40)], len(got), resp.Fields.Get("X-Framing"), err)
			}
			if resp.Fields.Get("X-Host") != strings.TrimPrefix(srv.URL, "http://") {
				t.Errorf("Host %q", resp.Fields.Get("X-Host"))
			}
			if !slices.Equal(resp.Fields.Values("Set-Cookie"), []string{"a=1", "b=2"}) {
				t.Errorf("Set-Cookie %v", resp.Fields.Values("Set-Cookie"))
			}
			settled(t, c, 1)
			if resp.Fields.Has("Connection") || resp.Fields.Has("X-Private") || resp.Fields.Has("Transfer-Encoding") {
				t.Errorf("connection-specific fields came through: %v", resp.Fields)
			}
		})
	}
	if s := c.Stats(); s.Opened != 1 || s.Idle != 1 || s.Reused != 9 {
		t.Errorf("not one connection for all: %+v", s)
	}
}

func TestRequestHead(t *testing.T) {
	heads := make(chan string, 1)
	srv := serve(t, func(p *peer, _ int) {
		var head strings.Builder
		for {
			line, err := p.r.ReadString('\n')
			if err != nil {
				return
			}
			if head.WriteString(line); line == "\r\n" {
				break
			}
		}
		heads <- head.String()
		p.send("HTTP/1.1 204 No Content\r\n\r\n")
	})
	c := client(t, Options{})
	resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url + "/a?b=%20", Host: "shop.example", Fields: core.Fields{
		{Name: "hOsT", Value: "other.example"}, {Name: "X-a", Value: "1"}, {Name: "Connection", Value: "x-hop"}, {Name: "X-Hop", Value: "1"},
		{Name: "Transfer-Encoding", Value: "gzip"}, {Name: "Content-Length", Value: "99"}, {Name: "Expect", Value: "100-continue"},
		{Name: "TE", Value: "trailers"}, {Name: "Upgrade", Value: "x"}, {Name: "x-A", Value: "2"}, {Name: "X-Evil", Value: "a\r\nInjected: 1"},
		{Name: "Bad Name", Value: "1"}, {Name: "Bad\r\nName", Value: "1"},
	}})
	if err != nil || resp.Status != 204 {
		t.Fatal(resp, err)
	}
	const want = "POST /a?b=%20 HTTP/1.1\r\nHost: shop.example\r\nX-a: 1\r\nx-A: 2\r\nX-Evil: a  Injected: 1\r\nContent-Length: 0\r\n\r\n"
	if got := <-heads; got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
}

func TestRefusedRequests(t *testing.T) {
	c := client(t, Options{})
	for _, s := range []core.Subrequest{
		{Method: "GET", URL: "ftp://example.com/"}, {Method: "GET", URL: "/relative"}, {Method: "GET", URL: "http://u:p@example.com/"},
		{Method: "", URL: "http://127.0.0.1/"}, {Method: "GET /", URL: "http://127.0.0.1/"}, {Method: "CONNECT", URL: "http://127.0.0.1/"},
		{Method: "TRACE", URL: "http://127.0.0.1/"}, {Method: "GET", URL: "http://127.0.0.1/a b"},
	} {
		b := newStream(-1)
		s.Body = b
		if resp, err := fetch(t.Context(), c, &s); err == nil {
			t.Errorf("%s %s: %v", s.Method, s.URL, resp)
		}
		<-b.closed
	}
}

// TestResponses holds what an origin may send and what becomes of it.
func TestResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	large := strings.Repeat("x", 100<<10)
	for _, tc := range []struct {
		name, method, send string
		status             int
		body               string
		failure            string // of the fetch
		bodyErr            string
		kept               bool // the connection can be used again
	}{
		{name: "length", send: ok + "Content-Length: 5\r\n\r\nhello", status: 200, body: "hello", kept: true},
		{name: "no content", send: ok + "Content-Length: 0\r\n\r\n", status: 200, kept: true},
		{name: "large", send: ok + "Content-Length: 102400\r\n\r\n" + large, status: 200, body: large, kept: true},
		{name: "chunked", send: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", status: 200, body: "abcde", kept: true},
		{name: "chunked, empty", send: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200, kept: true},
		{name: "chunked, large", send: ok + "Transfer-Encoding: chunked\r\n\r\n19000\r\n" + large + "\r\n0\r\n\r\n", status: 200, body: large, kept: true},
		{name: "trailers", send: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n", status: 200, body: "abc", kept: true},
		{name: "trailers alone", send: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: 1\r\n\r\n", status: 200, kept: true},
		{name: "until close", send: ok + "\r\nto the end", status: 200, body: "to the end"},
		{name: "http/1.0", send: "HTTP/1.0 200 OK\r\n\r\nold", status: 200, body: "old"},
		{name: "http/1.0 kept", send: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold", status: 200, body: "old", kept: true},
		{name: "connection close", send: ok + "Connection: close\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi"},
		{name: "bytes behind the end", send: ok + "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n", status: 200, body: "hi"},
		{name: "bytes behind the last chunk", send: ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nX", status: 200, body: "a"},
		{name: "bytes behind no content", send: "HTTP/1.1 204 No Content\r\n\r\nX", status: 204},
		{name: "204 with length", send: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: 204, kept: true},
		{name: "304 with length", send: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304, kept: true},
		{name: "head", method: "HEAD", send: ok + "Content-Length: 5\r\n\r\n", status: 200, kept: true},
		{name: "head, chunked", method: "HEAD", send: ok + "Transfer-Encoding: chunked\r\n\r\n", status: 200, kept: true},
		{name: "100 first", send: "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", status: 200, body: "hi", kept: true},
		{name: "103 first", send: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", status: 200, body: "hi", kept: true},
		{name: "long head", send: ok + "X: " + large + "\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi", kept: true},
		{name: "same length twice", send: ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi", kept: true},
		{name: "length and chunked", send: ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", status: 200, body: "hi"},
		{name: "error status", send: "HTTP/1.1 599 \r\nContent-Length: 1\r\n\r\nx", status: 599, body: "x", kept: true},

		{name: "nothing", send: "", failure: "unreachable"},
		{name: "half a head", send: ok + "Content-Le", failure: "unexpected EOF"},
		{name: "garbage", send: "SSH-2.0-OpenSSH\r\n", failure: "status-line"},
		{name: "http/2", send: "HTTP/2.0 200 OK\r\n\r\n", failure: "version"},
		{name: "101", send: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", failure: "101"},
		{name: "status 600", send: "HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n", failure: "600"},
		{name: "1xx for ever", send: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 40), failure: "interim"},
		{name: "head too large", send: ok + "X: " + large + "\r\nY: " + large, failure: "too large"},
		{name: "lengths differ", send: ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", failure: "Content-Length"},
		{name: "unknown coding", send: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", failure: "coding"},
		{name: "short body", send: ok + "Content-Length: 5\r\n\r\nhel", status: 200, body: "hel", bodyErr: "unexpected EOF"},
		{name: "short large body", send: ok + "Content-Length: 999999\r\n\r\n" + large, status: 200, body: large, bodyErr: "unexpected EOF"},
		{name: "no last chunk", send: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", status: 200, body: "abc", bodyErr: "unexpected EOF"},
		{name: "bad chunk", send: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n", status: 200, body: "abc", bodyErr: "chunk-size"},
		{name: "bad first chunk", send: ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n", status: 200, bodyErr: "chunk-size"},
		{name: "chunk without end", send: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", status: 200, body: "abc", bodyErr: "CRLF"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			// The origin closes only what cannot be kept, so that Idle tells.
			srv := replies(t, tc.send, !tc.kept)
			c := client(t, Options{})
			method := tc.method
			if method == "" {
				method = "GET"
			}
			resp, err := fetch(t.Context(), c, &core.Subrequest{Method: method, URL: srv.url})
			if tc.failure != "" {
				if !errors.Is(err, core.ErrOriginDown) {
					t.Errorf("%v is not ErrOriginDown", err)
				}
				mustContain(t, err, tc.failure, srv.addr)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := content(resp)
			if resp.Status != tc.status || body != tc.body {
				t.Errorf("%d %.60q (%d bytes), want %d with %d bytes", resp.Status, body, len(body), tc.status, len(tc.body))
			}
			if tc.bodyErr != "" {
				mustContain(t, err, tc.bodyErr, srv.addr)
			} else if err != nil {
				t.Error(err)
			}
			if strings.HasPrefix(tc.name, "trailers") {
				if tr, ok := resp.Body.(core.Trailered); !ok || tr.Trailer().Get("X-T") != "1" {
					t.Error("no trailer")
				}
			}
			if idle := c.Stats().Idle; (idle == 1) != tc.kept {
				t.Errorf("%d idle connections", idle)
			}
			if tc.kept { // and what follows on the connection is understood
				if resp, err := fetch(t.Context(), c, &core.Subrequest{Method: method, URL: srv.url}); err != nil || resp.Status != tc.status {
					t.Error(resp, err)
				} else if body, err := content(resp); err != nil || body != tc.body {
					t.Errorf("again: %.60q %v", body, err)
				}
				if s := c.Stats(); s.Opened != 1 {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

// TestSplitResponses: however an origin cuts its response into packets, the result is the
// same.
func TestSplitResponses(t *testing.T) {
	for name, response := range map[string]string{
		"length":  "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz",
		"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabcdefghij\r\n10\r\nklmnopqrstuvwxyz\r\n0\r\n\r\n",
		"interim": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz",
	} {
		step := make(chan int)
		srv := serve(t, func(p *peer, _ int) {
			for p.request() != nil {
				cut := <-step
				p.send(response[:cut])
				<-step // the client has asked for more or waits
				p.send(response[cut:])
			}
		})
		c := client(t, Options{})
		for cut := 1; cut < len(response); cut++ {
			go func() { step <- cut; step <- 0 }()
			resp, err := get(c, srv.url)
			if err != nil {
				t.Fatalf("%s cut at %d: %v", name, cut, err)
			}
			if body, err := content(resp); err != nil || body != "abcdefghijklmnopqrstuvwxyz" {
				t.Fatalf("%s cut at %d: %q, %v", name, cut, body, err)
			}
		}
		if s := c.Stats(); s.Opened != 1 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c := client(t, Options{RootCAs: roots})
	for range 3 {
		resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.URL + "/x", Body: newStream(-1, "hello").end()})
		if err != nil {
			t.Fatal(err)
		}
		if body, err := content(resp); err != nil || body != "POST /x hello" {
			t.Errorf("%q %v", body, err)
		}
		settled(t, c, 1)
	}
	if s := c.Stats(); s.Opened != 1 || s.Reused != 2 {
		t.Errorf("%+v", s)
	}
	unknown := client(t, Options{})
	_, err := get(unknown, srv.URL)
	if !errors.Is(err, core.ErrOriginDown) {
		t.Errorf("a certificate of nobody: %v", err)
	}
	mustContain(t, err, "TLS handshake", "certificate")
	// The name in the URL is what the certificate must be for, wherever it is pinned to.
	addr := strings.TrimPrefix(srv.URL, "https://")
	pinned := client(t, Options{RootCAs: roots, Policy: pins("example.com", addr, "other.test", addr)})
	if resp, err := get(pinned, "https://example.com/"); err != nil || resp.Status != 200 {
		t.Error(resp, err)
	}
	if _, err := get(pinned, "https://other.test/"); !errors.Is(err, core.ErrOriginDown) {
		t.Errorf("a certificate for another name: %v", err)
	}
}

func TestCancel(t *testing.T) {
	gone := make(chan struct{}, 8)
	asked := make(chan struct{}, 8)
	srv := serve(t, func(p *peer, _ int) {
		req := p.request()
		if req == nil {
			return
		}
		if req.URL.Path == "/body" {
			p.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc")
		}
		asked <- struct{}{}
		p.gone()
		gone <- struct{}{}
	})
	c := client(t, Options{})

	why := errors.New("the reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-asked; cancel(why) }()
	if _, err := fetch(ctx, c, &core.Subrequest{Method: "GET", URL: srv.url}); !errors.Is(err, why) {
		t.Errorf("before the response: %v", err)
	}
	<-gone

	ctx, cancel = context.WithCancelCause(t.Context())
	resp, err := fetch(ctx, c, &core.Subrequest{Method: "GET", URL: srv.url + "/body"})
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-asked; cancel(why) }()
	if body, err := content(resp); body != "abc" || !errors.Is(err, why) {
		t.Errorf("in the body: %q %v", body, err)
	}
	<-gone

	resp, err = get(c, srv.url+"/body")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close(why)
	<-gone
	resp.Body.Next(func(_ []byte, err error) {
		if err != why {
			t.Errorf("after Close: %v", err)
		}
	})

	ctx, cancel = context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := fetch(ctx, c, &core.Subrequest{Method: "GET", URL: srv.url}); !errors.Is(err, why) {
		t.Errorf("cancelled before: %v", err)
	}
	if s := c.Stats(); s.Idle != 0 {
		t.Errorf("%+v", s)
	}
}
