// Package guard bounds goja's own built-ins, which nothing can interrupt: an interrupt
// takes effect between two instructions of a script, and a built-in is one instruction.
//
//   - Depth: what recurses over data (JSON, flat, join) shares one budget of levels, for a
//     stack overflow of Go ends the process. Past it they throw a RangeError.
//   - Memory and time: what allocates or loops by a number that a script, or its client,
//     gives (repeat, padStart, fill, Array.from, ArrayBuffer …) throws a RangeError above
//     what the worker's memory limit could hold.
//   - Regular expressions: a match that backtracks for too long throws; it never counts as
//     "no match".
//
// The built-ins are changed in place and are otherwise goja's own. Nothing is observable but
// the errors, and conversions that happen once as before.
//
// It is no meter: a script that builds a huge value by small steps, such as s += s, is not
// seen here.
//
// Everything runs on the goroutine that has entered the realm. Specification: ECMA-262.
//
// Start at Declare and Install.
package guard
