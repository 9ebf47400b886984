package main

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process tree has used.
type usage struct {
	cpu time.Duration // utime + stime, of ended children as well
	rss int64         // VmRSS, bytes, summed: pages that processes share count for each
	hwm int64         // VmHWM, bytes, summed: the peaks need not have been at one time
}

// procStat is what we need of /proc/PID/stat (proc_pid_stat(5)); times in clock ticks.
type procStat struct {
	pid, ppid, pgrp int
	ticks           int64 // utime + stime + cutime + cstime
}

// parseStat reads one line of /proc/PID/stat. The command's name stands in parentheses and
// may itself hold spaces and parentheses.
func parseStat(line string) (procStat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return procStat{}, fmt.Errorf("stat: no command in %q", line)
	}
	f := strings.Fields(line[end+1:]) // from field 3, the state
	if len(f) < 15 {
		return procStat{}, fmt.Errorf("stat: %d fields after the command in %q", len(f), line)
	}
	var s procStat
	var err error
	number := func(text string) int64 {
		n, e := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("stat: %w", e)
		}
		return n
	}
	s.pid, s.ppid, s.pgrp = int(number(line[:open])), int(number(f[1])), int(number(f[2]))
	for _, i := range []int{11, 12, 13, 14} { // fields 14 to 17
		s.ticks += number(f[i])
	}
	return s, err
}

// treeUsage sums up the process root, its descendants, and whoever else is in its process
// group, from a /proc file system. A process's ticks include those of children it has
// waited for, so what has ended in between is not lost. hz is the clock ticks per second.
func treeUsage(proc fs.FS, root int, hz int64) (usage, error) {
	dirs, err := fs.ReadDir(proc, ".")
	if err != nil {
		return usage{}, err
	}
	all := map[int]procStat{}
	for _, d := range dirs {
		if _, err := strconv.Atoi(d.Name()); err != nil {
			continue
		}
		line, err := fs.ReadFile(proc, d.Name()+"/stat")
		if err != nil {
			continue // it ended since the directory was read
		}
		s, err := parseStat(string(line))
		if err != nil {
			return usage{}, err
		}
		all[s.pid] = s
	}
	if _, ok := all[root]; !ok {
		return usage{}, fmt.Errorf("process %d has ended", root)
	}

	var u usage
	var ticks int64
	for pid, s := range all {
		if s.pgrp != root && !descends(all, pid, root) {
			continue
		}
		ticks += s.ticks
		status, err := fs.ReadFile(proc, strconv.Itoa(pid)+"/status")
		if err != nil {
			continue
		}
		u.rss += statusBytes(string(status), "VmRSS:")
		u.hwm += statusBytes(string(status), "VmHWM:")
	}
	u.cpu = time.Duration(ticks * int64(time.Second) / hz)
	return u, nil
}

// descends reports whether root is pid or one of its ancestors.
func descends(all map[int]procStat, pid, root int) bool {
	for range len(all) + 1 { // the table was not read at one instant, so it might hold a ring
		if pid == root {
			return true
		}
		s, ok := all[pid]
		if !ok {
			return false
		}
		pid = s.ppid
	}
	return false
}

// statusBytes gives a size of /proc/PID/status, which says "kB" and means KiB; 0 if it is
// not there, as for a zombie.
func statusBytes(status, key string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// clockTicks is the unit of the times in /proc/PID/stat, in ticks per second, as the
// kernel told this process (AT_CLKTCK, getauxval(3)); 100 wherever Linux runs today.
func clockTicks() int64 {
	const atClockTicks = 17
	aux, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return 100
	}
	for ; len(aux) >= 16; aux = aux[16:] {
		if binary.NativeEndian.Uint64(aux) == atClockTicks {
			return int64(binary.NativeEndian.Uint64(aux[8:]))
		}
	}
	return 100
}
