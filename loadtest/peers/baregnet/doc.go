// Command baregnet is the floor under every figure of Gannet: gnet's event loops and
// nothing else. It looks for the end of a field section and answers fixed bytes; it parses
// nothing, so it is no HTTP server, and no HTTP server on gnet can use less.
package main
