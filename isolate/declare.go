package isolate

import (
	"sync"

	"gannet/isolate/webapi/builtins"
	"gannet/isolate/webapi/console"
	"gannet/isolate/webapi/crypto"
	"gannet/isolate/webapi/encoding"
	"gannet/isolate/webapi/fetch"
	"gannet/isolate/webapi/guard"
	"gannet/isolate/webapi/timers"
)

// declare makes the platform known to package realm, once, before the first realm.
var declare = sync.OnceFunc(func() {
	guard.Declare()
	fetch.Declare()
	builtins.Declare()
	console.Declare()
	crypto.Declare()
	encoding.Declare()
	timers.Declare()
	declareContext()
	declareModules()
})
