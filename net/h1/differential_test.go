package h1_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gannet/core"
	"gannet/net/h1"
	"gannet/net/origin"
)

// nginxConf has nginx answer every request itself, and log it with what tells which
// stream of the test it came from.
const nginxConf = `daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log crit;
events { worker_connections 1024; }
http {
	log_format seen escape=none "$remote_addr\t$http_x_stream\t$http_x_number\t$status\t$request_method\t$request_uri";
	access_log seen.log seen;
	client_max_body_size 0;
	keepalive_requests 1000000;
	lingering_close off;
	server { listen %s; return 200 "seen"; }
}
`

// nginx runs the real thing in a directory of its own. Its socket is made here, so that the
// kernel picks the port, and is inherited as nginx's own binary upgrade has it.
type nginx struct {
	addr, dir string
	cmd       *exec.Cmd
	exited    chan error
}

func startNginx(t *testing.T) *nginx {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Fatal("nginx is missing: .ci/run installs it (Debian: apt-get install nginx)")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	n := &nginx{addr: l.Addr().String(), dir: t.TempDir(), exited: make(chan error, 1)}
	conf := filepath.Join(n.dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, n.addr), 0o644); err != nil {
		t.Fatal(err)
	}
	n.cmd = exec.Command(path, "-p", n.dir+"/", "-c", conf, "-e", "error.log")
	n.cmd.Env = append(os.Environ(), "NGINX=3;")
	n.cmd.ExtraFiles = []*os.File{socket}
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	n.cmd.Stdout, n.cmd.Stderr = &out, &out
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { n.exited <- n.cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL) // the worker, too
		err := <-n.exited
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(n.dir, "error.log"))
			t.Logf("nginx: %v\n%s%s", err, out.String(), log)
		}
	})
	return n
}

// seen is a line of nginx's log.
type seen struct {
	addr, stream, number, status string
	request                      string // as "METHOD\ttarget"
}

// stop ends nginx when it has answered everything, and returns its log.
func (n *nginx) stop(t *testing.T) (lines []seen) {
	t.Helper()
	_ = n.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case err := <-n.exited:
		n.exited <- err
	case <-time.After(10 * time.Second):
		t.Fatal("nginx does not end")
	}
	log, err := os.ReadFile(filepath.Join(n.dir, "seen.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 5)
		if len(parts) != 5 {
			t.Fatalf("nginx logged %q", line)
		}
		lines = append(lines, seen{parts[0], parts[1], parts[2], parts[3], parts[4]})
	}
	return lines
}

// exchanges are the requests that were taken out of each stream, as "METHOD\ttarget". A
// stream is known by its number, which the client's address has in it.
type exchanges struct {
	sync.Mutex
	of map[string][]string
}

// source is the client's address for a stream: 127.1.0.0/16 to the server, 127.2.0.0/16 to
// nginx itself.
func source(net, stream int) string {
	return fmt.Sprintf("127.%d.%d.%d", net, stream>>8, stream&255)
}

