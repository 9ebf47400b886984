package wire

import "testing"

// A decoder that has found a fault names it for ever: it must not take what stands behind
// for something else.
func TestChunkedFaultStays(t *testing.T) {
	for _, in := range []string{"x\r\n", "1\r\nab", "0\r\nno colon\r\n", "0\r\na: b\nc", "1;\x00\r\n"} {
		var d ChunkedDecoder
		var first error
		rest := []byte(in)
		for first == nil && len(rest) > 0 {
			var n int
			_, n, first = d.Next(rest)
			rest = rest[n:]
		}
		if first == nil {
			t.Errorf("%q: no fault", in)
			continue
		}
		for _, more := range []string{string(rest), "\r\n", "0\r\n\r\n", ""} {
			if content, _, err := d.Next([]byte(more)); err != first || len(content) > 0 {
				t.Errorf("%q, then %q: %q, %v, first %v", in, more, content, err, first)
			}
		}
	}
}
