package assets

import "fmt"

// HTMLHandling is how paths and HTML files relate.
type HTMLHandling uint8

// The ways to handle HTML. Plain is a directory as web servers show it: a path is a file,
// a directory is its index.html. The others are wrangler's assets.html_handling.
const (
	Plain HTMLHandling = iota
	AutoTrailingSlash
	ForceTrailingSlash
	DropTrailingSlash
	ExactPaths // "none": no rewriting whatsoever
)

var htmlNames = [...]string{"plain", "auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"}

// String returns wrangler's name, or "plain".
func (h HTMLHandling) String() string {
	if int(h) < len(htmlNames) {
		return htmlNames[h]
	}
	return "unknown"
}

// ParseHTMLHandling reads the value of assets.html_handling; "" is wrangler's default.
func ParseHTMLHandling(s string) (HTMLHandling, error) {
	if s == "" {
		return AutoTrailingSlash, nil
	}
	for i := AutoTrailingSlash; int(i) < len(htmlNames); i++ {
		if htmlNames[i] == s {
			return i, nil
		}
	}
	return 0, fmt.Errorf("assets: html_handling %q is none of auto-trailing-slash, force-trailing-slash, drop-trailing-slash, none", s)
}

// NotFoundHandling is what is answered when no asset matches a path.
type NotFoundHandling uint8

// wrangler's assets.not_found_handling.
const (
	NotFoundNone NotFoundHandling = iota // an empty 404
	NotFoundPage                         // "404-page": the nearest 404.html up the tree
	NotFoundSPA                          // "single-page-application": /index.html with 200
)

var notFoundNames = [...]string{"none", "404-page", "single-page-application"}

// String returns wrangler's name.
func (n NotFoundHandling) String() string {
	if int(n) < len(notFoundNames) {
		return notFoundNames[n]
	}
	return "unknown"
}

// ParseNotFoundHandling reads the value of assets.not_found_handling; "" is "none".
func ParseNotFoundHandling(s string) (NotFoundHandling, error) {
	if s == "" {
		return NotFoundNone, nil
	}
	for i, name := range notFoundNames {
		if name == s {
			return NotFoundHandling(i), nil
		}
	}
	return 0, fmt.Errorf("assets: not_found_handling %q is none of none, 404-page, single-page-application", s)
}
