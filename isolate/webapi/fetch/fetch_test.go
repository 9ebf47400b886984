package fetch

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/klauspost/compress/gzip"

	"gannet/core"
)

// check runs one case: src is the body of an async function.
func check(t *testing.T, h *fakeHost, src, want string) {
	t.Helper()
	if got := h.run(src); got != want {
		t.Errorf("%s\n got %q\nwant %q", src, got, want)
	}
}

func TestHeaders(t *testing.T) {
	h := newHost(t)
	for _, tc := range []struct{ src, want string }{
		{`return new Headers({a: '1', B: '2'}).get('b')`, "2"},
		{`return new Headers([['a', '1'], ['a', '2']]).get('A')`, "1, 2"},
		{`return new Headers(new Headers({x: 'y'})).get('x')`, "y"},
		{`return new Headers(new Map([['k', 'v']])).get('k')`, "v"},
		{`return new Headers().get('none')`, "null"},
		{`const h = new Headers(); h.append('Set-Cookie', 'a=1'); h.append('set-cookie', 'b=2'); return h.getSetCookie().join('|') + h.getAll('Set-Cookie').length`, "a=1|b=22"},
		{`const h = new Headers({z: '1', A: '2'}); h.append('set-cookie', 'x'); h.append('set-cookie', 'y'); return JSON.stringify([...h])`, `[["a","2"],["set-cookie","x"],["set-cookie","y"],["z","1"]]`},
		{`const h = new Headers({a: '1'}); h.set('A', '3'); h.delete('nope'); return h.has('a') + ',' + [...h.keys()] + ',' + [...h.values()]`, "true,a,3"},
		{`const h = new Headers({a: '1'}); h.delete('A'); return h.has('a')`, "false"},
		{`const h = new Headers({b: '1', a: '2'}); const out = []; h.forEach((v, k, o) => out.push(k + v + (o === h))); return out`, "a2true,b1true"},
		{`return new Headers({a: '  x\t'}).get('a')`, "x"},
		{`return new Headers({a: 'é'}).get('a')`, "é"},
		{`new Headers({'bad name': 'x'})`, `TypeError: Invalid header name: "bad name"`},
		{`new Headers({a: 'x\ny'})`, `TypeError: Invalid header value.`},
		{`return new Headers({a: '€é'}).get('a')`, "€é"},
		{`new Headers({a: Symbol()})`, `TypeError: Cannot convert a Symbol value to a string`},
		{`new Headers([['a']])`, `TypeError: Each header pair must be an iterable [name, value] tuple`},
		{`new Headers(5)`, `TypeError: Headers must be initialised with a Headers object, a sequence of pairs, or a record.`},
		{`return new Headers().getAll('x')`, `TypeError: getAll() can only be used with the header name "Set-Cookie".`},
		// iterators are live
		{`const h = new Headers({a: '1', c: '3'}); const out = []; for (const [k] of h) { out.push(k); if (k === 'a') h.append('b', '2') } return out`, "a,c"},
		{`class H extends Headers { #p = 1; extra = 2; p() { return this.#p + this.extra + this.get('a') } }; return new H({a: '!'}).p()`, "3!"},
		{`return Object.prototype.toString.call(new Headers())`, "[object Headers]"},
		{`const h = Object.freeze(new Headers()); h.set('a', 'b'); return h.get('a')`, "b"},
	} {
		check(t, h, tc.src, tc.want)
	}
}

