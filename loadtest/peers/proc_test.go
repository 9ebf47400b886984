package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

func TestParseStat(t *testing.T) {
	const rest = " S 10 20 30 0 -1 4194560 1 2 3 4 100 20 3 4000 20 0 8 0 12345 1 1 1\n"
	for _, c := range []struct{ name, line string }{
		{"plain", "42 (nginx)" + rest},
		{"space", "42 (nginx: worker)" + rest},
		{"parentheses", "42 (a) b (c)" + rest},
		{"looks like fields", "42 () S 1 2 3)" + rest},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseStat(c.line)
			if want := (procStat{pid: 42, ppid: 10, pgrp: 20, ticks: 4123}); err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
	for _, line := range []string{"", "42", "42 (x", "42 )x(", "42 (x) S 1 2", "x (y)" + rest, strings.Replace("42 (x)"+rest, "100", "many", 1)} {
		if _, err := parseStat(line); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}

// addProcess puts a process into a made-up /proc. Sizes are in KiB.
func addProcess(proc fstest.MapFS, pid, ppid, pgrp, utime, stime, cutime, cstime, rss, hwm int) {
	dir := strconv.Itoa(pid)
	proc[dir+"/stat"] = &fstest.MapFile{Data: fmt.Appendf(nil, "%d (x) S %d %d 1 0 -1 0 0 0 0 0 %d %d %d %d 20 0 1 0 1\n",
		pid, ppid, pgrp, utime, stime, cutime, cstime)}
	proc[dir+"/status"] = &fstest.MapFile{Data: fmt.Appendf(nil, "Name:\tx\nVmHWM:\t%8d kB\nVmRSS:\t%8d kB\n", hwm, rss)}
}

func TestTreeUsage(t *testing.T) {
	proc := fstest.MapFS{"uptime": &fstest.MapFile{}, "self/stat": &fstest.MapFile{Data: []byte("nonsense")}}
	addProcess(proc, 1, 0, 1, 900, 900, 900, 900, 900, 900)
	addProcess(proc, 100, 1, 100, 10, 20, 300, 4000, 64, 128)   // the root, with ended children
	addProcess(proc, 101, 100, 100, 1, 2, 0, 0, 16, 32)         // a child
	addProcess(proc, 102, 101, 102, 0, 5, 0, 0, 4, 4)           // a grandchild in a group of its own
	addProcess(proc, 103, 1, 100, 7, 0, 0, 0, 1, 1)             // a member of the group whose parent is gone
	addProcess(proc, 200, 1, 200, 1000, 1000, 0, 0, 1000, 1000) // a stranger
	proc["104/stat"] = &fstest.MapFile{Data: []byte("104 (x) Z 100 100 1 0 -1 0 0 0 0 0 1 0 0 0 20 0 1 0 1\n")}
	proc["104/status"] = &fstest.MapFile{Data: []byte("Name:\tx\nState:\tZ\n")} // a zombie has no memory

	got, err := treeUsage(proc, 100, 100)
	want := usage{cpu: (4330 + 3 + 5 + 7 + 1) * 10 * time.Millisecond, rss: 85 << 10, hwm: 165 << 10}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := treeUsage(proc, 300, 100); err == nil {
		t.Error("a process that is not there has a usage")
	}
	addProcess(proc, 301, 302, 301, 1, 0, 0, 0, 1, 1)
	addProcess(proc, 302, 301, 302, 1, 0, 0, 0, 1, 1) // a ring, as two reads may show
	if got, err := treeUsage(proc, 100, 100); err != nil || got != want {
		t.Errorf("with a ring: got %+v, %v, want %+v", got, err, want)
	}
}

func TestOwnUsage(t *testing.T) {
	if hz := clockTicks(); hz < 1 || hz > 10_000 {
		t.Errorf("%d clock ticks per second", hz)
	}
	u, err := treeUsage(os.DirFS("/proc"), os.Getpid(), clockTicks())
	if err != nil {
		t.Fatal(err)
	}
	if u.rss < 1<<20 || u.hwm < u.rss {
		t.Errorf("this test's memory: %+v", u)
	}
}

// What we started ends with stop: the process, and a child that ignores SIGTERM.
func TestStopEndsTheGroup(t *testing.T) {
	b := &bench{ctx: context.Background(), out: t.TempDir(), work: t.TempDir(), stderr: io.Discard}
	pipe := b.work + "/started"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := b.start("sh", nil, "sh", "-c", `(trap "" TERM; echo $$ >started; exec sleep 100) & wait`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(pipe); err != nil { // waits until the child has set its trap
		t.Fatal(err)
	}
	if u, err := p.usage(); err != nil || u.rss == 0 {
		t.Errorf("usage %+v, %v", u, err)
	}
	p.stop()
	if err := syscall.Kill(-p.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		// A killed orphan may wait for init to reap it; then it has no memory any more.
		if u, err := treeUsage(os.DirFS("/proc"), p.cmd.Process.Pid, clockTicks()); err == nil && u.rss > 0 {
			t.Errorf("the group lives on: %+v", u)
		}
	}
	p.stop() // again does nothing
}
