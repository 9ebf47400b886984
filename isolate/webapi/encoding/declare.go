package encoding

import (
	"sync"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
	"gannet/isolate/webapi/streams"
)

// Declare makes the interfaces and functions of this package known. It is called before the
// first realm is made; calling it again has no effect.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	dom.Declare()
	streams.Declare()
	declareDecoder()
	declareEncoder()
	declareStreams()
	realm.Declare(decoderInterface, encoderInterface, decoderStreamInterface, encoderStreamInterface)
	realm.GlobalFunc("atob", 1, atob)
	realm.GlobalFunc("btoa", 1, btoa)
})
