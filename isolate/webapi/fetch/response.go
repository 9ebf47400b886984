package fetch

import (
	"strings"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/urls"
)

var responseInterface = &realm.Interface{Name: "Response"}

// Response is what is behind a Response object.
type Response struct {
	body
	host       hook.HostObject // the first object this is behind
	status     int
	statusText string
	headers    Headers
	url        string // "" for one a script made
	typ        string // "default", "error" or "basic"
	redirected bool
	// manual is encodeBody: "manual": the body is in its Content-Encoding already.
	manual bool

	headersObj goja.Value
	cf         goja.Value
}

// HostObject implements hook.Embedder.
func (p *Response) HostObject() *hook.HostObject { return &p.host }

func (p *Response) mixin() *body      { return &p.body }
func (p *Response) mediaType() string { return p.headers.fields.Get("Content-Type") }

func (p *Response) headersObject(r *realm.Realm) goja.Value {
	if p.headersObj == nil {
		p.headersObj = r.Wrap(headersInterface, &p.headers)
	}
	return p.headersObj
}

func nullBodyStatus(status int) bool {
	return status == 101 || status == 204 || status == 205 || status == 304
}

// newResponse implements the Response constructor (Fetch, section 5.5).
func newResponse(r *realm.Realm, bodyInit, init goja.Value) *Response {
	p := &Response{status: 200, typ: "default"}
	if !realm.IsNullish(init) {
		p.applyInit(r, init)
	}
	if !realm.IsNullish(bodyInit) && !(nullBodyStatus(p.status) && isEmptyString(bodyInit)) {
		if nullBodyStatus(p.status) {
			r.ThrowType("Response with null body status (101, 204, 205, or 304) cannot have a body.")
		}
		x := extract(r, bodyInit)
		p.body = x.body
		if x.contentType != "" && !p.headers.fields.Has("Content-Type") {
			p.headers.own(r)
			p.headers.fields.Add("Content-Type", x.contentType)
		}
	}
	return p
}

// isEmptyString reports whether v is "". new Response("", { status: 204 }) is common; Workers
// take it for a null body.
func isEmptyString(v goja.Value) bool { return goja.IsString(v) && v.String() == "" }

func (p *Response) applyInit(r *realm.Realm, init goja.Value) {
	if src, ok := realm.As[*Response](init); ok {
		p.status, p.statusText, p.manual, p.cf = src.status, src.statusText, src.manual, src.cf
		if src.typ == "error" {
			r.ThrowRange("The status provided (0) is outside the range [200, 599].")
		}
		src.headers.shared = true
		p.headers = Headers{fields: src.headers.fields, shared: true}
		return
	}
	if _, ok := init.(*goja.Object); !ok {
		r.ThrowType("The init argument of Response is not an object.")
	}
	if v := r.Dict(init, "status"); !goja.IsUndefined(v) {
		p.status = checkStatus(r, v)
	}
	if v := r.Dict(init, "statusText"); !goja.IsUndefined(v) {
		p.statusText = checkReason(r, v)
	}
	if v := r.Dict(init, "headers"); !realm.IsNullish(v) {
		p.headers.fill(r, v)
	}
	if v := r.Dict(init, "encodeBody"); !goja.IsUndefined(v) {
		p.manual = r.Enum(v, "encodeBody", "automatic", "manual") == "manual"
	}
	if v := r.Dict(init, "cf"); !goja.IsUndefined(v) {
		p.cf = v
	}
	if v := r.Dict(init, "webSocket"); !realm.IsNullish(v) {
		r.ThrowType("Response with a webSocket is not supported by this version of Gannet.")
	}
}

func checkStatus(r *realm.Realm, v goja.Value) int {
	status := r.Long(v, 0, 65535) // what is no number is 0, and out of range like that
	if status == 101 {
		r.ThrowRange("Responses may only be constructed with status codes in the range 200 to 599, inclusive: 101 needs a webSocket, which is not supported by this version of Gannet.")
	}
	if status < 200 || status > 599 {
		r.ThrowRange("Responses may only be constructed with status codes in the range 200 to 599, inclusive.")
	}
	return int(status)
}

// maxReason bounds a reason-phrase, in bytes; it goes out in one piece with the status line.
const maxReason = 4 << 10

// checkReason checks a reason-phrase (RFC 9112, section 4).
func checkReason(r *realm.Realm, v goja.Value) string {
	s := r.String(v) // sent as UTF-8, like the values of fields
	if len(s) > maxReason {
		r.ThrowType("Invalid statusText: longer than %d bytes", maxReason)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7F {
			r.ThrowType("Invalid statusText")
		}
	}
	return s
}

// TakeResponse turns a handler's answer into the response to send, and takes its body. What
// is no Response, or one whose body is used, gives a thrown value instead.
func TakeResponse(r *realm.Realm, v goja.Value) (resp *core.Response, thrown goja.Value) {
	p, ok := hook.HostValue(v).(*Response)
	if !ok {
		return nil, r.NewError("TypeError", "Incorrect type for Promise: the Promise did not resolve to 'Response'.")
	}
	if p.typ == "error" {
		return nil, r.NewError("TypeError", "Response.error() cannot be sent to a client: it stands for a network error.")
	}
	if p.body.unusable() {
		return nil, r.NewError("TypeError", "The body of this Response was used already, so it cannot be sent. Use response.clone() before reading it.")
	}
	thrown = r.Try(func() { resp = p.take(r) })
	return resp, thrown
}

