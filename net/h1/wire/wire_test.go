package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gannet/core"
)

// A malformed is one line of testdata/malformed.txt.
type malformed struct {
	status       int
	clause, name string
	input        string
}

var repetition = regexp.MustCompile(`(?s)\{([^{}]*?)\*(\d+)\}`)

func loadMalformed(t testing.TB) []malformed {
	t.Helper()
	text, err := os.ReadFile("testdata/malformed.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []malformed
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		parts := strings.SplitN(line, " ", 4)
		status, err := strconv.Atoi(parts[0])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		input, err := strconv.Unquote(parts[3])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		input = repetition.ReplaceAllStringFunc(input, func(s string) string {
			m := repetition.FindStringSubmatch(s)
			n, _ := strconv.Atoi(m[2])
			return strings.Repeat(m[1], n)
		})
		rfc, section, _ := strings.Cut(parts[1], "/")
		cases = append(cases, malformed{status, "RFC " + rfc + ", section " + section, parts[2], input})
	}
	return cases
}

func TestMalformedRequests(t *testing.T) {
	cases := loadMalformed(t)
	if len(cases) < 100 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		var h RequestHead
		n, err := h.Parse([]byte(c.input))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: n=%d, err=%v, want an error", c.name, n, err)
			continue
		}
		if e.Status != c.status || e.Clause != c.clause {
			t.Errorf("%s: %d by %s (%s), want %d by %s", c.name, e.Status, e.Clause, e.Reason, c.status, c.clause)
		}
	}
}

// parseInPieces gives the parser every prefix in turn, as if octets came one by one, each
// time at another place in memory.
func parseInPieces(h *RequestHead, b []byte, step int) (int, error) {
	for end := 0; end < len(b); end += step {
		n, err := h.Parse(bytes.Clone(b[:end]))
		if n != 0 || err != nil {
			return n, err
		}
	}
	return h.Parse(b)
}

func TestRequestAnySplit(t *testing.T) {
	inputs := []string{browserRequest, "\r\n" + browserRequest, "PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"}
	for _, c := range loadMalformed(t) {
		inputs = append(inputs, c.input)
	}
	for _, in := range inputs {
		steps := []int{1, 2, 7}
		if len(in) > 2000 {
			steps = []int{97, 1000}
		}
		var whole RequestHead
		n, err := whole.Parse([]byte(in))
		for _, step := range steps {
			var h RequestHead
			gotN, gotErr := parseInPieces(&h, []byte(in), step)
			if gotN != n || gotErr != err {
				t.Errorf("%.60q in steps of %d: %d, %v; whole: %d, %v", in, step, gotN, gotErr, n, err)
			}
		}
	}
}

func parseRequest(t *testing.T, in string) (*RequestHead, core.Request) {
	t.Helper()
	var h RequestHead
	n, err := h.Parse([]byte(in))
	if err != nil || n == 0 {
		t.Fatalf("%q: n=%d, err=%v", in, n, err)
	}
	var r core.Request
	h.Request([]byte(in), n, &r, nil)
	return &h, r
}

