package fetch

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"weak"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/streams"
	"gannet/isolate/webapi/urls"
)

// maxRedirects is how many redirects one fetch follows (Fetch, section 4.4).
const maxRedirects = 20

// networkErrors remembers the Go errors behind the latest exceptions of a realm, by the
// exceptions' identity: nothing shows on an exception, and nothing is kept alive. An
// exception is looked up when a handler let it escape, soon after it was made; one that has
// been pushed out by then counts as an exception like any other.
type networkErrors struct {
	ring [64]struct {
		exception weak.Pointer[goja.Object]
		err       error
	}
	next int
}

var networkErrorsOf = realm.NewSlot(func(*realm.Realm) *networkErrors { return &networkErrors{} })

// newNetworkError makes the TypeError of a network error.
func newNetworkError(r *realm.Realm, what string, err error) *goja.Object {
	ex := r.NewError("TypeError", "%s: %s", what, err.Error())
	m := networkErrorsOf.Of(r)
	e := &m.ring[m.next%len(m.ring)]
	e.exception, e.err = weak.Make(ex), err
	m.next++
	return ex
}

// ErrorOf returns the Go error behind an exception that a fetch rejected with, or nil. It
// runs no script.
func ErrorOf(v goja.Value) error {
	obj, ok := v.(*goja.Object)
	if !ok || obj == nil {
		return nil
	}
	r, ok := hook.Owner(hook.Runtime(obj)).(*realm.Realm)
	if !ok {
		return nil
	}
	m, key := networkErrorsOf.Of(r), weak.Make(obj)
	for i := range m.ring {
		if m.ring[i].exception == key {
			return m.ring[i].err
		}
	}
	return nil
}

// Passthrough is the subrequest that sends an incoming request on as it is. It takes the
// request's body.
func Passthrough(r *realm.Realm, q *Request) *core.Subrequest {
	return subrequest(r, q, q.body.take(r, contentLength(q.headers.fields)))
}

// subrequest makes the message of one hop. Connection-specific fields and those that frame
// the message are the fetcher's to set.
func subrequest(r *realm.Realm, q *Request, body core.Body) *core.Subrequest {
	u, _, _ := strings.Cut(q.url, "#")
	s := &core.Subrequest{Method: q.method, URL: u, Body: body}
	s.Fields = make(core.Fields, 0, len(q.headers.fields)+1)
	for _, f := range q.headers.fields {
		switch {
		case core.IsHopByHop(f.Name), strings.EqualFold(f.Name, "Content-Length"):
		case strings.EqualFold(f.Name, "Host"):
			// The host of the URL counts, as in Workers: a request that came in carries the
			// Host of its old URL, which the worker may have rewritten since.
		default:
			s.Fields = append(s.Fields, f)
		}
	}
	if q.incoming == nil && !s.Fields.Has("Accept-Encoding") {
		s.Fields.Add("Accept-Encoding", "br, gzip") // what Workers sends
	}
	if ev := r.Host.Event(); ev != nil {
		s.Exchange, s.Worker = ev.Exchange(), ev.WorkerName()
	}
	return s
}

// operation is one call of fetch: a request that moves from hop to hop.
type operation struct {
	r        *realm.Realm
	q        *Request
	fetcher  core.Fetcher
	ev       realm.Event
	deferred *realm.Deferred
	ctx      context.Context
	cancel   context.CancelCauseFunc
	hops     int
	crossed  bool // some hop went to another origin
	over     bool // settled; the body may still stream
	unwatch  func()
}

// start implements fetch(): it returns the promise.
func start(r *realm.Realm, fetcher core.Fetcher, input, init goja.Value) goja.Value {
	var q *Request
	src, ok := realm.As[*Request](input)
	fromClient := ok && src.incoming != nil
	if fromClient && realm.IsNullish(init) {
		q = passOn(r, src)
	} else {
		q = newRequest(r, input, init)
		if fromClient && !hasMember(r, init, "headers") {
			q.incoming = src.incoming
		}
	}
	return run(r, fetcher, q)
}

