package timers

import (
	"time"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/dom"
)

// scheduler is behind the global scheduler (Workers API).
type scheduler struct{}

var schedulerInterface = &realm.Interface{Name: "Scheduler"}

func declareScheduler() {
	schedulerInterface.Members = []realm.Member{
		realm.Async("wait", 1, func(_ *scheduler, a realm.Args) goja.Value {
			a.Need(1, "Scheduler.wait")
			var signal *dom.AbortSignal
			if v := a.Dict(a.Get(1), "signal"); !goja.IsUndefined(v) {
				var ok bool
				if signal, ok = dom.SignalOf(v); !ok {
					a.ThrowType("Scheduler.wait: member signal is not of type 'AbortSignal'.")
				}
			}
			return wait(a.Realm, delay(a.Get(0)), signal)
		}),
	}
	realm.Declare(schedulerInterface)
	realm.Global("scheduler", true, func(r *realm.Realm) goja.Value { return r.Wrap(schedulerInterface, &scheduler{}) })
}

// wait returns a promise resolved after d, rejected with the reason of signal (which may be
// nil) if that comes first.
func wait(r *realm.Realm, d time.Duration, signal *dom.AbortSignal) goja.Value {
	if signal != nil {
		signal.ThrowIfAborted(r)
	}
	p := r.NewDeferred()
	forget := func() {}
	cancel := r.Host.Timer(d, func() {
		forget()
		p.Resolve(nil)
	})
	if signal != nil {
		forget = signal.OnAbort(func(reason goja.Value) {
			cancel()
			p.Reject(reason)
		})
	}
	return p.Promise()
}