// TestNoSmuggling sends the same octets, many of them malformed, to an h1.Server in front of
// nginx and to nginx itself. nginx must never see a request through the server that the
// server did not take for one, and both must find the same requests in the octets up to
// where one of them refuses to go on.
func TestNoSmuggling(t *testing.T) {
	backend := startNginx(t)
	up, err := origin.NewUpstream([]string{"http://" + backend.addr})
	if err != nil {
		t.Fatal(err)
	}
	client := origin.New(origin.Options{Policy: origin.Policy{AllowAll: true}})
	defer client.Close()
	found := exchanges{of: map[string][]string{}}
	front, err := h1.New(h1.Options{Loops: 2, DrainGrace: time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Handler: core.HandlerFunc(func(x *core.Exchange) {
			from := x.Request.Remote.Addr().String()
			found.Lock()
			number := len(found.of[from])
			found.of[from] = append(found.of[from], x.Request.Method+"\t"+x.Request.Target)
			found.Unlock()
			if strings.Trim(x.Request.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" {
				x.Respond(&core.Response{Status: 501}) // nginx would log nothing of it but that it is bad
				return
			}
			fields := x.Request.Fields.Clone()
			fields.Set("X-Stream", from)
			fields.Set("X-Number", strconv.Itoa(number))
			client.FetchVia(context.Background(), up, &core.Subrequest{
				Method: x.Request.Method, URL: "http://" + backend.addr + x.Request.Target,
				Host: x.Request.Authority, Fields: fields, Body: x.Request.Body,
			}, func(resp *core.Response, err error) {
				if err != nil {
					resp = &core.Response{Status: 502}
				}
				x.Respond(resp)
			})
		})})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- front.Serve(l) }()

	streams := make(chan string)
	go func() {
		defer close(streams)
		rng := rand.New(rand.NewPCG(9112, 6))
		end := time.Now().Add(3 * time.Second)
		for i := 0; i < 4000 && (i < 400 || time.Now().Before(end)); i++ {
			streams <- mutate(rng, stream(rng))
		}
	}()
	var mu sync.Mutex
	var all []string
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(worker), 1))
			for octets := range streams {
				mu.Lock()
				n := len(all)
				all = append(all, octets)
				mu.Unlock()
				talk(t, source(1, n), l.Addr().String(), octets, rng)
				talk(t, source(2, n), backend.addr, octets, rng)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := front.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	<-served
	client.Close()

	through, direct := map[string]map[string]bool{}, map[string][]string{}
	refused := map[string]bool{}
	unmarked, unseen := 0, 0
	for _, line := range backend.stop(t) {
		switch {
		case line.addr == "127.0.0.1" && line.stream == "" && line.status == "400":
			unmarked++ // refused, before nginx saw the mark: a host or a path it does not like
		case line.addr == "127.0.0.1" && line.stream == "":
			t.Errorf("nginx saw a request that nobody sent: %q, status %s", line.request, line.status)
		case line.addr == "127.0.0.1":
			if through[line.stream] == nil {
				through[line.stream] = map[string]bool{}
			}
			if through[line.stream][line.number] {
				t.Errorf("request %s of stream %s was seen twice", line.number, line.stream)
			}
			through[line.stream][line.number] = true
		case line.status != "200" || refused[line.addr]:
			refused[line.addr] = true // what nginx takes behind an error is not compared
		default:
			// RFC 9112, section 3.2.1: an empty path is sent on as "/".
			direct[line.addr] = append(direct[line.addr], strings.Replace(line.request, "\t?", "\t/?", 1))
		}
	}
	taken, agreed, shown := 0, 0, 0
	for i, octets := range all {
		ours, theirs := found.of[source(1, i)], direct[source(2, i)]
		taken += len(ours)
		unseen += len(ours) - len(through[source(1, i)])
		if extra := len(through[source(1, i)]) - len(ours); extra > 0 {
			t.Errorf("nginx saw %d requests more than were sent to it\n%q", extra, octets)
		}
		n := min(len(ours), len(theirs))
		if !slices.Equal(ours[:n], theirs[:n]) && shown < 5 {
			shown++
			t.Errorf("%q\nh1 took    %q\nnginx took %q", octets, ours, theirs)
		}
		if n > 0 && len(ours) == len(theirs) {
			agreed++
		}
	}
	if unmarked > unseen {
		t.Errorf("nginx refused %d requests, of which at most %d were sent to it", unmarked, unseen)
	}
	t.Logf("%d streams, %d requests taken, full agreement in %d", len(all), taken, agreed)
	if taken < 300 || agreed < 100 {
		t.Error("hardly anything was accepted: the test shows nothing")
	}
}

// talk sends octets from an address, in one to three writes, and its FIN, and reads until
// the other side has closed.
func talk(t *testing.T, from, addr, octets string, rng *rand.Rand) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	nc, err := d.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(5 * time.Second))
	rest := octets
	for range rng.IntN(3) {
		n := rng.IntN(len(rest) + 1)
		_, _ = io.WriteString(nc, rest[:n])
		rest = rest[n:]
	}
	_, _ = io.WriteString(nc, rest) // it may have been refused already
	_ = nc.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, nc); err != nil && os.IsTimeout(err) {
		t.Errorf("%s does not close after %q", addr, octets)
	}
}

