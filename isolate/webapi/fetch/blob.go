package fetch

import (
	"strings"
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/streams"
)

var (
	blobInterface = &realm.Interface{Name: "Blob"}
	fileInterface = &realm.Interface{Name: "File", Length: 2}
)

// Blob is immutable bytes with a media type (File API, section 3).
type Blob struct {
	data []byte
	typ  string
}

// File is a named Blob (File API, section 4).
type File struct {
	Blob
	name         string
	lastModified int64 // milliseconds since 1970
}

// blobOf is implemented by what is behind Blob objects.
type blobOf interface{ blob() *Blob }

func (b *Blob) blob() *Blob { return b }

// normalType drops a type with characters outside U+0020 to U+007E and lower-cases others.
func normalType(typ string) string {
	for i := 0; i < len(typ); i++ {
		if typ[i] < 0x20 || typ[i] > 0x7E {
			return ""
		}
	}
	return strings.ToLower(typ)
}

// gather concatenates blob parts; the total is bounded like a buffered body.
func gather(r *realm.Realm, parts goja.Value) []byte {
	if goja.IsUndefined(parts) {
		return nil
	}
	obj, ok := parts.(*goja.Object)
	if !ok || realm.IsNullish(obj.GetSymbol(goja.SymIterator)) {
		r.ThrowType("The provided value cannot be converted to a sequence.")
	}
	var data []byte
	r.Iterate(parts, func(part goja.Value) bool {
		switch p, isBytes := r.Bytes(part); {
		case isBytes:
			data = append(data, p...)
		default:
			if b, ok := realm.As[blobOf](part); ok {
				data = append(data, b.blob().data...)
			} else {
				data = append(data, r.String(part)...)
			}
		}
		if len(data) > maxBuffered {
			r.ThrowRange("A Blob cannot be larger than %d MiB.", maxBuffered>>20)
		}
		return true
	})
	return data
}

func blobType(r *realm.Realm, options goja.Value) string {
	if v := r.Dict(options, "type"); !goja.IsUndefined(v) {
		return normalType(r.String(v))
	}
	return ""
}

// slice implements Blob.slice's arithmetic.
func (b *Blob) slice(a realm.Args) *Blob {
	size := int64(len(b.data))
	at := func(i int, def int64) int64 {
		if !a.Has(i) {
			return def
		}
		n := a.Long(a.Get(i), -1<<53, 1<<53)
		if n < 0 {
			return max(size+n, 0)
		}
		return min(n, size)
	}
	from, to := at(0, 0), at(1, size)
	typ := ""
	if a.Has(2) {
		typ = normalType(a.String(a.Get(2)))
	}
	if to < from {
		to = from
	}
	return &Blob{data: b.data[from:to:to], typ: typ}
}

func declareBlob() {
	blobInterface.New = func(a realm.Args) any {
		return &Blob{data: gather(a.Realm, a.Get(0)), typ: blobType(a.Realm, a.Get(1))}
	}
	blobInterface.Members = []realm.Member{
		realm.Attr("size", func(b blobOf, a realm.Args) goja.Value { return a.RT.ToValue(len(b.blob().data)) }, nil),
		realm.Attr("type", func(b blobOf, a realm.Args) goja.Value { return a.RT.ToValue(b.blob().typ) }, nil),
		realm.Method("slice", 0, func(b blobOf, a realm.Args) goja.Value {
			return a.Wrap(blobInterface, b.blob().slice(a))
		}),
		realm.Method("stream", 0, func(b blobOf, a realm.Args) goja.Value {
			return streams.FromBytes(a.Realm, clone(b.blob().data))
		}),
		realm.Async("text", 0, func(b blobOf, a realm.Args) goja.Value {
			return decodeText(a.Realm, b.blob().data)
		}),
		realm.Async("arrayBuffer", 0, func(b blobOf, a realm.Args) goja.Value {
			return a.NewBuffer(clone(b.blob().data))
		}),
		realm.Async("bytes", 0, func(b blobOf, a realm.Args) goja.Value {
			return a.NewBytes(clone(b.blob().data))
		}),
	}
	fileInterface.Parent = blobInterface
	fileInterface.New = func(a realm.Args) any {
		f := &File{
			Blob: Blob{data: gather(a.Realm, a.Get(0)), typ: blobType(a.Realm, a.Get(2))},
			name: a.String(a.Get(1)),
		}
		if v := a.Dict(a.Get(2), "lastModified"); !goja.IsUndefined(v) {
			f.lastModified = v.ToInteger()
		} else {
			f.lastModified = now(a.Realm).UnixMilli()
		}
		return f
	}
	fileInterface.Members = []realm.Member{
		realm.Attr("name", func(f *File, a realm.Args) goja.Value { return a.RT.ToValue(f.name) }, nil),
		realm.Attr("lastModified", func(f *File, a realm.Args) goja.Value { return a.RT.ToValue(f.lastModified) }, nil),
	}
	realm.Declare(blobInterface, fileInterface)
}

func now(r *realm.Realm) time.Time { return r.Host.Now() }

// StructuredClone gives structuredClone the copy of a Blob or File, which is immutable and
// therefore shares its bytes.
func (b *Blob) StructuredClone(r *realm.Realm) *goja.Object {
	c := *b
	return r.Wrap(blobInterface, &c)
}

// StructuredClone is that of a File.
func (f *File) StructuredClone(r *realm.Realm) *goja.Object {
	c := *f
	return r.Wrap(fileInterface, &c)
}
