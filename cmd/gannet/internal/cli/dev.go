package cli

import (
	"errors"
	"flag"
	"strings"

	"gannet/cmd/gannet/internal/dev"
	"gannet/core/config"
)

var devCommand = &command{
	name: "dev", usage: "[flags] [script | directory | wrangler file]", short: "run one worker, and run it anew when its files change",
	long: `Builds the worker, serves it and prints the URL. A change of its files is built and
swapped in without losing a request; one that cannot be built leaves the last good
version serving. Errors are shown with the place in the source. If the first build fails,
its errors are served as a page until they are mended; when the output goes to no terminal,
gannet ends with exit code 1 instead. Without a path the current directory is meant: a
wrangler project, or one with an index.ts or the like.

Flags:
  --listen ADDR    where to listen (default 127.0.0.1:8787, or the next free port)
  --origin URL|DIR what stands behind the worker: a server, or a directory of files
  --var K=V        a variable on env, before the one in the wrangler file; may be repeated
  --env NAME       the environment of the wrangler file
  --country CC     the country of every client, two letters
  --map HOST=ADDR  send fetches for a host to an address, with or without a port; may be
                   repeated

Examples:
  gannet dev worker.js
  gannet dev --origin ./public --var GREETING=hi src/index.ts
  gannet dev --env staging --listen 127.0.0.1:3000 my-app
  gannet dev --country DE --map bucket.example=127.0.0.1:9000 --origin http://127.0.0.1:8080
`,
	run: runDev,
}

func runDev(env *environment, fs *flag.FlagSet, args []string) error {
	o := dev.Options{Pins: make(map[string]config.Pin), Out: env.stdout, Log: env.stderr}
	fs.Func("listen", "", func(s string) error {
		if _, err := config.ParseListen(s); err != nil {
			return err
		}
		o.Listen = s
		return nil
	})
	fs.Func("origin", "", func(s string) error {
		if _, err := config.ParseOrigin(s); err != nil {
			return err
		}
		o.Origin = s
		return nil
	})
	fs.Func("var", "", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return errors.New("want NAME=VALUE")
		}
		o.Vars = append(o.Vars, config.Var{Name: name, Text: value})
		return nil
	})
	fs.StringVar(&o.Env, "env", "", "")
	fs.Func("country", "", func(s string) error {
		if len(s) != 2 || strings.Trim(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return errors.New("want two letters, such as DE")
		}
		o.Country = strings.ToUpper(s)
		return nil
	})
	fs.Func("map", "", func(s string) error {
		name, addr, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("want HOST=ADDRESS")
		}
		name, pin, err := config.ParsePin(name, addr)
		if err != nil {
			return err
		}
		o.Pins[name] = pin
		return nil
	})
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	o.Path = "."
	if len(rest) > 0 {
		o.Path = rest[0]
		if err := noMore(rest[1:]); err != nil {
			return err
		}
	}
	return dev.Run(o)
}
