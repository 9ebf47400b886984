package config

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed wranglerkeys.txt
var wranglerKeysText string

// moreWranglerKeys are keys that wrangler takes and its schema leaves out: new ones, and
// old ones it still names in messages. Three limits are Gannet's own.
const moreWranglerKeys = `
cache
cache.enabled
cache.cross_version_cache
limits.memory_mb
limits.startup_ms
limits.wall_ms
migrations[].transferred_classes
migrations[].transferred_classes[].from
migrations[].transferred_classes[].from_script
migrations[].transferred_classes[].to
node_compat
usage_model
zone_id
build.upload
build.upload.*
^type
^webpack_config
^miniflare
^miniflare.*
^configPath
^userConfigPath
^topLevelName
^definedEnvironments
^targetEnvironment
`

// wranglerKey is one known key and what may stand below it. Arrays leave no trace: the
// keys of their items are those of the array.
type wranglerKey struct {
	kids    map[string]*wranglerKey
	any     bool // any keys may follow
	topOnly bool // not in env.<name>
}

// wranglerKeys is the tree of all known keys, built at first use.
var wranglerKeys = sync.OnceValue(func() *wranglerKey {
	root := new(wranglerKey)
	for line := range strings.Lines(wranglerKeysText + moreWranglerKeys) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		path, topOnly := strings.CutPrefix(line, "^")
		k := root
		for part := range strings.SplitSeq(strings.ReplaceAll(path, "[]", ""), ".") {
			if part == "*" {
				k.any = true
				break
			}
			sub := k.kids[part]
			if sub == nil {
				sub = &wranglerKey{topOnly: topOnly}
				if k.kids == nil {
					k.kids = make(map[string]*wranglerKey)
				}
				k.kids[part] = sub
			}
			k = sub
		}
	}
	return root
})

// unknownKeys warns of keys below v that wrangler does not know.
func (r *reader) unknownKeys(v *value, known *wranglerKey, path string, inEnv bool) {
	switch v.kind {
	case kindArray:
		for _, item := range v.items {
			r.unknownKeys(item, known, path, inEnv)
		}
	case kindTable:
		for i := range v.members {
			m := &v.members[i]
			sub := known.kids[m.key]
			switch {
			case sub == nil && known.any:
			case sub == nil:
				hint := didYouMean(m.key, slices.Collect(maps.Keys(known.kids)))
				r.report(Warning, m.pos, hint, "unknown key %q%s", m.key, in(path))
			case sub.topOnly && inEnv:
				r.warnf(m.pos, "%s: ignored: it has a meaning at the top level only", join(path, m.key))
			case sub.kids != nil && m.key != "env":
				r.unknownKeys(m.val, sub, join(path, m.key), inEnv)
			}
		}
	}
}

// notInherited are the keys that an environment does not take over from the top level.
var notInherited = map[string]bool{}

func init() {
	for key := range strings.FieldsSeq(`vars secrets define durable_objects workflows kv_namespaces
		cloudchamber containers send_email queues r2_buckets d1_databases vectorize ai_search_namespaces
		ai_search hyperdrive services analytics_engine_datasets dispatch_namespaces mtls_certificates
		tail_consumers streaming_tail_consumers unsafe browser ai images stream media pipelines
		secrets_store_secrets artifacts unsafe_hello_world flagship worker_loaders ratelimits
		vpc_services vpc_networks version_metadata`) {
		notInherited[key] = true
	}
}