func TestRequest(t *testing.T) {
	h := newHost(t)
	for _, tc := range []struct{ src, want string }{
		{`const r = new Request('http://a.example'); return [r.method, r.url, r.redirect, r.body, r.bodyUsed]`, "GET,http://a.example/,follow,,false"},
		{`return new Request('http://a.example/#f').url`, "http://a.example/#f"},
		{`return new Request(new URL('http://a.example/x')).url`, "http://a.example/x"},
		{`return new Request('http://a/', {method: 'post'}).method + new Request('http://a/', {method: 'patch'}).method + new Request('http://a/', {method: 'foo'}).method`, "POSTPATCHfoo"},
		{`const r = new Request('http://a/', {method: 'POST', body: 'x', headers: {h: '1'}}); return [r.headers.get('content-type'), r.headers.get('h'), await r.text(), r.bodyUsed]`, "text/plain;charset=UTF-8,1,x,true"},
		{`const a = new Request('http://a/', {method: 'PUT', body: 'b', headers: {x: '1'}}); const b = new Request(a, {headers: {y: '2'}}); return [b.method, await b.text(), b.headers.get('x'), b.headers.get('y'), a.bodyUsed]`, "PUT,b,,2,true"},
		{`const a = new Request('http://a/', {method: 'POST', body: 'twice'}); const b = a.clone(); return await a.text() + await b.text()`, "twicetwice"},
		{`const a = new Request('http://a/x', {method: 'POST', body: 'moved'}); const b = new Request('http://b/', a); return b.url + b.method + await b.text()`, "http://b/POSTmoved"},
		{`const c = new AbortController(); const r = new Request('http://a/', {signal: c.signal}); c.abort(); return r.signal.aborted + r.signal.reason.name`, "trueAbortError"},
		{`const r = new Request('http://a/', {cache: 'no-store', cf: {cacheTtl: 5}}); return r.cache + r.cf.cacheTtl`, "no-store5"},
		{`const r = new Request('http://a/', {method: 'POST', body: new URLSearchParams({a: 'b c'})}); return r.headers.get('content-type') + await r.text()`, "application/x-www-form-urlencoded;charset=UTF-8a=b+c"},
		{`const r = new Request('http://a/', {method: 'POST', body: new Uint8Array([104, 105])}); return r.headers.get('content-type') + await r.text()`, "nullhi"},
		{`const r = new Request('http://a/', {method: 'POST', body: '{"a":[1]}'}); return (await r.json()).a[0]`, "1"},
		{`const r = new Request('http://a/', {method: 'POST', body: 'ab'}); return new Uint8Array(await r.arrayBuffer()).join()`, "97,98"},
		{`const r = new Request('http://a/', {method: 'POST', body: 'ab'}); return (await r.bytes()) instanceof Uint8Array`, "true"},
		{`const r = new Request('http://a/', {method: 'POST', body: 'ab', headers: {'content-type': 'a/b'}}); const b = await r.blob(); return b.type + b.size + await b.text()`, "a/b2ab"},
		{`new Request('relative')`, "TypeError: Invalid URL: relative"},
		{`new Request('http://u:p@a/')`, "TypeError: Request cannot be constructed from a URL that includes credentials: http://u:p@a/"},
		{`new Request('http://a/', {method: 'TRACE'})`, "TypeError: 'TRACE' HTTP method is unsupported."},
		{`new Request('http://a/', {method: 'B A D'})`, "TypeError: 'B A D' is not a valid HTTP method."},
		{`new Request('http://a/', {body: 'x'})`, "TypeError: Request with a GET or HEAD method cannot have a body."},
		{`new Request('http://a/', {redirect: 'maybe'})`, "TypeError: The provided value 'maybe' is not a valid enum value of type RequestRedirect."},
		{`const r = new Request('http://a/', {method: 'POST', body: 'x'}); await r.text(); return r.text()`, "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice."},
		{`const r = new Request('http://a/', {method: 'POST', body: 'x'}); await r.text(); return r.clone()`, "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice."},
		{`return new Request('http://a/', {method: 'POST', body: '{'}).json().catch(e => e.name)`, "SyntaxError"},
		{`return new Request('http://a/', {method: 'POST', body: '['.repeat(1e6)}).json()`, "RangeError: JSON is nested more than 5000 levels deep"},
		{`return new Request('http://a/', {method: 'POST', body: '\uFEFFbom'}).text()`, "bom"},
		{`return new Request('http://a/', {method: 'POST', body: new Uint8Array([0xE2, 0x82, 0x41, 0xFF])}).text()`, "\uFFFDA\uFFFD"},
		{`class R extends Request { #x = 7; get x() { return this.#x } }; const r = new R('http://a/'); const m = new WeakMap([[r, 1]]); return r.x + m.get(r) + (r instanceof Request)`, "9"},
		{`return Object.keys(Request.prototype).includes('url') && !Object.keys(new Request('http://a/')).length`, "true"},
		{`return Request.prototype.url`, "TypeError: Illegal invocation: Request.url called on an object that is not a Request"},
		{`return Request.prototype.text.call({}).catch(e => 'rejected ' + e.name)`, "rejected TypeError"},
	} {
		check(t, h, tc.src, tc.want)
	}
}

