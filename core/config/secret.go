package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Secret is where the value of a secret comes from. One of Env and File is set.
type Secret struct {
	Name string
	Env  string // an environment variable of the gannet process
	File string // a file; one newline at its end does not count
	Pos  Pos
}

// maxSecretBytes bounds a secret file, in bytes: it turns a wrong path (a device, a disk
// image) into an error instead of an exhausted memory. A secret is a key or a token.
const maxSecretBytes = 1 << 20

// Read fetches the value, each time anew, so that a reload sees a rotated secret. Errors
// name the source and never the value.
func (s Secret) Read() (string, error) {
	if s.Env != "" {
		v, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("secret %s: the environment variable %s is not set", s.Name, s.Env)
		}
		return v, nil
	}
	f, err := os.Open(s.File)
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", s.Name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", s.Name, err)
	}
	if len(b) > maxSecretBytes {
		return "", fmt.Errorf("secret %s: %s is larger than %d bytes", s.Name, s.File, maxSecretBytes)
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	return string(bytes.TrimSuffix(b, []byte("\r"))), nil
}
