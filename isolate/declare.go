package isolate

import (
	"sync"

	"gannet/isolate/webapi/fetch"
)

// declare makes the platform known to package realm, once, before the first realm.
var declare = sync.OnceFunc(func() {
	fetch.Declare()
	declareContext()
	declareModules()
})
