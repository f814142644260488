package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"seax/api/spec"
)

//go:generate go run ./schemagen ../../docs/routing.schema.json

// document is the API's document, made into one of files: its schemas take no field they do not know, and none that only the
// server sets.
type document struct {
	root       *openapi3.Schema
	components openapi3.Schemas
	// omitted says why a field of the API is none of a file's, by schema.
	omitted map[*openapi3.Schema]map[string]string
	// needed are the fields that the API needs, by schema; in a file those with a default may be left out.
	needed map[*openapi3.Schema][]string
}

// theDocument is read once: it is part of the program.
var theDocument = sync.OnceValue(func() *document {
	doc, err := spec.Document()
	if err != nil {
		panic(err)
	}
	d := &document{components: doc.Components.Schemas, omitted: map[*openapi3.Schema]map[string]string{}, needed: map[*openapi3.Schema][]string{}}
	d.root = openapi3.NewObjectSchema()
	d.root.Title = "SeaX routing"
	for _, l := range lists {
		entries := openapi3.NewArraySchema()
		entries.Items = openapi3.NewSchemaRef("#/components/schemas/"+l.schema, d.components[l.schema].Value)
		d.root.WithProperty(l.key, entries)
	}
	d.tidy(d.root, map[*openapi3.Schema]bool{})
	return d
})

// tidy makes a schema, and those in it, one of files.
func (d *document) tidy(s *openapi3.Schema, seen map[*openapi3.Schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	for name, field := range s.Properties {
		why := ""
		switch {
		case field.Value.ReadOnly:
			why = "says how things are and is not set here; leave it out"
		case field.Value.WriteOnly:
			why = "is not kept in files; an admin sets it in the admin pages"
		}
		if why == "" {
			d.tidy(field.Value, seen)
			continue
		}
		if d.omitted[s] == nil {
			d.omitted[s] = map[string]string{}
		}
		d.omitted[s][name] = why
		delete(s.Properties, name)
	}
	d.needed[s] = s.Required
	s.Required = slices.DeleteFunc(slices.Clone(s.Required), func(name string) bool {
		field := s.Properties[name]
		return field == nil || field.Value.Default != nil
	})
	if s.AdditionalProperties.Schema != nil {
		d.tidy(s.AdditionalProperties.Schema.Value, seen)
	} else if s.AdditionalProperties.Has == nil && s.Properties != nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
	if s.Items != nil {
		d.tidy(s.Items.Value, seen)
	}
	for extension := range s.Extensions {
		delete(s.Extensions, extension)
	}
}

// Schema is the JSON Schema (draft 7) of a file, for editors that complete and check it while it is written.
func Schema() []byte {
	d := theDocument()
	used := map[string]any{}
	root := d.draft(d.root, used)
	for before := -1; before < len(used); {
		before = len(used)
		for name, schema := range used {
			if schema == nil {
				used[name] = d.draft(d.components[name].Value, used)
			}
		}
	}
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["$comment"] = "Generated from api/openapi.yaml by make generate."
	root["definitions"] = used
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(fmt.Sprintf("encode the schema of files: %v", err))
	}
	return out.Bytes()
}

// reference is how the API's document refers to a schema.
const reference = "#/components/schemas/"

// draft writes a schema as JSON Schema does, and notes in used which others it refers to.
func (d *document) draft(s *openapi3.Schema, used map[string]any) map[string]any {
	text, err := s.MarshalJSON()
	if err != nil {
		panic(fmt.Sprintf("encode the schema of files: %v", err))
	}
	var generic map[string]any
	if err := json.Unmarshal(text, &generic); err != nil {
		panic(fmt.Sprintf("encode the schema of files: %v", err))
	}
	refer(generic, used)
	return generic
}

func refer(value any, used map[string]any) {
	switch v := value.(type) {
	case map[string]any:
		if target, isText := v["$ref"].(string); isText {
			name := strings.TrimPrefix(target, reference)
			v["$ref"] = "#/definitions/" + name
			if _, known := used[name]; !known {
				used[name] = nil
			}
		}
		for _, inner := range v {
			refer(inner, used)
		}
	case []any:
		for _, inner := range v {
			refer(inner, used)
		}
	}
}
