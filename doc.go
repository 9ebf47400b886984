// Package gannet is the root of the module: it holds no code but the tests that keep the
// tables of ARCHITECTURE.md true. The program is cmd/gannet.
package gannet
