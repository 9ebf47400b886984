// Package bundle makes one script for the engine of a worker's sources: it finds modules,
// compiles TypeScript and JSX, links everything by esbuild, lowers the syntax goja lacks
// (and only that), and mends what goja wrongly rejects or compiles wrongly. It keeps a source map
// through all of it.
//
// It does not run anything but a project's own build command, knows nothing of the Web
// API, and does not import goja: its tests do, to run every feature of the language.
//
// # What the script is
//
// Script.Code is a classic script. For a Module worker (Script.Wrapped is set) its
// completion value is a function:
//
//	v := runtime.RunProgram(program)
//	exports := v.call(undefined, host) // or a promise of it, when Script.Async is set
//
// The call evaluates the worker once. What it returns is like a module namespace object:
// no prototype, one property for each name in Script.Exports, each a getter, so that
// bindings stay live. A CommonJS entry has the one export default, its module.exports,
// or, when that has __esModule set, the properties it has.
//
// host is an object with one method:
//
//	host.module(specifier)
//
// It is called at most once for each specifier, when the first module that imports it is
// evaluated, and returns what require(specifier) would: the module's exports, whose
// properties named imports read each time they are used, and which a default import gives
// as a whole, unless it has a property __esModule: then default is its default.
// Specifiers are those of Options.HostModules, with their prefix ("cloudflare:workers",
// "node:buffer"), and the names in Script.Modules ("./assets/logo.bin"), which give an
// ArrayBuffer or a WebAssembly.Module. If it throws, the worker's evaluation fails.
//
// A service worker that imports nothing is not wrapped: running the program is all, and
// its top-level functions and variables become globals, as they are in Workers. One that
// does import is wrapped like a module worker, with no exports. A Blob with Global set is
// to be bound to that global variable before the program runs.
//
// The realm must define Symbol.asyncIterator, Symbol.dispose and Symbol.asyncDispose as
// Symbol.for of that name: esbuild's helpers look for those where the engine has none.
// Code should be compiled under Script.Name with the engine's own source maps disabled.
//
// # Ownership and goroutines
//
// Build and Context may be used from any goroutine; a Context builds one after the
// other. A Script is never written after it is returned and may be shared. esbuild runs
// on goroutines of its own, which end with the build.
//
// # Bad input
//
// Sources are untrusted as far as the process goes. Files that are not regular, larger
// than MaxScriptBytes, or nested so deep that a recursive parser would overflow the stack
// (depth.go) are refused; so are package.json and tsconfig.json files and source maps,
// which esbuild reads by itself (guard.go). Sources are not confined: an import may name
// any file this process can read, and a build command is a command, so build only what
// its owner asks for.
//
// # Specifications
//
// ECMA-262 (lexical grammar, sections 12 and 16.2), ECMA-426 (source maps), Node's
// package resolution with the conditions workerd, worker and browser, and wrangler's
// bundling rules.
//
// Start at Build, then wrap, then lexer.
package bundle
