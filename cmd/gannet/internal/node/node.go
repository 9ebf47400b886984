package node

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"gannet/cmd/gannet/internal/deploy"
	"gannet/core"
	"gannet/core/edge"
	"gannet/core/plan"
	"gannet/core/sched"
	"gannet/net/h1"
	"gannet/net/origin"
)

// Options are the properties of a Node.
type Options struct {
	// Policy says where subrequests may go.
	Policy origin.Policy
	// Country is what clients' country is when no database knows it.
	Country string
	// Dev, Source, Missing and Record are as in edge.Options.
	Dev     bool
	Source  func(file string, line int) []edge.SourceLine
	Missing string
	Record  func(edge.Record)
	// Front is put between the listeners and the edge; nil for nothing.
	Front func(core.Handler) core.Handler
	Log   *slog.Logger
}

// Node is the running parts of one process.
type Node struct {
	o      Options
	sched  *sched.Scheduler
	client *origin.Client
	edge   *edge.Edge
	plan   plan.Published

	country string

	// draining is set once, by Close.
	draining atomic.Bool
	// retiring waits for old versions of workers that still have work.
	retiring sync.WaitGroup
	// hurry ends the patience with retiring workers.
	hurry    context.Context
	cutShort context.CancelFunc

	mu struct {
		sync.Mutex
		http      *h1.Server // nil until the first Listen
		maxBody   int64      // of a request, in bytes; 0 for no bound
		listeners map[Address]*listener
		workers   []*deploy.Worker // those in the plan
		leaving   []*deploy.Worker // those that retire
		past      map[string]deploy.Figures
	}
}

// New returns a node that serves nothing yet.
func New(o Options) *Node {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	n := &Node{o: o, country: o.Country}
	n.hurry, n.cutShort = context.WithCancel(context.Background())
	n.mu.listeners = make(map[Address]*listener)
	n.mu.past = make(map[string]deploy.Figures)
	n.sched = sched.New(sched.Options{Log: o.Log})
	n.client = origin.New(origin.Options{Policy: o.Policy, Log: o.Log})
	n.edge = edge.New(edge.Options{
		Plan: &n.plan, Scheduler: n.sched, Origin: n.client, Country: o.Country, Dev: o.Dev,
		Source: o.Source, Missing: o.Missing, Record: o.Record, Log: o.Log,
	})
	return n
}

// Env is what workers of this node are started with.
func (n *Node) Env() deploy.Env {
	return deploy.Env{Scheduler: n.sched, Edge: n.edge, Log: n.o.Log}
}

// Configure replaces the places that subrequests may go to, and the database of places.
func (n *Node) Configure(p origin.Policy, geo *edge.Geo) {
	n.client.SetPolicy(p)
	n.edge.Configure(geo, n.country, nil)
}

// SetMaxBody bounds the content of requests, in bytes; 0 means no bound.
func (n *Node) SetMaxBody(bytes int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.maxBody = bytes
	if n.mu.http != nil {
		n.mu.http.SetMaxBody(bytes)
	}
}

// Draining reports whether Close was called.
func (n *Node) Draining() bool { return n.draining.Load() }

// removalGrace is how long a worker that was taken out of the plan, with no successor, still
// answers: for requests that had looked it up and were on their way to it.
const removalGrace = time.Second

// oldVersionLimit bounds the time an old version may take to finish its streams and waitUntil
// promises after a reload. Then they are cut, so that reloads cannot pile isolates up.
const oldVersionLimit = 5 * time.Minute

// Swap puts a plan with its workers in force. Workers of the plan before that are not among
// them are retired in the background, each in favour of the new one of its name.
func (n *Node) Swap(p *plan.Plan, workers []*deploy.Worker) {
	n.plan.Swap(p)
	kept := make(map[*deploy.Worker]bool, len(workers))
	byName := make(map[string]*deploy.Worker, len(workers))
	for _, w := range workers {
		kept[w], byName[w.Name()] = true, w
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range n.mu.workers {
		if !kept[w] {
			n.mu.leaving = append(n.mu.leaving, w)
			next := byName[w.Name()]
			n.retiring.Go(func() { n.retire(w, next) })
		}
	}
	n.mu.workers = workers
}

func (n *Node) retire(w, next *deploy.Worker) {
	ctx, cancel := context.WithTimeout(n.hurry, oldVersionLimit)
	defer cancel()
	if next == nil {
		t := time.NewTimer(removalGrace)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
	if err := w.Retire(ctx, next); err != nil {
		n.o.Log.Warn("an old version was cut short", "worker", w.Name(), "error", err.Error())
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, old := range n.mu.leaving {
		if old == w {
			n.mu.leaving = append(n.mu.leaving[:i], n.mu.leaving[i+1:]...)
			break
		}
	}
	f, past := w.Figures(), n.mu.past[w.Name()]
	past.ColdStarts += f.ColdStarts
	past.Condemned += f.Condemned
	past.CPU += f.CPU
	n.mu.past[w.Name()] = past
}

// Close ends the node: it stops accepting, answers what is in flight, lets workers finish,
// and gives everything back. When ctx ends it cuts the rest and returns ctx's error.
func (n *Node) Close(ctx context.Context) error {
	n.draining.Store(true)
	n.mu.Lock()
	server, workers := n.mu.http, n.mu.workers
	n.mu.workers = nil
	n.mu.Unlock()
	var errs []error
	if server != nil {
		errs = append(errs, server.Shutdown(ctx))
	}
	stop := context.AfterFunc(ctx, n.cutShort)
	defer stop()
	var last sync.WaitGroup
	for _, w := range workers {
		last.Go(func() {
			if err := w.Retire(ctx, nil); err != nil {
				n.o.Log.Warn("a worker was cut short", "worker", w.Name(), "error", err.Error())
			}
		})
	}
	last.Wait()
	n.retiring.Wait()
	n.cutShort()
	errs = append(errs, n.sched.Close(ctx))
	n.client.Close()
	return errors.Join(errs...)
}

// DenyAdmin are the addresses no subrequest may reach: those of the admin listener.
func DenyAdmin(addr string) []netip.AddrPort {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil
	}
	return []netip.AddrPort{ap}
}
