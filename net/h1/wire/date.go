package wire

import (
	"sync/atomic"
	"time"
)

// dateLine is the Date line of one second.
type dateLine struct {
	second int64 // since 1970
	line   string
}

var currentDate atomic.Pointer[dateLine]

// AppendDate appends the Date line (RFC 9110, section 6.6.1) of now. The line is kept, and
// made anew when the second changes: formatting it costs 150 ns, as much as parsing a
// small request.
func AppendDate(dst []byte, now time.Time) []byte {
	second := now.Unix()
	d := currentDate.Load()
	if d == nil || d.second != second {
		d = &dateLine{second, now.UTC().Format("Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n")}
		currentDate.Store(d) // whoever is last wins: every writer's line is true
	}
	return append(dst, d.line...)
}
