package dom

import (
	"sync"

	"gannet/isolate/realm"
)

// Declare declares the interfaces and functions of this package. It must run before the
// first realm is made; only its first call counts.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	declareException()
	declareEvents()
	declareTarget()
	declareAbort()
	realm.Declare(
		ExceptionInterface,
		EventInterface, customEventInterface, messageEventInterface, errorEventInterface,
		rejectionEventInterface, closeEventInterface,
		EventTargetInterface, signalInterface, controllerInterface,
		workerScopeInterface, serviceScopeInterface,
	)
	declareGlobalScope()
})
