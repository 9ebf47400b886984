package h1

import (
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gannet/core"
)

// TestMixed has connections do everything in random order, so that they go between loop
// and bulk mode at all kinds of moments.
func TestMixed(t *testing.T) {
	ts := startServer(t, Options{Handler: core.HandlerFunc(mixedHandler)})
	tlsAddr := ts.listenTLS()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var wg sync.WaitGroup
	for i := range 8 {
		c := ts.dial()
		if i%4 == 0 {
			c = ts.dialTLS(tlsAddr)
		}
		_ = c.SetDeadline(time.Now().Add(30 * time.Second))
		rnd := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 60 {
				if err := mixedOnce(c, rnd); err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
			}
		}()
	}
	wg.Wait()
	// The last piece of a response may arrive before we have seen its end ourselves.
	eventually(t, "all are answered", func() bool { s := ts.Stats(); return s.Requests == s.Responses })
	if s := ts.Stats(); s.Rejected != (Rejections{}) || s.Bulk == 0 {
		t.Errorf("stats %+v", s)
	}
}

func mixedHandler(x *core.Exchange) {
	kind, arg, _ := strings.Cut(x.Request.Target[1:], "/")
	n, _ := strconv.ParseInt(arg, 10, 64)
	switch kind {
	case "sync":
		echoTarget(x)
	case "async":
		time.AfterFunc(time.Duration(n)*time.Microsecond, func() { echoTarget(x) })
	case "down": // streamed, each chunk within Next
		respond(x, &syncBody{total: n, chunk: make([]byte, 7001)})
	case "reader": // streamed by goroutines, chunked
		respond(x, core.NewReader(io.NopCloser(io.LimitReader(zeros{}, n)), -1))
	case "echo":
		respond(x, x.Request.Body)
	case "ignore":
		x.Respond(text(200, "ignored"))
	case "collect":
		go func() {
			b, err := io.ReadAll(core.Reader(x.Request.Body))
			x.Respond(text(200, fmt.Sprint(len(b), err)))
		}()
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// mixedOnce sends one to three random requests at once and checks the answers.
func mixedOnce(c *client, rnd *rand.Rand) error {
	in, want, lengths := mixedInput(rnd)
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c, in)
		sent <- err
	}()
	for i, w := range want {
		resp, err := readHead(c)
		if err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			return fmt.Errorf("content %d: %w", i, err)
		}
		if resp.StatusCode != 200 || !strings.HasPrefix(string(got), w) || lengths[i] >= 0 && len(got) != lengths[i] || resp.Close {
			return fmt.Errorf("answer %d: %d, close %v, %d bytes %.40q, want %d bytes %.40q", i, resp.StatusCode, resp.Close, len(got), got, lengths[i], w)
		}
	}
	return <-sent
}

// mixedInput makes one to three requests: what the content of each answer begins with, and
// how long it is, -1 for as long as that.
func mixedInput(rnd *rand.Rand) (input string, want []string, lengths []int) {
	var in strings.Builder
	for range 1 + rnd.IntN(3) {
		size := rnd.IntN(1 << (4 + rnd.IntN(16))) // small ones are as likely as large ones
		content := strings.Repeat("c", size)
		post := func(kind string) {
			if rnd.IntN(2) == 0 || kind == "ignore" {
				fmt.Fprintf(&in, "POST /%s/0 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", kind, size, content)
				return
			}
			fmt.Fprintf(&in, "POST /%s/0 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", kind)
			for rest := content; len(rest) > 0; {
				n := 1 + rnd.IntN(len(rest))
				fmt.Fprintf(&in, "%x\r\n%s\r\n", n, rest[:n])
				rest = rest[n:]
			}
			in.WriteString("0\r\n\r\n")
		}
		length := -1
		switch rnd.IntN(7) {
		case 0:
			in.WriteString(get("/sync/1"))
			want = append(want, "GET /sync/1")
		case 1:
			path := fmt.Sprintf("/async/%d", rnd.IntN(500))
			in.WriteString(get(path))
			want = append(want, "GET "+path)
		case 2:
			in.WriteString(get(fmt.Sprintf("/down/%d", size)))
			want, length = append(want, ""), size
		case 3:
			in.WriteString(get(fmt.Sprintf("/reader/%d", size)))
			want, length = append(want, ""), size
		case 4:
			size = max(size, 1)
			content = strings.Repeat("c", size)
			post("echo")
			want, length = append(want, content), size
		case 5:
			size %= 60000 // more might not be worth reading
			content = content[:size]
			post("ignore")
			want = append(want, "ignored")
		case 6:
			size = max(size, 1)
			content = strings.Repeat("c", size)
			post("collect")
			want = append(want, fmt.Sprintf("%d <nil>", size))
		}
		lengths = append(lengths, length)
	}
	return in.String(), want, lengths
}

// TestAborts has clients go away at any moment, by FIN and by reset: nothing is left over.
func TestAborts(t *testing.T) {
	ts := startServer(t, Options{Handler: core.HandlerFunc(mixedHandler)})
	tlsAddr := ts.listenTLS()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range 150 {
		var c *client
		var raw *net.TCPConn
		if i%8 == 0 {
			c = ts.dialTLS(tlsAddr)
			raw = c.Conn.(*tls.Conn).NetConn().(*net.TCPConn)
		} else {
			c = ts.dial()
			raw = c.Conn.(*net.TCPConn)
		}
		in, _, _ := mixedInput(rnd)
		if rnd.IntN(4) > 0 {
			in = in[:rnd.IntN(len(in))]
		}
		_ = c.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		_, _ = io.WriteString(c, in) // it may block: nobody reads the answers
		if rnd.IntN(2) == 0 {
			_ = c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
			_, _ = io.ReadFull(c, make([]byte, rnd.IntN(100)))
		}
		if rnd.IntN(2) == 0 {
			_ = raw.SetLinger(0)
		}
		_ = raw.Close()
	}
	eventually(t, "all connections are gone", func() bool { return ts.Stats().Open == 0 })
	if s := ts.Stats(); s.Panics > 0 {
		t.Errorf("stats %+v", s)
	}
}
