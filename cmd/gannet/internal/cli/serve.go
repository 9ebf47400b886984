package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"gannet/cmd/gannet/internal/serve"
	"gannet/cmd/gannet/internal/term"
	"gannet/core/config"
)

// fileFlag declares -c, and parses; every command with it takes nothing else.
func fileFlag(fs *flag.FlagSet, args []string) (string, error) {
	var file string
	fs.StringVar(&file, "c", "gannet.toml", "")
	fs.StringVar(&file, "config", "gannet.toml", "")
	rest, err := parse(fs, args)
	if err != nil {
		return "", err
	}
	return file, noMore(rest)
}

var serveCommand = &command{
	name: "serve", usage: "[-c gannet.toml]", short: "run a node: workers, sites and routes of a gannet.toml",
	long: `Reads the file, builds its workers and serves. Paths in the file are relative to it.

Signals:
  SIGHUP           read the file again and put it in force; workers that did not change go
                   on running, and a file that is wrong in any part changes nothing
  SIGTERM, SIGINT  stop accepting, finish what is in flight (at most 30 s), end; a second
                   one ends at once

The admin listener (127.0.0.1:9900 unless [admin] listen says otherwise) has /metrics,
/healthz, /readyz, /debug/pprof/ and POST /-/reload.

Flags:
  -c, --config FILE  the configuration (default gannet.toml)

Examples:
  gannet serve
  gannet serve -c /etc/gannet/gannet.toml

A small gannet.toml:
  [listen]
  http = ["0.0.0.0:8080"]
  [[site]]
  hosts = ["shop.example.com"]
  origin = ["http://10.0.0.1:8080"]
  [[worker]]
  name = "shop"
  main = "worker.js"
  routes = ["shop.example.com/*"]
`,
	run: func(env *environment, fs *flag.FlagSet, args []string) error {
		file, err := fileFlag(fs, args)
		if err != nil {
			return err
		}
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		slog.SetDefault(log)
		forced, err := serve.Run(serve.Options{File: file, Log: log})
		if forced {
			return errors.New("ended with requests in flight")
		}
		return lines(env, err)
	},
}

// lines prints an error that has a line for each of several things as it is: they begin with
// their places.
func lines(env *environment, err error) error {
	if err == nil || !strings.Contains(err.Error(), "\n") {
		return err
	}
	env.stderr.Printf("%s", term.Clean(err.Error()))
	return errReported
}

var checkCommand = &command{
	name: "check", usage: "[-c gannet.toml]", short: "say what is wrong with a gannet.toml",
	long: `Reads the file, builds and starts its workers, and prints one line for each thing that is
wrong: file:line:column: message. Nothing is served. The exit code is 1 if gannet serve
would refuse the file.

Flags:
  -c, --config FILE  the configuration (default gannet.toml)

Examples:
  gannet check
  gannet check -c /etc/gannet/gannet.toml
`,
	run: func(env *environment, fs *flag.FlagSet, args []string) error {
		file, err := fileFlag(fs, args)
		if err != nil {
			return err
		}
		report := serve.Check(file)
		for _, line := range append(report.Warnings, report.Errors...) {
			env.stdout.Printf("%s", term.Clean(line))
		}
		if len(report.Errors) > 0 {
			return errReported
		}
		env.stdout.Printf("%s is good", file)
		return nil
	},
}

// reloadLimit is how long a node may take to build its workers anew.
const reloadLimit = 5 * time.Minute

// maxReloadAnswer bounds what is printed of a node's answer, in bytes.
const maxReloadAnswer = 1 << 20

var reloadCommand = &command{
	name: "reload", usage: "[-c gannet.toml]", short: "have a running gannet serve read its gannet.toml again",
	long: `Asks the node whose admin listener the file names to read its configuration again, and
prints what came of it. A file that is wrong in any part changes nothing; then the exit
code is 1.

Flags:
  -c, --config FILE  the configuration (default gannet.toml)

Examples:
  gannet reload -c /etc/gannet/gannet.toml
`,
	run: func(env *environment, fs *flag.FlagSet, args []string) error {
		file, err := fileFlag(fs, args)
		if err != nil {
			return err
		}
		return reload(env, file)
	},
}

func reload(env *environment, file string) error {
	cfg, problems := config.Load(file)
	if cfg == nil {
		var text []string
		for _, p := range problems {
			text = append(text, p.Error())
		}
		return lines(env, errors.New(strings.Join(text, "\n")))
	}
	// A file with other faults still tells where the node is, which will name them itself.
	addr := reachable(cfg.Admin.Listen)
	ctx, cancel := context.WithTimeout(context.Background(), reloadLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/-/reload", nil)
	if err != nil {
		return fmt.Errorf("cannot ask %s: %w", addr, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return fmt.Errorf("no gannet serve answers on its admin listener %s: %w", addr, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReloadAnswer))
	if err != nil {
		return fmt.Errorf("the node's answer was cut short: %w", err)
	}
	text := term.Clean(strings.TrimRight(string(body), "\n"))
	if resp.StatusCode != http.StatusOK {
		env.stderr.Printf("%s", text)
		return errReported
	}
	env.stdout.Printf("%s", text)
	return nil
}

// reachable is a listening address as a client on this machine dials it.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "127.0.0.1"
		if err == nil && a.Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
