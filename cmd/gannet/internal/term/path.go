package term

import (
	"os"
	"path/filepath"
	"strings"
)

// Path returns a path as a person would type it: relative to the working directory when it
// lies in it, absolute otherwise.
func Path(path string) string {
	wd, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return path
	}
	return rel
}
