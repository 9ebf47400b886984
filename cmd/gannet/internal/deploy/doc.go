// Package deploy makes running workers of configuration: it bundles a project, gathers what
// stands on env, opens the static assets, starts the worker, and lets an old version go when
// a new one has taken its place.
//
// It reads no configuration file (core/config did) and publishes no plan: dev and serve do.
//
// A version is named by a hash over everything that makes it what it is, so that a reload can
// keep what did not change. Between the swap of a plan and the moment every event loop uses
// the new one, events may still reach the old version: Worker counts who is on the way in,
// and sends those that come too late to its successor, so none is lost.
//
// A Worker may be used from any goroutine. Bundle and Start block and belong on a goroutine
// that may wait. Start at Input, Bundle, Start, Worker.Retire.
package deploy
