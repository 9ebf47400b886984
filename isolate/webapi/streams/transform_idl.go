package streams

import (
	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// transformController is the Go value behind a TransformStreamDefaultController.
type transformController struct{ t *TransformStream }

var (
	transformInterface           = &realm.Interface{Name: "TransformStream"}
	transformControllerInterface = &realm.Interface{Name: "TransformStreamDefaultController"}
)

func declareTransform() {
	transformInterface.New = func(a realm.Args) any { return constructTransform(a) }
	transformInterface.Members = []realm.Member{
		realm.Attr("readable", func(t *TransformStream, a realm.Args) goja.Value { return t.Readable() }, nil),
		realm.Attr("writable", func(t *TransformStream, a realm.Args) goja.Value { return t.Writable() }, nil),
	}
	transformControllerInterface.Members = []realm.Member{
		realm.Attr("desiredSize", func(c *transformController, a realm.Args) goja.Value {
			if c.t.readable.state == errored {
				return goja.Null()
			}
			return a.Number(c.t.readable.ctl.DesiredSize())
		}, nil),
		realm.Method("enqueue", 0, func(c *transformController, a realm.Args) goja.Value {
			c.t.Enqueue(a.Get(0))
			return goja.Undefined()
		}),
		realm.Method("error", 0, func(c *transformController, a realm.Args) goja.Value {
			c.t.error(a.Get(0))
			return goja.Undefined()
		}),
		realm.Method("terminate", 0, func(c *transformController, a realm.Args) goja.Value {
			c.t.terminate()
			return goja.Undefined()
		}),
	}
}

// constructTransform is the constructor of TransformStream (Streams, section 6.2.4).
func constructTransform(a realm.Args) *TransformStream {
	x := a.Get(0)
	if _, ok := x.(*goja.Object); !ok && !goja.IsUndefined(x) {
		a.ThrowType("The transformer is not an object.")
	}
	in, inGiven := strategyArg(a.Realm, a.Get(1))
	out, outGiven := strategyArg(a.Realm, a.Get(2))
	cancel := callback(a.Realm, x, "cancel")
	flush := callback(a.Realm, x, "flush")
	readableType := a.Dict(x, "readableType")
	start := callback(a.Realm, x, "start")
	transform := callback(a.Realm, x, "transform")
	writableType := a.Dict(x, "writableType")
	if !goja.IsUndefined(readableType) || !goja.IsUndefined(writableType) {
		a.ThrowRange("A transformer must have neither readableType nor writableType.")
	}
	out = out.defaulted(a.Realm, outGiven, 0)
	in = in.defaulted(a.Realm, inGiven, 1)

	t := &TransformStream{r: a.Realm}
	var self goja.Value = goja.Undefined()
	if start != nil || transform != nil || flush != nil {
		self = a.Wrap(transformControllerInterface, &transformController{t})
	}
	t.transform = func(chunk goja.Value) goja.Value {
		if transform == nil {
			return t.attempt(func() { t.Enqueue(chunk) })
		}
		return invoke(a.Realm, transform, x, chunk, self)
	}
	if flush != nil {
		t.flush = func() goja.Value { return invoke(a.Realm, flush, x, self) }
	}
	if cancel != nil {
		t.cancel = func(reason goja.Value) goja.Value { return invoke(a.Realm, cancel, x, reason) }
	}
	started := a.NewDeferred()
	t.initialize(started.Promise(), in, out)
	if self == goja.Undefined() && cancel == nil && in.size == nil && out.size == nil && in.hwm > 0 {
		t.writable.through = t
	}
	var result goja.Value
	if start != nil {
		result = a.Call(start, x, self)
	}
	started.Resolve(result)
	return t
}
