package origin

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A corked connection sends what is written to it when it is told to, at once.
type corked struct {
	net.Conn
	held bytes.Buffer
	on   bool
}

func (c *corked) Write(b []byte) (int, error) {
	if c.on {
		return c.held.Write(b)
	}
	return c.Conn.Write(b)
}

func (c *corked) uncork() {
	c.on = false
	_, _ = c.Conn.Write(c.held.Bytes())
	c.held.Reset()
}

// TestNothingUnaskedOverTLS: what an origin sends behind a response lies in the buffers of
// TLS, where a look at the socket does not show it. It must not be taken for the response
// to the next request.
func TestNothingUnaskedOverTLS(t *testing.T) {
	model := httptest.NewUnstartedServer(http.NotFoundHandler())
	model.StartTLS()
	defer model.Close()
	cert := model.TLS.Certificates[0]
	roots := x509.NewCertPool()
	roots.AddCert(model.Certificate())

	const good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for name, records := range map[string][]string{
		"a record of its own":  {good, evil},
		"in the same record":   {good + evil},
		"in pieces":            {good[:20], good[20:], evil[:10], evil[10:]},
		"beyond a full buffer": {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 16000) + "\r\n", "Y: " + strings.Repeat("y", 16000) + "\r\n", "Z: " + strings.Repeat("z", 16000) + "\r\nContent-Length: 4\r\n\r\ngood" + evil, evil},
		"nothing":              {good},
	} {
		srv := serve(t, func(p *peer, _ int) {
			wire := &corked{Conn: p.Conn}
			tc := tls.Server(wire, &tls.Config{Certificates: []tls.Certificate{cert}})
			tp := &peer{Conn: tc, r: bufio.NewReader(tc)}
			for tp.request() != nil {
				wire.on = true
				for _, r := range records {
					tp.send(r)
				}
				wire.uncork()
			}
		})
		c := client(t, Options{RootCAs: roots, Policy: pins("example.com", srv.addr)})
		for i := range 4 {
			resp, err := get(c, "https://example.com/")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, err := content(resp); got != "good" || err != nil {
				t.Errorf("%s: request %d got %q, %v", name, i, got, err)
			}
		}
		want := Stats{Opened: 4}
		if name == "nothing" {
			want = Stats{Opened: 1, Reused: 3, Idle: 1}
		}
		s := c.Stats()
		if s.Idle = min(s.Idle, want.Idle); s != want {
			t.Errorf("%s: %+v, want %+v", name, s, want)
		}
		c.Close()
	}
}
