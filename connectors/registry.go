package connectors

import (
	"fmt"
	"slices"
)

// Registry holds the connectors of one process by kind. It is a value: tests make their own. Fill it before use; reading is
// safe for concurrent use.
type Registry struct {
	byKind map[string]Connector
}

// NewRegistry returns a registry with these connectors. It panics when two have the same kind, which is a mistake in the
// program.
func NewRegistry(all ...Connector) *Registry {
	r := &Registry{byKind: make(map[string]Connector, len(all))}
	for _, c := range all {
		kind := c.Describe().Kind
		if _, taken := r.byKind[kind]; taken {
			panic(fmt.Sprintf("connectors: two connectors of kind %q", kind))
		}
		r.byKind[kind] = c
	}
	return r
}

// Get returns the connector of a kind.
func (r *Registry) Get(kind string) (Connector, bool) {
	c, ok := r.byKind[kind]
	return c, ok
}

// Kinds lists the registered kinds, sorted.
func (r *Registry) Kinds() []string {
	kinds := make([]string, 0, len(r.byKind))
	for kind := range r.byKind {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}
