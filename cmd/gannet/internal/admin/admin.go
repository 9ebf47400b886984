package admin

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"gannet/core"
)

// Options are what a Server shows and does.
type Options struct {
	// Ready reports whether the node serves: /readyz.
	Ready func() bool
	// Metrics writes figures beyond those registered with the metrics package.
	Metrics func(io.Writer)
	// Reload reads the configuration again; the error says why the old one stays. Its text
	// may have several lines.
	Reload func() (summary string, err error)
}

// Server is an admin listener.
type Server struct {
	http *http.Server
	l    net.Listener
	done chan struct{}
}

// readHeaderLimit bounds the time a request head may take.
const readHeaderLimit = 10 * time.Second

// New serves the admin API on l, which it takes over.
func New(l net.Listener, o Options) *Server {
	s := &Server{l: l, done: make(chan struct{})}
	s.http = &http.Server{Handler: Handler(l.Addr().String(), o), ReadHeaderTimeout: readHeaderLimit}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // ends by Close, or with the process
	}()
	return s
}

// Addr is where the server listens.
func (s *Server) Addr() string { return s.l.Addr().String() }

// Close ends the server: requests in flight may finish until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close()
	}
	<-s.done
	return err
}

// Handler is the admin API as reached at addr.
func Handler(addr string, o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if o.Ready() {
			text(w, http.StatusOK, "ready\n")
		} else {
			text(w, http.StatusServiceUnavailable, "not ready: draining\n")
		}
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		metrics.WritePrometheus(w, true)
		if o.Metrics != nil {
			o.Metrics(w)
		}
	})
	mux.HandleFunc("POST /-/reload", func(w http.ResponseWriter, _ *http.Request) {
		summary, err := o.Reload()
		if err != nil {
			text(w, http.StatusUnprocessableEntity, err.Error()+"\n")
			return
		}
		text(w, http.StatusOK, summary+"\n")
	})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, "gannet admin: /metrics /healthz /readyz /debug/pprof/ and POST /-/reload\n")
	})
	return hostCheck(addr, http.NewCrossOriginProtection().Handler(mux))
}

func text(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, s)
}

// hostCheck refuses requests to a host name that anybody could have pointed at this
// address. An IP address in Host is no such name: a page from there is the operator's own.
func hostCheck(addr string, next http.Handler) http.Handler {
	own, _, err := net.SplitHostPort(addr)
	if err != nil {
		own = addr
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.TrimSuffix(strings.ToLower(core.HostOf(r.Host)), ".")
		if _, err := netip.ParseAddr(host); err != nil && host != "localhost" && (host == "" || host != strings.ToLower(own)) {
			text(w, http.StatusMisdirectedRequest, "the admin listener answers to IP addresses and localhost, not to this host name\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}