// passOn is the request to send for fetch(request) with the incoming request itself: the
// same fields in place, the body moved over.
func passOn(r *realm.Realm, src *Request) *Request {
	src.body.mustBeUsable(r)
	q := &Request{
		method: src.method, url: src.url, redirect: src.redirect, incoming: src.incoming,
		body: src.body, signal: src.signal, signalObj: src.signalObj,
	}
	q.headers.fields, q.headers.shared = src.headers.fields, true
	src.body.used, src.body.native = src.body.present, nil
	return q
}

func hasMember(r *realm.Realm, dict goja.Value, name string) bool {
	return !goja.IsUndefined(r.Dict(dict, name))
}

func run(r *realm.Realm, fetcher core.Fetcher, q *Request) goja.Value {
	if strings.HasPrefix(q.url, "data:") {
		if q.signal != nil && q.signal.Aborted() {
			r.Throw(q.signal.Reason())
		}
		return dataURL(r, q.url)
	}
	if !strings.HasPrefix(q.url, "http://") && !strings.HasPrefix(q.url, "https://") {
		scheme, _, _ := strings.Cut(q.url, ":")
		r.ThrowType("Fetch API cannot load: %s: URLs are not supported, only http: and https:", scheme)
	}
	if q.signal != nil && q.signal.Aborted() {
		r.Throw(q.signal.Reason())
	}
	q.headers.mustFit(r, "request")
	completion := r.Host.Async("fetch " + q.url) // throws at the top level
	op := &operation{r: r, q: q, fetcher: fetcher, ev: r.Host.Event(), deferred: r.NewDeferred()}
	op.ctx, op.cancel = context.WithCancelCause(op.ev.Context())
	if q.signal != nil {
		op.unwatch = q.signal.OnAbort(op.abort)
	}
	op.send(completion, q.body.take(r, contentLength(q.headers.fields)))
	return op.deferred.Promise()
}

// abort ends the operation for its signal, its body included, which breaks off with the
// signal's reason (Fetch, section 5.6, "abort the fetch() call").
func (op *operation) abort(reason goja.Value) {
	if !op.over {
		op.over = true
		op.deferred.Reject(reason)
	}
	op.cancel(streams.NewThrown(op.r, reason))
}

var errAborted = errors.New("the operation was aborted")

// send sends one hop. completion is its own.
func (op *operation) send(completion realm.Completion, body core.Body) {
	if err := op.ev.Subrequest(); err != nil {
		if body != nil {
			body.Close(err)
		}
		completion.Complete(func() { op.fail(op.r.NewError("Error", "Too many subrequests: %s", err.Error())) })
		return
	}
	op.fetcher.Fetch(op.ctx, subrequest(op.r, op.q, body), func(resp *core.Response, err error) {
		realm.CompleteOr(completion, func() { op.received(resp, err) }, resp.Discard)
	})
}

func (op *operation) fail(reason goja.Value) {
	if op.over {
		return
	}
	op.over = true
	op.cancel(errAborted)
	op.deferred.Reject(reason)
}

// received handles the end of a hop.
func (op *operation) received(resp *core.Response, err error) {
	switch {
	case op.over:
		resp.Discard()
	case err != nil:
		op.fail(newNetworkError(op.r, "Network connection failed", err))
	case op.q.redirect == "manual" || !isRedirect(resp):
		op.succeed(resp)
	case op.q.redirect == "error":
		resp.Discard()
		op.fail(newNetworkError(op.r, "Unexpected redirect", errors.New("the response is a redirect and redirect is \"error\"")))
	default:
		op.follow(resp)
	}
}

func isRedirect(resp *core.Response) bool {
	switch resp.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Fields.Has("Location")
	}
	return false
}

