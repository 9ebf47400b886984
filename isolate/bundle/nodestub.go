package bundle

import (
	"strconv"
	"strings"
)

// nodeModules are Node's built-in modules, which may be imported without their prefix.
var nodeModules = func() map[string]bool {
	m := make(map[string]bool)
	for _, n := range strings.Fields(`assert async_hooks buffer child_process cluster console constants crypto
		dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks
		process punycode querystring readline repl stream string_decoder sys timers tls trace_events tty url util
		v8 vm wasi worker_threads zlib`) {
		m[n] = true
	}
	return m
}()

// nodePrefixOnly are the built-in modules that have no name without the prefix.
var nodePrefixOnly = map[string]bool{"sea": true, "sqlite": true, "test": true}

// canonicalHost returns the specifier of a module that only a host can provide, with its
// prefix: "fs/promises" gives "node:fs/promises". bare is true if the prefix was missing,
// so that an npm package may have that name.
func canonicalHost(specifier string) (canonical string, bare, ok bool) {
	for _, p := range []string{"cloudflare:", "node:", "workerd:"} {
		if strings.HasPrefix(specifier, p) {
			return specifier, false, true
		}
	}
	name := strings.TrimSuffix(specifier, "/") // "process/" means the package, says Node
	if name != specifier {
		return "", false, false
	}
	base, _, _ := strings.Cut(name, "/")
	if nodeModules[base] {
		return "node:" + name, true, true
	}
	return "", false, false
}

// absentSuffix ends the warning about a module the host does not have.
const absentSuffix = " is not available in Gannet: what it exports throws when it is used"

func absentText(specifier string) string { return strconv.Quote(specifier) + absentSuffix }

// absentName is the opposite: the module a warning is about.
func absentName(text string) (specifier string, ok bool) {
	quoted, ok := strings.CutSuffix(text, absentSuffix)
	if !ok {
		return "", false
	}
	specifier, err := strconv.Unquote(quoted)
	return specifier, err == nil
}

// hintAbsent is what to do about it.
func hintAbsent(specifier string) string {
	name, ok := strings.CutPrefix(specifier, "node:")
	if !ok {
		return ""
	}
	base, _, _ := strings.Cut(name, "/")
	if !nodeModules[base] && !nodePrefixOnly[base] {
		return "Node has no such module either"
	}
	return ""
}

// hostSource is the module that stands for a module of the host.
func hostSource(specifier string) string {
	return "module.exports = __gannet_host.module(" + strconv.Quote(specifier) + ");\n"
}

// absentSource is the module that stands for one the host does not have. Any name can be
// imported from it; calling, constructing or extending what one gets throws and says what
// is missing. A CommonJS module, since only those may have names nobody knows before; the
// names come from its prototype because esbuild's helpers copy own properties only.
func absentSource(specifier string) string {
	return `var absent = function (path) {
  var target = function () {
    throw new Error(path + " is not available in Gannet");
  };
  return new Proxy(target, handler(path, target));
};
var handler = function (path, target) {
  var known = Object.create(null);
  return {
    get: function (_, key) {
      if (typeof key === "symbol" || key === "then" || key === "__esModule" || key in target) return target[key];
      return known[key] || (known[key] = absent(path + "." + key));
    }
  };
};
var none = {};
module.exports = Object.create(new Proxy(none, handler(` + strconv.Quote(specifier) + `, none)));
`
}
