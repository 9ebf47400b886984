// Package admin is the listener for the operator: metrics, profiles, health, reload. It is
// plain HTTP by net/http on an address that only the operator should reach, which by default
// is a loopback one.
//
// A browser on the same machine reaches it too, so that any page could: requests whose Host
// is a name other than localhost are refused (DNS rebinding), and so are requests that
// change something and come from another site (cross-site request forgery).
//
// Server has one goroutine for accepting and those of net/http; Close ends them all. Start at
// New.
package admin
