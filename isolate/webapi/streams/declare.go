package streams

import (
	"sync"

	"gannet/isolate/realm"
)

// Declare makes the interfaces of the Streams Standard known. It is called before the first
// realm is made; calling it again has no effect.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	declareReadable()
	declareReader()
	declareIterator()
	realm.Declare(readableInterface, readerInterface, controllerInterface, byteControllerInterface, asyncIteratorInterface)
	wrapGlobal()
})
