package h1

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

func echoTarget(x *core.Exchange) { x.Respond(text(200, x.Request.Method+" "+x.Request.Target)) }

func TestKeepAlive(t *testing.T) {
	c := serveFunc(t, echoTarget).dial()
	for i := range 3 {
		path := fmt.Sprintf("/%d", i)
		c.send(get(path))
		resp := c.expect(200, "GET "+path)
		if resp.Header.Get("Date") == "" || resp.Close {
			t.Errorf("Date %q, close %v", resp.Header.Get("Date"), resp.Close)
		}
	}
}

func TestNetHTTPClient(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) { // echoes content, read by a goroutine
		go func() {
			if x.Request.Body == nil {
				x.Respond(text(200, "none"))
				return
			}
			b, err := io.ReadAll(core.Reader(x.Request.Body))
			if err != nil {
				x.Respond(text(500, err.Error()))
				return
			}
			x.Respond(text(200, string(b)))
		}()
	})
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	for _, size := range []int{0, 1, 5000, 64 << 10, 64<<10 + 1, 1 << 20} {
		for _, chunked := range []bool{false, true} {
			content := strings.Repeat("x", size)
			var body io.Reader = strings.NewReader(content)
			if chunked {
				body = io.MultiReader(body) // hides the length
			}
			resp, err := client.Post("http://"+ts.addr+"/", "text/plain", body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			want := content
			if size == 0 && !chunked {
				want = "none"
			}
			if err != nil || string(got) != want {
				t.Errorf("size %d, chunked %v: got %d bytes, %v", size, chunked, len(got), err)
			}
		}
	}
}

func TestPipeliningOutOfOrder(t *testing.T) {
	// More than may be in flight. Each group is answered from its end, and is small enough
	// that reading goes on (at half of maxPipeline) before a whole one is there.
	const n, group = 300, 16
	release := make([]chan struct{}, n)
	for i := range release {
		release[i] = make(chan struct{})
	}
	ts := serveFunc(t, func(x *core.Exchange) {
		i, _ := strconv.Atoi(x.Request.Target[1:])
		go func() {
			<-release[i]
			if i%group > 0 {
				close(release[i-1]) // the one before answers only after this one
			}
			x.Respond(text(200, x.Request.Target))
		}()
		if i%group == group-1 || i == n-1 {
			close(release[i])
		}
	})
	c := ts.dial()
	var b strings.Builder
	for i := range n {
		b.WriteString(get(fmt.Sprintf("/%d", i)))
	}
	go c.send(b.String())
	for i := range n {
		c.expect(200, fmt.Sprintf("/%d", i))
	}
}

func TestSplitAtEveryByte(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		body := x.Request.Body
		if body == nil {
			echoTarget(x)
			return
		}
		go func() {
			b, err := io.ReadAll(core.Reader(body))
			if err != nil {
				t.Errorf("content: %v", err)
			}
			x.Respond(text(200, x.Request.Target+" "+string(b)))
		}()
	})
	in := "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
		"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: u\r\n\r\n" + get("/c")
	check := func(c *client) {
		t.Helper()
		c.expect(200, "/a hello")
		c.expect(200, "/b abcde")
		c.expect(200, "GET /c")
	}
	for i := 1; i < len(in); i++ {
		c := ts.dial()
		c.send(in[:i])
		c.send(in[i:])
		check(c)
		_ = c.Close()
	}
	c := ts.dial() // and each byte on its own
	for i := range len(in) {
		c.send(in[i : i+1])
	}
	check(c)
}

func TestNoContent(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		var status int
		_, _ = fmt.Sscanf(x.Request.Target, "/%d", &status)
		r := text(status, "content")
		switch x.Request.Target {
		case "/304":
			r.Fields.Add("Content-Length", "99")
		case "/200/empty":
			r.Body = nil
		case "/200/fields":
			r.Fields.Add("Content-Length", "77")
			r.Fields.Add("Connection", "close")
			r.Fields.Add("Transfer-Encoding", "gzip")
			r.Fields.Add("Date", "then")
			r.Fields.Add("X", "a\r\nY: b")
		}
		x.Respond(r)
	})
	c := ts.dial()
	f := func(method, path string, length int64, content string) *http.Response {
		t.Helper()
		c.send(method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		resp, got := c.response(method)
		if resp.ContentLength != length || got != content || len(resp.TransferEncoding) > 0 {
			t.Errorf("%s %s: length %d, content %q", method, path, resp.ContentLength, got)
		}
		return resp
	}
	f("GET", "/200", 7, "content")
	f("HEAD", "/200", 7, "")
	if resp := f("GET", "/204", 0, ""); resp.Header.Get("Content-Length") != "" {
		t.Error("204 with a Content-Length")
	}
	if resp := f("GET", "/304", 0, ""); resp.Header.Get("Content-Length") != "99" {
		t.Error("304 lost its Content-Length")
	}
	f("GET", "/200/empty", 0, "")
	f("HEAD", "/200/empty", -1, "")
	if resp := f("GET", "/200/fields", 7, "content"); resp.Header.Get("Date") != "then" || resp.Header.Get("Y") != "" || resp.Close {
		t.Errorf("fields %v", resp.Header)
	}
	f("GET", "/500", 7, "content")
}

