package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"gannet/cmd/gannet/internal/proc"
	"gannet/cmd/gannet/internal/term"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// environment is what a command runs in.
type environment struct {
	stdout, stderr *term.Output
	version        string
}

// command is one word of the command line.
type command struct {
	name  string
	usage string // what stands behind the name
	short string // one line
	long  string // for help: what it does, and examples
	run   func(env *environment, fs *flag.FlagSet, args []string) error
}

// usageError is a command line that makes no sense.
type usageError struct{ msg, hint string }

func (e *usageError) Error() string { return e.msg }

// errReported is a failure whose lines were printed already.
var errReported = errors.New("reported")

// commands are all commands, in the order of help.
var commands []*command

// init and no initialiser, which would go round in a circle: help runs over all of them.
func init() {
	commands = []*command{devCommand, serveCommand, checkCommand, reloadCommand, versionCommand, helpCommand}
}

// Main runs the command line and returns the exit code of the process.
func Main(args []string, version string) int {
	env := &environment{stdout: term.New(os.Stdout), stderr: term.New(os.Stderr), version: version}
	proc.SetMemoryLimit()
	ballast := proc.Ballast()
	defer runtime.KeepAlive(ballast)
	return run(env, args)
}

func run(env *environment, args []string) int {
	if len(args) == 0 {
		env.stderr.Printf("%s", overview())
		return exitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-v", "-version", "--version":
		name = "version"
	}
	cmd := find(name)
	if cmd == nil {
		return fail(env, unknownCommand(name))
	}
	fs := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	err := cmd.run(env, fs, rest)
	if errors.Is(err, flag.ErrHelp) {
		env.stdout.Printf("%s", helpOf(cmd))
		return exitOK
	}
	return fail(env, err)
}

// fail prints an error and returns the code for it.
func fail(env *environment, err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage):
		line := usage.msg
		if usage.hint != "" {
			line += " (" + usage.hint + ")"
		}
		env.stderr.Printf("gannet: %s", term.Clean(line))
		return exitUsage
	}
	env.stderr.Printf("gannet: %s", term.Clean(strings.TrimRight(err.Error(), "\n")))
	return exitFailed
}

func find(name string) *command {
	for _, c := range commands {
		if c.name == name {
			return c
		}
	}
	return nil
}

func unknownCommand(name string) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	hint := "see gannet help"
	if s := nearest(name, names); s != "" {
		hint = fmt.Sprintf("did you mean %q?", s)
	}
	return &usageError{fmt.Sprintf("unknown command %q", name), hint}
}

var versionCommand = &command{
	name: "version", short: "print the version",
	long: "Prints Gannet's version, Go's, and the platform.\n",
	run: func(env *environment, fs *flag.FlagSet, args []string) error {
		if rest, err := parse(fs, args); err != nil {
			return err
		} else if err := noMore(rest); err != nil {
			return err
		}
		env.stdout.Printf("gannet %s %s %s/%s", env.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return nil
	},
}
