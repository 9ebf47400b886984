package origin

import (
	"context"
	"crypto/rand"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

const gibibyte = 1 << 30

// zeros is a request body of n bytes that counts how far ahead of its reader it got.
type zeros struct {
	chunk []byte
	left  int64
	given atomic.Int64
}

func (z *zeros) Length() int64 { return -1 }
func (z *zeros) Close(error)   {}
func (z *zeros) Next(done func([]byte, error)) {
	if z.left == 0 {
		done(nil, io.EOF)
		return
	}
	n := min(int64(len(z.chunk)), z.left)
	z.left -= n
	z.given.Add(n)
	done(z.chunk[:n], nil)
}

// meter discards what it is given, and keeps the largest distance to what was sent.
type meter struct {
	sent       *atomic.Int64
	got, ahead int64
}

func (m *meter) Write(b []byte) (int, error) {
	m.ahead = max(m.ahead, m.sent.Load()-m.got)
	m.got += int64(len(b))
	return len(b), nil
}

// heapPeak samples the live heap until stop, and returns how far it grew above the start.
func heapPeak() (stop func() uint64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base, peak := m.HeapInuse, uint64(0)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			case <-quit:
				return
			}
		}
	}()
	return func() uint64 {
		close(quit)
		<-done
		return max(peak, base) - base
	}
}

// TestLargeBodies: a gibibyte each way at once, in constant memory.
func TestLargeBodies(t *testing.T) {
	size := int64(gibibyte)
	if raceEnabled {
		size = 128 << 20 // the detector makes it ten times slower, not different
	}
	srv := serve(t, func(p *peer, _ int) {
		req := p.request()
		if req == nil {
			return
		}
		p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		buf := make([]byte, 64<<10)
		for {
			n, err := io.ReadFull(req.Body, buf)
			if n > 0 {
				p.send(hex(n) + "\r\n")
				_, _ = p.Write(buf[:n])
				p.send("\r\n")
			}
			if err != nil {
				break
			}
		}
		p.send("0\r\n\r\n")
		p.gone()
	})
	c := client(t, Options{})
	z := &zeros{chunk: make([]byte, 64<<10), left: size}
	_, _ = rand.Read(z.chunk)
	stop := heapPeak()
	resp, err := fetch(t.Context(), c, &core.Subrequest{Method: "POST", URL: srv.url, Body: z})
	if err != nil {
		t.Fatal(err)
	}
	// What was sent and is not yet back lies in buffers of the kernel.
	sink := &meter{sent: &z.given}
	n, err := io.Copy(sink, core.Reader(resp.Body))
	if sink.ahead > 64<<20 {
		t.Errorf("%d MiB were on their way at once", sink.ahead>>20)
	}
	if n != size || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if grew := stop(); grew > 32<<20 {
		t.Errorf("the heap grew by %d KiB", grew>>10)
	} else {
		t.Logf("the heap grew by %d KiB", grew>>10)
	}
	settled(t, c, 1)
}

func hex(n int) string {
	const digits = "0123456789abcdef"
	var b []byte
	for ; n > 0; n >>= 4 {
		b = append([]byte{digits[n&15]}, b...)
	}
	return string(b)
}

// TestAllocs is the gate for a small response over a kept connection. The server's side
// allocates nothing per request.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, response := range benchBodies {
		url := answering(t, response)
		c := client(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan struct{}, 1)
		s := &core.Subrequest{Method: "GET", URL: url + "/path", Fields: benchFields}
		n := testing.AllocsPerRun(500, func() {
			c.Fetch(ctx, s, func(r *core.Response, err error) {
				if err != nil {
					t.Error(err)
				}
				done <- struct{}{}
			})
			<-done
		})
		if n > 14 {
			t.Errorf("%s: %v allocations for a request, want at most 14", name, n)
		}
	}
}