// notDone says, for keys that have no effect here, why. A key with an empty or false value
// asks for nothing and gets no warning.
var notDone = []struct{ path, why string }{
	{"account_id", "nothing is uploaded to an account"},
	{"zone_id", "routes are matched by their pattern alone"},
	{"type", "the kind of script is found out from the script"},
	{"usage_model", "there is no billing"},
	{"webpack_config", "esbuild bundles"},
	{"node_compat", "use the nodejs_compat compatibility flag"},
	{"miniflare", "this is not miniflare"},
	{"workers_dev", "there is no workers.dev domain"},
	{"preview_urls", "there are no preview URLs"},
	{"previews", "there are no preview deployments"},
	{"pages_build_output_dir", `Pages projects are not served: use assets = { directory = "…" }`},
	{"legacy_env", "every environment is a worker of its own"},
	{"send_metrics", "nothing is sent anywhere"},
	{"keep_vars", "variables come from this file alone"},
	{"preserve_file_names", "modules are bundled into one script"},
	{"upload_source_maps", "source maps are always made, and stay here"},
	{"first_party_worker", "it concerns Cloudflare's own workers"},
	{"compliance_region", "the worker runs on this machine"},
	{"placement", "the worker runs on this machine"},
	{"logpush", "logs go to the terminal"},
	{"observability", "logs go to the terminal, traces nowhere"},
	{"tail_consumers", "no tail worker is called"},
	{"streaming_tail_consumers", "no tail worker is called"},
	{"migrations", "there are no Durable Objects yet"},
	{"triggers", "scheduled events are not sent yet"},
	{"queues.consumers", "queue events are not sent yet"},
	{"containers", "containers are not run"},
	{"cloudchamber", "containers are not run"},
	{"python_modules", "workers are JavaScript"},
	{"cache", "responses are not cached yet"},
	{"site", `Workers Sites is not served: use assets = { directory = "…" }`},
	{"build.upload", "the entry is main"},
	{"unsafe.metadata", "nothing is uploaded"},
	{"unsafe.capnp", "there is no workerd here"},
	{"dev.host", "requests keep their own host"},
	{"dev.inspector_port", "there is no inspector"},
	{"dev.inspector_ip", "there is no inspector"},
	{"dev.local_protocol", "gannet dev listens with http"},
	{"dev.upstream_protocol", "--origin says how the origin is reached"},
	{"dev.enable_containers", "containers are not run"},
	{"dev.container_engine", "containers are not run"},
	{"dev.generate_types", "wrangler types does that"},
}

// bindingKinds are the keys that put something on env that is not supported yet: where the
// names stand, and wrangler's word for the type. With an empty name the keys of the table
// are the names.
var bindingKinds = []struct{ path, name, kind string }{
	{"kv_namespaces", "binding", "kv_namespace"},
	{"r2_buckets", "binding", "r2_bucket"},
	{"d1_databases", "binding", "d1"},
	{"durable_objects.bindings", "name", "durable_object_namespace"},
	{"queues.producers", "binding", "queue"},
	{"services", "binding", "service"},
	{"ratelimits", "name", "ratelimit"},
	{"analytics_engine_datasets", "binding", "analytics_engine"},
	{"vectorize", "binding", "vectorize"},
	{"hyperdrive", "binding", "hyperdrive"},
	{"send_email", "name", "send_email"},
	{"dispatch_namespaces", "binding", "dispatch_namespace"},
	{"mtls_certificates", "binding", "mtls_certificate"},
	{"pipelines", "binding", "pipelines"},
	{"secrets_store_secrets", "binding", "secrets_store_secret"},
	{"workflows", "binding", "workflow"},
	{"ai", "binding", "ai"},
	{"ai_search", "binding", "ai_search"},
	{"ai_search_namespaces", "binding", "ai_search_namespace"},
	{"browser", "binding", "browser"},
	{"images", "binding", "images"},
	{"media", "binding", "media"},
	{"stream", "binding", "stream"},
	{"version_metadata", "binding", "version_metadata"},
	{"logfwdr.bindings", "name", "logfwdr"},
	{"artifacts", "binding", "artifacts"},
	{"flagship", "binding", "flagship"},
	{"worker_loaders", "binding", "worker_loader"},
	{"vpc_services", "binding", "vpc_service"},
	{"vpc_networks", "binding", "vpc_network"},
	{"unsafe.bindings", "name", "unsafe"},
	{"unsafe_hello_world", "binding", "unsafe_hello_world"},
	{"wasm_modules", "", "wasm_module"},
}
