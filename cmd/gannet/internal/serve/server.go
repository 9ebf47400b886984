package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"gannet/cmd/gannet/internal/admin"
	"gannet/cmd/gannet/internal/node"
	"gannet/cmd/gannet/internal/proc"
	"gannet/core/config"
)

// Options are what the command line gives.
type Options struct {
	// File is the gannet.toml.
	File string
	Log  *slog.Logger
}

// drainLimit is how long requests in flight, streams and waitUntil promises may take once the
// process was told to end.
const drainLimit = 30 * time.Second

// adminCloseLimit is the patience with requests to the admin listener at the end: a profile
// may be under way.
const adminCloseLimit = time.Second

// server is one run of gannet serve.
type server struct {
	o    Options
	node *node.Node

	mu struct {
		sync.Mutex // held through a whole reload
		current    *generation
		admin      *admin.Server
		ending     bool
	}
}

// Run serves until SIGINT or SIGTERM, and then until what is in flight is done. forced is set
// when a second signal cut that short.
func Run(o Options) (forced bool, err error) {
	signals := proc.Listen()
	defer signals.Close()
	s := &server{o: o, node: node.New(node.Options{Log: o.Log})}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := s.reload(ctx); err != nil {
		return false, err
	}
	var reloading sync.WaitGroup
	for stop := false; !stop; {
		select {
		case <-signals.Reload:
			reloading.Go(func() {
				if summary, err := s.reload(ctx); err != nil {
					for line := range strings.Lines(err.Error()) {
						o.Log.Error(strings.TrimRight(line, "\n"))
					}
					o.Log.Error("reload failed: the configuration before it stays in force")
				} else {
					o.Log.Info(summary)
				}
			})
		case sig := <-signals.Stop:
			o.Log.Info("draining: a second signal ends at once", "signal", sig.String(), "limit", drainLimit.String())
			stop = true
		}
	}
	cancel() // a reload under way is given up
	done := make(chan error, 1)
	go func() {
		reloading.Wait()
		done <- s.drain()
	}()
	select {
	case err := <-done:
		if err != nil {
			o.Log.Warn("not everything was done in time", "error", err.Error())
		}
		o.Log.Info("ended")
		return false, nil
	case <-signals.Stop:
		return true, nil
	}
}

// drain ends the server. The admin listener is the last to go, so that /readyz tells.
func (s *server) drain() error {
	s.mu.Lock()
	s.mu.ending = true
	a := s.mu.admin
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	err := s.node.Close(ctx)
	if a != nil {
		ctx, cancel := context.WithTimeout(context.Background(), adminCloseLimit)
		defer cancel()
		_ = a.Close(ctx) // what is left of it ends with the process
	}
	return err
}

// reload reads the file and puts it in force; the first time is a reload from nothing.
func (s *server) reload(ctx context.Context) (summary string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.ending {
		return "", errors.New("the process is ending")
	}
	start := time.Now()
	old := s.mu.current
	g, report := prepare(ctx, s.node, s.o.File, old)
	for _, line := range report.Warnings {
		s.o.Log.Warn(line)
	}
	if g == nil {
		return "", errors.New(strings.Join(report.Errors, "\n"))
	}
	if ctx.Err() != nil {
		g.abandon(context.Background())
		return "", errors.New("the process is ending")
	}
	if err := s.adoptLocked(g); err != nil {
		g.abandon(ctx)
		return "", err
	}
	s.mu.current = g
	return fmt.Sprintf("configuration in force after %d ms: %d workers (%d new), %d sites",
		time.Since(start).Milliseconds(), len(g.workers), len(g.started), len(g.cfg.Sites)), nil
}

// opened is a listening socket that nothing serves yet.
type opened struct {
	net.Listener
	at node.Address
}

// adoptLocked puts a generation in force. Everything that can fail comes first.
func (s *server) adoptLocked(g *generation) error {
	want := addresses(g.cfg)
	var fresh []opened
	undo := func() {
		for _, l := range fresh {
			l.Close()
		}
	}
	for _, a := range want {
		if s.node.Listens(a) {
			continue
		}
		l, err := node.Bind(a.Addr)
		if err != nil {
			undo()
			return err
		}
		fresh = append(fresh, opened{l, a})
	}
	var adminSocket net.Listener
	if s.mu.admin == nil || g.cfg.Admin.Listen != s.mu.current.cfg.Admin.Listen {
		l, err := node.Bind(g.cfg.Admin.Listen)
		if err != nil {
			undo()
			return fmt.Errorf("%w (the admin listener: key admin.listen)", err)
		}
		adminSocket = l
		// The address that was bound: with port 0 it is another than the one in the file.
		g.policy.Deny = append(g.policy.Deny, node.DenyAdmin(l.Addr().String())...)
	} else {
		g.policy.Deny = append(g.policy.Deny, node.DenyAdmin(s.mu.admin.Addr())...)
	}

	s.node.Configure(g.policy, g.geo)
	s.node.SetMaxBody(g.cfg.Listen.MaxBody)
	s.node.SetTLS(g.tls)
	s.node.Swap(g.plan, g.workers)
	for _, l := range fresh {
		cfg := g.tls
		if !l.at.TLS {
			cfg = nil
		}
		if err := s.node.Serve(l.at, l.Listener, cfg); err != nil {
			undo()
			return err
		}
		a := l.at
		a.Addr = l.Addr().String()
		s.o.Log.Info("listening on " + a.URL())
	}
	s.node.StopOthers(want)
	if adminSocket != nil {
		if s.mu.admin != nil {
			before := s.mu.admin
			// In the background: the request that asked for this reload may be one of its own.
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
				defer cancel()
				_ = before.Close(ctx)
			}()
		}
		s.mu.admin = admin.New(adminSocket, admin.Options{
			Ready:   func() bool { return !s.node.Draining() },
			Metrics: s.node.WriteMetrics,
			// The reload goes on when the client of the request goes away.
			Reload: func() (string, error) {
				summary, err := s.reload(context.Background())
				if err == nil {
					s.o.Log.Info(summary)
				} else {
					s.o.Log.Error("reload failed: the configuration before it stays in force", "error", err.Error())
				}
				return summary, err
			},
		})
		s.o.Log.Info("admin on http://" + adminSocket.Addr().String())
	}
	return nil
}

// addresses is where a configuration listens.
func addresses(cfg *config.Config) (out []node.Address) {
	for _, a := range cfg.Listen.HTTP {
		out = append(out, node.Address{Addr: a})
	}
	for _, a := range cfg.Listen.HTTPS {
		out = append(out, node.Address{Addr: a, TLS: true})
	}
	return out
}
