package h1

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/panjf2000/gnet/v2"

	"gannet/core"
)

// The server process of TestLoad and BenchmarkLoop is this test binary itself, run with
// H1_SERVE=kind: it prints its address, and serves until its standard input ends.
func init() {
	kind := os.Getenv("H1_SERVE")
	if kind == "" {
		return
	}
	addr, stop := serveKind(kind)
	fmt.Println(addr)
	_, _ = io.Copy(io.Discard, os.Stdin)
	stop()
	os.Exit(0)
}

// bareServer answers every request on bare gnet, without looking at it: the floor.
type bareServer struct{ gnet.BuiltinEventEngine }

var bareResponse = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello, world!")

func (*bareServer) OnTraffic(c gnet.Conn) gnet.Action {
	b, _ := c.Next(-1)
	for range bytes.Count(b, []byte("\r\n\r\n")) {
		_, _ = c.Write(bareResponse)
	}
	return gnet.None
}

// serveKind serves one of the kinds that are compared: bare gnet, answers given within
// Dispatch, answers given by another goroutine after Flush.
func serveKind(kind string) (addr string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	if kind == "bare" {
		client, err := gnet.NewClient(new(bareServer), gnet.WithNumEventLoop(1), gnet.WithLogger(gnetLog{nil}))
		if err != nil {
			panic(err)
		}
		if err := client.Start(); err != nil {
			panic(err)
		}
		go func() {
			for {
				nc, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = client.Enroll(nc)
			}
		}()
		return l.Addr().String(), func() { _ = client.Stop() }
	}
	var h core.Handler = core.HandlerFunc(hello)
	if kind == "handover" {
		h = newHandover()
	}
	s, err := New(Options{Handler: h, Loops: 1})
	if err != nil {
		panic(err)
	}
	go func() { _ = s.Serve(l) }()
	return l.Addr().String(), func() { _ = s.Shutdown(context.Background()) }
}

var helloBody = []byte("Hello, world!")
var helloFields = core.Fields{{Name: "Content-Type", Value: "text/plain"}}

func hello(x *core.Exchange) {
	x.Respond(&core.Response{Status: 200, Fields: helloFields, Body: core.NewBytes(helloBody)})
}

// handover answers from one goroutine, woken once per batch, as a scheduler does.
type handover struct{ batches chan []*core.Exchange }

func newHandover() *handover {
	h := &handover{make(chan []*core.Exchange, 1024)}
	go func() {
		for b := range h.batches {
			for _, x := range b {
				hello(x)
			}
		}
	}()
	return h
}

func (h *handover) NewDispatcher() core.Dispatcher { return &handoverBatch{h: h} }

type handoverBatch struct {
	h *handover
	b []*core.Exchange
}

func (d *handoverBatch) Dispatch(x *core.Exchange) { d.b = append(d.b, x) }
func (d *handoverBatch) Flush() {
	if len(d.b) > 0 {
		d.h.batches <- d.b
		d.b = nil
	}
}

// cpuOf returns the CPU time a process has used.
func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	utime, _ := strconv.Atoi(f[11])
	stime, _ := strconv.Atoi(f[12])
	return time.Duration(utime+stime) * time.Second / 100, nil // USER_HZ
}

var wrkRequests = regexp.MustCompile(`(\d+) requests in`)

// BenchmarkLoop measures CPU time of the server process per request under wrk, beside
// bare gnet. It needs wrk, and is run by hand:
//
//	go test -run '^$' -bench Loop -benchtime 1x -count 4 ./net/h1
func BenchmarkLoop(b *testing.B) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		b.Skip("wrk is not installed")
	}
	for _, kind := range []string{"bare", "native", "handover"} {
		b.Run("kind="+kind, func(b *testing.B) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "H1_SERVE="+kind)
			in, _ := cmd.StdinPipe()
			out, _ := cmd.StdoutPipe()
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			defer func() { _ = in.Close(); _ = cmd.Wait() }()
			line := make([]byte, 64)
			n, err := out.Read(line)
			if err != nil {
				b.Fatal(err)
			}
			addr := strings.TrimSpace(string(line[:n]))
			var cpu time.Duration
			var requests int
			for b.Loop() {
				before, _ := cpuOf(cmd.Process.Pid)
				report, err := exec.Command(wrk, "-t1", "-c64", "-d3s", "http://"+addr+"/").CombinedOutput()
				if err != nil {
					b.Fatalf("%v: %s", err, report)
				}
				after, _ := cpuOf(cmd.Process.Pid)
				m := wrkRequests.FindSubmatch(report)
				if m == nil || bytes.Contains(report, []byte("Non-2xx")) || bytes.Contains(report, []byte("Socket errors")) {
					b.Fatalf("wrk: %s", report)
				}
				r, _ := strconv.Atoi(string(m[1]))
				requests += r
				cpu += after - before
			}
			b.ReportMetric(float64(cpu.Microseconds())/float64(requests), "cpu-µs/req")
			b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "req/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
