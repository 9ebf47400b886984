package hook

import (
	"testing"

	"github.com/dop251/goja"
)

func TestFunctionTypeOf(t *testing.T) {
	rt := goja.New()
	for src, want := range map[string]FunctionType{
		`() => 0`: PlainFunction, `function() {}`: PlainFunction, `Math.max`: PlainFunction, `Map`: PlainFunction, `({m() {}}).m`: PlainFunction,
		`class {}`: ClassFunction, `class extends Map {}`: ClassFunction, `async () => 0`: AsyncFunction, `({async m() {}}).m`: AsyncFunction,
		`async function() {}`: AsyncFunction, `function*() {}`: GeneratorFunction, `({*m() {}}).m`: GeneratorFunction,
	} {
		v, err := rt.RunString("(" + src + ")")
		if err != nil {
			t.Fatal(src, err)
		}
		if got := FunctionTypeOf(v.(*goja.Object)); got != want {
			t.Errorf("%s: got %d, want %d", src, got, want)
		}
	}
	for src, want := range map[string]bool{`Math.max`: true, `() => 0`: false, `(() => 0).bind()`: false, `class {}`: false, `{}`: false} {
		v, err := rt.RunString("(" + src + ")")
		if err != nil {
			t.Fatal(src, err)
		}
		if got := IsNative(v.(*goja.Object)); got != want {
			t.Errorf("IsNative(%s) = %v", src, got)
		}
	}
}
