package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"

	"gannet/core"
)

// Config is a gannet.toml. Paths in it are absolute.
type Config struct {
	File    string // as it was given to Load
	DataDir string // data_dir; default "var" beside the file
	Admin   Admin
	Listen  Listen
	TLS     TLS
	Geo     Geo
	Network Network
	Sites   []*Site
	Workers []*Worker
	// Routes are the [[route]] tables: patterns without a worker, or with one by name.
	Routes []Route
}

// Admin is the [admin] table.
type Admin struct {
	// Listen is the host:port of the admin listener: "127.0.0.1:9900" by default.
	Listen string
}

// DefaultAdminListen is where the admin listener is without a key in [admin].
const DefaultAdminListen = "127.0.0.1:9900"

// Listen is the [listen] table: host:port each, an IP address or nothing as host.
type Listen struct {
	HTTP, HTTPS []string
	// MaxBody bounds the content of a request, in bytes: 413 beyond. 0 means no bound.
	MaxBody int64
}

// TLS is the [tls] table.
type TLS struct {
	Cert, Key string // PEM files; both or neither
	Pos       Pos    // of Cert
}

// Geo is the [geo] table.
type Geo struct {
	MMDB string // a MaxMind database; "" for none
	Pos  Pos    // of MMDB
}

// Network is the [network] table: where a worker's fetch may go.
type Network struct {
	// AllowPrivate are the networks that fetch may reach besides public addresses.
	AllowPrivate []netip.Prefix
	// Hosts pins names, in lower case, to addresses, as --map does.
	Hosts map[string]Pin
}

// Pin is the address of a pinned name.
type Pin struct {
	Addr netip.Addr
	Port uint16 // 0 keeps the port of the URL
}

// String returns the pin as it is written.
func (p Pin) String() string {
	if p.Port == 0 {
		return p.Addr.String()
	}
	return netip.AddrPortFrom(p.Addr, p.Port).String()
}

// Site is a [[site]]: hosts and what stands behind them. At most one of Origins, Respond
// and Redirect is set.
type Site struct {
	// Hosts are lower-case names, exact or "*.example.com".
	Hosts    []string
	Origins  []Origin
	Respond  *Respond
	Redirect *Redirect
	Pos      Pos
}

// String names the site in messages.
func (s *Site) String() string {
	name := "site"
	if len(s.Hosts) > 0 {
		name = fmt.Sprintf("site %q", s.Hosts[0])
	}
	return name + s.Pos.suffix()
}

// Origin is one origin server, or a directory of static files. One field is set.
type Origin struct {
	URL *url.URL // http or https, host, optional path prefix
	Dir string
}

// String returns the origin as it would be written.
func (o Origin) String() string {
	if o.URL != nil {
		return o.URL.String()
	}
	return o.Dir
}

// Respond is a site's fixed answer.
type Respond struct {
	Status  int // 200 to 599; default 200
	Body    string
	Headers []Header // with Content-Type
}

// Header is one field line of a fixed answer.
type Header struct{ Name, Value string }

// Redirect sends every request of a site elsewhere.
type Redirect struct {
	// To is an absolute URL. With KeepPath the path and query of the request follow it.
	To     string
	Status int // 301, 302, 303, 307 or 308; default 308
	// KeepPath is false by default: everything goes to To itself.
	KeepPath bool
}

// Worker is a [[worker]] table.
type Worker struct {
	Name string
	// Main is the entry script; "" when Dir or a deployment has it.
	Main string
	// Dir is a wrangler project or any directory that LoadWrangler takes; "" for none.
	Dir    string
	Env    string // the environment of Dir's wrangler file; "" for the top level
	Routes []Route
	Vars   []Var
	// Secrets are not read here: see Secret.Read.
	Secrets []Secret
	// Limits holds what the file gives; zero fields mean the default.
	Limits core.Limits
	Pos    Pos
}

// String names the worker in messages.
func (w *Worker) String() string { return fmt.Sprintf("worker %q", w.Name) + w.Pos.suffix() }

// Route is a pattern and who answers it.
type Route struct {
	Pattern Pattern
	// Worker is a worker's name; "" for none: straight to the origin.
	Worker string
	// CustomDomain is set for a custom_domain route of a wrangler file. Its pattern is then
	// host/*, and a route with the same pattern comes before it.
	CustomDomain bool
	Pos          Pos
}

// Var is one variable of a worker.
type Var struct {
	Name string
	// Text is the value of a plain variable.
	Text string
	// JSON is the value of any other: a number, boolean, null, array or object with its
	// keys in the order of the file. It is nil for text.
	JSON json.RawMessage
	// Secret is set for what came from .dev.vars or .env: never print it.
	Secret bool
}

// Binding is something a worker expects on env that is not a variable.
type Binding struct {
	Name string
	// Type is wrangler's word for it: "kv_namespace", "durable_object", "service"…
	Type string
	Pos  Pos
}
