// Package flows holds the flows that ship. A new flow is a new file here and a line in All; docs/flows.md shows how.
package flows

import "seax/workflows/flow"

// Default is the flow of channels that name no other.
const Default = "assistant"

// All lists the flows, the default first.
func All() []flow.Flow {
	return []flow.Flow{
		{Name: Default, Run: Assistant},
		{Name: "frontdesk", Run: Frontdesk},
	}
}