func TestResponse(t *testing.T) {
	h := newHost(t)
	for _, tc := range []struct{ src, want string }{
		{`const r = new Response(); return [r.status, r.ok, r.statusText, r.body, r.type, r.url, await r.text()]`, "200,true,,,default,,"},
		{`const r = new Response('x', {status: 404, statusText: 'Nope', headers: {a: 'b'}}); return [r.status, r.ok, r.statusText, r.headers.get('a'), await r.text()]`, "404,false,Nope,b,x"},
		{`const r = Response.json({a: 1}, {status: 201}); return r.headers.get('content-type') + r.status + await r.text()`, `application/json201{"a":1}`},
		{`const r = Response.json({}, {headers: {'content-type': 'x/y'}}); return r.headers.get('content-type')`, "x/y"},
		{`const r = Response.redirect('http://a.example/x'); return r.status + r.headers.get('location')`, "302http://a.example/x"},
		{`return Response.redirect('http://a/', 301).status`, "301"},
		{`const r = Response.error(); return r.type + r.status`, "error0"},
		{`const a = new Response('x', {status: 201, headers: {k: 'v'}}); const b = new Response('y', a); b.headers.set('k', 'w'); return b.status + a.headers.get('k') + b.headers.get('k') + await b.text()`, "201vwy"},
		{`const a = new Response('x'); const b = a.clone(); return await a.text() + await b.text()`, "xx"},
		{`const r = new Response('streamed'); const reader = r.body.getReader(); const {value} = await reader.read(); return value.length`, "8"},
		{`const r = new Response(new ReadableStream({start(c) { c.enqueue(new Uint8Array([97])); c.enqueue(new Uint8Array([98])); c.close() }})); return r.text()`, "ab"},
		{`const r = new Response(new ReadableStream({start(c) { c.enqueue('not bytes'); c.close() }})); return r.text().catch(e => e.name)`, "TypeError"},
		{`new Response('x', {status: 204})`, "TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body."},
		{`return new Response(null, {status: 304}).status`, "304"},
		{`new Response('x', {status: 600})`, "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive."},
		{`new Response('x', {status: 199})`, "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive."},
		{`new Response('x', {statusText: 'a\nb'})`, "TypeError: Invalid statusText"},
		{`Response.redirect('http://a/', 200)`, "RangeError: 200 is not a redirect status code."},
		{`Response.redirect('/relative')`, "TypeError: Unable to parse URL: /relative"},
		{`return Response.json(undefined).text()`, "undefined"},
		{`Response.redirect('http://a/').headers.set('x', 'y')`, "TypeError: Can't modify immutable headers."},
		{`class R extends Response { #x = 1; y = 2; sum() { return this.#x + this.y } }; return new R('z').sum() + Object.prototype.toString.call(new R())`, "3[object Response]"},
	} {
		check(t, h, tc.src, tc.want)
	}
}

func TestFormDataAndBlob(t *testing.T) {
	h := newHost(t)
	for _, tc := range []struct{ src, want string }{
		{`const f = new FormData(); f.append('a', '1'); f.append('a', '2'); f.set('b', '3'); return JSON.stringify([...f]) + f.getAll('a') + f.get('x') + f.has('b')`, `[["a","1"],["a","2"],["b","3"]]1,2nulltrue`},
		{`const f = new FormData(); f.append('a', '1'); f.append('b', 'x'); f.append('a', '2'); f.set('a', '9'); return JSON.stringify([...f.entries()])`, `[["a","9"],["b","x"]]`},
		{`const f = new FormData(); f.append('file', new Blob(['hello'], {type: 'text/x'}), 'n.txt'); const v = f.get('file'); return [v instanceof File, v.name, v.type, v.size, f.get('file') === v]`, "true,n.txt,text/x,5,true"},
		// there and back
		{`const f = new FormData(); f.append('na"me\n', 'val\r\nue'); f.append('ü', new File([new Uint8Array([0, 255, 10])], 'f"ile.bin', {type: 'a/b'}));
		  const r = await new Response(f).formData(); const e = [...r]; const file = e[1][1];
		  return JSON.stringify([e[0][0], e[0][1], e[1][0], file.name, file.type, [...await file.bytes()]])`, `["na\"me\r\n","val\r\nue","ü","f\"ile.bin","a/b",[0,255,10]]`},
		{`const r = new Response('a=1&b=%20x+y&a=2', {headers: {'content-type': 'application/x-www-form-urlencoded'}}); return JSON.stringify([...await r.formData()])`, `[["a","1"],["b"," x y"],["a","2"]]`},
		{`return new Response('x').formData().catch(e => e.name)`, "TypeError"},
		{`return new Response('--b\r\n\r\nx', {headers: {'content-type': 'multipart/form-data; boundary=b'}}).formData().catch(e => e.name)`, "TypeError"},
		{`const b = new Blob(['ab', new Uint8Array([99]), new Blob(['de'])]); return await b.text() + await b.slice(1, 3).text() + await b.slice(-2).text() + b.size`, "abcdebcde5"},
		{`return new Blob(['x'], {type: 'TEXT/Plain'}).type + new Blob([], {type: '\x7f'}).type`, "text/plain"},
		{`const r = new Response(new Blob(['q'], {type: 'i/j'})); return r.headers.get('content-type') + await r.text()`, "i/jq"},
		{`return new File(['x'], 'n', {lastModified: 5}).lastModified`, "5"},
		{`new Blob('text')`, "TypeError: The provided value cannot be converted to a sequence."},
		{`new FormData({})`, "TypeError: Failed to construct 'FormData': a form is not supported."},
	} {
		check(t, h, tc.src, tc.want)
	}
}

