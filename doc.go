// Package gannet is the root of the module: it holds no code but the test that keeps the
// import directions of ARCHITECTURE.md true. The program is cmd/gannet.
package gannet
