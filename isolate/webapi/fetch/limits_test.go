package fetch

import (
	"context"
	"testing"
	"time"

	"gannet/core"
)

// What a worker may send is bounded, and a header list costs linear time.
func TestHeaderLimits(t *testing.T) {
	h := newHost(t)
	sent := 0
	h.fetch = func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		sent++
		done(&core.Response{Status: 200}, nil)
	}
	for _, tc := range []struct{ src, want string }{
		{`const h = new Headers(); for (let i = 0; i < 10000; i++) h.append('a', 'b'); try { h.append('a', 'b') } catch (e) { return e.name + h.get('a').length }`, "RangeError29998"},
		{`new Headers(Array(10001).fill(['a', 'b']))`, "RangeError: A Headers object can hold 10000 headers."},
		{`return fetch('http://a.example/', {headers: {a: 'x'.repeat(131072)}})`, "RangeError: The headers of the request have 131073 bytes; 131072 are allowed."},
		{`return fetch('http://a.example/', {headers: Array(2001).fill(['a', 'b'])})`, "RangeError: The request has 2001 headers; 2000 are allowed."},
		{`return (await fetch('http://a.example/', {headers: {a: 'x'.repeat(131071)}})).status`, "200"},
		{`new Response('', {statusText: 'x'.repeat(5000)})`, "TypeError: Invalid statusText: longer than 4096 bytes"},
		{`new Response('', {headers: {a: 'x\r\ny: z'}})`, "TypeError: Invalid header value."},
		{`new Response('', {headers: {'a\r\nb': 'x'}})`, `TypeError: Invalid header name: "a\r\nb"`},
		{`new Response('', {statusText: 'a\r\nb: c'})`, "TypeError: Invalid statusText"},
		{`return Response.redirect('http://a.example/x\r\ny: z').headers.get('location')`, "http://a.example/xy:%20z"},
		{`const l = []; new Headers([['b', '1'], ['a', '2'], ['b', '3'], ['set-cookie', 'x'], ['Set-Cookie', 'y']]).forEach((v, k) => l.push(k + v)); return l.join()`, "a2,b1, 3,set-cookiex,set-cookiey"},
		{`const l = [], h = new Headers({a: 1, b: 2}); h.forEach((v, k) => { l.push(k); h.delete('b') }); return l.join()`, "a,b"},
	} {
		check(t, h, tc.src, tc.want)
	}
	if sent != 1 {
		t.Errorf("%d requests were sent, want 1", sent)
	}
	for _, src := range []string{
		`new Response('x', {headers: {a: 'x'.repeat(131072)}})`,
		`new Response('x', {headers: Array(2001).fill(['a', 'b'])})`,
	} {
		h.run(`globalThis.made = ` + src)
		if resp, thrown := TakeResponse(h.r, h.r.RT.Get("made")); thrown == nil {
			t.Errorf("%s: sent %d fields", src, len(resp.Fields))
		}
	}
}

// Writing to a list of many equal names must not take quadratic time in one native call.
func TestHeadersCombineInLinearTime(t *testing.T) {
	h := newHost(t)
	start := time.Now()
	check(t, h, `const h = new Headers(Array(10000).fill(['a', 'x'.repeat(1000)])); return [...h][0][1].length`, "10019998")
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// The body of an incoming request cannot be read once its event is over.
func TestExpire(t *testing.T) {
	h := newHost(t)
	x := &core.Exchange{Request: core.Request{Method: "POST", Body: core.NewBytes([]byte("secret"))}}
	obj := NewRequest(h.r, x, "http://a.example/", nil)
	h.r.RT.Set("old", obj)
	q, _ := RequestOf(obj)
	q.Expire()
	check(t, h, `return old.text()`, "TypeError: The body could not be read: core: body abandoned by its reader")
}
