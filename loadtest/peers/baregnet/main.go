package main

import (
	"bytes"
	"flag"
	"log"
	"runtime"

	"github.com/panjf2000/gnet/v2"
)

// response is what the other contenders of the hello case answer, with the fewest fields.
var response = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 20\r\n\r\nHello from the edge\n")

var endOfFields = []byte("\r\n\r\n")

type handler struct {
	gnet.BuiltinEventEngine
}

// OnTraffic answers every whole field section in the buffer, in one write: wrk does not
// pipeline, but a client that does is served as well as it can be.
func (*handler) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	taken, n := 0, 0
	for {
		i := bytes.Index(in[taken:], endOfFields)
		if i < 0 {
			break
		}
		taken += i + len(endOfFields)
		n++
	}
	if n == 0 {
		return gnet.None
	}
	if _, err := c.Discard(taken); err != nil {
		return gnet.Close
	}
	out := response
	if n > 1 {
		out = bytes.Repeat(response, n)
	}
	if _, err := c.Write(out); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func main() {
	addr := flag.String("listen", "127.0.0.1:8080", "address")
	loops := flag.Int("loops", runtime.GOMAXPROCS(0), "event loops")
	flag.Parse()
	if err := gnet.Run(&handler{}, "tcp://"+*addr, gnet.WithNumEventLoop(*loops), gnet.WithTCPNoDelay(gnet.TCPNoDelay)); err != nil {
		log.Fatal(err)
	}
}
