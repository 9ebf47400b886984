package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// devOnTerminal starts gannet dev on a pseudo terminal, with one more environment variable.
func devOnTerminal(t *testing.T, dir, env string, args ...string) (*process, string) {
	t.Helper()
	master, slave := terminal(t)
	cmd := exec.Command(gannet, append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, slave, slave
	cmd.Env = append(os.Environ(), "TERM=xterm", env)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	p := &process{T: t, cmd: cmd, done: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() {
		for sc := bufio.NewScanner(master); sc.Scan(); { // ends with EIO when the process does
			p.mu.Lock()
			p.mu.lines = append(p.mu.lines, sc.Text())
			p.mu.Unlock()
		}
		master.Close()
	})
	go func() { defer close(p.done); _ = cmd.Wait(); reading.Wait() }()
	t.Cleanup(func() { p.signal(syscall.SIGTERM); p.ended() })

	var url string
	eventually(t, "the URL is printed", func() bool {
		plain := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(p.log())
		if m := readyURL.FindStringSubmatch(plain); m != nil {
			url = m[1]
		}
		return url != ""
	})
	return p, url
}

// TestDevOnATerminal: one line per request, in colour unless NO_COLOR is set.
func TestDevOnATerminal(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"NO_COLOR=", "NO_COLOR=1"} {
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			dir := project(t, map[string]string{"worker.js": `export default { fetch: () => new Response("no", { status: 404 }) }`})
			p, url := devOnTerminal(t, dir, env, "worker.js")
			want(t, url+"/some/path?q=1", 404, "no")
			if env == "NO_COLOR=" {
				p.logged("GET /some/path?q=1 \x1b[33m404\x1b[0m ", 1)
				return
			}
			p.logged("GET /some/path?q=1 404 ", 1)
			if strings.Contains(p.log(), "\x1b[") {
				t.Errorf("there are colours in %q", p.log())
			}
		})
	}
}

// TestDevFirstBuildFails: somebody at a terminal can mend it.
func TestDevFirstBuildFails(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"worker.js": "export default {\n  fetch( {\n}\n"})
	p, url := devOnTerminal(t, dir, "NO_COLOR=1", "worker.js")
	p.logged("worker.js:", 1)
	wantPart(t, url+"/any?path", 500, []string{"Accept", "text/html,*/*"}, "<!doctype html>", "worker.js:", "/__gannet/build", "setInterval")
	status, body, err := get(url + "/any")
	if err != nil || status != 500 || strings.Contains(body, "<html") || !strings.Contains(body, "worker.js:") {
		t.Errorf("without Accept: got %d %q %v, want the errors as plain text", status, body, err)
	}
	_, number, err := get(url + "/__gannet/build")
	if err != nil || !regexp.MustCompile(`^\d+$`).MatchString(number) {
		t.Errorf("the build's number is %q (%v)", number, err)
	}
	write(t, filepath.Join(dir, "worker.js"), answering("mended"))
	serves(t, url+"/", "mended")
	if _, now, _ := get(url + "/__gannet/build"); now == number {
		t.Error("the build's number did not change: the page would not reload")
	}
}

func TestDevMissingPackage(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"package.json": `{"dependencies":{"hono":"4"}}`,
		"index.js":     "import { Hono } from 'hono'\nexport default new Hono()\n",
	})
	p, url := devOnTerminal(t, dir, "NO_COLOR=1")
	p.logged("index.js:1:22: error: Could not resolve \"hono\"", 1)
	p.logged("npm install", 1)
	wantPart(t, url+"/", 500, nil, "npm install")
	// The package manager comes along.
	write(t, filepath.Join(dir, "node_modules/hono/package.json"), `{"name":"hono","main":"index.js"}`)
	write(t, filepath.Join(dir, "node_modules/hono/index.js"), "export class Hono { fetch() { return new Response('hono') } }")
	write(t, filepath.Join(dir, "package-lock.json"), "{}")
	serves(t, url+"/", "hono")
}

// TestOpenFiles: the soft limit is raised to the hard one.
func TestOpenFiles(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"worker.js": answering("ok")})
	p, _ := dev(t, dir, "worker.js")
	var lim unix.Rlimit
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, nil, &lim); err != nil {
		t.Fatal(err)
	}
	if lim.Cur != lim.Max {
		t.Errorf("the limit of open files is %d of %d", lim.Cur, lim.Max)
	}
}
