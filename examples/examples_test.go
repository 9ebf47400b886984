package examples

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// startLimit bounds one start of `gannet dev`: bundling on a busy machine.
	startLimit = 30 * time.Second
	// stopLimit bounds its end after SIGTERM, with nothing under way.
	stopLimit = 10 * time.Second
	// replyLimit bounds one request of a test, so that a hang fails with the log shown.
	replyLimit = 20 * time.Second
)

// gannet is the gannet under test, an absolute path.
var gannet string

// TestMain builds cmd/gannet once for all tests. GANNET_BIN names a binary to use instead:
// a build with other flags, or another runtime behind the same command line.
func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if gannet = os.Getenv("GANNET_BIN"); gannet != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "gannet-examples-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	gannet = filepath.Join(dir, "gannet")
	if out, err := exec.Command("go", "build", "-o", gannet, "gannet/cmd/gannet").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build gannet/cmd/gannet: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// edge is one running `gannet dev`.
type edge struct {
	t    *testing.T
	url  string // http://127.0.0.1:PORT
	host string // 127.0.0.1:PORT
	log  *logBuffer
}

// printedURL is how the log names the address that is served.
var printedURL = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

// dev starts `gannet dev` on a port the kernel picks, and ends it with the test. args are
// further arguments, with paths relative to this directory.
func dev(t *testing.T, args ...string) *edge {
	t.Helper()
	cmd := exec.Command(gannet, append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)...)
	// A group of its own: whatever the binary starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatalf("cannot start %s: %v", gannet, err)
	}
	w.Close()

	e := &edge{t: t, log: &logBuffer{}}
	found := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(found)
		sent := false
		for sc := bufio.NewScanner(r); sc.Scan(); {
			e.log.add(sc.Text())
			if m := printedURL.FindStringSubmatch(sc.Text()); m != nil && !sent {
				sent = true
				found <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		stop(t, cmd)
		<-read
		r.Close()
		if t.Failed() {
			t.Logf("gannet dev %s:\n%s", strings.Join(args, " "), e.log)
		}
	})

	select {
	case host, ok := <-found:
		if !ok {
			t.Fatal("gannet dev ended before it served")
		}
		e.host, e.url = host, "http://"+host
	case <-time.After(startLimit):
		t.Fatalf("gannet dev printed no URL within %v", startLimit)
	}
	return e
}

// stop ends the process and, if need be, its group.
func stop(t *testing.T, cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	select {
	case <-ended:
	case <-time.After(stopLimit):
		t.Errorf("gannet dev did not end within %v of SIGTERM", stopLimit)
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	<-ended
}

// logBuffer holds what a process printed.
type logBuffer struct {
	mu struct {
		sync.Mutex
		lines []string
	}
}

func (l *logBuffer) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.lines = append(l.mu.lines, line)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.mu.lines, "\n")
}

// client follows no redirects and keeps bodies as they came.
var client = &http.Client{
	Timeout:       replyLimit,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
}

// reply is a response as a whole.
type reply struct {
	*http.Response
	body string
}

// try sends a request and gives the error instead of failing: for goroutines. fields are
// name, value, name, value…; Host sets the request's host, and Transfer-Encoding sends the
// body in chunks.
func (e *edge) try(method, target, body string, fields ...string) (*reply, error) {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, e.url+target, content)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(fields); i += 2 {
		switch fields[i] {
		case "Host":
			req.Host = fields[i+1]
		case "Transfer-Encoding":
			req.ContentLength = -1
		default:
			req.Header.Add(fields[i], fields[i+1])
		}
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return &reply{resp, string(b)}, err
}

func (e *edge) do(method, target, body string, fields ...string) *reply {
	e.t.Helper()
	r, err := e.try(method, target, body, fields...)
	if err != nil {
		e.t.Fatalf("%s %s: %v", method, target, err)
	}
	return r
}

func (e *edge) get(target string, fields ...string) *reply {
	e.t.Helper()
	return e.do("GET", target, "", fields...)
}

// want checks status and body; a body of "*" is any.
func (r *reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if r.StatusCode != status || (body != "*" && r.body != body) {
		t.Errorf("%s %s: got %d %q, want %d %q", r.Request.Method, r.Request.URL.RequestURI(), r.StatusCode, clip(r.body), status, clip(body))
	}
}

// wantField checks one field of the response; "" means it must be absent.
func (r *reply) wantField(t *testing.T, name, want string) {
	t.Helper()
	if got := strings.Join(r.Header.Values(name), ", "); got != want {
		t.Errorf("%s %s: %s is %q, want %q", r.Request.Method, r.Request.URL.RequestURI(), name, got, want)
	}
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// origin is a server that records what reached it.
type origin struct {
	*httptest.Server
	addr string // host:port
	mu   struct {
		sync.Mutex
		seen []seen
	}
}

// seen is one request as an origin got it.
type seen struct {
	method, target, host string
	header               http.Header
	body                 string
}

// serve starts an origin that answers by h, or, if h is nil, with its name and the target.
func serve(t *testing.T, name string, h http.HandlerFunc) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("origin %s: cannot read the body of %s %s: %v", name, r.Method, r.RequestURI, err)
		}
		o.mu.Lock()
		o.mu.seen = append(o.mu.seen, seen{r.Method, r.RequestURI, r.Host, r.Header.Clone(), string(body)})
		o.mu.Unlock()
		if h != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			h(w, r)
			return
		}
		fmt.Fprintf(w, "%s %s", name, r.RequestURI)
	}))
	o.addr = o.Listener.Addr().String()
	t.Cleanup(o.Close)
	return o
}

// take gives the requests seen since the last call.
func (o *origin) take() []seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.mu.seen
	o.mu.seen = nil
	return s
}

// one gives the only request seen since the last call.
func (o *origin) one(t *testing.T) seen {
	t.Helper()
	s := o.take()
	if len(s) != 1 {
		t.Fatalf("the origin saw %d requests, want 1: %v", len(s), s)
	}
	return s[0]
}

// unused is an address nobody listens on. Its socket stays bound, so that no other test can
// be given the port.
func unused(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// need fails with one clear line when a file or a program that a test is about is missing.
func need(t *testing.T, path, how string) {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s is missing: %s", path, how)
	}
}
