package origin

import (
	"context"
	"errors"

	"github.com/VictoriaMetrics/metrics"

	"gannet/core"
	"gannet/net/h1/wire"
)

var (
	requestsTotal  = metrics.NewCounter("gannet_origin_requests_total")
	retriesTotal   = metrics.NewCounter("gannet_origin_retries_total")
	failoversTotal = metrics.NewCounter("gannet_origin_failovers_total")
	connsOpened    = metrics.NewCounter("gannet_origin_conns_opened_total")
	connsReused    = metrics.NewCounter("gannet_origin_conns_reused_total")
	panicsTotal    = metrics.NewCounter("gannet_origin_panics_total")
	connsStale     = metrics.NewCounter("gannet_origin_conns_stale_total")

	errForbidden = metrics.NewCounter(`gannet_origin_errors_total{cause="forbidden"}`)
	errTimeout   = metrics.NewCounter(`gannet_origin_errors_total{cause="timeout"}`)
	errProtocol  = metrics.NewCounter(`gannet_origin_errors_total{cause="protocol"}`)
	errDown      = metrics.NewCounter(`gannet_origin_errors_total{cause="down"}`)
	errCancelled = metrics.NewCounter(`gannet_origin_errors_total{cause="cancelled"}`)
	errOther     = metrics.NewCounter(`gannet_origin_errors_total{cause="other"}`)
	errBody      = metrics.NewCounter(`gannet_origin_errors_total{cause="body"}`)
)

// countError counts a request that got no response.
func countError(err error) {
	var syntax *wire.Error
	switch {
	case errors.Is(err, core.ErrForbiddenTarget):
		errForbidden.Inc()
	case errors.Is(err, core.ErrOriginTimeout):
		errTimeout.Inc()
	case errors.As(err, &syntax):
		errProtocol.Inc()
	case errors.Is(err, core.ErrOriginDown):
		errDown.Inc()
	case errors.Is(err, context.Canceled), errors.Is(err, core.ErrClientGone), errors.Is(err, core.ErrDraining), errors.Is(err, core.ErrAbandoned):
		errCancelled.Inc()
	default:
		errOther.Inc()
	}
}
