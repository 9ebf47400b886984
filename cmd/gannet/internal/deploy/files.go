package deploy

import (
	"errors"
	"fmt"
	"io/fs"

	"gannet/cmd/gannet/internal/term"
	"gannet/core/assets"
	"gannet/core/config"
)

// OpenAssets opens the static assets of a project; nil when it has none.
func OpenAssets(a *config.Assets, warn func(string)) (*assets.Server, error) {
	if a == nil || a.Directory == "" {
		return nil, nil
	}
	html, err := assets.ParseHTMLHandling(a.HTMLHandling)
	if err != nil {
		return nil, err
	}
	notFound, err := assets.ParseNotFoundHandling(a.NotFoundHandling)
	if err != nil {
		return nil, err
	}
	return OpenDir(a.Directory, html, notFound, warn)
}

// OpenDir opens a directory of static files. It is never closed by hand: requests of an old
// plan may still be about to read from it, so the collector gives the directory back when
// the last plan with it is gone.
func OpenDir(dir string, html assets.HTMLHandling, notFound assets.NotFoundHandling, warn func(string)) (*assets.Server, error) {
	s, err := assets.New(assets.Options{Dir: dir, HTMLHandling: html, NotFound: notFound, Warn: warn})
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("cannot open the directory %s: %w", term.Path(dir), err)
	}
	return s, nil
}