// answerWith makes a fetcher that serves paths from a table.
func answerWith(table map[string]func(s *core.Subrequest) *core.Response) func(context.Context, *core.Subrequest, func(*core.Response, error)) {
	return func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		f, ok := table[s.URL]
		if !ok {
			done(nil, core.ErrOriginDown)
			return
		}
		go done(f(s), nil)
	}
}

func reply(status int, body string, fields ...core.Field) func(*core.Subrequest) *core.Response {
	return func(*core.Subrequest) *core.Response {
		return &core.Response{Status: status, Fields: fields, Body: core.NewBytes([]byte(body))}
	}
}

// mirror answers with method, chosen fields and body of the request.
func mirror(s *core.Subrequest) *core.Response {
	body := ""
	if s.Body != nil {
		b, _ := io.ReadAll(core.Reader(s.Body))
		body = string(b)
	}
	return &core.Response{Status: 200, Body: core.NewBytes([]byte(strings.Join([]string{
		s.Method, s.Fields.Get("X"), s.Fields.Get("Authorization"), s.Fields.Get("Content-Type"), body}, "|")))}
}

func TestFetch(t *testing.T) {
	h := newHost(t)
	h.fetch = answerWith(map[string]func(*core.Subrequest) *core.Response{
		"http://a.example/":       reply(200, "home", core.Field{Name: "X-A", Value: "b"}),
		"http://a.example/mirror": mirror,
		"http://b.example/mirror": mirror,
		"http://a.example/302":    reply(302, "", core.Field{Name: "Location", Value: "/mirror"}),
		"http://a.example/307":    reply(307, "", core.Field{Name: "Location", Value: "/mirror"}),
		"http://a.example/cross":  reply(308, "", core.Field{Name: "Location", Value: "http://b.example/mirror#f"}),
		"http://a.example/circle": reply(301, "", core.Field{Name: "Location", Value: "/circle"}),
		"http://a.example/bad":    reply(301, "", core.Field{Name: "Location", Value: "ftp://x/"}),
	})
	for _, tc := range []struct{ src, want string }{
		{`const r = await fetch('http://a.example'); return [r.status, r.statusText, r.url, r.redirected, r.headers.get('x-a'), r.type, await r.text()]`, "200,OK,http://a.example/,false,b,default,home"},
		{`return (await fetch('http://a.example/mirror', {method: 'POST', body: 'q', headers: {x: '1'}})).text()`, "POST|1||text/plain;charset=UTF-8|q"},
		{`const r = await fetch('http://a.example/302', {method: 'POST', body: 'q'}); return [r.url, r.redirected, await r.text()]`, "http://a.example/mirror,true,GET||||"},
		{`return (await fetch('http://a.example/307', {method: 'POST', body: 'again'})).text()`, "POST|||text/plain;charset=UTF-8|again"},
		{`return (await fetch('http://a.example/307', {method: 'POST', body: new ReadableStream({start(c) { c.enqueue(new Uint8Array([1])); c.close() }})})).text()`, "TypeError: Redirect not followed: the request's body was a stream, which cannot be sent again"},
		{`return (await fetch('http://a.example/cross', {headers: {authorization: 'secret', x: '1'}})).text()`, "GET|1|||"},
		{`return (await fetch('http://a.example/302', {redirect: 'manual'})).status`, "302"},
		{`return (await fetch('http://a.example/302', {redirect: 'error'})).status`, `TypeError: Unexpected redirect: the response is a redirect and redirect is "error"`},
		{`return fetch('http://a.example/circle')`, "TypeError: Too many redirects: more than 20 in a row"},
		{`return fetch('http://a.example/bad')`, "TypeError: Invalid redirect: the Location field leads to ftp:"},
		{`return fetch('http://down.example/')`, "TypeError: Network connection failed: origin unreachable"},
		{`return fetch('/relative')`, "TypeError: Invalid URL: /relative"},
		{`return fetch('ftp://x/')`, "TypeError: Fetch API cannot load: ftp: URLs are not supported, only http: and https:"},
		{`return fetch()`, "TypeError: fetch: 1 argument(s) required, but only 0 present."},
		{`return fetch('http://a.example/', {signal: AbortSignal.abort()})`, "AbortError: The operation was aborted"},
		{`const c = new AbortController(); const p = fetch('http://a.example/', {signal: c.signal}); c.abort(new Error('mine')); return p`, "Error: mine"},
		{`const rs = await Promise.all([1,2,3].map(() => fetch('http://a.example/'))); return (await Promise.all(rs.map(r => r.text()))).join()`, "home,home,home"},
		{`(await fetch('http://a.example/')).headers.set('a', 'b')`, "TypeError: Can't modify immutable headers."},
	} {
		check(t, h, tc.src, tc.want)
	}
	h.limit = h.requests
	check(t, h, `return fetch('http://a.example/')`, "Error: Too many subrequests: address not allowed")
}

