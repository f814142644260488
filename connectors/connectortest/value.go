package connectortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// Allow holds a value that can be marshalled to a schema of the documents. Where a schema has a discriminator, the value is held to
// the schema that it names, too: kin-openapi does that for oneOf only.
func (s *Specs) Allow(t testing.TB, name string, value any) {
	t.Helper()
	encoded, ok := value.([]byte)
	if !ok {
		var err error
		encoded, err = json.Marshal(value)
		require.NoError(t, err)
	}
	var decoded any
	require.NoError(t, json.NewDecoder(bytes.NewReader(encoded)).Decode(&decoded))
	require.NoError(t, s.visit(t, s.Schema(t, name), decoded, name), "%s is not what the provider's document says: %s", name, encoded)
}

// Disallows reports whether a value is not what a schema says.
func (s *Specs) Disallows(t testing.TB, name string, value any) bool {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	var decoded any
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	return s.visit(t, s.Schema(t, name), decoded, name) != nil
}

func (s *Specs) visit(t testing.TB, schema *openapi3.Schema, value any, at string) error {
	if err := schema.VisitJSON(value, openapi3.MultiErrors()); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if list, ok := value.([]any); ok && schema.Items != nil {
		for i, item := range list {
			if err := s.visit(t, schema.Items.Value, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	if d := schema.Discriminator; d != nil {
		kind, _ := object[d.PropertyName].(string)
		if ref, known := d.Mapping[kind]; known {
			named := s.Schema(t, path.Base(ref))
			if named != schema {
				return s.visit(t, own(named, schema), object, at+"/"+kind)
			}
		}
	}
	for name, property := range properties(schema) {
		if inner, there := object[name]; there {
			if err := s.visit(t, property, inner, at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// withoutConst writes constants of JSON documents as enumerations of one value: kin-openapi does not read constants, and takes every
// branch of a oneOf that differs by them for the right one. Documents in YAML are as they are.
func withoutConst(document []byte) []byte {
	var root any
	if json.Unmarshal(document, &root) != nil {
		return document
	}
	enumerate(root)
	written, err := json.Marshal(root)
	if err != nil {
		return document
	}
	return written
}

func enumerate(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			enumerate(item)
		}
	case map[string]any:
		if constant, ok := v["const"]; ok {
			if _, property := constant.(map[string]any); !property {
				delete(v, "const")
				v["enum"] = []any{constant}
			}
		}
		for _, item := range v {
			enumerate(item)
		}
	}
}

// own is a schema without the discriminator of its parent, which has been followed.
func own(schema, parent *openapi3.Schema) *openapi3.Schema {
	bare := *parent
	bare.Discriminator = nil
	copied := *schema
	copied.AllOf = nil
	for _, ref := range schema.AllOf {
		if ref.Value == parent {
			ref = openapi3.NewSchemaRef("", &bare)
		}
		copied.AllOf = append(copied.AllOf, ref)
	}
	return &copied
}

// properties are those of a schema and of all it is made of.
func properties(schema *openapi3.Schema) map[string]*openapi3.Schema {
	all := map[string]*openapi3.Schema{}
	for _, ref := range schema.AllOf {
		for name, property := range properties(ref.Value) {
			all[name] = property
		}
	}
	for name, ref := range schema.Properties {
		all[name] = ref.Value
	}
	return all
}
