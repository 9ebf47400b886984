package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// install gets what is missing: the programs by apt-get, the packages by npm ci.
func (b *bench) install() error {
	var missing []string
	if nginxPath() == "" {
		missing = append(missing, "nginx")
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		missing = append(missing, "wrk")
	}
	if _, err := exec.LookPath("npm"); err != nil && b.wants(nameWorkerd) {
		missing = append(missing, "npm")
	}
	if len(missing) > 0 {
		if err := b.apt(missing); err != nil {
			return fmt.Errorf("missing: %s: %w", strings.Join(missing, ", "), err)
		}
	}
	if b.wants(nameWorkerd) {
		if err := b.npmCI(b.peersDir()); err != nil {
			return err
		}
	}
	if slices.Contains(b.options.cases, caseHono.name) {
		return b.npmCI(b.honoDir())
	}
	return nil
}

func (b *bench) wants(contender string) bool {
	return !slices.Contains(b.options.skip, contender)
}

// nginxPath also looks where Debian puts it, which is not on everybody's PATH.
func nginxPath() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (b *bench) apt(packages []string) error {
	argv := append([]string{"apt-get", "install", "-y"}, packages...)
	if _, err := exec.LookPath(argv[0]); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("install them first, as root: %s", strings.Join(argv, " "))
	}
	return b.command(b.root, argv...)
}

// npmCI installs a directory's packages unless they are as its lock file says.
func (b *bench) npmCI(dir string) error {
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	done, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json"))
	if err == nil && !done.ModTime().Before(lock.ModTime()) {
		return nil
	}
	return b.command(dir, "npm", "ci", "--no-audit", "--no-fund")
}

// command runs a step of the set-up, and shows what it printed if it failed.
func (b *bench) command(dir string, argv ...string) error {
	b.logf("%s", strings.Join(argv, " "))
	cmd := exec.CommandContext(b.ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		if cause := context.Cause(b.ctx); cause != nil {
			err = errors.Join(err, cause)
		}
		return fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	return nil
}

// gannetBinary is the binary under test, built once if none was named, as `make build`
// does.
func (b *bench) gannetBinary() (string, error) {
	if b.options.gannet != "" {
		return filepath.Abs(b.options.gannet)
	}
	return b.build("gannet", "./cmd/gannet")
}

// build builds a command of this module into the work directory, once.
func (b *bench) build(name, pkg string) (string, error) {
	path := filepath.Join(b.work, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, b.command(b.root, "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, pkg)
}

// bundle makes one ES module of a TypeScript entry, as wrangler would.
func (b *bench) bundle(entry string) (string, error) {
	out := filepath.Join(b.work, "bundle.js")
	err := b.command(b.peersDir(), filepath.Join(b.peersDir(), "node_modules/.bin/esbuild"), entry, "--bundle", "--format=esm",
		"--target=esnext", "--conditions=workerd,worker,browser", "--outfile="+out)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(out)
	return string(text), err
}