// The Go error behind a rejection can be found again, and nothing of it shows.
func TestErrorOf(t *testing.T) {
	h := newHost(t)
	h.run(`globalThis.caught = await fetch('http://down.example/').catch(e => e)`)
	v := h.r.RT.Get("caught")
	if err := ErrorOf(v); !errors.Is(err, core.ErrOriginDown) {
		t.Errorf("got %v", err)
	}
	check(t, h, `return Reflect.ownKeys(caught).sort().join()`, "message,stack")
	if ErrorOf(goja.Undefined()) != nil || ErrorOf(h.r.RT.NewObject()) != nil {
		t.Error("found an error where there is none")
	}
}

func gzipped(s string) []byte {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return []byte(b.String())
}

// An encoded response is decoded for a script that reads it, and passed on raw otherwise.
func TestContentEncoding(t *testing.T) {
	h := newHost(t)
	encoded := func(*core.Subrequest) *core.Response {
		return &core.Response{Status: 200, Fields: core.Fields{{Name: "Content-Encoding", Value: "gzip"}, {Name: "Content-Length", Value: "99"}}, Body: core.NewBytes(gzipped("plain text"))}
	}
	h.fetch = answerWith(map[string]func(*core.Subrequest) *core.Response{"http://a.example/": encoded})
	check(t, h, `return (await fetch('http://a.example/')).text()`, "plain text")
	for _, tc := range []struct {
		name, src string
		coding    string
		raw       bool
	}{
		{"passed on", `return await fetch('http://a.example/')`, "gzip", true},
		{"copied", `const r = await fetch('http://a.example/'); return new Response(r.body, r)`, "gzip", true},
		{"read", `const r = await fetch('http://a.example/'); return new Response(await r.text(), r)`, "", false},
		{"cloned", `const r = await fetch('http://a.example/'); r.clone(); return r`, "", false},
		{"a coding of its own", `return new Response('plain text', { headers: { 'content-encoding': 'x-own' } })`, "x-own", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h.t = t
			h.run(`globalThis.answer = await (async () => {` + tc.src + `})()`)
			resp, thrown := TakeResponse(h.r, h.r.RT.Get("answer"))
			if thrown != nil {
				t.Fatal(thrown)
			}
			if got := resp.Fields.Get("Content-Encoding"); got != tc.coding {
				t.Errorf("Content-Encoding %q", got)
			}
			body := h.readBody(resp.Body)
			if tc.raw && body != string(gzipped("plain text")) || !tc.raw && body != "plain text" {
				t.Errorf("body %q", body)
			}
		})
	}
}