func TestHTTP10(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		if x.Request.Target == "/stream" {
			x.Respond(&core.Response{Status: 200, Body: core.NewReader(io.NopCloser(strings.NewReader("streamed")), -1)})
			return
		}
		x.Respond(text(200, x.Request.Authority+" "+x.Request.Fields.Get("Host")))
	})
	c := ts.dial()
	c.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if resp := c.expect(200, ts.addr+" "+ts.addr); resp.Header.Get("Connection") != "keep-alive" {
		t.Errorf("Connection: %q", resp.Header.Get("Connection"))
	}
	c.send("GET / HTTP/1.0\r\nHost: b\r\n\r\n")
	c.expect(200, "b b")
	c.expectClosed()
	c = ts.dial()
	c.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if resp := c.expect(200, "streamed"); len(resp.TransferEncoding) > 0 {
		t.Errorf("%v in a response to HTTP/1.0", resp.TransferEncoding)
	}
	c.expectClosed()
}

func TestConnectionClose(t *testing.T) {
	c := serveFunc(t, echoTarget).dial()
	c.send(strings.Replace(get("/"), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1) + get("/ignored"))
	if resp := c.expect(200, "GET /"); !resp.Close {
		t.Error("the response does not say that the connection closes")
	}
	c.expectClosed()
}

func TestRefusedMethods(t *testing.T) {
	ts := serveFunc(t, echoTarget)
	f := func(in string, status int) {
		t.Helper()
		c := ts.dial()
		c.send(in)
		if resp := c.expect(status, ""); !resp.Close || status == 405 && resp.Header.Get("Allow") == "" {
			t.Errorf("%q: close %v, %v", in, resp.Close, resp.Header)
		}
		c.expectClosed()
	}
	f("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501)
	f("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405)
}

var repetition = regexp.MustCompile(`(?s)\{([^{}]*?)\*(\d+)\}`)

// TestMalformed sends each request of the parser's table behind a good one, which is to be
// answered first.
func TestMalformed(t *testing.T) {
	ts := serveFunc(t, func(x *core.Exchange) {
		if x.Request.Target != "/first" {
			t.Errorf("the handler was given %+v", x.Request)
		}
		echoTarget(x)
	})
	file, err := os.ReadFile("wire/testdata/malformed.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(file)) {
		parts := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(parts) < 4 || parts[0] == "#" {
			continue
		}
		n++
		status, _ := strconv.Atoi(parts[0])
		input, err := strconv.Unquote(parts[3])
		if err != nil {
			t.Fatal(err)
		}
		input = repetition.ReplaceAllStringFunc(input, func(s string) string {
			m := repetition.FindStringSubmatch(s)
			times, _ := strconv.Atoi(m[2])
			return strings.Repeat(m[1], times)
		})
		c := ts.dial()
		c.send(get("/first"))
		c.expect(200, "GET /first")
		go func() { _, _ = io.WriteString(c, input) }()
		resp, _ := c.response("GET")
		if resp.StatusCode != status || !resp.Close {
			t.Errorf("%s (%s): got %d, close %v; want %d", parts[2], parts[1], resp.StatusCode, resp.Close, status)
		}
		c.expectClosed()
		_ = c.Close()
	}
	if n < 100 {
		t.Errorf("only %d cases", n)
	}
	if s := ts.Stats(); s.Rejected.BadRequest < 80 || s.Rejected.FieldsTooBig == 0 || s.Rejected.TargetTooBig == 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestMaxConns(t *testing.T) {
	ts := startServer(t, Options{Handler: core.HandlerFunc(echoTarget), MaxConns: 1})
	c := ts.dial()
	c.send(get("/"))
	c.expect(200, "")
	c2 := ts.dial()
	c2.expect(503, "")
	c2.expectClosed()
	if s := ts.Stats(); s.Shed != 1 || s.Open != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestTimeouts(t *testing.T) {
	o := Options{Handler: core.HandlerFunc(func(x *core.Exchange) {
		if x.Request.Body != nil {
			go func() {
				_, err := io.ReadAll(core.Reader(x.Request.Body))
				x.Respond(text(500, err.Error())) // too late: the timeout has answered
			}()
			return
		}
		echoTarget(x)
	}), HeaderTimeout: 500 * time.Millisecond, IdleTimeout: 500 * time.Millisecond, BodyTimeout: 500 * time.Millisecond}
	ts := startServer(t, o)
	tlsAddr := ts.listenTLS()
	for _, kind := range []string{"loop", "blocking"} {
		run := func(name string, f func(c *client)) {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				own := *ts
				own.t = t
				if kind == "loop" {
					f(own.dial())
				} else {
					f(own.dialTLS(tlsAddr))
				}
			})
		}
		run("head", func(c *client) {
			c.send("GET / HTTP/1.1\r\nHo")
			c.expect(408, "")
			c.expectClosed()
		})
		run("nothing", func(c *client) { c.expectClosed() })
		run("idle", func(c *client) {
			c.send(get("/"))
			c.expect(200, "")
			c.expectClosed()
		})
		run("body", func(c *client) {
			c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
			c.expect(408, "")
			c.expectClosed()
		})
	}
}
