// Package workflows holds the workflow of every conversation: the flow SDK (flow), the flows that ship (flows) and the kit to
// test flows with (flowtest); and that of channels' listeners (listener). It knows Temporal and the domain's types, and nothing of databases, HTTP or providers.
package workflows

import (
	"seax/workflows/flow"
	"seax/workflows/flows"
	"seax/workflows/listener"
)

// Register makes every shipped flow, and the workflow of listeners, known to a worker, a replayer or a test environment.
func Register(r flow.Registry) {
	flow.Register(r, flows.All()...)
	listener.Register(r)
}

// Names lists the flows that channels can choose from.
func Names() []string {
	all := flows.All()
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	return names
}
