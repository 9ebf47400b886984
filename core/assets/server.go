package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"gannet/core"
)

// smallFile is the size in bytes up to which a file is read at once and handed on as one
// block of memory: what a client without window scaling could take in one flight, and
// cheaper than the two goroutine switches of a stream.
const smallFile = 64 << 10

// Options are the properties of a Server.
type Options struct {
	// Dir is the directory to serve. It must exist.
	Dir          string
	HTMLHandling HTMLHandling
	NotFound     NotFoundHandling
	// Warn is told about lines of _headers and _redirects that are not honoured, in one
	// line each, from New and from any request after a change. It may be nil.
	Warn func(message string)
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// Server serves the files of one directory.
type Server struct {
	root     *os.Root
	html     HTMLHandling
	notFound NotFoundHandling
	now      func() time.Time
	warn     func(format string, args ...any)
	rules    atomic.Pointer[rules]
	reading  sync.Mutex // held by who reads the rules anew; nobody waits for it
}

// New opens the directory. Close gives it back.
func New(o Options) (*Server, error) {
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("assets: cannot open the directory: %w", err)
	}
	s := &Server{root: root, html: o.HTMLHandling, notFound: o.NotFound, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	s.warn = func(format string, args ...any) {
		if o.Warn != nil {
			o.Warn("assets: " + fmt.Sprintf(format, args...))
		}
	}
	s.currentRules() // what is wrong with them is told now, and not at the first request
	return s, nil
}

// Close gives the directory back. Responses under way are not disturbed.
func (s *Server) Close() error { return s.root.Close() }

// isMeta reports whether p is a file that speaks to the server and is never content. Case
// does not count, since it does not for some file systems.
func isMeta(p string) bool {
	if len(p) < 2 || p[1] != '_' {
		return false
	}
	switch strings.ToLower(p) {
	case "/_headers", "/_redirects", "/_worker.js", "/_routes.json":
		return true
	}
	return false
}

// exists reports whether p names an asset: a regular file at a servable path.
func (s *Server) exists(p string) bool {
	if !servable(p) || strings.HasSuffix(p, "/") || isMeta(p) {
		return false
	}
	info, err := s.root.Stat(p[1:])
	return err == nil && info.Mode().IsRegular()
}

// Match reports whether Serve would answer target with an asset or a redirect, as opposed
// to its 404: what run_worker_first = false asks before it turns to the worker.
// navigation is whether the request has Sec-Fetch-Mode: navigate and the worker's
// compatibility date gives those to not_found_handling first
// (assets_navigation_prefers_asset_serving).
func (s *Server) Match(target string, navigation bool) bool {
	p, rawPath, query, ok := cleanPath(target)
	if rawPath == "" {
		return false
	}
	if _, _, redirected := s.currentRules().redirect(rawPath, query); redirected {
		return true
	}
	if !ok {
		return false
	}
	how := NotFoundNone
	if navigation {
		how = s.notFound
	}
	d := s.resolve(p, how)
	return d.file != "" || d.redirect != ""
}

// Serve answers a request for target, an origin-form target as sent. It never returns nil.
// It blocks on the file system.
func (s *Server) Serve(method, target string, fields core.Fields) *core.Response {
	return s.serve(method, core.HostOf(fields.Get("Host")), target, fields)
}

// Fetch implements core.Fetcher, for the ASSETS binding of a worker: path and query of the
// URL count, its host only for the rules of a _headers file. The file system is read on a
// goroutine of its own, which ends with the call of done.
func (s *Server) Fetch(_ context.Context, r *core.Subrequest, done func(*core.Response, error)) {
	if r.Body != nil {
		r.Body.Close(core.ErrAbandoned)
	}
	go func() {
		rest := r.URL
		if i := strings.Index(rest, "://"); i >= 0 {
			rest = rest[i+len("://"):]
		}
		authority, target := rest, "/"
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			authority = rest[:i]
			if target, _, _ = strings.Cut(rest[i:], "#"); !strings.HasPrefix(target, "/") {
				target = "/" + target
			}
		}
		done(s.serve(r.Method, core.HostOf(authority), target, r.Fields), nil)
	}()
}

func (s *Server) serve(method, host, target string, fields core.Fields) *core.Response {
	p, rawPath, query, ok := cleanPath(target)
	if rawPath == "" {
		return plain(http.StatusNotFound, method)
	}
	rules := s.currentRules()
	resp := s.answer(rules, method, p, rawPath, query, ok, fields)
	if len(rules.headers) > 0 && visible(rawPath) {
		rules.apply(&resp.Fields, host, rawPath)
	}
	return resp
}

