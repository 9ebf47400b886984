package h1

import (
	"net"

	"golang.org/x/sys/unix"
)

// isReset reports whether the connection is closed both ways.
func isReset(nc *net.TCPConn) (reset bool) {
	raw, err := nc.SyscallConn()
	if err != nil {
		return true
	}
	const tcpClose = 7 // TCP_CLOSE of linux/tcp_states.h
	err = raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		reset = err == nil && info.State == tcpClose
	})
	return reset || err != nil
}
