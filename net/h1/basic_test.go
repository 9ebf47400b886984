package h1

import (
	"fmt"
	"testing"

	"gannet/core"
)

func echoTarget(x *core.Exchange) { x.Respond(text(200, x.Request.Method+" "+x.Request.Target)) }

func TestKeepAlive(t *testing.T) {
	c := serveFunc(t, echoTarget).dial()
	for i := range 3 {
		path := fmt.Sprintf("/%d", i)
		c.send(get(path))
		c.expect(200, "GET "+path)
	}
}
