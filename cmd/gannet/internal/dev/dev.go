package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"gannet/cmd/gannet/internal/node"
	"gannet/cmd/gannet/internal/proc"
	"gannet/cmd/gannet/internal/term"
	"gannet/cmd/gannet/internal/watch"
	"gannet/core"
	"gannet/core/config"
	"gannet/core/plan"
	"gannet/net/origin"
)

// Options are what the command line gives.
type Options struct {
	// Path is a script, a directory, or a wrangler file.
	Path string
	// Listen is the address that was asked for; "" for the first free one from
	// DefaultPort on.
	Listen string
	// Origin is a URL or a directory; "" for none.
	Origin  string
	Vars    []config.Var
	Env     string
	Country string
	Pins    map[string]config.Pin
	// Out gets the URL, and Log everything else.
	Out, Log *term.Output
}

// DefaultPort is the port of wrangler's dev server, too.
const DefaultPort = 8787

// portsTried is how many ports from DefaultPort on are tried before any free one is taken.
const portsTried = 50

// drainLimit is the patience with requests in flight when the developer ends the session.
const drainLimit = 5 * time.Second

// quiet is how long no event must have come before a change counts as whole: editors write
// in several steps.
const quiet = 30 * time.Millisecond

// missing is what a worker that asks for its origin is told when there is none.
const missing = "There is no origin to send this request to. Start gannet dev with --origin URL, or with --origin DIR to serve files."

// Run serves until SIGINT or SIGTERM. The error is for the user: of one line, or of several
// with the lines of the sources.
func Run(o Options) error {
	signals := proc.Listen()
	defer signals.Close()
	path, err := filepath.Abs(o.Path) // the watcher compares paths as text
	if err != nil {
		return fmt.Errorf("cannot tell where %s is: %w", o.Path, err)
	}
	o.Path = path
	s := &session{o: o, log: slog.New(term.NewHandler(o.Log, slog.LevelInfo))}
	s.front.session = s
	project, err := s.load()
	if err != nil {
		return err
	}
	if err := readable(project); err != nil {
		return err
	}
	l, err := listen(o.Listen, project.Dev)
	if err != nil {
		return err
	}
	s.printer = newPrinter(o.Log)
	s.node = node.New(node.Options{
		Policy: origin.Policy{AllowAll: true, Pins: pins(o.Pins)}, Country: o.Country, Dev: true,
		Source: s.source, Missing: missing, Record: s.printer.record, Log: s.log,
		Front: func(next core.Handler) core.Handler { return s.front.handler(next) },
	})
	defer s.close()
	if s.site, err = s.originSite(); err != nil {
		l.Close()
		return err
	}
	if s.watcher, err = watch.New(quiet); err != nil {
		l.Close()
		return fmt.Errorf("cannot watch files: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	good := s.build(ctx)
	if !good && s.unattended() {
		l.Close()
		return s.front.failure()
	}
	s.begun = true
	if err := s.node.Serve(node.Address{Addr: l.Addr().String()}, l, nil); err != nil {
		l.Close()
		return err
	}
	o.Out.Printf("Ready on %s", s.o.Out.Paint(url(l.Addr()), term.Bold))
	if !good {
		o.Log.Printf("%s until the errors above are mended", o.Log.Paint("Serving an error page", term.Yellow))
	}
	var building sync.WaitGroup
	building.Go(func() { s.watch(ctx) })
	select {
	case <-signals.Stop:
	case <-signals.Reload: // the terminal is gone
	}
	cancel()
	ended := make(chan error, 1)
	go func() {
		building.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
		defer cancel()
		ended <- s.node.Close(ctx)
	}()
	select {
	case <-ended:
	case <-signals.Stop: // asked twice: at once
	}
	return nil
}

// readable says clearly what stands against reading the script. A build command may still
// make it.
func readable(p *config.Project) error {
	if p.Main == "" || p.Build.Command != "" {
		return nil
	}
	f, err := os.Open(p.Main)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return fmt.Errorf("cannot read %s: %w", term.Path(p.Main), err)
	}
	return f.Close()
}

// listen opens the listening socket. An address that was asked for, on the command line or
// in the wrangler file, is taken or it is an error.
func listen(asked string, d config.Dev) (net.Listener, error) {
	if asked == "" && d.Port != 0 {
		asked = net.JoinHostPort(hostOr(d.IP), strconv.Itoa(d.Port))
	}
	if asked != "" {
		addr, err := config.ParseListen(asked)
		if err != nil {
			return nil, err
		}
		return node.Bind(addr)
	}
	for port := DefaultPort; port < DefaultPort+portsTried; port++ {
		l, err := node.Bind(net.JoinHostPort(hostOr(d.IP), strconv.Itoa(port)))
		if err == nil || !node.InUse(err) {
			return l, err
		}
	}
	return node.Bind(net.JoinHostPort(hostOr(d.IP), "0"))
}

func hostOr(ip string) string {
	switch ip {
	case "":
		return "127.0.0.1"
	case "*":
		return ""
	}
	return ip
}

// url is where a browser on this machine finds addr.
func url(addr net.Addr) string {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ap.Addr().IsUnspecified() {
		ap = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port())
	}
	return "http://" + ap.String()
}

func pins(in map[string]config.Pin) map[string]netip.AddrPort {
	out := make(map[string]netip.AddrPort, len(in))
	for name, p := range in {
		out[name] = netip.AddrPortFrom(p.Addr, p.Port)
	}
	return out
}

// originSite is the site behind every host: what --origin names.
func (s *session) originSite() (*plan.Site, error) {
	if s.o.Origin == "" {
		return &plan.Site{Config: &config.Site{}}, nil
	}
	at, err := config.ParseOrigin(s.o.Origin)
	if err != nil {
		return nil, fmt.Errorf("--origin: %w", err)
	}
	if at.Dir != "" {
		if at.Dir, err = filepath.Abs(at.Dir); err != nil {
			return nil, err
		}
	}
	site, err := s.node.Site(&config.Site{Origins: []config.Origin{at}})
	if err != nil {
		return nil, fmt.Errorf("--origin: %w", err)
	}
	return site, nil
}

func problemsError(problems []config.Problem) error {
	var lines []string
	for _, p := range problems {
		if p.Severity == config.Error {
			p.File = term.Path(p.File)
			lines = append(lines, p.Error())
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}
