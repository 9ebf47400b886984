//go:build !linux

package h1

import "net"

// isReset cannot tell here: the next write will.
func isReset(*net.TCPConn) bool { return false }