// answer is serve without the rules of _headers. ok is whether p may be looked for.
func (s *Server) answer(rules *rules, method, p, rawPath, query string, ok bool, fields core.Fields) *core.Response {
	if to, status, redirected := rules.redirect(rawPath, query); redirected {
		if status != http.StatusOK {
			return moved(status, to)
		}
		p, rawPath, query, ok = cleanPath(strings.SplitN(to, "#", 2)[0])
	}
	if !ok {
		return plain(http.StatusNotFound, method)
	}
	d := s.resolve(p, s.notFound)
	if d.file == "" && d.redirect == "" {
		return plain(http.StatusNotFound, method)
	}
	if method != http.MethodGet && method != http.MethodHead {
		resp := plain(http.StatusMethodNotAllowed, method)
		resp.Fields.Add("Allow", "GET, HEAD")
		return resp
	}
	// 307 as Workers assets send it, so that another method would keep its body.
	if d.redirect != "" {
		return moved(http.StatusTemporaryRedirect, encodePath(d.redirect)+query)
	}
	// Workers assets answer at one spelling of a path only. A site does not mind.
	if s.html != Plain {
		if canonical := encodePath(p); canonical != rawPath {
			return moved(http.StatusTemporaryRedirect, canonical+query)
		}
	}
	resp, err := s.file(method, d, fields)
	switch {
	case err == nil:
		return resp
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotRegular):
		return plain(http.StatusNotFound, method) // it went away since
	default:
		return plain(http.StatusInternalServerError, method)
	}
}

func plain(status int, method string) *core.Response {
	text := strconv.Itoa(status) + " " + http.StatusText(status) + "\n"
	resp := &core.Response{Status: status, Fields: core.Fields{
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "Content-Length", Value: strconv.Itoa(len(text))},
	}}
	if method != http.MethodHead {
		resp.Body = core.NewBytes([]byte(text))
	}
	return resp
}

var errNotRegular = errors.New("assets: not a regular file")

// file answers with the asset of d.
func (s *Server) file(method string, d decision, fields core.Fields) (*core.Response, error) {
	// O_NONBLOCK: should the file have become a FIFO meanwhile, opening it must not wait.
	f, err := s.root.OpenFile(d.file[1:], os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			_ = f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	v := validatorOf(info.Size(), info.ModTime(), s.now())
	resp := &core.Response{Status: http.StatusOK, Fields: make(core.Fields, 0, 8)}
	if d.missing {
		resp.Status = http.StatusNotFound
	}
	s.describe(resp, d.file, v, fields)
	part := span{0, info.Size()}
	if !d.missing { // preconditions are for what would have been a success: RFC 9110, section 13.2.1
		switch status := v.evaluate(fields); status {
		case http.StatusNotModified:
			resp.Status = status
			resp.Fields.Del("Content-Type")
			return resp, nil
		case http.StatusPreconditionFailed:
			return plain(status, method), nil
		}
		// Range is for GET only: RFC 9110, section 14.2.
		if r, ok := fields.Lookup("Range"); ok && method == http.MethodGet && v.ifRange(fields) {
			switch got, verdict := parseRange(r, info.Size()); verdict {
			case rangeOne:
				part = got
				resp.Status = http.StatusPartialContent
				resp.Fields.Add("Content-Range", got.contentRange(info.Size()))
			case rangeNone:
				resp := plain(http.StatusRequestedRangeNotSatisfiable, method)
				resp.Fields.Add("Content-Range", "bytes */"+strconv.FormatInt(info.Size(), 10))
				return resp, nil
			}
		}
	}
	resp.Fields.Add("Content-Length", strconv.FormatInt(part.length, 10))
	if method == http.MethodHead {
		return resp, nil
	}
	if part.length <= smallFile {
		b := make([]byte, part.length)
		if n, err := f.ReadAt(b, part.start); n < len(b) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		resp.Body = core.NewBytes(b)
		return resp, nil
	}
	if _, err := f.Seek(part.start, io.SeekStart); err != nil {
		return nil, err
	}
	keep = true // the body closes it
	resp.Body = core.NewReader(&exactReader{f: f, left: part.length}, part.length)
	return resp, nil
}

// describe adds the fields of the representation.
func (s *Server) describe(resp *core.Response, name string, v validator, request core.Fields) {
	if ct := contentType(name); ct != "" {
		resp.Fields.Add("Content-Type", ct)
	}
	resp.Fields.Add("ETag", v.etag)
	resp.Fields.Add("Last-Modified", v.modified.Format(http.TimeFormat))
	resp.Fields.Add("Accept-Ranges", "bytes")
	// A browser may keep an asset but asks each time: what Workers assets say by default. A
	// plain site leaves the policy to who fronts it.
	if s.html != Plain && !request.Has("Authorization") && !request.Has("Range") {
		resp.Fields.Add("Cache-Control", "public, max-age=0, must-revalidate")
	}
}

// exactReader reads exactly left bytes of f: a file that shrinks ends in an error, since
// its length was already told, and one that grows is cut.
type exactReader struct {
	f    *os.File
	left int64
}

func (r *exactReader) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.f.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	if err == io.EOF && r.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (r *exactReader) Close() error { return r.f.Close() }
