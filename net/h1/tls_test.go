package h1

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

// newCert makes a self-signed certificate for name.
func newCert(t testing.TB, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (ts *testServer) listenTLS() string {
	cfg := &tls.Config{Certificates: []tls.Certificate{newCert(ts.t, "a")}, NextProtos: []string{"http/1.1"}}
	return ts.listen(func(l net.Listener) error { return ts.ServeTLS(l, func() *tls.Config { return cfg }) })
}

func (ts *testServer) dialTLS(addr string) *client {
	ts.t.Helper()
	nc, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, ServerName: "a"})
	if err != nil {
		ts.t.Fatal(err)
	}
	ts.t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	return &client{nc, bufio.NewReader(nc), ts.t}
}

func TestTLS(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		go func() {
			var content []byte
			if x.Request.Body != nil {
				content, _ = io.ReadAll(core.Reader(x.Request.Body))
			}
			r := &x.Request
			x.Respond(text(200, r.Scheme+" "+r.TLS.Version+" "+r.TLS.ServerName+" "+string(content)))
		}()
	})
	first, second := newCert(t, "first"), newCert(t, "second")
	var current atomic.Pointer[tls.Certificate]
	current.Store(&first)
	addr := ts.listen(func(l net.Listener) error {
		return ts.ServeTLS(l, func() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{*current.Load()}} })
	})
	name := func(c *client) string {
		return c.Conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	c := ts.dialTLS(addr)
	c.send(get("/"))
	c.expect(200, "https TLSv1.3 a ")
	current.Store(&second)
	if got := name(ts.dialTLS(addr)); got != "second" {
		t.Errorf("after the change a connection was served %q", got)
	}
	if got := name(c); got != "first" {
		t.Errorf("certificate %q", got)
	}
	content := strings.Repeat("0123456789abcdef", 1<<14)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 262144\r\n\r\n" + content)
	c.expect(200, "https TLSv1.3 a "+content)
	c.send(get("/1") + get("/2"))
	c.expect(200, "https")
	c.expect(200, "https")
}

func TestPlainOnTLSPort(t *testing.T) {
	ts := serveFunc(t, echoTarget)
	ts.addr = ts.listenTLS()
	c := ts.dial()
	c.send(get("/"))
	c.expect(400, "This port speaks HTTPS.")
	c.expectClosed()
}
