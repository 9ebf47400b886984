package hook

import (
	_ "unsafe" // for go:linkname

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// The functions below are goja's. Their signatures are goja's with unexported types
// replaced by their mirrors of layout.go, which have the same layout.

//go:linkname getGlobalObjectTemplate github.com/dop251/goja.getGlobalObjectTemplate
func getGlobalObjectTemplate() *Template

//go:linkname getArrayProtoTemplate github.com/dop251/goja.getArrayProtoTemplate
func getArrayProtoTemplate() *Template

//go:linkname getObjectTemplate github.com/dop251/goja.getObjectTemplate
func getObjectTemplate() *Template

//go:linkname getStringProtoTemplate github.com/dop251/goja.getStringProtoTemplate
func getStringProtoTemplate() *Template

//go:linkname newObjectTemplate github.com/dop251/goja.newObjectTemplate
func newObjectTemplate() *Template

//go:linkname putStr github.com/dop251/goja.(*objectTemplate).putStr
func putStr(t *Template, name unistring.String, f func(*goja.Runtime) goja.Value)

//go:linkname putSym github.com/dop251/goja.(*objectTemplate).putSym
func putSym(t *Template, s *goja.Symbol, f func(*goja.Runtime) goja.Value)

//go:linkname newTemplatedObject github.com/dop251/goja.(*Runtime).newTemplatedObject
func newTemplatedObject(r *goja.Runtime, t *Template, obj *goja.Object) *templatedObject

//go:linkname newTemplatedFuncObject github.com/dop251/goja.(*Runtime).newTemplatedFuncObject
func newTemplatedFuncObject(r *goja.Runtime, t *Template, obj *goja.Object, f func(goja.FunctionCall) goja.Value, ctor func([]goja.Value, *goja.Object) *goja.Object) *templatedObject

//go:linkname newNativeFunc github.com/dop251/goja.(*Runtime).newNativeFunc
func newNativeFunc(r *goja.Runtime, call func(goja.FunctionCall) goja.Value, name unistring.String, length int) *goja.Object

//go:linkname getFunctionPrototype github.com/dop251/goja.(*Runtime).getFunctionPrototype
func getFunctionPrototype(r *goja.Runtime) *goja.Object

//go:linkname getIteratorPrototype github.com/dop251/goja.(*Runtime).getIteratorPrototype
func getIteratorPrototype(r *goja.Runtime) *goja.Object

//go:linkname getErrorPrototype github.com/dop251/goja.(*Runtime).getErrorPrototype
func getErrorPrototype(r *goja.Runtime) *goja.Object

//go:linkname getPrototypeFromCtor github.com/dop251/goja.(*Runtime).getPrototypeFromCtor
func getPrototypeFromCtor(r *goja.Runtime, newTarget, defCtor, defProto *goja.Object) *goja.Object

//go:linkname valueProp github.com/dop251/goja.valueProp
func valueProp(value goja.Value, writable, enumerable, configurable bool) goja.Value

//go:linkname runWrapped github.com/dop251/goja.(*Runtime).runWrapped
func runWrapped(r *goja.Runtime, f func()) error

//go:linkname newPromise github.com/dop251/goja.(*Runtime).newPromise
func newPromise(r *goja.Runtime, proto *goja.Object) *goja.Promise

//go:linkname getPromisePrototype github.com/dop251/goja.(*Runtime).getPromisePrototype
func getPromisePrototype(r *goja.Runtime) *goja.Object

//go:linkname getPromise github.com/dop251/goja.(*Runtime).getPromise
func getPromise(r *goja.Runtime) *goja.Object

//go:linkname promiseResolve github.com/dop251/goja.(*Runtime).promiseResolve
func promiseResolve(r *goja.Runtime, c *goja.Object, x goja.Value) *goja.Object

//go:linkname promiseFulfill github.com/dop251/goja.(*Promise).fulfill
func promiseFulfill(p *goja.Promise, v goja.Value) goja.Value

//go:linkname promiseReject github.com/dop251/goja.(*Promise).reject
func promiseReject(p *goja.Promise, v goja.Value) goja.Value

//go:linkname promiseToValue github.com/dop251/goja.(*Promise).toValue
func promiseToValue(p *goja.Promise, r *goja.Runtime) goja.Value

//go:linkname performPromiseThen github.com/dop251/goja.(*Runtime).performPromiseThen
func performPromiseThen(r *goja.Runtime, p *goja.Promise, onFulfilled, onRejected goja.Value, capability *promiseCapability) goja.Value

//go:linkname enqueuePromiseJob github.com/dop251/goja.(*Runtime).enqueuePromiseJob
func enqueuePromiseJob(r *goja.Runtime, job func())

//go:linkname createIterResultObject github.com/dop251/goja.(*Runtime).createIterResultObject
func createIterResultObject(r *goja.Runtime, value goja.Value, done bool) goja.Value

//go:linkname assertCallable github.com/dop251/goja.assertCallable
func assertCallable(v goja.Value) (func(goja.FunctionCall) goja.Value, bool)

//go:linkname toConstructor github.com/dop251/goja.(*Runtime).toConstructor
func toConstructor(r *goja.Runtime, v goja.Value) func(args []goja.Value, newTarget *goja.Object) *goja.Object

//go:linkname getTypeError github.com/dop251/goja.(*Runtime).getTypeError
func getTypeError(r *goja.Runtime) *goja.Object

//go:linkname getRangeError github.com/dop251/goja.(*Runtime).getRangeError
func getRangeError(r *goja.Runtime) *goja.Object

//go:linkname getSyntaxError github.com/dop251/goja.(*Runtime).getSyntaxError
func getSyntaxError(r *goja.Runtime) *goja.Object

//go:linkname getEvalError github.com/dop251/goja.(*Runtime).getEvalError
func getEvalError(r *goja.Runtime) *goja.Object

//go:linkname getError github.com/dop251/goja.(*Runtime).getError
func getError(r *goja.Runtime) *goja.Object

//go:linkname getObject github.com/dop251/goja.(*Runtime).getObject
func getObject(r *goja.Runtime) *goja.Object
