package simulation

import (
	"encoding"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// UnmarshalYAML implements yaml.NodeUnmarshaler, so that errors name the place.
func (d *Duration) UnmarshalYAML(node ast.Node) error { return readNode(node, d) }

// UnmarshalYAML implements yaml.NodeUnmarshaler, so that errors name the place.
func (s *Shift) UnmarshalYAML(node ast.Node) error { return readNode(node, s) }

func readNode(node ast.Node, into encoding.TextUnmarshaler) error {
	if err := into.UnmarshalText([]byte(textOf(node))); err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

// textOf is a scalar as it is written. In lists in brackets the parser takes 09:00 for a key and its value.
func textOf(node ast.Node) string {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return textOf(n.Value)
	case *ast.MappingValueNode:
		return textOf(n.Key) + ":" + textOf(n.Value)
	case *ast.MappingNode:
		if len(n.Values) == 1 {
			return textOf(n.Values[0])
		}
	}
	return node.GetToken().Value
}
