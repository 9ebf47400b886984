package proc

import (
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// memoryShare is the part of the memory there is that the Go heap may take before the
// collector works harder: the rest is for thread stacks, mapped files and the kernel's
// socket buffers.
const memoryShare = 0.9

// SetMemoryLimit sets the soft memory limit of Go's collector to 90 % of what the machine, or
// the control group, has, unless GOMEMLIMIT says something. It returns the limit in bytes, 0
// if it was left alone.
func SetMemoryLimit() int64 {
	if os.Getenv("GOMEMLIMIT") != "" {
		return 0
	}
	total := available("/")
	if total <= 0 {
		return 0
	}
	limit := int64(float64(total) * memoryShare)
	debug.SetMemoryLimit(limit)
	return limit
}

// available is the least of the machine's memory and the limits of the control groups this
// process is in, in bytes; 0 if nothing is known. root is "/" but in tests.
func available(root string) int64 {
	least := int64(math.MaxInt64)
	if n := memTotal(read(root, "proc/meminfo")); n > 0 {
		least = n
	}
	for _, file := range limitFiles(read(root, "proc/self/cgroup")) {
		if n, err := strconv.ParseInt(strings.TrimSpace(read(root, file)), 10, 64); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

func read(root, file string) string {
	b, err := os.ReadFile(path.Join(root, file))
	if err != nil {
		return ""
	}
	return string(b)
}

// memTotal reads MemTotal of /proc/meminfo, in bytes.
func memTotal(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		rest, ok := strings.CutPrefix(line, "MemTotal:")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil || n > math.MaxInt64>>10 {
			return 0
		}
		return n << 10
	}
	return 0
}

// limitFiles are the files with the limits of the groups named in /proc/self/cgroup and of
// the groups above them: the closest limit counts, wherever it is set. A limit that is not
// set reads "max" in version 2 and a number beyond any memory in version 1.
func limitFiles(cgroup string) (files []string) {
	for line := range strings.Lines(cgroup) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		base, name := "", ""
		switch {
		case parts[0] == "0" && parts[1] == "":
			base, name = "sys/fs/cgroup", "memory.max"
		case strings.Contains(","+parts[1]+",", ",memory,"):
			base, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := path.Clean("/" + parts[2]); ; dir = path.Dir(dir) {
			files = append(files, path.Join(base, dir, name))
			if dir == "/" {
				break
			}
		}
	}
	return files
}
