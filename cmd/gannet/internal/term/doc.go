// Package term writes for people: log records, one line per request, problems with their
// source lines, in colour where the output is a terminal and NO_COLOR is not set.
//
// It decides nothing and keeps no state but the lock that keeps lines whole. An Output may be
// used from any goroutine. What comes from clients and scripts is stripped of control
// characters before it reaches a terminal, but for console output, whose colours are meant.
//
// Specification: no-color.org. Start at Output.
package term
