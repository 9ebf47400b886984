package node

import (
	"crypto/tls"
	"fmt"

	"gannet/cmd/gannet/internal/term"
)

// TLSConfig reads a certificate chain and its key. Version 1.2 is the oldest spoken: RFC 8996
// retired what came before.
func TLSConfig(cert, key string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("cannot use the certificate %s: %w", term.Path(cert), err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}
