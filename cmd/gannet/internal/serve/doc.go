// Package serve is gannet serve: a node run by a gannet.toml. It reads the file, builds what
// the file names, puts it in force, and does the same again at SIGHUP or POST /-/reload.
//
// A generation is what one reading of the file made: workers, sites, plan, certificate,
// database. It is prepared as a whole before anything of it is used, so a file that is wrong in
// any part changes nothing. Versions of workers whose hash is the same are taken over from the
// generation before and go on running.
//
// Reloads run one after the other, on whatever goroutine asked. Start at Run, then prepare and
// server.adopt.
package serve
