// Package cli is the command line: it finds the command, parses its flags, and turns errors
// into lines and exit codes. 0 is success, 1 a failure of what was asked for, 2 a command
// line that makes no sense.
//
// It does nothing itself; package dev, serve and config do. It runs on the main goroutine.
// Start at Main.
package cli
