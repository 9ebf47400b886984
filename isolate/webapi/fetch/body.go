package fetch

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/hook"
	"gannet/isolate/realm"
	"gannet/isolate/webapi/streams"
	"gannet/isolate/webapi/urls"
)

// maxBuffered bounds a body that text, json and the like gather in memory, in bytes: the
// default memory limit of an isolate. Past it they reject with a RangeError.
const maxBuffered = 128 << 20

// body is the state of a body mixin. At most one of native and stream is set; with neither
// and !present the body is null.
type body struct {
	present bool
	// native is the body while no script has looked at its stream. Bytes that lie in memory
	// are a *core.BytesBody.
	native core.Body
	// stream is the ReadableStream, once a script asked for it or gave it.
	stream *goja.Object
	// used is set when the body was consumed without a stream.
	used bool
	// teed is set when the native body went into two streams, for clone.
	teed bool
	// source is what the body was made of, when it can be read again (redirects, clone).
	source []byte
}

func (b *body) setBytes(p []byte) {
	b.present, b.source = true, p
	b.native = core.NewBytes(p)
}

func (b *body) setNative(n core.Body) {
	b.present, b.native = n != nil, n
}

// disturbed is bodyUsed.
func (b *body) disturbed() bool {
	return b.used || b.stream != nil && streams.IsDisturbed(b.stream)
}

func (b *body) unusable() bool {
	return b.disturbed() || b.stream != nil && streams.IsLocked(b.stream)
}

// mustBeUsable throws when the body cannot be read any more.
func (b *body) mustBeUsable(r *realm.Realm) {
	if b.unusable() {
		r.ThrowType("Body has already been used. It can only be used once. Use tee() first if you need to read it twice.")
	}
}

// readable returns the stream, made at first use; null for a null body.
func (b *body) readable(r *realm.Realm) goja.Value {
	if !b.present {
		return goja.Null()
	}
	if b.stream == nil {
		switch {
		case b.used || b.native == nil:
			b.stream = streams.FromBytes(r, nil)
		default:
			b.stream = streams.FromBody(r, b.native)
		}
		b.native = nil
		if b.used {
			// What was consumed shows as a stream that is disturbed and closed.
			streams.TakeBody(r, b.stream)
		}
	}
	return b.stream
}

// take gives the body away as a native one: nil for a null or empty body. It must be usable.
func (b *body) take(r *realm.Realm, length int64) core.Body {
	if !b.present {
		return nil
	}
	if b.stream == nil {
		n := b.native
		b.native, b.used = nil, true
		return n
	}
	if n, ok := streams.TakeBody(r, b.stream); ok {
		return n
	}
	return streams.ToBody(r, b.stream, length)
}

// consume implements "consume body" (Fetch, section 5.3): it returns a promise for what
// convert makes of all the bytes.
func (b *body) consume(r *realm.Realm, convert func(p []byte) goja.Value) goja.Value {
	b.mustBeUsable(r)
	if !b.present || b.stream == nil && b.native == nil {
		b.used = b.used || b.present
		return convert(nil)
	}
	if b.stream == nil {
		n := b.native
		b.native, b.used = nil, true
		if p, ok := core.TakeBytes(n); ok {
			return convert(p)
		}
		return readNative(r, n, convert)
	}
	d := r.NewDeferred()
	streams.ReadAll(r, b.stream, maxBuffered, func(p []byte, thrown goja.Value) {
		if thrown != nil {
			d.Reject(thrown)
			return
		}
		settle(r, d, p, convert)
	})
	return d.Promise()
}

// readNative gathers n outside the realm and comes back with all of it.
func readNative(r *realm.Realm, n core.Body, convert func([]byte) goja.Value) goja.Value {
	d := r.NewDeferred()
	completion := r.Host.Async("read a body")
	core.ReadAll(n, maxBuffered, func(p []byte, err error) {
		completion.Complete(func() {
			if err != nil {
				d.Reject(bodyError(r, err))
				return
			}
			settle(r, d, p, convert)
		})
	})
	return d.Promise()
}

func settle(r *realm.Realm, d *realm.Deferred, p []byte, convert func([]byte) goja.Value) {
	var v goja.Value
	if thrown := r.Try(func() { v = convert(p) }); thrown != nil {
		d.Reject(thrown)
		return
	}
	d.Resolve(v)
}

// bodyError is the exception for a body that ended early.
func bodyError(r *realm.Realm, err error) goja.Value {
	if err == core.ErrBodyTooLarge {
		return r.NewError("RangeError", "The body is larger than the %d MiB that can be held in memory; read it as a stream.", maxBuffered>>20)
	}
	if v, ok := streams.ThrownIn(r, err); ok {
		return v
	}
	return newNetworkError(r, "The body could not be read", err)
}

// extracted is the result of "extract a body" (Fetch, section 5.2).
type extracted struct {
	body        body
	contentType string // "" for none
}

// extract implements "extract a body" for every kind of BodyInit.
func extract(r *realm.Realm, v goja.Value) extracted {
	if obj, ok := v.(*goja.Object); ok {
		return extractObject(r, obj)
	}
	var x extracted
	s := r.String(v)
	x.body.setBytes(stringBytes(s))
	x.contentType = "text/plain;charset=UTF-8"
	return x
}

