package fetch

import (
	"errors"
	"strings"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
	"gannet/isolate/webapi/urls"
)

var requestInterface = &realm.Interface{Name: "Request", Length: 1}

// Request is what is behind a Request object.
type Request struct {
	body
	host     hook.HostObject // the first object this is behind
	method   string
	url      string
	headers  Headers
	redirect string // "follow", "error" or "manual"
	// incoming is the client's exchange for the request of a fetch event, else nil.
	incoming *core.Exchange
	client   *core.CF // what request.cf of an incoming request shows

	headersObj goja.Value
	cf         goja.Value
	signal     *dom.AbortSignal
	signalObj  *goja.Object
	options    *requestOptions
}

// requestOptions are the init members that a worker's fetch accepts and only shows again.
type requestOptions struct {
	cache, credentials, mode, referrer, referrerPolicy, integrity string
	keepalive                                                     bool
}

var defaultOptions = requestOptions{
	cache: "default", credentials: "same-origin", mode: "cors", referrer: "about:client",
}

// HostObject implements hook.Embedder.
func (q *Request) HostObject() *hook.HostObject { return &q.host }

func (q *Request) mixin() *body      { return &q.body }
func (q *Request) mediaType() string { return q.headers.fields.Get("Content-Type") }

// NewRequest makes the request of a fetch event. url is its WHATWG-serialised target. Its
// fields are read in place from x, which nobody writes any more.
func NewRequest(r *realm.Realm, x *core.Exchange, url string, cf *core.CF) *goja.Object {
	q := &Request{
		method:   x.Request.Method,
		url:      url,
		redirect: "manual", // an edge passes redirects on to the client
		incoming: x,
		client:   cf,
	}
	q.headers.fields, q.headers.shared, q.headers.immutable = x.Request.Fields, true, true
	if x.Request.Body != nil {
		q.body.setNative(x.Request.Body)
	}
	return r.Wrap(requestInterface, q)
}

// RequestOf returns the Request behind v.
func RequestOf(v goja.Value) (*Request, bool) { return realm.As[*Request](v) }

// AbortFromClient aborts request.signal, if a script has looked at it.
func (q *Request) AbortFromClient(r *realm.Realm) {
	if q.signal != nil {
		q.signal.Abort(r, dom.NewException(r, "AbortError", "The client has disconnected"))
	}
}

// Consumed reports whether the body was read or given away, in whole or in part, so that what
// the client sent is not there to be sent on.
func (q *Request) Consumed() bool { return q.body.disturbed() || q.body.teed }

// Expire gives the body of an incoming request up when its event is over: a script that kept
// the request finds that it cannot be read any more.
func (q *Request) Expire() {
	if q.body.native != nil {
		q.body.native.Close(errExpired)
	}
}

var errExpired = errors.New("the request is over: its body can only be read while it is handled")

// headersObject is request.headers, the same object each time.
func (q *Request) headersObject(r *realm.Realm) goja.Value {
	if q.headersObj == nil {
		q.headersObj = r.Wrap(headersInterface, &q.headers)
	}
	return q.headersObj
}

func (q *Request) signalObject(r *realm.Realm) goja.Value {
	if q.signalObj == nil {
		q.signal, q.signalObj = dom.NewSignal(r)
		if q.incoming != nil && q.incoming.Err() != nil {
			q.AbortFromClient(r)
		}
	}
	return q.signalObj
}

// cfObject is request.cf: of an incoming request what the edge knows of the client, else
// what init gave.
func (q *Request) cfObject(r *realm.Realm) goja.Value {
	if q.cf == nil {
		if q.client == nil {
			q.cf = goja.Undefined()
		} else {
			q.cf = clientObject(r, q.client)
		}
	}
	return q.cf
}

