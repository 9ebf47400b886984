package origin

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"gannet/core"
)

// FuzzResponse: whatever an origin sends, in whatever packets, the exchange ends, the
// content does not depend on the packets, and where net/http understands the response too
// it sees the same content.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.0 200 OK\n\nold", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
		"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
	} {
		f.Add([]byte(seed), uint16(3))
	}
	f.Fuzz(func(t *testing.T, sent []byte, cut uint16) {
		at := int(cut) % (len(sent) + 1)
		whole, wholeErr := exchangeWith(t, sent)
		parts, partsErr := exchangeWith(t, sent[:at], sent[at:])
		if (wholeErr == nil) != (partsErr == nil) || whole != parts {
			t.Fatalf("in one packet %q %v, cut at %d %q %v", whole, wholeErr, at, parts, partsErr)
		}
		if wholeErr != nil {
			return
		}
		req, _ := http.NewRequest("GET", "http://x/", nil)
		r := bufio.NewReader(bytes.NewReader(sent))
		for {
			resp, err := http.ReadResponse(r, req)
			if err != nil {
				return
			}
			if resp.StatusCode < 200 {
				continue
			}
			theirs, err := io.ReadAll(resp.Body)
			if err == nil && string(theirs) != whole {
				t.Fatalf("content %q, net/http says %q", whole, theirs)
			}
			return
		}
	})
}

// exchangeWith has an origin answer with the given packets and close.
func exchangeWith(t *testing.T, packets ...[]byte) (string, error) {
	served := make(chan struct{})
	c := New(Options{Policy: Policy{AllowAll: true}, Dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer close(served)
			defer theirs.Close()
			if _, err := http.ReadRequest(bufio.NewReader(theirs)); err != nil {
				t.Errorf("the request: %v", err)
			}
			for _, p := range packets {
				if _, err := theirs.Write(p); err != nil {
					return // it had enough
				}
			}
		}()
		return ours, nil
	}})
	defer func() {
		c.Close()
		<-served
	}()
	resp, err := fetch(context.Background(), c, &core.Subrequest{Method: "GET", URL: "http://127.0.0.1/"})
	if err != nil {
		return "", err
	}
	return content(resp)
}
