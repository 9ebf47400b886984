// Package node wires one process together: scheduler, client to origins, edge, HTTP listeners
// and the plan that leads requests through them. gannet dev and gannet serve are two ways to
// put plans into a Node.
//
// It builds no worker (deploy), reads no configuration file (core/config) and decides no
// route (core/plan).
//
// A Node's methods may be called from any goroutine; Swap and Listen by one at a time. Every
// goroutine it starts ends with Close, which lets requests in flight finish first.
//
// Start at New, Node.Listen, Node.Swap, Node.Close.
package node
