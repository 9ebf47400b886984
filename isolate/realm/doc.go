// Package realm is the frame a worker's JavaScript runs in: one goja runtime with Gannet's
// globals, and the way to declare those globals in Go.
//
// A global is declared once per process: an Interface (a WebIDL interface with constructor,
// attributes and operations), or a plain value by Global. Declaring puts an entry into the
// template of goja's global object, so that a realm which never touches the global pays
// nothing for it: constructor and prototype are made at first touch, and each member of
// them at its own first touch.
//
// A realm is entered by one goroutine at a time; nothing here locks. Declarations are made
// before the first realm is (Declare panics afterwards), and are read-only from then on.
//
// Errors are thrown the way goja's natives do it: by a panic with a JavaScript value, which
// goja turns into an exception. The helpers ThrowType, ThrowRange and so on do that. Such a
// panic never leaves a function that was entered through Realm.Run.
//
// It does not know what a worker, a request or an isolate is: package isolate does. What
// the platform objects need of the outside world (posting to the isolate's turn, fetch,
// logs) they reach through Host.
//
// Start at New, Interface and Realm.Run.
package realm
