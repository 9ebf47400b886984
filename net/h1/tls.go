package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"gannet/core"
)

// ServeTLS is Serve with TLS in front. cfg is called for each connection, so that new
// certificates serve from the next one on; a config must not offer protocols by ALPN
// other than "http/1.1".
func (s *Server) ServeTLS(l net.Listener, cfg func() *tls.Config) error {
	return s.serve(l, func(nc net.Conn) { s.adoptTLS(nc, cfg) })
}

// adoptTLS does the handshake and serves the connection, in blocking mode.
func (s *Server) adoptTLS(nc net.Conn, cfg func() *tls.Config) {
	c := s.newConn(nc, "https")
	tc, err := s.handshake(nc, cfg)
	if err != nil {
		s.stats.handshakesFailed.Add(1)
		s.opts.Log.Debug("h1: TLS handshake failed", "remote", c.remote, "error", err)
		var record tls.RecordHeaderError
		if errors.As(err, &record) && record.Conn != nil && looksLikeHTTP(record.RecordHeader[:]) {
			_ = record.Conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = record.Conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis port speaks HTTPS.\n"))
		}
		_ = nc.Close()
		s.connDone(c)
		return
	}
	state := tc.ConnectionState()
	c.tls = &core.TLS{
		Version:     tlsVersion(state.Version),
		CipherSuite: cipherName(state.CipherSuite),
		ServerName:  state.ServerName,
	}
	s.serveAdopted(c, tc)
}

// handshake runs cfg and the functions in what it returns, which are other people's: a
// panic there is a handshake that failed.
func (s *Server) handshake(nc net.Conn, cfg func() *tls.Config) (tc *tls.Conn, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.HeaderTimeout)
	go func() { // the end of the process does not wait for handshakes
		select {
		case <-s.closed:
			select {
			case <-time.After(s.opts.DrainGrace):
				cancel()
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	}()
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.panicked("a TLS handshake", p)
			err = errors.New("h1: panic in a TLS handshake")
		}
	}()
	tc = tls.Server(nc, cfg())
	return tc, tc.HandshakeContext(ctx)
}

// looksLikeHTTP reports whether the first octets are those of a plain request.
func looksLikeHTTP(b []byte) bool {
	switch string(b) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH":
		return true
	}
	return false
}

func tlsVersion(v uint16) string {
	switch v {
	case tls.VersionTLS12:
		return "TLSv1.2"
	case tls.VersionTLS13:
		return "TLSv1.3"
	case tls.VersionTLS11:
		return "TLSv1.1"
	case tls.VersionTLS10:
		return "TLSv1"
	}
	return ""
}

// cipherName returns a cipher suite's name as OpenSSL has it, which request.cf.tlsCipher
// shows.
func cipherName(id uint16) string {
	switch id {
	case tls.TLS_AES_128_GCM_SHA256:
		return "AEAD-AES128-GCM-SHA256"
	case tls.TLS_AES_256_GCM_SHA384:
		return "AEAD-AES256-GCM-SHA384"
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		return "AEAD-CHACHA20-POLY1305-SHA256"
	case tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:
		return "ECDHE-ECDSA-AES128-GCM-SHA256"
	case tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:
		return "ECDHE-ECDSA-AES256-GCM-SHA384"
	case tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:
		return "ECDHE-RSA-AES128-GCM-SHA256"
	case tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:
		return "ECDHE-RSA-AES256-GCM-SHA384"
	case tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:
		return "ECDHE-ECDSA-CHACHA20-POLY1305"
	case tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:
		return "ECDHE-RSA-CHACHA20-POLY1305"
	}
	return tls.CipherSuiteName(id)
}
