package urls

import (
	"sync"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// urlObject is behind a URL object (URL 6.1).
type urlObject struct {
	URL
	// params is the query object; nil until a script asks for it. It is linked to this URL.
	params *paramsObject
}

var (
	urlInterface    = &realm.Interface{Name: "URL", Length: 1}
	paramsInterface = &realm.Interface{Name: "URLSearchParams"}
	paramsIterator  = realm.NewIteratorInterface("URLSearchParams Iterator")
)

// Declare declares URL and URLSearchParams. It must run before the first realm is made; only
// its first call counts.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	declareURL()
	declareParams()
	realm.Declare(urlInterface, paramsInterface, paramsIterator)
})

// URLOf returns the URL behind v, if v is a URL object. It is the object's own: do not
// change it.
func URLOf(v goja.Value) (*URL, bool) {
	if o, ok := realm.As[*urlObject](v); ok {
		return &o.URL, true
	}
	return nil, false
}

// New makes a URL object of u, which it copies.
func New(r *realm.Realm, u *URL) *goja.Object { return r.Wrap(urlInterface, &urlObject{URL: *u}) }

// parseArgs parses the arguments url and base of a constructor or static operation.
func parseArgs(a realm.Args) (u URL, input string, ok bool) {
	input = a.Realm.String(a.Get(0))
	if !a.Has(1) {
		ok = u.parse(input, nil)
		return u, input, ok
	}
	var base URL
	if !base.parse(a.Realm.String(a.Get(1)), nil) {
		return u, input, false
	}
	ok = u.parse(input, &base)
	return u, input, ok
}

func declareURL() {
	type args = realm.Args
	urlInterface.New = func(a args) any {
		o := new(urlObject)
		var input string
		var ok bool
		if o.URL, input, ok = parseArgs(a); !ok {
			a.ThrowType("Invalid URL: %s", clip(input))
		}
		return o
	}
	urlInterface.Statics = []realm.Member{
		realm.Static("parse", 1, func(a args) goja.Value {
			a.Need(1, "URL.parse")
			if u, _, ok := parseArgs(a); ok {
				return New(a.Realm, &u)
			}
			return goja.Null()
		}),
		realm.Static("canParse", 1, func(a args) goja.Value {
			a.Need(1, "URL.canParse")
			_, _, ok := parseArgs(a)
			return a.RT.ToValue(ok)
		}),
	}
	attr := func(name string, get func(*URL) string, set func(*URL, string)) realm.Member {
		var setter func(*urlObject, args, goja.Value)
		if set != nil {
			setter = func(o *urlObject, a args, v goja.Value) { set(&o.URL, a.Realm.String(v)) }
		}
		return realm.Attr(name, func(o *urlObject, a args) goja.Value { return a.RT.ToValue(get(&o.URL)) }, setter)
	}
	urlInterface.Members = []realm.Member{
		realm.Attr("href", func(o *urlObject, a args) goja.Value { return a.RT.ToValue(o.Href()) },
			func(o *urlObject, a args, v goja.Value) {
				href := a.Realm.String(v)
				if o.SetHref(href) != nil {
					a.ThrowType("Invalid URL: %s", clip(href))
				}
				o.refreshParams()
			}),
		attr("origin", (*URL).Origin, nil),
		attr("protocol", (*URL).Protocol, (*URL).SetProtocol),
		attr("username", (*URL).Username, (*URL).SetUsername),
		attr("password", (*URL).Password, (*URL).SetPassword),
		attr("host", (*URL).Host, (*URL).SetHost),
		attr("hostname", (*URL).Hostname, (*URL).SetHostname),
		attr("port", (*URL).Port, (*URL).SetPort),
		attr("pathname", (*URL).Pathname, (*URL).SetPathname),
		realm.Attr("search", func(o *urlObject, a args) goja.Value { return a.RT.ToValue(o.Search()) },
			func(o *urlObject, a args, v goja.Value) {
				o.SetSearch(a.Realm.String(v))
				o.refreshParams()
			}),
		realm.Attr("searchParams", func(o *urlObject, a args) goja.Value {
			if o.params == nil {
				o.params = &paramsObject{list: ParseForm(o.query), url: o}
				o.params.obj = a.Wrap(paramsInterface, o.params)
			}
			return o.params.obj
		}, nil),
		attr("hash", (*URL).Hash, (*URL).SetHash),
		realm.Method("toString", 0, func(o *urlObject, a args) goja.Value { return a.RT.ToValue(o.Href()) }),
		realm.Method("toJSON", 0, func(o *urlObject, a args) goja.Value { return a.RT.ToValue(o.Href()) }),
	}
}

// refreshParams makes the query object follow a new query.
func (o *urlObject) refreshParams() {
	if o.params != nil {
		o.params.list = ParseForm(o.query)
	}
}

// maxQuoted is how many bytes of a bad URL an error message quotes.
const maxQuoted = 200

func clip(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}