func (p *Response) take(r *realm.Realm) *core.Response {
	p.headers.mustFit(r, "response")
	resp := &core.Response{Status: p.status, Reason: p.statusText}
	if p.headers.shared || p.headersObj != nil {
		resp.Fields = p.headers.fields.Clone() // someone else may still write or read them
	} else {
		resp.Fields = p.headers.fields
		p.headers.shared = true
	}
	length := contentLength(resp.Fields)
	// A coding we do not know was not undone, and what scripts write in it is in it.
	coded := !p.manual && knownCodings(resp.Fields.Get("Content-Encoding")) != nil
	if coded {
		length = -1 // Content-Length counts the coded bytes, and a stream gives the decoded ones
	}
	resp.Body = p.body.take(r, length)
	if resp.Body == nil || !coded {
		return resp
	}
	if d, ok := resp.Body.(*decodedBody); ok && d.untouched() {
		resp.Body = d.raw // still in the coding that Content-Encoding names
		return resp
	}
	// A script has read or made the content, so it is not in the coding that a copied
	// Content-Encoding names.
	resp.Fields.Del("Content-Encoding")
	resp.Fields.Del("Content-Length")
	return resp
}

// contentLength is the length a Content-Length field promises, or -1.
func contentLength(f core.Fields) int64 {
	v, ok := f.Lookup("Content-Length")
	if !ok || v == "" || len(v) > 18 {
		return -1
	}
	var n int64
	for i := 0; i < len(v); i++ {
		if v[i] < '0' || v[i] > '9' {
			return -1
		}
		n = n*10 + int64(v[i]-'0')
	}
	return n
}

func (p *Response) clone(r *realm.Realm) *goja.Object {
	p.body.mustBeUsable(r)
	c := *p
	c.host = hook.HostObject{}
	c.body = p.body.clone(r)
	p.headers.shared = true
	c.headers = Headers{fields: p.headers.fields, shared: true, immutable: p.headers.immutable}
	c.headersObj = nil
	return r.Wrap(responseInterface, &c)
}

func declareResponse() {
	responseInterface.New = func(a realm.Args) any { return newResponse(a.Realm, a.Get(0), a.Get(1)) }
	responseInterface.Members = append([]realm.Member{
		realm.Attr("status", func(p *Response, a realm.Args) goja.Value { return a.RT.ToValue(p.status) }, nil),
		realm.Attr("ok", func(p *Response, a realm.Args) goja.Value {
			return a.RT.ToValue(p.status >= 200 && p.status <= 299)
		}, nil),
		realm.Attr("statusText", func(p *Response, a realm.Args) goja.Value { return text(a.Realm, p.statusText) }, nil),
		realm.Attr("headers", func(p *Response, a realm.Args) goja.Value { return p.headersObject(a.Realm) }, nil),
		realm.Attr("url", func(p *Response, a realm.Args) goja.Value {
			u, _, _ := strings.Cut(p.url, "#")
			return a.RT.ToValue(u)
		}, nil),
		realm.Attr("redirected", func(p *Response, a realm.Args) goja.Value { return a.RT.ToValue(p.redirected) }, nil),
		realm.Attr("type", func(p *Response, a realm.Args) goja.Value { return a.RT.ToValue(p.typ) }, nil),
		realm.Attr("cf", func(p *Response, a realm.Args) goja.Value {
			if p.cf == nil {
				return goja.Undefined()
			}
			return p.cf
		}, nil),
		realm.Attr("webSocket", func(p *Response, a realm.Args) goja.Value { return goja.Null() }, nil),
		realm.Method("clone", 0, func(p *Response, a realm.Args) goja.Value { return p.clone(a.Realm) }),
	}, mixinMembers[*Response]()...)
	responseInterface.Statics = []realm.Member{
		realm.Static("error", 0, func(a realm.Args) goja.Value {
			return a.Wrap(responseInterface, &Response{typ: "error", headers: Headers{immutable: true}})
		}),
		realm.Static("json", 1, func(a realm.Args) goja.Value {
			a.Need(1, "Response.json")
			out := a.Call(jsonStringify.Of(a.Realm), goja.Undefined(), a.Get(0))
			if goja.IsUndefined(out) {
				out = a.RT.ToValue("undefined") // the standard throws here, Workers send this
			}
			p := newResponse(a.Realm, out, a.Get(1))
			// The body was extracted from a string; only an explicit field overrides JSON's type.
			if init := a.Get(1); !hasContentType(a.Realm, init) {
				p.headers.own(a.Realm)
				p.headers.fields.Set("Content-Type", "application/json")
			}
			return a.Wrap(responseInterface, p)
		}),
		realm.Static("redirect", 1, func(a realm.Args) goja.Value {
			a.Need(1, "Response.redirect")
			u, err := urls.Parse(a.String(a.Get(0)), "")
			if err != nil {
				a.ThrowType("Unable to parse URL: %s", a.String(a.Get(0)))
			}
			status := int64(302)
			if a.Has(1) {
				status = a.Enforce(a.Get(1), 0, 65535, "status")
			}
			switch status {
			case 301, 302, 303, 307, 308:
			default:
				a.ThrowRange("%d is not a redirect status code.", status)
			}
			return a.Wrap(responseInterface, &Response{
				status: int(status), typ: "default",
				headers: Headers{fields: core.Fields{{Name: "Location", Value: u.Href()}}, immutable: true},
			})
		}),
	}
	realm.Declare(responseInterface)
}

// hasContentType reports whether init gives a Content-Type of its own.
func hasContentType(r *realm.Realm, init goja.Value) bool {
	if realm.IsNullish(init) {
		return false
	}
	if src, ok := realm.As[*Response](init); ok {
		return src.headers.fields.Has("Content-Type")
	}
	var h Headers
	h.fill(r, r.Dict(init, "headers"))
	return h.fields.Has("Content-Type")
}

var jsonStringify = realm.NewSlot(func(r *realm.Realm) goja.Value {
	return r.RT.GlobalObject().Get("JSON").(*goja.Object).Get("stringify")
})
