// Package config reads configuration: gannet.toml, the wrangler file of a worker's
// directory (wrangler.toml, .json, .jsonc) and the variable files beside it (.dev.vars,
// .env), and says what is wrong with them by file, line and column.
//
// It does not act on what it reads: it opens no socket, no database and no script, and
// reads no secret before Secret.Read; core/plan compiles routes, isolate bundles, cmd/gannet wires. It
// reads only the files named above, and asks the file system whether the paths in them
// exist.
//
// gannet.toml is strict: an unknown key, a wrong type or a bad value is an error, and all
// of them are reported at once. A key that is part of the format but has no effect yet is
// accepted with a warning, so that nothing is ignored in silence. A wrangler file was
// written for another program: every key that wrangler knows is accepted, honoured or
// answered by one warning that says what is not done; other keys get a warning too.
//
// Both formats are read into one tree of values with positions (tree.go), so that the
// code behind does not care where a value came from. TOML comes through the low-level
// parser of pelletier/go-toml, which gives the byte range of each key and value.
// BurntSushi/toml was the alternative: its MetaData lists keys in order, but has
// positions only for errors. JSONC comes through tailscale/hujson, which keeps offsets
// and takes comments and trailing commas as wrangler does.
//
// Values are returned to the caller, who owns them; the package keeps no state, and its
// functions may be called from any goroutine. No input makes them panic, and none makes
// them recurse without bound (FuzzLoad, FuzzWrangler).
//
// Start at Load and LoadWrangler. Specifications: TOML 1.0, RFC 8259, the wrangler
// configuration schema (wranglerkeys.go names its version), dotenv 16.
package config
