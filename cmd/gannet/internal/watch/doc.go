// Package watch tells when files change, as editors change them.
//
// Directories are watched, not files, so that an editor which writes a new file and renames it
// over the old one is seen every time. Events are gathered until none has come for a while
// (Options of New), and a file whose content is what it was is no change: a build that
// writes its output into a watched directory does not start itself again.
//
// A Watcher has one goroutine, which Close ends and waits for. Set and Close may be called
// from any goroutine. Start at Watcher.run.
package watch
