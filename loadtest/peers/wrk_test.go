package main

import (
	"strings"
	"testing"
	"time"
)

const wrkGood = `Running 5s test @ http://127.0.0.1:41235/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.27ms    2.39ms  16.66ms   86.96%
    Req/Sec   114.83k    48.81k  206.57k    70.00%
  Latency Distribution
     50%  219.00us
     75%  735.00us
     90%    4.78ms
     99%   10.70ms
  114531 requests in 1.01s, 10.81MB read
Requests/sec: 113869.08
Transfer/sec:     10.75MB
`

func TestParseWrk(t *testing.T) {
	withErrors := strings.Replace(wrkGood, "Requests/sec", "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\nRequests/sec", 1)
	for _, c := range []struct {
		name, output string
		want         wrkResult
	}{
		{"good", wrkGood, wrkResult{requests: 114531, rate: 113869.08, p50: 219 * time.Microsecond, p99: 10700 * time.Microsecond}},
		{"errors", withErrors, wrkResult{requests: 114531, rate: 113869.08, p50: 219 * time.Microsecond, p99: 10700 * time.Microsecond, errors: 54321}},
		{"seconds", strings.ReplaceAll(wrkGood, "10.70ms", "1.20s"),
			wrkResult{requests: 114531, rate: 113869.08, p50: 219 * time.Microsecond, p99: 1200 * time.Millisecond}},
		{"only bad statuses", "  7 requests in 1.00s, 1MB read\n  Non-2xx or 3xx responses: 7\nRequests/sec: 7.00\n",
			wrkResult{requests: 7, rate: 7, errors: 7}},
		{"none", "  0 requests in 1.00s, 0.00B read\nRequests/sec:      0.00\n", wrkResult{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseWrk(c.output)
			if err != nil {
				t.Fatal(err)
			}
			if got.requests != c.want.requests || got.rate != c.want.rate || got.p50 != c.want.p50 || got.p99 != c.want.p99 || got.errors != c.want.errors {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	for _, output := range []string{
		"", "unable to connect to 127.0.0.1:1 Connection refused\n", "12 requests in 1s\n",
		"99999999999999999999 requests in 1s\nRequests/sec: 1\n",
	} {
		if _, err := parseWrk(output); err == nil {
			t.Errorf("%q is no result, but was taken", output)
		}
	}
}
