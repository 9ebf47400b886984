package encoding

import (
	"reflect"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/streams"
)

// textDecoderStream is the Go value behind a TextDecoderStream (Encoding, section 7.6).
type textDecoderStream struct {
	TextDecoder
	*streams.TransformStream
}

// Transform implements streams.Transformer.
func (d *textDecoderStream) Transform(t *streams.TransformStream, chunk goja.Value) {
	r := d.realm()
	b, ok := r.Bytes(chunk)
	if !ok {
		r.ThrowType("A TextDecoderStream takes an ArrayBuffer or a view of one, but it was given: %s", realm.Describe(chunk))
	}
	d.give(t, d.decode(r, b, true))
}

// Flush implements streams.Transformer.
func (d *textDecoderStream) Flush(t *streams.TransformStream) {
	if d.dec != nil {
		d.give(t, d.decode(d.realm(), nil, false))
	}
}

func (d *textDecoderStream) give(t *streams.TransformStream, s goja.Value) {
	if s.ToBoolean() { // not empty
		t.Enqueue(s)
	}
}

func (d *textDecoderStream) realm() *realm.Realm { return d.TransformStream.Realm() }

// textEncoderStream is the Go value behind a TextEncoderStream (Encoding, section 7.7).
type textEncoderStream struct {
	*streams.TransformStream
	lead rune // a lead surrogate at the end of the last chunk; 0 for none
}

// Transform implements streams.Transformer.
func (e *textEncoderStream) Transform(t *streams.TransformStream, chunk goja.Value) {
	s := chunk.ToString()
	var b []byte
	if e.lead == 0 && reflect.TypeOf(s) != wide {
		b = []byte(s.String())
	} else {
		b, e.lead = appendUnits(nil, s.(goja.String), e.lead)
	}
	if len(b) > 0 {
		t.Enqueue(t.Realm().NewBytes(b))
	}
}

// Flush implements streams.Transformer.
func (e *textEncoderStream) Flush(t *streams.TransformStream) {
	if e.lead != 0 {
		t.Enqueue(t.Realm().NewBytes([]byte(replacement)))
	}
}

// sides is what GenericTransformStream needs (Streams, section 9.1.3).
type sides interface {
	Readable() *goja.Object
	Writable() *goja.Object
}

func sideMembers[T sides]() []realm.Member {
	return []realm.Member{
		realm.Attr("readable", func(t T, _ realm.Args) goja.Value { return t.Readable() }, nil),
		realm.Attr("writable", func(t T, _ realm.Args) goja.Value { return t.Writable() }, nil),
	}
}

var (
	decoderStreamInterface = &realm.Interface{Name: "TextDecoderStream"}
	encoderStreamInterface = &realm.Interface{Name: "TextEncoderStream"}
)

func declareStreams() {
	decoderStreamInterface.New = func(a realm.Args) any {
		d := &textDecoderStream{TextDecoder: newTextDecoder(a)}
		d.TransformStream = streams.NewTransform(a.Realm, d)
		return d
	}
	decoderStreamInterface.Members = append(decoderMembers[*textDecoderStream](), sideMembers[*textDecoderStream]()...)
	encoderStreamInterface.New = func(a realm.Args) any {
		e := &textEncoderStream{}
		e.TransformStream = streams.NewTransform(a.Realm, e)
		return e
	}
	encoderStreamInterface.Members = append([]realm.Member{
		realm.Attr("encoding", func(_ *textEncoderStream, a realm.Args) goja.Value { return a.RT.ToValue("utf-8") }, nil),
	}, sideMembers[*textEncoderStream]()...)
}
