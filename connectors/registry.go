package connectors

import (
	"fmt"
	"slices"
)

// Registry holds the connectors of one process by kind. It is a value: tests make their own. Fill it before use; reading is
// safe for concurrent use.
type Registry struct {
	byKind  map[string]Connector
	maxBody map[string]int64
}

// NewRegistry returns a registry with these connectors. It panics when two have the same kind, which is a mistake in the
// program.
func NewRegistry(all ...Connector) *Registry {
	r := &Registry{byKind: make(map[string]Connector, len(all)), maxBody: make(map[string]int64, len(all))}
	for _, c := range all {
		description := c.Describe()
		kind := description.Kind
		if _, taken := r.byKind[kind]; taken {
			panic(fmt.Sprintf("connectors: two connectors of kind %q", kind))
		}
		r.byKind[kind], r.maxBody[kind] = c, DefaultMaxBody
		if description.MaxBody > 0 {
			r.maxBody[kind] = description.MaxBody
		}
	}
	return r
}

// Get returns the connector of a kind.
func (r *Registry) Get(kind string) (Connector, bool) {
	c, ok := r.byKind[kind]
	return c, ok
}

// MaxBody bounds the body of a webhook of a kind, in bytes.
func (r *Registry) MaxBody(kind string) int64 { return r.maxBody[kind] }

// Kinds lists the registered kinds, sorted.
func (r *Registry) Kinds() []string {
	kinds := make([]string, 0, len(r.byKind))
	for kind := range r.byKind {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}
