package serve

import (
	"context"
	"log/slog"

	"gannet/cmd/gannet/internal/node"
)

// Check reads a gannet.toml and makes everything it names, without listening anywhere or
// putting anything in force.
func Check(file string) Report {
	ctx := context.Background()
	n := node.New(node.Options{Log: slog.New(slog.DiscardHandler)})
	g, report := prepare(ctx, n, file, nil)
	if g != nil {
		g.abandon(ctx)
	}
	_ = n.Close(ctx) // nothing ran that it could fail to end
	return report
}
