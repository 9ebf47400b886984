package dom

import (
	"bytes"
	"fmt"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// Exception is the Go value behind a DOMException (WebIDL 2.8.1).
type Exception struct {
	name, message string
	// cause is undefined unless the constructor was given one.
	cause goja.Value
	// stack is where it was made; it becomes text when a script asks.
	stack []goja.StackFrame
	// stackSet is what a script stored in the stack property, nil before that.
	stackSet goja.Value
}

// maxStackFrames bounds the frames kept of the place where an exception was made, innermost
// first. V8 keeps 10; goja's errors keep all.
const maxStackFrames = 50

// legacyCodes are the codes of the DOMException names table (WebIDL 2.8.1), with the names
// of their constants.
var legacyCodes = []struct {
	name, constant string
	code           int
}{
	{"IndexSizeError", "INDEX_SIZE_ERR", 1},
	{"", "DOMSTRING_SIZE_ERR", 2},
	{"HierarchyRequestError", "HIERARCHY_REQUEST_ERR", 3},
	{"WrongDocumentError", "WRONG_DOCUMENT_ERR", 4},
	{"InvalidCharacterError", "INVALID_CHARACTER_ERR", 5},
	{"", "NO_DATA_ALLOWED_ERR", 6},
	{"NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR", 7},
	{"NotFoundError", "NOT_FOUND_ERR", 8},
	{"NotSupportedError", "NOT_SUPPORTED_ERR", 9},
	{"InUseAttributeError", "INUSE_ATTRIBUTE_ERR", 10},
	{"InvalidStateError", "INVALID_STATE_ERR", 11},
	{"SyntaxError", "SYNTAX_ERR", 12},
	{"InvalidModificationError", "INVALID_MODIFICATION_ERR", 13},
	{"NamespaceError", "NAMESPACE_ERR", 14},
	{"InvalidAccessError", "INVALID_ACCESS_ERR", 15},
	{"", "VALIDATION_ERR", 16},
	{"TypeMismatchError", "TYPE_MISMATCH_ERR", 17},
	{"SecurityError", "SECURITY_ERR", 18},
	{"NetworkError", "NETWORK_ERR", 19},
	{"AbortError", "ABORT_ERR", 20},
	{"URLMismatchError", "URL_MISMATCH_ERR", 21},
	{"QuotaExceededError", "QUOTA_EXCEEDED_ERR", 22},
	{"TimeoutError", "TIMEOUT_ERR", 23},
	{"InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR", 24},
	{"DataCloneError", "DATA_CLONE_ERR", 25},
}

// ExceptionInterface is DOMException.
var ExceptionInterface = &realm.Interface{Name: "DOMException", ErrorLike: true}

func declareException() {
	ExceptionInterface.New = func(a realm.Args) any {
		e := &Exception{name: "Error", cause: goja.Undefined()}
		if a.Has(0) {
			e.message = a.Realm.String(a.Get(0))
		}
		if opts, ok := a.Get(1).(*goja.Object); ok {
			if v := opts.Get("name"); v != nil && !goja.IsUndefined(v) {
				e.name = a.Realm.String(v)
			}
			if v := opts.Get("cause"); v != nil {
				e.cause = v
			}
		} else if a.Has(1) {
			e.name = a.Realm.String(a.Get(1))
		}
		e.stack = captureStack(a.Realm)
		return e
	}
	ExceptionInterface.Made = func(r *realm.Realm, obj *goja.Object, value any) {
		if e := value.(*Exception); !goja.IsUndefined(e.cause) {
			_ = obj.DefineDataProperty("cause", e.cause, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	members := []realm.Member{
		realm.Attr("name", func(e *Exception, a realm.Args) goja.Value { return a.RT.ToValue(e.name) }, nil),
		realm.Attr("message", func(e *Exception, a realm.Args) goja.Value { return a.RT.ToValue(e.message) }, nil),
		realm.Attr("code", func(e *Exception, a realm.Args) goja.Value { return a.RT.ToValue(e.Code()) }, nil),
		realm.Attr("stack", func(e *Exception, a realm.Args) goja.Value {
			if e.stackSet != nil {
				return e.stackSet
			}
			return a.RT.ToValue(e.Stack())
		}, func(e *Exception, _ realm.Args, v goja.Value) { e.stackSet = v }),
	}
	for _, c := range legacyCodes {
		members = append(members, realm.Const(c.constant, c.code))
		ExceptionInterface.Statics = append(ExceptionInterface.Statics, realm.Const(c.constant, c.code))
	}
	ExceptionInterface.Members = members
}

func captureStack(r *realm.Realm) []goja.StackFrame {
	return r.RT.CaptureCallStack(maxStackFrames, nil)
}

// NewException makes a DOMException called name ("AbortError", …) with a formatted message.
func NewException(r *realm.Realm, name, format string, args ...any) *goja.Object {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	return r.Wrap(ExceptionInterface, &Exception{name: name, message: msg, cause: goja.Undefined(), stack: captureStack(r)})
}

// Throw throws NewException(r, name, format, args...).
func Throw(r *realm.Realm, name, format string, args ...any) {
	panic(NewException(r, name, format, args...))
}

// CloneException makes a DOMException in r with the name, message and stack of e
// (structured cloning).
func CloneException(r *realm.Realm, e *Exception) *goja.Object {
	c := *e
	c.cause, c.stackSet = goja.Undefined(), nil
	return r.Wrap(ExceptionInterface, &c)
}

// ExceptionOf returns the DOMException behind v, if it is one.
func ExceptionOf(v goja.Value) (*Exception, bool) { return realm.As[*Exception](v) }

// Name is the name, such as "AbortError".
func (e *Exception) Name() string { return e.name }

// Message is the message.
func (e *Exception) Message() string { return e.message }

// Code is the legacy code, 0 for names that have none.
func (e *Exception) Code() int {
	for _, c := range legacyCodes {
		if c.name == e.name && c.name != "" {
			return c.code
		}
	}
	return 0
}

// Error is "name: message".
func (e *Exception) Error() string {
	if e.message == "" {
		return e.name
	}
	return e.name + ": " + e.message
}

// Stack is the text of the stack property, in the form of goja's own errors: the first line
// is Error, one line follows for every frame.
func (e *Exception) Stack() string {
	var b bytes.Buffer
	b.WriteString(e.Error())
	b.WriteByte('\n')
	for i := range e.stack {
		b.WriteString("\tat ")
		e.stack[i].Write(&b)
		b.WriteByte('\n')
	}
	return b.String()
}
