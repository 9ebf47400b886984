package timers

import (
	"runtime"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// navigator is behind the global navigator.
type navigator struct{}

// userAgent is what programs that run in several places look for to tell Workers.
const userAgent = "Cloudflare-Workers"

var navigatorInterface = &realm.Interface{Name: "Navigator"}

func declareNavigator() {
	type args = realm.Args
	text := func(name, value string) realm.Member {
		return realm.Attr(name, func(_ *navigator, a args) goja.Value { return a.RT.ToValue(value) }, nil)
	}
	navigatorInterface.Members = []realm.Member{
		text("userAgent", userAgent),
		text("platform", "Linux"),
		text("language", "en"),
		realm.Attr("languages", func(_ *navigator, a args) goja.Value { return a.RT.NewArray("en") }, nil),
		// What the process may use; an isolate itself runs on one processor at a time.
		realm.Attr("hardwareConcurrency", func(_ *navigator, a args) goja.Value { return a.RT.ToValue(runtime.GOMAXPROCS(0)) }, nil),
	}
	realm.Declare(navigatorInterface)
	realm.Global("navigator", true, func(r *realm.Realm) goja.Value { return r.Wrap(navigatorInterface, &navigator{}) })
}
