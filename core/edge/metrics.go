package edge

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"gannet/core"
)

// workerMetrics are the counters of one worker, made when it is first deployed and kept for
// the life of the process, so that they do not start anew with each version.
type workerMetrics struct {
	outcomes    [core.OutcomeInternal + 1]*metrics.Counter
	seconds     *metrics.Histogram
	cpu         *metrics.FloatCounter
	subrequests *metrics.Counter
}

// workers maps a worker's name to its *workerMetrics. It grows with the configuration, never
// with requests.
var workers sync.Map

// RegisterWorker makes the metrics of a worker. It must be called before the first request.
func RegisterWorker(name string) {
	if _, ok := workers.Load(name); ok {
		return
	}
	m := &workerMetrics{
		seconds:     metrics.GetOrCreateHistogram(fmt.Sprintf(`gannet_request_duration_seconds{worker=%q}`, name)),
		cpu:         metrics.GetOrCreateFloatCounter(fmt.Sprintf(`gannet_worker_cpu_seconds_total{worker=%q}`, name)),
		subrequests: metrics.GetOrCreateCounter(fmt.Sprintf(`gannet_subrequests_total{worker=%q}`, name)),
	}
	for o := core.OutcomeOK; o <= core.OutcomeInternal; o++ {
		m.outcomes[o] = metrics.GetOrCreateCounter(fmt.Sprintf(`gannet_requests_total{worker=%q,outcome=%q}`, name, o))
	}
	workers.Store(name, m)
}

func workerMetricsOf(name string) *workerMetrics {
	m, ok := workers.Load(name)
	if !ok {
		return nil
	}
	return m.(*workerMetrics)
}

func countWorker(name string, outcome core.Outcome, elapsed, cpu time.Duration) {
	m := workerMetricsOf(name)
	if m == nil {
		return
	}
	m.outcomes[outcome].Inc()
	m.seconds.Update(elapsed.Seconds())
	m.cpu.Add(cpu.Seconds())
}

// The answers no worker gave, by who did and by status class.
var (
	natives       = []string{"origin", "file", "asset", "respond", "redirect", "error"}
	nativeCounter = func() map[string]*[6]*metrics.Counter {
		m := make(map[string]*[6]*metrics.Counter)
		for _, by := range natives {
			var classes [6]*metrics.Counter
			for class := 1; class <= 5; class++ {
				classes[class] = metrics.NewCounter(fmt.Sprintf(`gannet_native_requests_total{by=%q,status="%sxx"}`, by, strconv.Itoa(class)))
			}
			m[by] = &classes
		}
		return m
	}()
	nativeSeconds = metrics.NewHistogram(`gannet_native_request_duration_seconds`)
)

func countNative(by string, status int, elapsed time.Duration) {
	if classes := nativeCounter[by]; classes != nil && status >= 100 && status < 600 {
		classes[status/100].Inc()
	}
	nativeSeconds.Update(elapsed.Seconds())
}
