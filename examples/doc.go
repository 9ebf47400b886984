// Package examples holds workers to run and to read, one directory each, and the tests that
// drive every one of them over a socket, in front of real origins.
//
// A directory has the worker, its README.md with the one command to try it, and, where the
// example needs one, a wrangler file. The workers are written against the Workers API and
// know nothing of Gannet; the same tests pass on another runtime behind the same command
// line (see the variable GANNET_BIN in examples_test.go).
//
// There is no Go code here but the tests. Start at examples_test.go, which builds the binary
// once and starts `gannet dev` for a test.
package examples
