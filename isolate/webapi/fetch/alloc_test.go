//go:build !race

package fetch

import (
	"testing"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
)

// The hot path: the request of an event, and a small answer.
func TestAllocations(t *testing.T) {
	h := newHost(t)
	x := &core.Exchange{Request: core.Request{Method: "GET", Fields: core.Fields{{Name: "Host", Value: "a"}}}}
	cf := &core.CF{}
	if n := testing.AllocsPerRun(500, func() { NewRequest(h.r, x, "http://a/", cf) }); n > 4 {
		t.Errorf("NewRequest: %v allocations, at most 4", n)
	}
	handler, err := h.r.RT.RunProgram(goja.MustCompile("h.js", `(function() { return new Response('hello') })`, false))
	if err != nil {
		t.Fatal(err)
	}
	call := hook.Callable(handler)
	if n := testing.AllocsPerRun(500, func() {
		v := call(goja.FunctionCall{This: goja.Undefined()})
		if resp, thrown := TakeResponse(h.r, v); thrown != nil || resp.Status != 200 {
			t.Fatal(thrown)
		}
	}); n > 10 {
		t.Errorf("new Response and TakeResponse: %v allocations, at most 10", n)
	}
}
