package term

import (
	"fmt"
	"strconv"
	"time"
)

// Request writes the line of one request: method, target, status, how long it took. A status
// of 0 is a client that went away.
func (o *Output) Request(method, target string, status int, took time.Duration) {
	code, style := strconv.Itoa(status), Green
	switch {
	case status == 0:
		code, style = "gone", Dim
	case status >= 500:
		style = Red
	case status >= 400:
		style = Yellow
	case status >= 300:
		style = Cyan
	}
	o.Printf("%s %s %s %s", Clean(method), Clean(target), o.Paint(code, style), o.Paint(Milliseconds(took), Dim))
}

// Milliseconds is a duration as people compare them: "0.4 ms", "12 ms".
func Milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
