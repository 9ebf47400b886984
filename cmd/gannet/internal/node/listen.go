package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"gannet/core"
	"gannet/net/h1"
)

// Address is where a node listens, and how.
type Address struct {
	Addr string // host:port
	TLS  bool
}

// URL is the address as a browser takes it.
func (a Address) URL() string {
	if a.TLS {
		return "https://" + a.Addr
	}
	return "http://" + a.Addr
}

// listener is one listening socket that is served.
type listener struct {
	net.Listener
	tls atomic.Pointer[tls.Config]
}

// Bind opens a listening socket, and says in one line what stands against it.
func Bind(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, errInUse)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("cannot listen on %s: permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)", addr)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
}

var errInUse = errors.New("the address is in use by another program")

// InUse reports whether Bind failed because another program listens there.
func InUse(err error) bool { return errors.Is(err, errInUse) }

// Serve serves HTTP on l, which it takes over; with a tls.Config, HTTPS. a is what Listeners
// and Stop know it by.
func (n *Node) Serve(a Address, l net.Listener, cfg *tls.Config) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.mu.http == nil {
		var handler core.Handler = n.edge
		if n.o.Front != nil {
			handler = n.o.Front(handler)
		}
		server, err := h1.New(h1.Options{Handler: handler, MaxBody: n.mu.maxBody, Log: n.o.Log})
		if err != nil {
			return fmt.Errorf("cannot start the event loops: %w", err)
		}
		n.mu.http = server
	}
	server := n.mu.http
	x := &listener{Listener: l}
	x.tls.Store(cfg)
	n.mu.listeners[a] = x
	// Shutdown, or closing the listener, ends Serve.
	go func() {
		var err error
		if a.TLS {
			err = server.ServeTLS(l, x.tls.Load)
		} else {
			err = server.Serve(l)
		}
		if err != nil && !errors.Is(err, h1.ErrServerClosed) {
			n.o.Log.Error("a listener failed", "address", a.Addr, "error", err.Error())
		}
	}()
	return nil
}

// SetTLS gives every TLS listener another configuration, for connections from now on.
func (n *Node) SetTLS(cfg *tls.Config) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for a, l := range n.mu.listeners {
		if a.TLS {
			l.tls.Store(cfg)
		}
	}
}

// Listens reports whether the node serves a.
func (n *Node) Listens(a Address) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mu.listeners[a] != nil
}

// StopOthers closes the listeners that are not in keep. Their connections live on.
func (n *Node) StopOthers(keep []Address) {
	wanted := make(map[Address]bool, len(keep))
	for _, a := range keep {
		wanted[a] = true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for a, l := range n.mu.listeners {
		if !wanted[a] {
			delete(n.mu.listeners, a)
			_ = l.Close() // it cannot be closed twice, and has nothing to lose
		}
	}
}
