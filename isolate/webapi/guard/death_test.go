//go:build !race

package guard

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Under the race detector these take ten times as long, and they are about the end of a
// process, which is not a race; TestSemanticsStay runs the same code there.

// Each of these would end the process, or loop in Go code for ever, on goja alone.
func TestNothingEndsTheProcess(t *testing.T) {
	const nest = `const deep = (n, f) => { let x = 0; for (let i = 0; i < n; i++) x = f(x); return x }; `
	for _, tc := range []struct{ name, src, want string }{
		{"JSON.parse", `JSON.parse('['.repeat(1e7))`, "RangeError: Maximum nesting depth"},
		{"JSON.parse of objects", `JSON.parse('{"a":'.repeat(5e6))`, "RangeError: Maximum nesting depth"},
		{"JSON.parse with a reviver that digs", nest + `let once = true; JSON.parse('[1,2]', function(k, v) { if (once) { once = false; this[1] = deep(3e5, x => [x]) } return v })`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of arrays", nest + `JSON.stringify(deep(2e5, x => [x]))`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of objects", nest + `JSON.stringify(deep(2e5, x => ({ x })))`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify with a list", nest + `JSON.stringify(deep(2e5, x => ({ x })), ['x'])`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify with a replacer", nest + `JSON.stringify(deep(2e5, x => ({ x })), (k, v) => v)`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of a toJSON without end", `const f = () => ({ toJSON() { return { x: f() } } }); JSON.stringify(f())`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of a proxy without end", `const f = () => new Proxy({}, { ownKeys() { return ['x'] }, getOwnPropertyDescriptor() { return { enumerable: true, configurable: true, value: 1 } }, get(t, k) { return k === 'x' ? f() : undefined } }); JSON.stringify(f())`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify in JSON.stringify", nest + `let n = 0; const bottom = { toJSON() { n++; return JSON.stringify(deep(4000, x => [x || bottom])) } }; JSON.stringify(deep(4000, x => [x || bottom]))`, "RangeError: Maximum nesting depth"},
		{"JSON.stringify of length", `JSON.stringify(new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 : undefined } }))`, ""},
		{"flat of a circle", `const a = []; a[0] = a; a.flat(Infinity)`, "RangeError: Maximum nesting depth"},
		{"flat of depth", nest + `deep(2e5, x => [x]).flat(Infinity)`, "RangeError: Maximum nesting depth"},
		{"flat that grows", nest + `deep(60, x => [x, x]).flat(Infinity)`, ""},
		{"flat of a proxy without end", `const f = () => new Proxy([], { get(t, k) { return k === 'length' ? 1 : k === '0' ? f() : t[k] }, has() { return true } }); f().flat(Infinity)`, "RangeError: Maximum nesting depth"},
		{"join", nest + `deep(2e5, x => [x]).join()`, "RangeError: Maximum nesting depth"},
		{"String of an array", nest + `String(deep(2e5, x => [x]))`, "RangeError: Maximum nesting depth"},
		{"concatenation of an array", nest + `'' + deep(2e5, x => [x])`, "RangeError: Maximum nesting depth"},
		{"toLocaleString", nest + `deep(2e5, x => [x]).toLocaleString()`, "RangeError: Maximum nesting depth"},
		{"repeat", `'x'.repeat(2 ** 30)`, "RangeError: Invalid count value: 1073741824"},
		{"repeat to Infinity", `'x'.repeat(Infinity)`, "RangeError: Invalid count value"},
		{"repeat of much", `'xyz'.repeat(2 ** 40)`, "RangeError: Invalid count value"},
		{"padStart", `'x'.padStart(2 ** 40)`, "RangeError: Invalid string length"},
		{"padEnd", `'x'.padEnd(2 ** 31, 'ab')`, "RangeError: Invalid string length"},
		{"replaceAll", `'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1e6))`, "RangeError: Invalid string length"},
		{"replace with a tail", `'x'.repeat(1e6).replace('x', "$'".repeat(1e6))`, "RangeError: Invalid string length"},
		{"replace by a regular expression", `'x'.repeat(1e6).replace(/x/g, 'y'.repeat(1e6))`, "RangeError: Invalid string length"},
		{"replace by captures", `'x'.repeat(2e4).replace(/(?=(x*))/g, '$1$1')`, "RangeError: Invalid string length"},
		{"join of a length", `new Array(4e9).join('x')`, "RangeError"},
		{"join of a separator", `new Array(1000).join('x'.repeat(1e6))`, "RangeError: Invalid string length"},
		{"join of an array-like", `[].join.call({ length: 2 ** 53 })`, "RangeError"},
		{"fill", `new Array(4e9).fill(0)`, "RangeError: Invalid array length"},
		{"indexOf of an array-like", `[].indexOf.call({ length: 2 ** 53 }, 1)`, "RangeError: Invalid array length"},
		{"forEach of holes", `const a = []; a.length = 4e9; a.forEach(x => x)`, "RangeError: Invalid array length"},
		{"sort of holes", `const a = []; a.length = 4e9; a.sort()`, "RangeError: Invalid array length"},
		{"Array.from", `Array.from({ length: 2 ** 32 })`, "RangeError: Invalid array length"},
		{"ArrayBuffer", `new ArrayBuffer(1e10)`, "RangeError: Array buffer allocation failed"},
		{"Uint8Array", `new Uint8Array(1e10)`, "RangeError: Array buffer allocation failed"},
		{"Float64Array", `new Float64Array(2e7)`, "RangeError: Array buffer allocation failed"},
		{"Uint8Array of an array-like", `new Uint8Array({ length: 1e10 })`, "RangeError: Array buffer allocation failed"},
		{"subclass of ArrayBuffer", `class A extends ArrayBuffer {}; new A(1e11)`, "RangeError: Array buffer allocation failed"},
		{"split", `'x'.repeat(1e8).split('')`, "RangeError: Invalid array length"},
		{"String.raw", `String.raw({ raw: { length: 2 ** 53 } })`, "RangeError: Invalid array length"},
		{"concat", `[].concat({ length: 2 ** 53 - 2, [Symbol.isConcatSpreadable]: true })`, "RangeError: Invalid array length"},
		{"BigInt", `BigInt('1'.repeat(1e7))`, "RangeError: Maximum BigInt size exceeded"},
		{"apply", `Math.max.apply(null, { length: 1e9 })`, "RangeError: Maximum number of arguments"},
		{"Reflect.apply", `Reflect.apply(Math.max, null, { length: 1e9 })`, "RangeError: Maximum number of arguments"},
		{"Reflect.construct", `Reflect.construct(Array, { length: 1e9 })`, "RangeError: Maximum number of arguments"},
		{"proxies of proxies", nest + `deep(1e6, x => new Proxy(x || {}, {})).y`, "RangeError: Maximum depth of proxies"},
		{"handlers of handlers", nest + `deep(1e6, x => new Proxy({}, x || {})).y`, "RangeError: Maximum depth of proxies"},
		{"revocable proxies", nest + `deep(1e6, x => Proxy.revocable(x || {}, {}).proxy).y`, "RangeError: Maximum depth of proxies"},
		{"RegExp nesting", `new RegExp('('.repeat(1e7))`, "SyntaxError: Invalid regular expression"},
		{"RegExp nesting below the bound", `new RegExp('(?='.repeat(2e4) + 'a' + ')'.repeat(2e4))`, ""},
		{"RegExp groups below the bound", `new RegExp('('.repeat(3e4) + 'a' + ')'.repeat(3e4))`, ""},
		{"match with a pattern", `'x'.match('('.repeat(1e7))`, "SyntaxError: Invalid regular expression"},
		{"RegExp repetition", `new RegExp('(((a{1000}){1000}){1000})')`, ""},
		{"RegExp repetition with lookahead", `new RegExp('(?=a)(((a{1000}){1000}){1000})').test('a')`, ""},
		{"backtracking", `/(?=a)(a+)+$/.test('a'.repeat(40) + 'b')`, "Error: The regular expression was stopped after"},
		{"backtracking in exec", `/(?=a)(a+)+$/.exec('a'.repeat(40) + 'b')`, "Error: The regular expression was stopped after"},
		{"backtracking in match", `('a'.repeat(40) + 'b').match(/(?=a)(a+)+$/g)`, "Error: The regular expression was stopped after"},
		{"backtracking in replace", `('a'.repeat(40) + 'b').replace(/(?=a)(a+)+$/, 'x')`, "Error: The regular expression was stopped after"},
		{"backtracking in search", `('a'.repeat(40) + 'b').search(/(?=a)(a+)+$/)`, "Error: The regular expression was stopped after"},
		{"backtracking in split", `('a'.repeat(40) + 'b').split(/(?=a)(a+)+$/)`, "Error: The regular expression was stopped after"},
		{"backtracking in matchAll", `[...('a'.repeat(40) + 'b').matchAll(/(?=a)(a+)+$/g)]`, "Error: The regular expression was stopped after"},
		{"backtracking, caught and repeated", `for (;;) try { /(?=a)(a+)+$/.test('a'.repeat(40) + 'b') } catch {}`, "interrupted"},
		{"recursion through getters", `const o = { get x() { return this.x } }; o.x`, "overflow"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), scriptVar+"="+tc.src, "GOMEMLIMIT=800MiB", "GOTRACEBACK=none")
			var out []byte
			var err error
			done := make(chan struct{})
			go func() { defer close(done); out, err = cmd.CombinedOutput() }()
			select {
			case <-done:
			case <-time.After(30 * time.Second):
				_ = cmd.Process.Kill()
				t.Fatal("does not end")
			}
			got, ok := strings.CutPrefix(string(out), "result: ")
			if err != nil || !ok {
				t.Fatalf("%v: %.200s", err, out)
			}
			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %.120q, want %q", got, tc.want)
			}
		})
	}
}