// parseRequestURL resolves a request URL: absolute, without credentials. The fragment is
// kept for request.url and left out on the wire.
func parseRequestURL(r *realm.Realm, v goja.Value) string {
	s := r.String(v)
	if u, ok := urls.URLOf(v); ok {
		s = u.Href()
	}
	u, err := urls.Parse(s, "")
	if err != nil {
		r.ThrowType("Invalid URL: %s", s)
	}
	if u.Username() != "" || u.Password() != "" {
		r.ThrowType("Request cannot be constructed from a URL that includes credentials: %s", s)
	}
	return u.Href()
}

// normalMethod checks a method and puts the six that are case-insensitive in upper case
// (Fetch, section 2.2.1).
func normalMethod(r *realm.Realm, v goja.Value) string {
	m := r.ByteString(v)
	if !isToken(m) {
		r.ThrowType("'%s' is not a valid HTTP method.", m)
	}
	switch up := strings.ToUpper(m); up {
	case "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH":
		// PATCH is not in the standard's list; Workers upper-cases it, and so no program
		// relies on its lower case.
		return up
	case "CONNECT", "TRACE", "TRACK":
		r.ThrowType("'%s' HTTP method is unsupported.", m)
	}
	return m
}

// newRequest implements the Request constructor (Fetch, section 5.4).
func newRequest(r *realm.Realm, input, init goja.Value) *Request {
	q := &Request{method: "GET", redirect: "follow"}
	src, fromRequest := realm.As[*Request](input)
	if fromRequest {
		q.method, q.url, q.redirect = src.method, src.url, src.redirect
		q.headers.fields, q.headers.shared = src.headers.fields, true
		q.cf, q.client = src.cf, src.client
		q.options = src.options
	} else {
		q.url = parseRequestURL(r, input)
	}
	if !realm.IsNullish(init) {
		if _, ok := init.(*goja.Object); !ok {
			r.ThrowType("The init argument of Request is not an object.")
		}
		q.applyInit(r, init)
	}
	q.followSignal(r, src, init)
	q.applyBody(r, src, init)
	return q
}

// applyInit applies all members of RequestInit but signal and body.
func (q *Request) applyInit(r *realm.Realm, init goja.Value) {
	if v := r.Dict(init, "method"); !goja.IsUndefined(v) {
		q.method = normalMethod(r, v)
	}
	if v := r.Dict(init, "headers"); !realm.IsNullish(v) {
		q.headers = Headers{}
		q.headers.fill(r, v)
	}
	if v := r.Dict(init, "redirect"); !goja.IsUndefined(v) {
		q.redirect = r.Enum(v, "RequestRedirect", "follow", "error", "manual")
	}
	if v := r.Dict(init, "cf"); !goja.IsUndefined(v) {
		q.cf = v
	}
	o := defaultOptions
	if q.options != nil {
		o = *q.options
	}
	before := o
	for _, m := range []struct {
		name string
		to   *string
	}{
		{"cache", &o.cache}, {"credentials", &o.credentials}, {"mode", &o.mode}, {"referrer", &o.referrer},
		{"referrerPolicy", &o.referrerPolicy}, {"integrity", &o.integrity},
	} {
		if v := r.Dict(init, m.name); !goja.IsUndefined(v) {
			*m.to = r.String(v)
		}
	}
	switch o.cache {
	case "default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached":
	default:
		r.ThrowType("Unsupported cache mode: %s", o.cache)
	}
	if v := r.Dict(init, "keepalive"); !goja.IsUndefined(v) {
		o.keepalive = v.ToBoolean()
	}
	if o != before {
		q.options = &o
	}
}

// followSignal makes the request's signal follow init.signal, else the input's.
func (q *Request) followSignal(r *realm.Realm, src *Request, init goja.Value) {
	v := r.Dict(init, "signal")
	if goja.IsUndefined(v) {
		if src == nil || src.incoming == nil && src.signalObj == nil {
			return
		}
		if src.incoming != nil && src.signalObj == nil {
			return // the event's own context ends what it started
		}
		v = src.signalObj
	}
	if goja.IsNull(v) {
		return
	}
	parent, ok := dom.SignalOf(v)
	if !ok {
		r.ThrowType("Failed to construct 'Request': member signal is not of type AbortSignal.")
	}
	q.signal, q.signalObj = dom.NewSignal(r)
	if parent.Aborted() {
		q.signal.Abort(r, parent.Reason())
		return
	}
	own := q.signal
	parent.OnAbort(func(reason goja.Value) { own.Abort(r, reason) })
}

