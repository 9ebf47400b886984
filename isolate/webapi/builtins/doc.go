// Package builtins supplies what goja's own built-in objects lack of ECMA-262 and V8, as far
// as it is small: Promise.withResolvers and Promise.try, Object.groupBy, Map.groupBy,
// Array.fromAsync, String.prototype.isWellFormed and toWellFormed, the symbols asyncIterator,
// dispose and asyncDispose, Error.captureStackTrace; and %TypedArray%.from for strings,
// which goja refuses.
//
// What it does not: syntax is package bundle's.
//
// The symbols are registered ones (Symbol.for("Symbol.asyncIterator")): what esbuild lowers
// async iteration and using to falls back to these, and so do our streams.
//
// Objects that have a template in goja get lazy properties in it. The constructors that have
// none (Promise, Symbol, Map, Array, Error, the typed arrays) get theirs when a script first
// touches the global of that name; a realm that does not touch it pays nothing.
//
// Ownership and goroutines: everything belongs to one realm and is used by the goroutine
// that has entered it.
//
// Specification: ECMA-262 (2025 and later), sections cited at the functions.
//
// Start at Declare.
package builtins
