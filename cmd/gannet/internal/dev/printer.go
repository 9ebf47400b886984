package dev

import (
	"fmt"
	"sync"
	"time"

	"gannet/cmd/gannet/internal/term"
	"gannet/core/edge"
)

// cpuNotice is the CPU time of one request that a developer should know of: what an isolate
// may use on Cloudflare's paid plan before it is long, and an interpreter uses soon.
const cpuNotice = 50 * time.Millisecond

// printerQueue is how many requests wait to be printed. More are not printed: a terminal
// must not slow the server down.
const printerQueue = 1024

// printer prints the lines of requests, on a goroutine of its own.
type printer struct {
	out     *term.Output
	records chan edge.Record
	done    chan struct{}
	once    sync.Once
	quit    chan struct{}
}

func newPrinter(out *term.Output) *printer {
	p := &printer{out: out, records: make(chan edge.Record, printerQueue), done: make(chan struct{}), quit: make(chan struct{})}
	go p.run()
	return p
}

// record implements edge.Options.Record.
func (p *printer) record(r edge.Record) {
	if !p.out.Terminal && r.CPU <= cpuNotice {
		return
	}
	select {
	case p.records <- r:
	default:
	}
}

func (p *printer) run() {
	defer close(p.done)
	warned := make(map[string]bool)
	for {
		select {
		case r := <-p.records:
			p.print(r, warned)
		case <-p.quit:
			return
		}
	}
}

func (p *printer) print(r edge.Record, warned map[string]bool) {
	if p.out.Terminal {
		p.out.Request(r.Method, r.Target, r.Status, r.Duration)
	}
	if r.CPU > cpuNotice && !warned[r.Worker] {
		warned[r.Worker] = true
		p.out.Printf("%s", p.out.Paint(fmt.Sprintf(
			"warning: the worker used %s of CPU time for %s %s, more than %s. This is said once; limits.cpu_ms is where it would be stopped.",
			term.Milliseconds(r.CPU), term.Clean(r.Method), term.Clean(r.Target), term.Milliseconds(cpuNotice)), term.Yellow))
	}
}

// close ends the printer. Records may still be given to it, and are dropped.
func (p *printer) close() {
	p.once.Do(func() { close(p.quit) })
	<-p.done
}
