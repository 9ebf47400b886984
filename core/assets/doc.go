// Package assets serves static files: a site whose origin is a directory, gannet dev's
// --origin DIR, and the assets of a wrangler project with its html_handling and
// not_found_handling.
//
// The files _headers and _redirects at the top of the directory are rules, in the format of
// Workers assets; they are never served.
//
// It does not cache file contents, compress, list directories or watch for changes: every
// request looks at the file system, so that an edit shows at once and a deleted file is
// gone. (The rules are looked at once a second.) It knows nothing of routes or workers; Match lets the edge ask whether an asset
// would answer, for run_worker_first = false.
//
// Confinement. Files are opened through an os.Root: neither a path nor a symbolic link
// leads out of the directory. Before that, paths are refused that hold dot segments, NUL,
// backslashes or control characters after decoding, or a name that starts with a dot
// (but /.well-known, RFC 8615). Only regular files are served.
//
// Ownership. A Server may be used by any number of goroutines. A response
// that streams holds its file open until its body ends or is closed.
//
// Goroutines and cost. Serve and Match block on the file system: one stat for each name
// that is tried (one to six), one open, and one read for files up to 64 KiB. Call them on an
// executor or a goroutine, never on an event loop; Fetch starts one. Larger files are read in chunks by the
// body, on goroutines that core.NewReader starts.
//
// Specifications: RFC 9110 (conditional requests, range requests, validators), the URL
// standard (percent-decoding), and the routing of Workers static assets as
// its public documentation and tests describe it.
//
// Start at Server.Serve, then Server.resolve in resolve.go.
package assets
