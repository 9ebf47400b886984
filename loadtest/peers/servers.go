package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The contenders' names, as in the table and for -skip.
const (
	nameGannet   = "gannet"
	nameBareGnet = "bare gnet"
	nameNginx    = "nginx"
	nameWorkerd  = "workerd"
)

// gannet serves one worker on every path of hostField. main is a script, or a directory
// with a wrangler file; origin may be "".
func gannet(b *bench, caseName, main, origin string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddr()
	if err != nil {
		return nil, err
	}
	var toml strings.Builder
	fmt.Fprintf(&toml, "data_dir = %q\n[admin]\nlisten = %q\n[listen]\nhttp = [%q]\n", filepath.Join(b.work, "var-"+caseName), admin, addr)
	if origin != "" {
		fmt.Fprintf(&toml, "[[site]]\nhosts = [%q]\norigin = [%q]\n", hostField, "http://"+origin)
	}
	key := "main"
	if info, err := os.Stat(main); err != nil {
		return nil, err
	} else if info.IsDir() {
		key = "dir"
	}
	fmt.Fprintf(&toml, "[[worker]]\nname = %q\n%s = %q\nroutes = [%q]\n", caseName, key, main, hostField+"/*")
	conf, err := b.file("gannet-"+caseName+"/bench.toml", toml.String())
	if err != nil {
		return nil, err
	}
	bin, err := b.gannetBinary()
	if err != nil {
		return nil, err
	}
	return b.serve(caseName+"-gannet", addr, bin, "serve", "-c", conf)
}

// bareGnet is the floor: gnet's loops, fixed bytes.
func bareGnet(b *bench, caseName string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	bin, err := b.build("baregnet", "./loadtest/peers/baregnet")
	if err != nil {
		return nil, err
	}
	return b.serve(caseName+"-baregnet", addr, bin, "-listen", addr, "-loops", fmt.Sprint(b.options.loops))
}

// nginx serves with the given directives inside its server block, and others before it
// inside http.
func nginx(b *bench, name, before, inside string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	prefix := "nginx-" + name
	conf, err := b.file(prefix+"/nginx.conf", fmt.Sprintf(nginxConf, before, addr, inside))
	if err != nil {
		return nil, err
	}
	return b.serve(name, addr, nginxPath(), "-p", filepath.Join(b.work, prefix), "-c", conf, "-e", "stderr")
}

// nginxConf is nginx at its best on this machine: a worker per core, no access log,
// connections that are never closed for having served enough.
const nginxConf = `daemon off;
worker_processes auto;
pid nginx.pid;
events { worker_connections 1024; }
http {
	access_log off;
	keepalive_requests 1000000000;
	tcp_nodelay on;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	default_type "text/plain;charset=UTF-8";
%s
	server {
		listen %s reuseport;
%s
	}
}
`

// workerd serves one bundled ES module. bindings and outbound are Cap'n Proto text.
// workerd has one thread per process for JavaScript; it is run as its npm package runs it.
func workerd(b *bench, caseName, script, bindings, origin string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	if _, err := b.file("workerd-"+caseName+"/worker.js", script); err != nil {
		return nil, err
	}
	services, outbound := "", ""
	if origin != "" {
		services = fmt.Sprintf(`, (name = "origin", external = (address = %q, http = ()))`, origin)
		outbound = `, globalOutbound = "origin"`
	}
	conf, err := b.file("workerd-"+caseName+"/config.capnp", fmt.Sprintf(workerdConf, services, addr, bindings, outbound))
	if err != nil {
		return nil, err
	}
	return b.serve(caseName+"-workerd", addr, b.workerdPath(), "serve", conf)
}

const workerdConf = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .mainWorker)%s],
  sockets = [(name = "http", address = %q, http = (), service = "main")],
);
const mainWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-09-01",
  bindings = [%s]%s,
);
`

// workerdPath is the program itself: the package's own bin may be a script of Node's that
// starts it, which would count as memory.
func (b *bench) workerdPath() string {
	arch := map[string]string{"amd64": "64", "arm64": "arm64"}[runtime.GOARCH]
	return filepath.Join(b.peersDir(), "node_modules/@cloudflare/workerd-linux-"+arch, "bin/workerd")
}

func (b *bench) peersDir() string { return filepath.Join(b.root, "loadtest/peers") }

func (b *bench) serve(name, addr string, argv ...string) (*server, error) {
	p, err := b.start(name, nil, argv...)
	if err != nil {
		return nil, err
	}
	return &server{addr: addr, proc: p}, nil
}

// worker reads a worker of this directory.
func (b *bench) worker(name string) (path, script string, err error) {
	path = filepath.Join(b.peersDir(), "workers", name)
	text, err := os.ReadFile(path)
	return path, string(text), err
}
