package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// gannet is the binary under test.
var gannet string

// late bounds every wait of these tests: far more than anything takes, so that a hang fails
// with the log shown.
const late = 20 * time.Second

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if raceEnabled {
		os.Setenv("GORACE", "atexit_sleep_ms=0") // else each process takes a second to end
	}
	if gannet = os.Getenv("GANNET_BIN"); gannet != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "gannet-cmd-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	gannet = filepath.Join(dir, "gannet")
	args := []string{"build", "-o", gannet}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// project writes files into a new directory and returns it.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

// write writes a file as editors do: a new one, renamed over the old.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(filepath.Dir(path), ".tmp-"+filepath.Base(path))
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, path); err != nil {
		t.Fatal(err)
	}
}

// run runs a command that ends by itself.
func run(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(gannet, args...)
	cmd.Dir = dir
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(late, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !watchdog.Stop() {
		t.Fatalf("gannet %s did not end\n%s%s", strings.Join(args, " "), &out, &errs)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// process is a gannet that runs.
type process struct {
	*testing.T
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	mu   struct {
		sync.Mutex
		lines []string
	}
}

// start starts a command that serves, and ends it with the test.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{T: t, cmd: exec.Command(gannet, args...), done: make(chan struct{})}
	p.cmd.Dir = dir
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var reading sync.WaitGroup
	reading.Go(func() {
		for sc := bufio.NewScanner(r); sc.Scan(); {
			p.mu.Lock()
			p.mu.lines = append(p.mu.lines, sc.Text())
			p.mu.Unlock()
		}
		r.Close()
	})
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // its code is asked for by ended
		reading.Wait()
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGTERM)
		p.signal(syscall.SIGTERM) // at once: no test leaves anything worth waiting for
		select {
		case <-p.done:
		case <-time.After(late):
			t.Error("gannet did not end")
			_ = p.cmd.Process.Kill()
			<-p.done
		}
		if strings.Contains(p.log(), "DATA RACE") {
			t.Errorf("a race in the binary:\n%s", p.log())
		}
		if t.Failed() {
			lines := strings.Split(p.log(), "\n")
			t.Logf("gannet %s, its last lines:\n%s", strings.Join(args, " "), strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
	})
	return p
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.mu.lines, "\n")
}

func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) } // it may have ended

// ended waits for the process and returns its exit code.
func (p *process) ended() int {
	p.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(late):
		p.Fatal("gannet did not end")
		return -1
	}
}

// logged waits until the log has text n times.
func (p *process) logged(text string, n int) {
	p.Helper()
	eventually(p.T, fmt.Sprintf("the log has %q %d times", text, n), func() bool { return strings.Count(p.log(), text) >= n })
}

var readyURL = regexp.MustCompile(`Ready on (http://[0-9.]+:[0-9]+)`)

// dev starts gannet dev on a free port and returns it with its URL.
func dev(t *testing.T, dir string, args ...string) (*process, string) {
	t.Helper()
	p := start(t, dir, append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)...)
	return p, p.url()
}

func (p *process) url() string {
	p.Helper()
	var url string
	eventually(p.T, "the URL is printed", func() bool {
		if m := readyURL.FindStringSubmatch(p.log()); m != nil {
			url = m[1]
		}
		select {
		case <-p.done:
			p.Fatal("gannet ended before it served")
		default:
		}
		return url != ""
	})
	return url
}

// eventually polls until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(late)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true that %s", what)
		}
		<-tick.C
	}
}

// client follows no redirects.
var client = &http.Client{
	Timeout:       late,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
}

// get is one GET. fields are name, value, …; Host sets the request's host.
func get(url string, fields ...string) (status int, body string, err error) {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == "Host" {
			req.Host = fields[i+1]
		} else {
			req.Header.Set(fields[i], fields[i+1])
		}
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// want checks one GET; a body of "*" is any.
func want(t *testing.T, url string, status int, body string, fields ...string) {
	t.Helper()
	gotStatus, gotBody, err := get(url, fields...)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	if gotStatus != status || body != "*" && gotBody != body {
		t.Errorf("GET %s: got %d %.300q, want %d %.300q", url, gotStatus, gotBody, status, body)
	}
}

// wantPart checks one GET whose body must hold parts.
func wantPart(t *testing.T, url string, status int, fields []string, parts ...string) {
	t.Helper()
	gotStatus, gotBody, err := get(url, fields...)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	if gotStatus != status {
		t.Errorf("GET %s: got %d, want %d", url, gotStatus, status)
	}
	for _, part := range parts {
		if !strings.Contains(gotBody, part) {
			t.Errorf("GET %s: %q is not in %.2000q", url, part, gotBody)
		}
	}
}

// serves waits until a GET gives the body.
func serves(t *testing.T, url, body string, fields ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s gives %q", url, body), func() bool {
		_, got, err := get(url, fields...)
		return err == nil && got == body
	})
}

// load sends requests over several connections until stop is called, which returns how many
// were answered with 200, and what went wrong with others.
func load(url string, fields ...string) (stop func() (answered int64, failed []string)) {
	const connections = 4
	var quit atomic.Bool
	var answered atomic.Int64
	var mu sync.Mutex
	var failed []string
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for !quit.Load() {
				status, body, err := get(url, fields...)
				if err == nil && status == 200 {
					answered.Add(1)
					continue
				}
				mu.Lock()
				failed = append(failed, fmt.Sprintf("%d %.200q %v", status, body, err))
				mu.Unlock()
			}
		})
	}
	return func() (int64, []string) {
		quit.Store(true)
		all.Wait()
		return answered.Load(), failed
	}
}

// wantNoneLost ends a load.
func wantNoneLost(t *testing.T, stop func() (int64, []string)) {
	t.Helper()
	answered, failed := stop()
	if len(failed) > 0 {
		t.Errorf("%d of %d requests failed, the first with %s", len(failed), answered+int64(len(failed)), failed[0])
	}
	if answered < 20 {
		t.Errorf("only %d requests were answered: that proves nothing", answered)
	}
}

// freeAddr is an address nobody listens on at the moment.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