// applyBody takes init.body, else the input's body.
func (q *Request) applyBody(r *realm.Realm, src *Request, init goja.Value) {
	v := r.Dict(init, "body")
	bodyless := q.method == "GET" || q.method == "HEAD"
	if !realm.IsNullish(v) {
		if bodyless {
			r.ThrowType("Request with a GET or HEAD method cannot have a body.")
		}
		x := extract(r, v)
		q.body = x.body
		if x.contentType != "" && !q.headers.fields.Has("Content-Type") {
			q.headers.own(r)
			q.headers.fields.Add("Content-Type", x.contentType)
		}
		return
	}
	if src == nil || !src.body.present || goja.IsNull(v) {
		return
	}
	if bodyless && goja.IsUndefined(v) && src.method != q.method {
		r.ThrowType("Request with a GET or HEAD method cannot have a body.")
	}
	src.body.mustBeUsable(r)
	// The body moves: the input is used from now on.
	q.body = src.body
	src.body = body{present: true, used: true}
}

func (q *Request) clone(r *realm.Realm) *goja.Object {
	q.body.mustBeUsable(r)
	c := *q
	c.host = hook.HostObject{}
	c.body = q.body.clone(r)
	q.headers.shared = true
	c.headers = Headers{fields: q.headers.fields, shared: true}
	c.headersObj, c.signal, c.signalObj = nil, nil, nil
	c.incoming = nil
	if q.signalObj != nil {
		init := r.RT.NewObject()
		_ = init.Set("signal", q.signalObj)
		c.followSignal(r, nil, init)
	}
	return r.Wrap(requestInterface, &c)
}

func (q *Request) opts() *requestOptions {
	if q.options == nil {
		return &defaultOptions
	}
	return q.options
}

func optionAttr(name string, get func(*requestOptions) string) realm.Member {
	return realm.Attr(name, func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue(get(q.opts())) }, nil)
}

func declareRequest() {
	requestInterface.New = func(a realm.Args) any { return newRequest(a.Realm, a.Get(0), a.Get(1)) }
	requestInterface.Members = append([]realm.Member{
		realm.Attr("method", func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue(q.method) }, nil),
		realm.Attr("url", func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue(q.url) }, nil),
		realm.Attr("headers", func(q *Request, a realm.Args) goja.Value { return q.headersObject(a.Realm) }, nil),
		realm.Attr("redirect", func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue(q.redirect) }, nil),
		realm.Attr("signal", func(q *Request, a realm.Args) goja.Value { return q.signalObject(a.Realm) }, nil),
		realm.Attr("cf", func(q *Request, a realm.Args) goja.Value { return q.cfObject(a.Realm) }, nil),
		realm.Attr("destination", func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue("") }, nil),
		optionAttr("cache", func(o *requestOptions) string { return o.cache }),
		optionAttr("credentials", func(o *requestOptions) string { return o.credentials }),
		optionAttr("mode", func(o *requestOptions) string { return o.mode }),
		optionAttr("referrer", func(o *requestOptions) string { return o.referrer }),
		optionAttr("referrerPolicy", func(o *requestOptions) string { return o.referrerPolicy }),
		optionAttr("integrity", func(o *requestOptions) string { return o.integrity }),
		realm.Attr("keepalive", func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue(q.opts().keepalive) }, nil),
		realm.Attr("duplex", func(q *Request, a realm.Args) goja.Value { return a.RT.ToValue("half") }, nil),
		realm.Method("clone", 0, func(q *Request, a realm.Args) goja.Value { return q.clone(a.Realm) }),
	}, mixinMembers[*Request]()...)
	realm.Declare(requestInterface)
}
