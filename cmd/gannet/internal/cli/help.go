package cli

import (
	"flag"
	"fmt"
	"strings"
)

// overview is gannet help.
func overview() string {
	var b strings.Builder
	b.WriteString("Gannet runs Cloudflare Workers on your own machine, between your clients and your origin.\n\nUsage: gannet <command> [flags]\n\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-8s  %s\n", c.name, c.short)
	}
	b.WriteString(`
Examples:
  gannet dev worker.js                            run a worker on http://127.0.0.1:8787
  gannet dev --origin https://example.com my-app  a wrangler project in front of a site
  gannet serve -c gannet.toml                     run a node

gannet help <command> says more.
`)
	return b.String()
}

func helpOf(c *command) string {
	usage := "gannet " + c.name
	if c.usage != "" {
		usage += " " + c.usage
	}
	return "Usage: " + usage + "\n\n" + c.long
}

var helpCommand = &command{
	name: "help", usage: "[command]", short: "say more about a command",
	long: "Says what a command does, its flags, and examples.\n",
	run: func(env *environment, fs *flag.FlagSet, args []string) error {
		rest, err := parse(fs, args)
		if err != nil {
			return err
		}
		if len(rest) == 0 {
			env.stdout.Printf("%s", overview())
			return nil
		}
		c := find(rest[0])
		if c == nil {
			return unknownCommand(rest[0])
		}
		env.stdout.Printf("%s", helpOf(c))
		return noMore(rest[1:])
	},
}
