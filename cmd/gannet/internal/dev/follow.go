package dev

import (
	"context"
	"errors"
	"path/filepath"

	"gannet/core/config"
	"gannet/isolate/bundle"
)

// watch builds at each change until ctx is done.
func (s *session) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-s.watcher.Changes():
			if !ok {
				return
			}
			s.build(ctx)
		}
	}
}

// projectFiles are files that may appear in a project's directory and then count.
var projectFiles = []string{
	"wrangler.toml", "wrangler.json", "wrangler.jsonc", ".dev.vars", ".env", ".env.local", "tsconfig.json",
	// Installing packages ends with one of these, which mends a build that lacked them.
	"package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock",
}

// follow watches what the build that just ended depends on. With a build command, the
// directories it watches count too.
func (s *session) follow(p *config.Project, script *bundle.Script, err error) {
	files := append([]string{}, p.Files...)
	if p.Main != "" {
		files = append(files, p.Main)
	}
	for _, name := range projectFiles {
		files = append(files, filepath.Join(p.Dir, name))
	}
	if p.Env != "" {
		for _, name := range []string{".dev.vars.", ".env."} {
			files = append(files, filepath.Join(p.Dir, name+p.Env))
		}
	}
	var be *bundle.BuildError
	switch {
	case script != nil:
		files = append(files, script.Inputs...)
	case errors.As(err, &be):
		files = append(files, be.Inputs...)
		if s.current != nil && s.current.Script != nil {
			files = append(files, s.current.Script.Inputs...) // a build that failed early may not have got to them
		}
	}
	var trees []string
	if p.Build.Command != "" {
		trees = p.Build.WatchDirs
	}
	if err := s.watcher.Set(files, trees); err != nil {
		s.warn("some files cannot be watched: " + err.Error())
	}
}