// stream is some well-formed requests.
func stream(rng *rand.Rand) string {
	var b strings.Builder
	for i := range 1 + rng.IntN(4) {
		method := pick(rng, "GET", "GET", "POST", "PUT", "HEAD", "DELETE", "BREW")
		target := fmt.Sprintf("/r%d", i)
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, pick(rng, target, target, target+"?q=1", "http://b.example"+target), pick(rng, "a", "b.example:80", "[::1]:8080"))
		for range rng.IntN(3) {
			b.WriteString(pick(rng, "Accept: */*\r\n", "X-Empty:\r\n", "Cookie: a=b; c=d\r\n", "Connection: keep-alive\r\n", "Connection: X-Stream, Content-Length\r\n", "TE: trailers\r\n", "Upgrade: h2c\r\n"))
		}
		content := pick(rng, "", "x", "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", strings.Repeat("y", 300))
		switch rng.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(content), content)
		case 1:
			b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
			for content != "" {
				n := 1 + rng.IntN(len(content))
				fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n, pick(rng, "", "", ";a", ";a=\"b\""), content[:n])
				content = content[n:]
			}
			b.WriteString(pick(rng, "0\r\n\r\n", "0\r\n\r\n", "00;x\r\n\r\n", "0\r\nX-Trailer: 1\r\n\r\n", "0\r\nContent-Length: 9\r\n\r\n"))
		default:
			b.WriteString("\r\n")
		}
	}
	return b.String()
}

func pick(rng *rand.Rand, of ...string) string { return of[rng.IntN(len(of))] }

// lines that have smuggled requests past somebody.
var hostileLines = []string{
	"Content-Length: 5", "Content-Length: 0", "Content-Length: 05", "Content-Length: +5", "Content-Length: -1",
	"Content-Length: 0x5", "Content-Length: 5, 5", "Content-Length: 5,6", "Content-Length: 5_0", "Content-Length:5 ",
	"Content-Length: 5 5", "Content-Length: 99999999999999999999", "Content-Length : 5", "Content-Length\t: 5",
	" Content-Length: 5", "Content_Length: 5", "Content-Length: \v5", "Content-Length: 5\x00", "X: y\rContent-Length: 5",
	"X: y\nContent-Length: 5", "Transfer-Encoding: chunked", "transfer-encoding:\tchunked\t", "Transfer-Encoding: chunked, chunked",
	"Transfer-Encoding: xchunked", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: identity", "Transfer-Encoding: identity, chunked",
	"Transfer-Encoding: chunked, identity", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding : chunked", "Transfer-Encoding:\vchunked",
	"Transfer-Encoding: chunked\r\n ", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding", "Transfer-Encoding: ", "Transfer-Encoding: gzip",
	"\x00Transfer-Encoding: chunked", "Transfer-Encoding\x00: chunked", "Transfer_Encoding: chunked", "X-Y: z\r\n folded",
	"Host: a", "Host: b", "Host:", "Host: a,b", "Host: a b", "Host : a", "Expect: 100-continue", "Expect: nothing",
	"Connection: close", "Connection: Transfer-Encoding", "Connection: Host", "Connection:, ,close", "Upgrade: websocket\r\nConnection: upgrade",
	": empty", "no colon", "\xff: y", "X: \xff\x80", "X: y\x7f", "Trailer: Content-Length", "X-HTTP-Method-Override: POST",
}

// mutate breaks a stream in none to three places.
func mutate(rng *rand.Rand, s string) string {
	for range rng.IntN(4) {
		if s == "" {
			return s
		}
		at := rng.IntN(len(s))
		switch rng.IntN(9) {
		case 0: // an octet more
			s = s[:at] + pick(rng, "\r", "\n", "\x00", "\t", " ", ":", ",", ";", "\v", "\x85", "0", "%", "\r\n", "/") + s[at:]
		case 1: // other octets
			s = s[:at] + string([]byte{byte(rng.UintN(256))}) + s[at+1:]
		case 2: // fewer
			s = s[:at] + s[min(len(s), at+1+rng.IntN(4)):]
		case 3, 4, 5: // a hostile line behind one of the lines
			if i := strings.Index(s[at:], "\r\n"); i >= 0 {
				s = s[:at+i+2] + hostileLines[rng.IntN(len(hostileLines))] + "\r\n" + s[at+i+2:]
			}
		case 6: // another version or line end
			s = s[:at] + strings.Replace(s[at:], pick(rng, "HTTP/1.1", "HTTP/1.1\r\n", "\r\n"), pick(rng, "HTTP/1.0", "HTTP/1.1\n", "\n", "HTTP/1.2\r\n", "HTTP/2.0\r\n", "\r"), 1)
		case 7: // cut off
			s = s[:at]
		case 8: // a part twice
			end := min(len(s), at+1+rng.IntN(60))
			s = s[:end] + s[at:end] + s[end:]
		}
	}
	return s
}
