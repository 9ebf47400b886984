// Package dev is gannet dev: one worker on one listener, built anew at each change of its
// sources and swapped in without losing a request.
//
// A session has one goroutine that builds (session.watch), one that prints the lines of
// requests (printer), and the node's own. A bad edit changes nothing but what is printed:
// the last good version goes on. Until there is a first one, front answers every request with
// the build's errors: a page that reloads itself for a browser, plain text for everything
// else. That is for somebody at a terminal; without one a first build that fails ends the
// session.
//
// It is for one developer on one machine: subrequests may go anywhere, exceptions are shown to
// the client. gannet serve shares nothing with it but node and deploy.
//
// Start at Run, then session.build.
package dev
