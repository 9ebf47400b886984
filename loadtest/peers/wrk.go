package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wrkResult is what one run of wrk reported.
type wrkResult struct {
	argv     []string
	output   string
	requests int64
	rate     float64 // requests per second
	p50, p99 time.Duration
	errors   int64 // failed connects, reads and writes, timeouts, statuses other than 2xx and 3xx
}

var (
	wrkRequests = regexp.MustCompile(`(?m)^\s*(\d+) requests in `)
	wrkRate     = regexp.MustCompile(`(?m)^Requests/sec:\s*([\d.]+)`)
	wrkQuantile = regexp.MustCompile(`(?m)^\s*(50|99)(?:\.0*)?%\s+([\d.]+)(us|ms|s|m|h)\s*$`)
	wrkSocket   = regexp.MustCompile(`(?m)^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
	wrkStatus   = regexp.MustCompile(`(?m)^\s*Non-2xx or 3xx responses: (\d+)`)
)

// parseWrk reads the output of `wrk --latency`.
func parseWrk(output string) (wrkResult, error) {
	var r wrkResult
	m := wrkRequests.FindStringSubmatch(output)
	rate := wrkRate.FindStringSubmatch(output)
	if m == nil || rate == nil {
		return r, fmt.Errorf("wrk: no count of requests in its output:\n%s", output)
	}
	var err error
	if r.requests, err = strconv.ParseInt(m[1], 10, 64); err != nil {
		return r, fmt.Errorf("wrk: %w", err)
	}
	if r.rate, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return r, fmt.Errorf("wrk: %w", err)
	}
	for _, q := range wrkQuantile.FindAllStringSubmatch(output, -1) {
		d, err := time.ParseDuration(q[2] + strings.Replace(q[3], "us", "µs", 1))
		if err != nil {
			return r, fmt.Errorf("wrk: %w", err)
		}
		if q[1] == "50" {
			r.p50 = d
		} else {
			r.p99 = d
		}
	}
	counts := wrkSocket.FindStringSubmatch(output)
	if m := wrkStatus.FindStringSubmatch(output); m != nil {
		counts = append(counts, m[0], m[1])
	}
	for _, c := range counts {
		// The whole matches between the groups are no numbers and count nothing.
		if n, err := strconv.ParseInt(c, 10, 64); err == nil {
			r.errors += n
		}
	}
	return r, nil
}
