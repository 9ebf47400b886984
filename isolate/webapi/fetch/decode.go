package fetch

import (
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"gannet/core"
)

// maxZstdWindow bounds the memory of a zstd decoder, in bytes (RFC 9659, section 3).
const maxZstdWindow = 8 << 20

// decodedBody is the body of a fetched response that has a Content-Encoding. A script that
// reads it gets the content decoded; while nobody has, the raw body can be passed on.
type decodedBody struct {
	raw    core.Body
	coding string

	mu struct {
		sync.Mutex
		decoded core.Body // set by the first Next
		closed  bool
	}
}

// decode wraps a fetched body whose Content-Encoding is coding.
func decode(raw core.Body, coding string) core.Body {
	return &decodedBody{raw: raw, coding: coding}
}

// untouched reports whether nothing was read from the body.
func (d *decodedBody) untouched() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mu.decoded == nil && !d.mu.closed
}

// Length implements core.Body: what the content decodes to is not known.
func (d *decodedBody) Length() int64 { return -1 }

// Next implements core.Body.
func (d *decodedBody) Next(done func([]byte, error)) {
	d.mu.Lock()
	if d.mu.decoded == nil {
		d.mu.decoded = newDecoded(d.raw, d.coding)
	}
	body := d.mu.decoded
	d.mu.Unlock()
	body.Next(done)
}

// Close implements core.Body.
func (d *decodedBody) Close(err error) {
	d.mu.Lock()
	d.mu.closed = true
	body := d.mu.decoded
	d.mu.Unlock()
	if body == nil {
		body = d.raw
	}
	body.Close(err)
}

// newDecoded undoes a Content-Encoding: the codings in reverse order (RFC 9110, section
// 8.4). One we do not know leaves the content as it is.
func newDecoded(raw core.Body, coding string) core.Body {
	codings := knownCodings(coding)
	if codings == nil {
		return raw
	}
	r := &decoder{src: core.Reader(raw)}
	for _, c := range codings {
		r.codings = append([]string{c}, r.codings...)
	}
	return core.NewReader(r, -1)
}

// knownCodings are the codings of a Content-Encoding, nil if there is none that is undone, or
// any that cannot be.
func knownCodings(coding string) (codings []string) {
	for c := range strings.SplitSeq(coding, ",") {
		switch c = strings.ToLower(strings.TrimSpace(c)); c {
		case "", "identity":
		case "gzip", "x-gzip", "deflate", "br", "zstd":
			codings = append(codings, c)
		default:
			return nil
		}
	}
	if len(codings) > maxCodings {
		return nil
	}
	return codings
}

// maxCodings bounds the layers of a Content-Encoding that are undone.
const maxCodings = 4

// decoder is the chain of decoders, built at the first Read since building one reads.
type decoder struct {
	src     io.ReadCloser
	codings []string // the outermost first
	r       io.Reader
	err     error
	once    sync.Once
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	if d.r == nil && d.err == nil {
		d.r, d.err = d.build()
	}
	if d.err != nil {
		return 0, d.err
	}
	return d.r.Read(p)
}

func (d *decoder) build() (io.Reader, error) {
	var r io.Reader = d.src
	for _, c := range d.codings {
		next, err := d.layer(c, r)
		if err != nil {
			return nil, fmt.Errorf("cannot decode %s content: %w", c, err)
		}
		r = next
	}
	return r, nil
}

func (d *decoder) layer(coding string, r io.Reader) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return newDeflate(r)
	case "br":
		return brotli.NewReader(r), nil
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return z, nil // synchronous at concurrency 1: nothing to close but memory
}

// Close implements io.Closer. It may come from another goroutine while a Read waits for the
// source, which it ends.
func (d *decoder) Close() error {
	var err error
	d.once.Do(func() { err = d.src.Close() })
	return err
}

// newDeflate reads the "deflate" coding: zlib by RFC 9110, section 8.4.1.2, raw deflate from
// servers that got it wrong. The first two bytes tell.
func newDeflate(r io.Reader) (io.Reader, error) {
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	whole := io.MultiReader(strings.NewReader(string(head)), r)
	if n == 2 && head[0]&0x0F == 8 && (uint16(head[0])<<8|uint16(head[1]))%31 == 0 {
		return zlib.NewReader(whole)
	}
	return flate.NewReader(whole), nil
}