// stringBytes views s as bytes without a copy. Bodies are never written to.
func stringBytes(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

func extractObject(r *realm.Realm, obj *goja.Object) (x extracted) {
	if streams.IsReadable(obj) {
		if streams.IsLocked(obj) || streams.IsDisturbed(obj) {
			r.ThrowType("This ReadableStream is disturbed (has already been read from), and cannot be used as a body.")
		}
		x.body.present, x.body.stream = true, obj
		return x
	}
	if p, ok := r.Bytes(obj); ok {
		x.body.setBytes(append([]byte(nil), p...))
		return x
	}
	if list, ok := urls.SearchParamsOf(obj); ok {
		x.body.setBytes(stringBytes(urls.SerializeForm(list)))
		x.contentType = "application/x-www-form-urlencoded;charset=UTF-8"
		return x
	}
	switch value := hook.HostValue(obj).(type) {
	case *Blob:
		x.body.setBytes(value.data)
		x.contentType = value.typ
		return x
	case *File:
		x.body.setBytes(value.data)
		x.contentType = value.typ
		return x
	case *FormData:
		p, contentType := value.encode()
		x.body.setBytes(p)
		x.contentType = contentType
		return x
	}
	x.body.setBytes(stringBytes(r.String(obj)))
	x.contentType = "text/plain;charset=UTF-8"
	return x
}

// hasBody is what the mixin needs of a Request or Response.
type hasBody interface {
	mixin() *body
	mediaType() string
}

// mixinMembers are the members of the Body mixin for T.
func mixinMembers[T hasBody]() []realm.Member {
	return []realm.Member{
		realm.Attr("body", func(t T, a realm.Args) goja.Value { return t.mixin().readable(a.Realm) }, nil),
		realm.Attr("bodyUsed", func(t T, a realm.Args) goja.Value { return a.RT.ToValue(t.mixin().disturbed()) }, nil),
		realm.Async("text", 0, func(t T, a realm.Args) goja.Value {
			return t.mixin().consume(a.Realm, func(p []byte) goja.Value { return decodeText(a.Realm, p) })
		}),
		realm.Async("json", 0, func(t T, a realm.Args) goja.Value {
			return t.mixin().consume(a.Realm, func(p []byte) goja.Value { return parseJSON(a.Realm, p) })
		}),
		realm.Async("arrayBuffer", 0, func(t T, a realm.Args) goja.Value {
			return t.mixin().consume(a.Realm, func(p []byte) goja.Value { return a.NewBuffer(clone(p)) })
		}),
		realm.Async("bytes", 0, func(t T, a realm.Args) goja.Value {
			return t.mixin().consume(a.Realm, func(p []byte) goja.Value { return a.NewBytes(clone(p)) })
		}),
		realm.Async("blob", 0, func(t T, a realm.Args) goja.Value {
			typ := t.mediaType()
			return t.mixin().consume(a.Realm, func(p []byte) goja.Value {
				return a.Wrap(blobInterface, &Blob{data: clone(p), typ: serialiseType(typ)})
			})
		}),
		realm.Async("formData", 0, func(t T, a realm.Args) goja.Value {
			typ := t.mediaType()
			return t.mixin().consume(a.Realm, func(p []byte) goja.Value { return parseFormData(a.Realm, p, typ) })
		}),
	}
}

// clone copies p: bytes that a script can write must not be a string's or a buffer's that
// someone else reads.
func clone(p []byte) []byte { return append(make([]byte, 0, len(p)), p...) }

// decodeText is UTF-8 decode (Encoding, section 6): a BOM is dropped, what is malformed
// becomes U+FFFD.
func decodeText(r *realm.Realm, p []byte) goja.Value {
	if len(p) >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF {
		p = p[3:]
	}
	return r.RT.ToValue(utf8Text(p))
}

// maxJSONDepth bounds the nesting of parsed JSON: goja's parser recurses on Go's stack.
const maxJSONDepth = 5000

func parseJSON(r *realm.Realm, p []byte) goja.Value {
	if depth := jsonDepth(p); depth > maxJSONDepth {
		r.ThrowRange("JSON is nested more than %d levels deep", maxJSONDepth)
	}
	return r.Call(jsonParse.Of(r), goja.Undefined(), decodeText(r, p))
}

// jsonParse is the realm's JSON.parse as it was first seen.
var jsonParse = realm.NewSlot(func(r *realm.Realm) goja.Value {
	return r.RT.GlobalObject().Get("JSON").(*goja.Object).Get("parse")
})

// jsonDepth is the deepest nesting of brackets outside strings.
func jsonDepth(p []byte) (deepest int) {
	depth, inString := 0, false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case inString:
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			if depth++; depth > deepest {
				deepest = depth
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// serialiseType is a media type as "package data" gives it to a Blob: without white space,
// type and parameter names in lower case, values as they are (MIME Sniffing, section 4.5).
func serialiseType(mediaType string) string {
	if normalType(mediaType) == "" {
		return ""
	}
	typ, params, more := strings.Cut(mediaType, ";")
	out := strings.ToLower(strings.TrimSpace(typ))
	for more {
		var p string
		p, params, more = strings.Cut(params, ";")
		if name, value, ok := strings.Cut(strings.TrimSpace(p), "="); ok && name != "" && value != "" {
			out += ";" + strings.ToLower(name) + "=" + value
		}
	}
	return out
}

// essence is the media type without parameters, in lower case.
func essence(mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return strings.ToLower(strings.TrimSpace(mediaType))
}

// cloneBody implements "clone a body": bytes are shared, anything else is teed.
func (b *body) clone(r *realm.Realm) body {
	if !b.present {
		return body{}
	}
	if b.source != nil && b.stream == nil {
		var c body
		c.setBytes(b.source)
		return c
	}
	stream, ok := b.readable(r).(*goja.Object)
	if !ok {
		return body{}
	}
	one, two := streams.Tee(r, stream)
	b.stream, b.native, b.source, b.teed = one, nil, nil, true
	return body{present: true, stream: two}
}
