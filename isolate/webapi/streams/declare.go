package streams

import (
	"sync"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// Declare makes the interfaces of the Streams Standard known. It is called before the first
// realm is made; calling it again has no effect.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	dom.Declare() // AbortSignal
	declareReadable()
	declareReader()
	declareBYOB()
	declareIterator()
	declareWritable()
	declareWriter()
	declareStrategies()
	declareTransform()
	declareIdentity()
	realm.Declare(
		readableInterface, readerInterface, byobReaderInterface, byobRequestInterface, controllerInterface, byteControllerInterface, asyncIteratorInterface,
		writableInterface, writerInterface, writableControllerInterface,
		countInterface, byteInterface,
		transformInterface, transformControllerInterface, identityInterface, fixedLengthInterface,
	)
	wrapGlobal()
})
