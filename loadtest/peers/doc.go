// Command peers measures Gannet beside its peers: how much CPU a request costs, how many
// requests come through and how much memory that takes.
//
// For each case it starts every contender on a loopback port, checks that each answers
// right, and drives them in interleaved rounds with wrk, one after the other, in an order
// that turns from round to round, so that a slow minute of the machine falls on all. What a
// server used is read from /proc: utime and stime of its whole process tree, over the
// requests wrk counted. The medians are printed; the raw files stay in bench-out.
//
// It knows nothing of Gannet's code and speaks to it over sockets and /proc, as to the
// others. It installs what it needs by the ordinary ways (apt-get, npm ci), ends only the
// processes it started, each with its process group, and is bounded in time.
//
// A case is one file, case_*.go: what is asked, what the answer must be, and how each
// contender is started. Everything runs on the main goroutine, except for the one that
// waits for each process. Start at run in main.go. README.md says how to read the table.
package main
