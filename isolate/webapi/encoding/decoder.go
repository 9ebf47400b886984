package encoding

import (
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// TextDecoder is the Go value behind a TextDecoder, and in a TextDecoderStream (Encoding,
// section 7.2).
type TextDecoder struct {
	named
	fatal, ignoreBOM bool

	dec     decoder // of the stream under way; nil between streams
	bomSeen bool
}

var (
	decoderInterface = &realm.Interface{Name: "TextDecoder"}
	encoderInterface = &realm.Interface{Name: "TextEncoder"}
)

// newTextDecoder converts the arguments of a constructor.
func newTextDecoder(a realm.Args) TextDecoder {
	label := "utf-8"
	if a.Has(0) {
		label = a.String(a.Get(0))
	}
	opts := a.Get(1)
	d := TextDecoder{fatal: a.Dict(opts, "fatal").ToBoolean(), ignoreBOM: a.Dict(opts, "ignoreBOM").ToBoolean()}
	n, ok := lookup(label)
	if !ok {
		a.ThrowRange("The encoding label provided ('%s') is invalid.", label)
	}
	d.named = n
	return d
}

// decode decodes one chunk; stream says that more follow. It throws a TypeError for
// malformed input if the decoder is fatal, and begins anew after that.
func (d *TextDecoder) decode(r *realm.Realm, b []byte, stream bool) goja.Value {
	if d.dec == nil && d.name == "utf-8" && !stream && utf8.Valid(b) {
		return r.RT.ToValue(d.stripBOM(string(b)))
	}
	if d.dec == nil {
		d.dec, d.bomSeen = d.newDecoder(), false
	}
	out, ok := d.dec.decode(make([]byte, 0, len(b)+8), b, !stream, d.fatal)
	s := string(out)
	if d.dec != nil && !d.bomSeen && len(s) > 0 {
		d.bomSeen = stream
		s = d.stripBOM(s)
	}
	if !ok || !stream {
		d.dec, d.bomSeen = nil, false
	}
	if !ok {
		r.ThrowType("The encoded data was not valid for encoding %s", d.name)
	}
	return r.RT.ToValue(s)
}

// stripBOM is the first step of "serialize I/O queue": the byte order mark at the start of a
// stream goes, for the encodings of Unicode.
func (d *TextDecoder) stripBOM(s string) string {
	if d.ignoreBOM || !d.unicode() {
		return s
	}
	return strings.TrimPrefix(s, bom)
}

// decoderMembers are the members TextDecoder and TextDecoderStream share.
func decoderMembers[T interface{ common() *TextDecoder }]() []realm.Member {
	return []realm.Member{
		realm.Attr("encoding", func(d T, a realm.Args) goja.Value { return a.RT.ToValue(d.common().name) }, nil),
		realm.Attr("fatal", func(d T, a realm.Args) goja.Value { return a.RT.ToValue(d.common().fatal) }, nil),
		realm.Attr("ignoreBOM", func(d T, a realm.Args) goja.Value { return a.RT.ToValue(d.common().ignoreBOM) }, nil),
	}
}

func (d *TextDecoder) common() *TextDecoder { return d }

func declareDecoder() {
	decoderInterface.New = func(a realm.Args) any { d := newTextDecoder(a); return &d }
	decoderInterface.Members = append(decoderMembers[*TextDecoder](),
		realm.Method("decode", 0, func(d *TextDecoder, a realm.Args) goja.Value {
			var b []byte
			if a.Has(0) {
				var ok bool
				if b, ok = a.Bytes(a.Get(0)); !ok {
					a.ThrowType("The argument of decode must be an ArrayBuffer or a view of one.")
				}
			}
			stream := a.Dict(a.Get(1), "stream").ToBoolean()
			if a.Has(0) {
				b, _ = a.Bytes(a.Get(0)) // the options' getters may have detached it
			}
			return d.decode(a.Realm, b, stream)
		}))
}
