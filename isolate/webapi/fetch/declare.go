package fetch

import (
	"sync"

	"gannet/isolate/webapi/dom"
	"gannet/isolate/webapi/streams"
	"gannet/isolate/webapi/urls"
)

// Declare makes the package's interfaces and functions known to package realm, and those of
// the packages it uses.
func Declare() { declareOnce() }

var declareOnce = sync.OnceFunc(func() {
	dom.Declare()
	streams.Declare()
	urls.Declare()
	declareHeaders()
	declareBlob()
	declareFormData()
	declareRequest()
	declareResponse()
	declareFetch()
})
