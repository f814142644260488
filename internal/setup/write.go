package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"seax/api/spec"
)

// heading is what a file begins with. Editors that know YAML's language server check and complete it by the schema that lies
// beside it (seax schema > routing.schema.json).
const heading = `# yaml-language-server: $schema=./routing.schema.json
# Routing of SeaX. "seax apply -f FILE --dry-run" says what this file would change, without --dry-run it changes it: all of it or
# nothing. What a list leaves out stays as it is. docs/routing.md describes every field.
`

// Write writes a file so that Parse reads the same again. What a file does not say (passwords, how things are right now) is left
// out, so are fields of queues and plans that are as they would be anyway.
func Write(to io.Writer, f File) error {
	f.Queues, f.Plans = each(f.Queues, lean), each(f.Plans, leanPlan)
	text, err := json.Marshal(every(f))
	if err != nil {
		return fmt.Errorf("write routing file: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var generic map[string]any
	if err := decoder.Decode(&generic); err != nil {
		return fmt.Errorf("write routing file: %w", err)
	}
	d := theDocument()
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, l := range lists {
		entries, isList := generic[l.key].([]any)
		if !isList {
			continue
		}
		schema := d.components[l.schema].Value
		all := &yaml.Node{Kind: yaml.SequenceNode}
		for _, entry := range entries {
			all.Content = append(all.Content, nodeOf(d.kept(schema, entry), 0))
		}
		root.Content = append(root.Content, nodeOf(l.key, 0), all)
	}
	if _, err := io.WriteString(to, heading); err != nil {
		return err
	}
	encoder := yaml.NewEncoder(to)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return fmt.Errorf("write routing file: %w", err)
	}
	return encoder.Close()
}

// every is a File that says of each of its lists whether it is there: one that is empty is not one that is left out.
type every struct {
	Skills    []spec.Skill       `json:"skills"`
	Presences []spec.Presence    `json:"presences"`
	Queues    []spec.Queue       `json:"queues"`
	Plans     []spec.Plan        `json:"plans"`
	People    []spec.PersonInput `json:"people"`
}

// kept is what a file says of a value: the fields its schema knows, but for those that may be left out and are at their default.
func (d *document) kept(schema *openapi3.Schema, value any) any {
	switch v := value.(type) {
	case map[string]any:
		if len(schema.Properties) == 0 {
			return v
		}
		all := map[string]any{}
		for name, inner := range v {
			property, known := schema.Properties[name]
			if !known || inner == nil {
				continue
			}
			inner = d.kept(property.Value, inner)
			if !slices.Contains(d.needed[schema], name) && isDefault(property.Value, inner) {
				continue
			}
			all[name] = inner
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = d.kept(schema.Items.Value, v[i])
		}
		return all
	default:
		return value
	}
}

// isDefault reports whether a value is what the document says of a field that is not there.
func isDefault(schema *openapi3.Schema, value any) bool {
	if number, isNumber := value.(json.Number); isNumber {
		f, _ := number.Float64()
		value = f
	}
	return schema.Default != nil && reflect.DeepEqual(schema.Default, value)
}

// first are the fields that stand before the others, which follow by their names.
var first = []string{
	"id", "email", "name", "label", "role", "locale", "active", "capacity", "when", "priority", "skills", "preferred", "queues", "queue", "anyone", "rules", "default", "steps",
}

func byPlace(a, b string) int {
	place := func(name string) int {
		if i := slices.Index(first, name); i >= 0 {
			return i
		}
		return len(first)
	}
	if d := place(a) - place(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// lineWidth is how much may stand in one line, in characters.
const lineWidth = 100

// nodeOf writes a value as JSON has it. What is short stands in one line.
func nodeOf(value any, depth int) *yaml.Node {
	n := &yaml.Node{}
	switch v := value.(type) {
	case map[string]any:
		n.Kind = yaml.MappingNode
		for _, name := range slices.SortedFunc(maps.Keys(v), byPlace) {
			n.Content = append(n.Content, nodeOf(name, depth+1), nodeOf(v[name], depth+1))
		}
	case []any:
		n.Kind = yaml.SequenceNode
		for _, inner := range v {
			n.Content = append(n.Content, nodeOf(inner, depth+1))
		}
	case json.Number:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!int", v.String()
		if f, _ := v.Float64(); f != math.Trunc(f) || math.Abs(f) > exact {
			n.Tag, n.Value = "!!float", strconv.FormatFloat(f, 'g', -1, 64)
		}
	case string:
		// As plain as it can be; some texts (tabs, "<<") only quotes can hold.
		if err := n.Encode(v); err != nil || n.ShortTag() != "!!str" || n.Value != v {
			n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v, Style: yaml.DoubleQuotedStyle}
		}
	default:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!bool", fmt.Sprint(v)
		if v == nil {
			n.Tag, n.Value = "!!null", "null"
		}
	}
	if depth > 0 && n.Kind != yaml.ScalarNode && inLine(n) <= lineWidth-2*depth {
		n.Style = yaml.FlowStyle
	}
	return n
}

// inLine is about how many characters a node takes in one line; none that is more than one line fits.
func inLine(n *yaml.Node) int {
	width := 2
	switch n.Kind {
	case yaml.ScalarNode:
		if strings.Contains(n.Value, "\n") {
			return math.MaxInt32
		}
		return 2 + utf8.RuneCountInString(n.Value)
	default:
		for _, inner := range n.Content {
			if width += inLine(inner); width > lineWidth {
				return math.MaxInt32
			}
		}
	}
	return width
}