func TestRequestForms(t *testing.T) {
	for _, c := range []struct {
		name, in                  string
		method, authority, target string
		host                      string
	}{
		{"origin", "GET /a?b=c HTTP/1.1\r\nHost: Example.COM:80\r\n\r\n", "GET", "example.com:80", "/a?b=c", "Example.COM:80"},
		{"absolute wins over Host", "GET http://B.example/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "b.example", "/x", "B.example"},
		{"absolute https", "GET HTTPS://b:1?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "b:1", "/?q", "b:1"},
		{"absolute without path", "GET http://b HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "b", "/", "b"},
		{"absolute options", "OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "b", "*", "b"},
		{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "a", "*", "a"},
		{"authority", "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", "CONNECT", "b:443", "b:443", "b:443"},
		{"1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET", "", "/", ""},
		{"1.0 absolute without Host", "GET http://b/ HTTP/1.0\r\n\r\n", "GET", "b", "/", "b"},
		{"ipv6", "GET / HTTP/1.1\r\nHost: [::FFFF:1.2.3.4]:8080\r\n\r\n", "GET", "[::ffff:1.2.3.4]:8080", "/", "[::FFFF:1.2.3.4]:8080"},
		{"ipv4", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", "GET", "127.0.0.1:8080", "/", "127.0.0.1:8080"},
		{"number that is no last label", "GET / HTTP/1.1\r\nHost: 1.2.example\r\n\r\n", "GET", "1.2.example", "/", "1.2.example"},
		{"label that begins with a digit", "GET / HTTP/1.1\r\nHost: a.1b\r\n\r\n", "GET", "a.1b", "/", "a.1b"},
		{"trailing dot", "GET / HTTP/1.1\r\nHost: a.example.\r\n\r\n", "GET", "a.example.", "/", "a.example."},
		{"empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "GET", "a:", "/", "a:"},
		{"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "BREW", "a", "/", "a"},
		{"lower-case method is another", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get", "a", "/", "a"},
		{"utf-8 target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "a", "/\xc3\xa4", "a"},
	} {
		_, r := parseRequest(t, c.in)
		if r.Method != c.method || r.Authority != c.authority || r.Target != c.target || r.Fields.Get("Host") != c.host {
			t.Errorf("%s: %q %q %q Host %q", c.name, r.Method, r.Authority, r.Target, r.Fields.Get("Host"))
		}
	}
}

func TestRequestFields(t *testing.T) {
	_, r := parseRequest(t, "POST / HTTP/1.1\r\nhost: a\r\nX-One:\t 1 \t\r\nCONNECTION: close, X-Hop, host, Content-Length, upgrade\r\n"+
		"x-hop: gone\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Connection: x\r\nUpgrade: websocket\r\nX-One: 2\r\nContent-Length: 3\r\nX-Empty:\r\nProxy-Authorization: secret\r\n\r\nabc")
	want := core.Fields{{Name: "host", Value: "a"}, {Name: "X-One", Value: "1"}, {Name: "X-One", Value: "2"},
		{Name: "Content-Length", Value: "3"}, {Name: "X-Empty", Value: ""}}
	if !reflect.DeepEqual(r.Fields, want) {
		t.Errorf("fields %q, want %q", r.Fields, want)
	}
	if r.Upgrade != "websocket" {
		t.Errorf("upgrade %q", r.Upgrade)
	}
	if _, r := parseRequest(t, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n"); r.Upgrade != "" || r.Fields.Has("Upgrade") {
		t.Errorf("an Upgrade that Connection does not nominate was kept: %q, %q", r.Upgrade, r.Fields)
	}
}

func TestRequestFraming(t *testing.T) {
	for _, c := range []struct {
		name, in  string
		length    int64
		chunked   bool
		keepAlive bool
		expect    bool
	}{
		{"get", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", -1, false, true, false},
		{"close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", -1, false, false, false},
		{"close in a list", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Close\r\n\r\n", -1, false, false, false},
		{"1.0", "GET / HTTP/1.0\r\n\r\n", -1, false, false, false},
		{"1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", -1, false, true, false},
		{"1.0 keep-alive and close", "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", -1, false, false, false},
		{"1.9 is served as 1.1", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", -1, false, true, false},
		{"length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n", 7, false, true, false},
		{"chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", -1, true, true, false},
		{"expect", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n", 1, false, true, true},
		{"expect without content", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", -1, false, true, false},
		{"expect in 1.0", "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", 1, false, false, false},
	} {
		h, _ := parseRequest(t, c.in)
		if h.ContentLength != c.length || h.Chunked != c.chunked || h.KeepAlive != c.keepAlive || h.ExpectContinue != c.expect {
			t.Errorf("%s: length %d chunked %v keep-alive %v expect %v", c.name, h.ContentLength, h.Chunked, h.KeepAlive, h.ExpectContinue)
		}
	}
}

// appendRequest prints a parsed request in a form that parses again.
func appendRequest(r *core.Request) []byte {
	b := AppendRequestLine(nil, r.Method, r.Target)
	for _, f := range r.Fields {
		b = AppendField(b, f.Name, f.Value)
	}
	return append(b, CRLF...)
}

// checkRequest asserts what holds for every input: the result does not depend on how the
// input is cut; what was parsed, printed and parsed again is the same; net/http frames
// the message alike.
func checkRequest(t *testing.T, in []byte, cut int) {
	var h RequestHead
	n, err := h.Parse(in)
	if n < 0 || n > len(in) || n > 0 && err != nil {
		t.Fatalf("n = %d, err = %v", n, err)
	}
	var h2 RequestHead
	if n2, err2 := parseInPieces(&h2, in, 1+cut%97); n2 != n || err2 != err {
		t.Fatalf("whole: %d, %v; in pieces: %d, %v", n, err, n2, err2)
	}
	if n == 0 {
		return
	}
	var r core.Request
	h.Request(in, n, &r, nil)
	if h.form != authorityForm && h.Proto == core.HTTP11 {
		printed := appendRequest(&r)
		var h3 RequestHead
		n3, err := h3.Parse(printed)
		if err != nil || n3 != len(printed) {
			t.Fatalf("printed %q does not parse: %d, %v", printed, n3, err)
		}
		var r3 core.Request
		h3.Request(printed, n3, &r3, nil)
		r3.Upgrade = r.Upgrade
		if !reflect.DeepEqual(r, r3) {
			t.Fatalf("printed and parsed: %+v, want %+v", r3, r)
		}
	}
	message := in[:n]
	std, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(bytes.TrimPrefix(message, []byte("\r\n")))))
	if err != nil {
		return // net/http wants targets that net/url likes; we leave those to the worker's URL
	}
	defer std.Body.Close()
	switch {
	case h.Chunked != (len(std.TransferEncoding) == 1):
		t.Fatalf("chunked %v, net/http %v", h.Chunked, std.TransferEncoding)
	case !h.Chunked && std.ContentLength != max(h.ContentLength, 0):
		t.Fatalf("length %d, net/http %d", h.ContentLength, std.ContentLength)
	case std.Close && h.KeepAlive && h.Proto == core.HTTP11:
		t.Fatalf("net/http closes, we do not")
	case std.Method != r.Method:
		t.Fatalf("method %q, net/http %q", r.Method, std.Method)
	case r.Authority != "" && !strings.EqualFold(std.Host, r.Authority) && h.form != authorityForm:
		t.Fatalf("authority %q, net/http %q", r.Authority, std.Host)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(browserRequest), 3)
	f.Add([]byte("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n"), 1)
	for _, c := range loadMalformed(f) {
		if len(c.input) < 2000 {
			f.Add([]byte(c.input), 5)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, cut int) { checkRequest(t, in, max(cut, 0)) })
}

func TestResponses(t *testing.T) {
	for _, c := range []struct {
		name, method, in string
		status           int
		framing          Framing
		keepAlive        bool
		fields           core.Fields
	}{
		{"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"length zero", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, NoContent, true, core.Fields{{Name: "Content-Length", Value: "0"}}},
		{"head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, NoContent, true, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"head chunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, NoContent, true, nil},
		{"not modified", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, NoContent, true, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"no content", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, NoContent, true, nil},
		{"interim", "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 103, NoContent, true, core.Fields{{Name: "Link", Value: "</a>"}}},
		{"chunked", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n", 200, ByChunks, true, nil},
		{"chunked with length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 200, ByChunks, false, nil},
		{"until close", "GET", "HTTP/1.1 200 OK\r\n\r\n", 200, UntilClose, false, nil},
		{"1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", 200, ByLength, false, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"1.0 keep-alive", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"close", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", 200, ByLength, false, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"length twice, equal", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"length list, equal", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "5"}}},
		{"lf only", "GET", "HTTP/1.1 200 OK\nX: y\nContent-Length: 1\n\n", 200, ByLength, true, core.Fields{{Name: "X", Value: "y"}, {Name: "Content-Length", Value: "1"}}},
		{"no reason", "GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "1"}}},
		{"space before colon", "GET", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "1"}}},
		{"folding", "GET", "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\n\tc\r\nContent-Length: 1\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "X", Value: "a b c"}, {Name: "Content-Length", Value: "1"}}},
		{"nominated", "GET", "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 2\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\n", 200, ByLength, true, core.Fields{{Name: "Content-Length", Value: "1"}}},
		{"odd status", "GET", "HTTP/1.1 999 Denied\r\nContent-Length: 1\r\n\r\n", 999, ByLength, true, core.Fields{{Name: "Content-Length", Value: "1"}}},
	} {
		for step := 1; step <= len(c.in); step += 5 {
			var h ResponseHead
			n, err := 0, error(nil)
			for end := step; n == 0 && err == nil; end += step {
				n, err = h.Parse([]byte(c.in)[:min(end, len(c.in))], c.method)
				if end > len(c.in) {
					break
				}
			}
			if err != nil || n != len(c.in) {
				t.Errorf("%s: n=%d, err=%v", c.name, n, err)
				continue
			}
			var r core.Response
			h.Response([]byte(c.in), n, &r, nil)
			if r.Status != c.status || h.Framing != c.framing || h.KeepAlive != c.keepAlive || !reflect.DeepEqual(r.Fields, c.fields) {
				t.Errorf("%s: %d, framing %d, keep-alive %v, %q", c.name, r.Status, h.Framing, h.KeepAlive, r.Fields)
			}
		}
	}
}

func TestMalformedResponses(t *testing.T) {
	f := func(in string, want error) {
		t.Helper()
		var h ResponseHead
		if n, err := h.Parse([]byte(in), "GET"); err != want || n != 0 {
			t.Errorf("%.60q: %d, %v; want %v", in, n, err, want)
		}
	}
	f("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", ErrLengthRepeated)
	f("HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", ErrLengthRepeated)
	f("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", ErrLength)
	f("HTTP/1.1 200 OK\r\nContent-Length: 5,\r\n\r\n", ErrLength)
	f("HTTP/1.1 200 OK\r\nContent-Length:\r\n 5\r\n\r\n", ErrLength)
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n ,gzip\r\n\r\n", ErrObsFold)
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", ErrTE)
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", ErrTEUnknown)
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", ErrTERepeated)
	f("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ErrTEVersion)
	f("HTTP/2.0 200 OK\r\n\r\n", ErrVersion)
	f("HTTP/1.1 20 OK\r\n\r\n", ErrStatusLine)
	f("HTTP/1.1 2000 OK\r\n\r\n", ErrStatusLine)
	f("HTTP/1.1 099 OK\r\n\r\n", ErrStatusLine)
	f("HTTP/1.1  200 OK\r\n\r\n", ErrStatusLine)
	f("<html>\n", ErrStatusLine)
	f("HTTP/1.1 200 O\x00K\r\n\r\n", ErrStatusLine)
	f("HTTP/1.1 200 OK\r\n X: y\r\n\r\n", ErrLeadingSpace)
	f("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", ErrFieldValue)
	f("HTTP/1.1 200 OK\r\nX\r\n\r\n", ErrNoColon)
	f("HTTP/1.1 200 OK\r\n: x\r\n\r\n", ErrFieldName)
	f("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("a", DefaultFieldBytes), ErrFieldsTooLarge)
	f("HTTP/1.1 200 OK\r\n"+strings.Repeat("X: y\r\n", 257), ErrTooManyFields)
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\r\n b\r\n\r\nhello"), 1)
	f.Add([]byte("HTTP/1.0 304\nConnection: keep-alive, X\nX : b\n\n"), 2)
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 3)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		var h, h2 ResponseHead
		n, err := h.Parse(in, "GET")
		n2, err2 := 0, error(nil)
		for end := 0; end < len(in) && n2 == 0 && err2 == nil; end += 1 + max(cut, 0)%97 {
			n2, err2 = h2.Parse(bytes.Clone(in[:end]), "GET")
		}
		if n2 == 0 && err2 == nil {
			n2, err2 = h2.Parse(in, "GET")
		}
		if n != n2 || err != err2 || n > len(in) {
			t.Fatalf("whole: %d, %v; in pieces: %d, %v", n, err, n2, err2)
		}
		if n == 0 {
			return
		}
		var r core.Response
		h.Response(in, n, &r, nil)
		printed := AppendStatusLine(nil, r.Status, r.Reason)
		for _, f := range r.Fields {
			printed = AppendField(printed, f.Name, f.Value)
		}
		printed = append(printed, CRLF...)
		var h3 ResponseHead
		n3, err := h3.Parse(printed, "GET")
		if err != nil || n3 != len(printed) {
			t.Fatalf("printed %q: %d, %v", printed, n3, err)
		}
		var r3 core.Response
		h3.Response(printed, n3, &r3, nil)
		if r.Reason == "" {
			r3.Reason = "" // printed as the usual one
		}
		if !reflect.DeepEqual(r, r3) {
			t.Fatalf("printed and parsed: %+v, want %+v", r3, r)
		}
	})
}

// decodeAll decodes b given in pieces of step octets.
func decodeAll(d *ChunkedDecoder, b []byte, step int) (content []byte, used int, err error) {
	for from := 0; from < len(b) && !d.Done(); from += step {
		piece := bytes.Clone(b[from:min(from+step, len(b))])
		for len(piece) > 0 && !d.Done() {
			c, n, err := d.Next(piece)
			content = append(content, c...)
			used += n
			if err != nil {
				return content, used, err
			}
			piece = piece[n:]
		}
	}
	return content, used, nil
}

func TestChunked(t *testing.T) {
	f := func(in, want string, trailer core.Fields) {
		t.Helper()
		for step := 1; step <= len(in); step++ {
			var d ChunkedDecoder
			got, used, err := decodeAll(&d, []byte(in+"GET /"), step)
			if err != nil || string(got) != want || used != len(in) || !d.Done() || !reflect.DeepEqual(d.Trailer(), trailer) {
				t.Fatalf("%q by %d: %q, used %d of %d, done %v, trailer %q, %v", in, step, got, used, len(in), d.Done(), d.Trailer(), err)
			}
		}
	}
	f("0\r\n\r\n", "", nil)
	f("5\r\nhello\r\n0\r\n\r\n", "hello", nil)
	f("00a\r\n0123456789\r\n1\r\nx\r\n000\r\n\r\n", "0123456789x", nil)
	f("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", nil)
	f("5;a=b;c=\"d e\"\r\nhello\r\n0;last\r\n\r\n", "hello", nil)
	f("5 \t;a\r\nhello\r\n0\r\n\r\n", "hello", nil)
	f("1\r\nx\r\n0\r\nX-Sum: 1 \r\nContent-Length: 9\r\ny:\r\n\r\n", "x", core.Fields{{Name: "X-Sum", Value: "1"}, {Name: "y", Value: ""}})
}

func TestMalformedChunks(t *testing.T) {
	f := func(in string, want error) {
		t.Helper()
		for _, step := range []int{1, 3, len(in)} {
			var d ChunkedDecoder
			if _, _, err := decodeAll(&d, []byte(in), step); err != want {
				t.Errorf("%.40q by %d: %v, want %v", in, step, err, want)
			}
		}
	}
	f("\r\n", ErrChunkSize)
	f("g\r\n", ErrChunkSize)
	f("-1\r\n", ErrChunkSize)
	f("0x5\r\n", ErrChunkSize)
	f("+5\r\n", ErrChunkSize)
	f("5\nhello\r\n", ErrChunkSize)
	f("5 \r\nhello\r\n", ErrChunkSize)
	f("5 5\r\n", ErrChunkSize)
	f("5\rhello", ErrLineEnd)
	f("5\r\nhello0\r\n\r\n", ErrChunkEnd)
	f("5\r\nhello\n0\r\n\r\n", ErrChunkEnd)
	f("5\r\nhello\r0\r\n\r\n", ErrChunkEnd)
	f("5;a\nhello\r\n", ErrChunkExt)
	f("5;a\x00\r\nhello\r\n", ErrChunkExt)
	f("5;a\rb\r\nhello\r\n", ErrLineEnd)
	f("1000000000000000\r\n", ErrChunkTooLarge)
	f("0000000000000001\r\n", ErrChunkTooLarge)
	f("5;"+strings.Repeat("a", 2000)+"\r\nhello\r\n", ErrChunkExtLong)
	f("5"+strings.Repeat(" ", 2000)+";\r\nhello\r\n", ErrChunkExtLong)
	f(strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\nx\r\n", 20), ErrChunkExtLong)
	f(strings.Repeat("1"+strings.Repeat(" ", 1000)+";\r\nx\r\n", 20), ErrChunkExtLong)
	f("0\r\nX: y\n\r\n", ErrLineEnd)
	f("0\r\n\n", ErrLineEnd)
	f("0\r\nX : y\r\n\r\n", ErrSpaceColon)
	f("0\r\nX: y\r\n z\r\n\r\n", ErrObsFold)
	f("0\r\nXy\r\n\r\n", ErrNoColon)
	f("0\r\nX: \x01\r\n\r\n", ErrFieldValue)
	f("0\r\nX: "+strings.Repeat("a", 20000)+"\r\n\r\n", ErrTrailersLarge)
	f("0\r\n"+strings.Repeat("X: y\r\n", 257)+"\r\n", ErrTooManyFields)
}

func FuzzChunked(f *testing.F) {
	f.Add([]byte("5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\nrest"), 1)
	f.Add([]byte("fffffffffffffff\r\n"), 2)
	f.Add([]byte("5\nhello\n0\n\n"), 3)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		var d, d2 ChunkedDecoder
		content, used, err := decodeAll(&d, in, max(len(in), 1))
		content2, used2, err2 := decodeAll(&d2, in, 1+max(cut, 0)%97)
		if !bytes.Equal(content, content2) || used != used2 || err != err2 || d.Done() != d2.Done() {
			t.Fatalf("whole: %q, %d, %v; in pieces: %q, %d, %v", content, used, err, content2, used2, err2)
		}
		if err != nil || !d.Done() {
			return
		}
		message := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + string(in)
		std, err := http.ReadRequest(bufio.NewReader(strings.NewReader(message)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(std.Body)
		if err == nil && !bytes.Equal(got, content) {
			t.Fatalf("content %q, net/http %q", content, got)
		}
		printed := AppendLastChunk(AppendChunk(nil, content), d.Trailer())
		var d3 ChunkedDecoder
		again, used, err := decodeAll(&d3, printed, len(printed))
		if err != nil || !bytes.Equal(again, content) || used != len(printed) || !slices.Equal(withoutUnsendable(d.Trailer()), d3.Trailer()) {
			t.Fatalf("printed %q: %q, trailer %q, %v", printed, again, d3.Trailer(), err)
		}
	})
}

// withoutUnsendable drops what AppendFields does not pass on.
func withoutUnsendable(f core.Fields) (out core.Fields) {
	for _, x := range f {
		if Passes(x.Name) {
			out = append(out, x)
		}
	}
	return out
}

func TestAppend(t *testing.T) {
	f := func(got []byte, want string) {
		t.Helper()
		if string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(AppendStatusLine(nil, 200, ""), "HTTP/1.1 200 OK\r\n")
	f(AppendStatusLine(nil, 418, ""), "HTTP/1.1 418 \r\n")
	f(AppendStatusLine(nil, 200, "Fine"), "HTTP/1.1 200 Fine\r\n")
	f(AppendStatusLine(nil, 200, "a\r\nX: y"), "HTTP/1.1 200 OK\r\n")
	f(AppendField(nil, "X", "a\r\nY: b\x00"), "X: a  Y: b \r\n")
	f(AppendField(nil, "X\r\nY", "a"), "")
	f(AppendField(nil, "X", "a\tb\xff"), "X: a\tb\xff\r\n")
	f(AppendFields(nil, core.Fields{{Name: "Connection", Value: "x"}, {Name: "Set-Cookie", Value: "a"}, {Name: "CONTENT-length", Value: "5"}, {Name: "TE", Value: ""}, {Name: "Host", Value: "a"}}), "Set-Cookie: a\r\n")
	f(AppendChunk(nil, nil), "")
	f(AppendChunk(nil, make([]byte, 16))[:4], "10\r\n")
	f(AppendDate(nil, time.Unix(0, 0)), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
	f(AppendDate(nil, time.Unix(1, 5)), "Date: Thu, 01 Jan 1970 00:00:01 GMT\r\n")
}

func TestFieldValueMatchesTable(t *testing.T) {
	for c := range 256 {
		for at := range 17 {
			b := bytes.Repeat([]byte("a"), 17)
			b[at] = byte(c)
			if got, want := isFieldValue(b), class[c]&isFieldByte != 0; got != want {
				t.Fatalf("octet %#x at %d: %v, want %v", c, at, got, want)
			}
		}
	}
}

func TestResetForgets(t *testing.T) {
	var h RequestHead
	b := []byte("POST http://b/ HTTP/1.0\r\nHost: a\r\nConnection: keep-alive, upgrade, x\r\nContent-Length: 4\r\nUpgrade: y\r\n\r\n")
	if _, err := h.Parse(b); err != nil {
		t.Fatal(err)
	}
	h.Reset()
	next := []byte("GET / HTTP/1.1\r\nHost: c\r\nX: y\r\n\r\n")
	n, err := h.Parse(next)
	if err != nil {
		t.Fatal(err)
	}
	var fresh RequestHead
	if _, err := fresh.Parse(next); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", h), fmt.Sprintf("%+v", fresh); got != want {
		t.Errorf("after Reset: %s\nfresh: %s", got, want)
	}
	var r core.Request
	h.Request(next, n, &r, nil)
	if r.Authority != "c" || len(r.Fields) != 2 {
		t.Errorf("%+v", r)
	}
}