// readBody reads a body that may need turns of the realm.
func (h *fakeHost) readBody(b core.Body) string {
	type result struct {
		p   []byte
		err error
	}
	got := make(chan result, 1)
	core.ReadAll(b, 1<<20, func(p []byte, err error) { got <- result{p, err} })
	for {
		select {
		case r := <-got:
			if r.err != nil {
				h.t.Fatal(r.err)
			}
			return string(r.p)
		case fn := <-h.queue:
			if err := h.r.Run(fn); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// The incoming request: immutable, lazily converted, its body passed on untouched.
func TestIncomingRequest(t *testing.T) {
	h := newHost(t)
	body := core.NewBytes([]byte("payload"))
	x := &core.Exchange{Request: core.Request{Method: "POST", Fields: core.Fields{{Name: "Host", Value: "a"}, {Name: "X", Value: "1"}, {Name: "Content-Length", Value: "7"}}, Body: body}}
	obj := NewRequest(h.r, x, "http://a.example/p", &core.CF{Country: "FR", ASN: 5, HTTPProtocol: "HTTP/1.1"})
	h.r.RT.Set("request", obj)
	check(t, h, `return [request.method, request.url, request.redirect, request.headers.get('x'), request.cf.country, request.cf.asn, request.cf.city, request.headers === request.headers]`,
		"POST,http://a.example/p,manual,1,FR,5,,true")
	check(t, h, `request.headers.set('x', '2')`, "TypeError: Can't modify immutable headers.")
	check(t, h, `const r = new Request(request); r.headers.set('x', '2'); return r.headers.get('x') + request.headers.get('x') + request.bodyUsed`, "21true")

	var sent *core.Subrequest
	h.fetch = func(_ context.Context, s *core.Subrequest, done func(*core.Response, error)) {
		sent = s
		done(&core.Response{Status: 200}, nil)
	}
	body = core.NewBytes([]byte("payload"))
	x.Request.Body = body
	h.r.RT.Set("request", NewRequest(h.r, x, "http://a.example/p", &core.CF{}))
	check(t, h, `return (await fetch(request)).status`, "200")
	if sent.Body != body {
		t.Error("the body went through the script")
	}
	if sent.Fields.Has("Content-Length") || sent.Fields.Has("Host") || sent.Fields.Get("X") != "1" {
		t.Errorf("fields %v", sent.Fields)
	}
	check(t, h, `return request.bodyUsed`, "true")
}

func TestTakeResponse(t *testing.T) {
	h := newHost(t)
	for _, tc := range []struct{ src, thrown string }{
		{`globalThis.v = 5`, "did not resolve to 'Response'"},
		{`globalThis.v = {status: 200}`, "did not resolve to 'Response'"},
		{`globalThis.v = Response.error()`, "network error"},
		{`globalThis.v = new Response('x'); await v.text()`, "was used already"},
		{`globalThis.v = new Response('x'); v.body.getReader()`, "was used already"},
	} {
		h.run(tc.src)
		_, thrown := TakeResponse(h.r, h.r.RT.Get("v"))
		if thrown == nil || !strings.Contains(thrown.String(), tc.thrown) {
			t.Errorf("%s: %v", tc.src, thrown)
		}
	}
	// What a script does to the headers afterwards is not seen by whoever has the response.
	h.run(`globalThis.v = new Response('x', {headers: {a: '1'}}); v.headers`)
	resp, _ := TakeResponse(h.r, h.r.RT.Get("v"))
	h.run(`v.headers.set('a', '2')`)
	if got := resp.Fields.Get("a"); got != "1" {
		t.Errorf("the field became %q", got)
	}
}

// The multipart parser takes any bytes: an error or a form, and what it takes round-trips.
func FuzzMultipart(f *testing.F) {
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n"))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: a/b\r\n\r\nzz\r\n--b--"))
	f.Add([]byte("--b\r\n"))
	h := newHost(f)
	f.Fuzz(func(t *testing.T, p []byte) {
		d := &FormData{}
		if d.parseMultipart(h.r, p, "multipart/form-data; boundary=b") != nil {
			return
		}
		content, contentType := d.encode()
		again := &FormData{}
		if err := again.parseMultipart(h.r, content, contentType); err != nil {
			t.Fatalf("what was parsed does not parse again: %v\n%q", err, content)
		}
		if len(again.entries) != len(d.entries) {
			t.Fatalf("%d entries became %d", len(d.entries), len(again.entries))
		}
	})
}
