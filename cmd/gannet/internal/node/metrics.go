package node

import (
	"fmt"
	"io"
	"sort"

	"gannet/cmd/gannet/internal/deploy"
)

// WriteMetrics writes the figures that the parts of the node keep themselves, in the text
// format of Prometheus. Those of the packages' own counters come from metrics.WritePrometheus.
func (n *Node) WriteMetrics(w io.Writer) {
	n.mu.Lock()
	server, listeners := n.mu.http, len(n.mu.listeners)
	byName := make(map[string]deploy.Figures)
	for name, f := range n.mu.past {
		byName[name] = f
	}
	add := func(ws []*deploy.Worker) {
		for _, w := range ws {
			f, sum := w.Figures(), byName[w.Name()]
			sum.ColdStarts += f.ColdStarts
			sum.Condemned += f.Condemned
			sum.CPU += f.CPU
			sum.Inflight += f.Inflight
			sum.Isolates += f.Isolates
			byName[w.Name()] = sum
		}
	}
	add(n.mu.workers)
	add(n.mu.leaving)
	n.mu.Unlock()

	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		f := byName[name]
		fmt.Fprintf(w, "gannet_cold_starts_total{worker=%q} %d\n", name, f.ColdStarts)
		fmt.Fprintf(w, "gannet_isolates_condemned_total{worker=%q} %d\n", name, f.Condemned)
		fmt.Fprintf(w, "gannet_isolate_cpu_seconds_total{worker=%q} %g\n", name, f.CPU.Seconds())
		fmt.Fprintf(w, "gannet_isolates{worker=%q} %d\n", name, f.Isolates)
		fmt.Fprintf(w, "gannet_events_inflight{worker=%q} %d\n", name, f.Inflight)
	}
	fmt.Fprintf(w, "gannet_listeners %d\n", listeners)
	fmt.Fprintf(w, "gannet_draining %d\n", oneIf(n.Draining()))
	if server != nil {
		s := server.Stats()
		fmt.Fprintf(w, "gannet_connections_open %d\n", s.Open)
		fmt.Fprintf(w, "gannet_connections_accepted_total %d\n", s.Accepted)
		fmt.Fprintf(w, "gannet_connections_shed_total %d\n", s.Shed)
		fmt.Fprintf(w, "gannet_tls_handshakes_failed_total %d\n", s.HandshakesFailed)
		fmt.Fprintf(w, "gannet_http_requests_total %d\n", s.Requests)
		fmt.Fprintf(w, "gannet_http_responses_total %d\n", s.Responses)
		fmt.Fprintf(w, "gannet_http_responses_cut_total %d\n", s.Cut)
		fmt.Fprintf(w, "gannet_http_bulk_total %d\n", s.Bulk)
		fmt.Fprintf(w, "gannet_http_panics_total %d\n", s.Panics)
		r := s.Rejected
		for _, x := range []struct {
			why string
			n   int64
		}{{"bad_request", r.BadRequest}, {"timeout", r.Timeout}, {"too_large", r.TooLarge}, {"target_too_long", r.TargetTooBig},
			{"fields_too_large", r.FieldsTooBig}, {"unsupported", r.Unsupported}, {"other", r.Other}} {
			fmt.Fprintf(w, "gannet_http_rejected_total{reason=%q} %d\n", x.why, x.n)
		}
	}
	s := n.sched.Stats()
	fmt.Fprintf(w, "gannet_sched_tasks_total %d\n", s.Runs)
	fmt.Fprintf(w, "gannet_sched_turns_total %d\n", s.Turns)
	fmt.Fprintf(w, "gannet_sched_steals_total %d\n", s.Steals)
	fmt.Fprintf(w, "gannet_sched_parks_total %d\n", s.Parks)
	fmt.Fprintf(w, "gannet_sched_wakes_total %d\n", s.Wakes)
	fmt.Fprintf(w, "gannet_sched_interrupts_total %d\n", s.Interrupts)
	fmt.Fprintf(w, "gannet_sched_panics_total %d\n", s.Panics)
	fmt.Fprintf(w, "gannet_sched_watchdog_late_seconds_total %g\n", s.WatchdogLateTotal.Seconds())
	for i, q := range s.Queued {
		fmt.Fprintf(w, "gannet_sched_queued{executor=\"%d\"} %d\n", i, q)
	}
	o := n.client.Stats()
	fmt.Fprintf(w, "gannet_origin_idle_connections %d\n", o.Idle)
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
