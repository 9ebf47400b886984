package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
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

// TestDevOnATerminal: one line per request, in colour unless NO_COLOR is set.
func TestDevOnATerminal(t *testing.T) {
	t.Parallel()
	for _, noColor := range []bool{false, true} {
		t.Run(fmt.Sprintf("NO_COLOR=%v", noColor), func(t *testing.T) {
			t.Parallel()
			dir := project(t, map[string]string{"worker.js": `export default { fetch: () => new Response("no", { status: 404 }) }`})
			master, slave := terminal(t)
			cmd := exec.Command(gannet, "dev", "--listen", "127.0.0.1:0", "worker.js")
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, slave, slave
			cmd.Env = append(os.Environ(), "TERM=xterm")
			if noColor {
				cmd.Env = append(cmd.Env, "NO_COLOR=1")
			}
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
			defer func() { p.signal(syscall.SIGTERM); p.ended() }()

			var url string
			eventually(t, "the URL is printed", func() bool {
				plain := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(p.log())
				if m := readyURL.FindStringSubmatch(plain); m != nil {
					url = m[1]
				}
				return url != ""
			})
			want(t, url+"/some/path?q=1", 404, "no")
			if noColor {
				p.logged("GET /some/path?q=1 404 ", 1)
				if strings.Contains(p.log(), "\x1b[") {
					t.Errorf("there are colours in %q", p.log())
				}
			} else {
				p.logged("GET /some/path?q=1 \x1b[33m404\x1b[0m ", 1)
			}
		})
	}
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