// follow implements HTTP-redirect fetch (Fetch, section 4.4).
func (op *operation) follow(resp *core.Response) {
	resp.Discard()
	q := op.q
	next, err := urls.Parse(resp.Fields.Get("Location"), q.url)
	switch {
	case err != nil:
		op.fail(newNetworkError(op.r, "Invalid redirect", errors.New("the Location field is no URL")))
		return
	case next.Protocol() != "http:" && next.Protocol() != "https:":
		op.fail(newNetworkError(op.r, "Invalid redirect", errors.New("the Location field leads to "+next.Protocol())))
		return
	case op.hops >= maxRedirects:
		op.fail(newNetworkError(op.r, "Too many redirects", errors.New("more than 20 in a row")))
		return
	}
	op.hops++
	before, _ := urls.Parse(q.url, "")
	q.headers.own(op.r)
	if before != nil && before.Origin() != next.Origin() {
		op.crossed = true
		for _, secret := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
			q.headers.fields.Del(secret)
		}
	}
	q.headers.fields.Del("Host")
	status := resp.Status
	if (status == 301 || status == 302) && q.method == "POST" || status == 303 && q.method != "GET" && q.method != "HEAD" {
		q.method = "GET"
		q.body = body{}
		for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type", "Content-Length"} {
			q.headers.fields.Del(name)
		}
	}
	var again core.Body
	if q.body.present {
		if q.body.source == nil {
			op.fail(newNetworkError(op.r, "Redirect not followed", errors.New("the request's body was a stream, which cannot be sent again")))
			return
		}
		again = core.NewBytes(q.body.source)
	}
	if next.Hash() == "" {
		if _, fragment, ok := strings.Cut(q.url, "#"); ok {
			next.SetHash(fragment)
		}
	}
	q.url = next.Href()
	op.send(op.r.Host.Async("fetch "+q.url), again)
}

// succeed resolves the promise with a Response over resp.
func (op *operation) succeed(resp *core.Response) {
	op.over = true
	if op.unwatch != nil && resp.Body == nil {
		op.unwatch()
	}
	p := &Response{
		status: resp.Status, statusText: resp.Reason, typ: "default", // not "basic": Workers have no origin to compare with
		url: op.q.url, redirected: op.hops > 0,
	}
	if p.statusText == "" {
		p.statusText = http.StatusText(resp.Status)
	}
	p.headers.fields, p.headers.immutable = resp.Fields, true
	if resp.Body != nil {
		if coding := resp.Fields.Get("Content-Encoding"); knownCodings(coding) != nil {
			p.body.setNative(decode(resp.Body, coding))
		} else {
			p.body.setNative(resp.Body)
		}
	}
	op.deferred.Resolve(op.r.Wrap(responseInterface, p))
}

// FetchDefault is what a fetch event does whose listener did not call respondWith: the
// request goes to the origin. It returns the promise of the response.
func FetchDefault(r *realm.Realm, request goja.Value) goja.Value {
	return r.Promised(func() goja.Value { return start(r, r.Host.Fetcher(), request, goja.Undefined()) })
}

// fetcherInterface is a binding with a fetch method.
var fetcherInterface = &realm.Interface{Name: "Fetcher", Hidden: true}

type fetcherBinding struct {
	name    string
	fetcher core.Fetcher
}

// NewFetcherObject makes the object of a binding whose fetch method goes to f.
func NewFetcherObject(r *realm.Realm, name string, f core.Fetcher) *goja.Object {
	return r.Wrap(fetcherInterface, &fetcherBinding{name, f})
}

func declareFetch() {
	fetcherInterface.Members = []realm.Member{
		realm.Async("fetch", 1, func(b *fetcherBinding, a realm.Args) goja.Value {
			a.Need(1, b.name+".fetch")
			return start(a.Realm, b.fetcher, a.Get(0), a.Get(1))
		}),
	}
	realm.Declare(fetcherInterface)
	realm.GlobalFunc("fetch", 1, func(a realm.Args) goja.Value {
		return a.Promised(func() goja.Value {
			a.Need(1, "fetch")
			return start(a.Realm, a.Host.Fetcher(), a.Get(0), a.Get(1))
		})
	})
}
