package setup

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"seax/api/spec"
)

const (
	// MaxSize bounds a file, in bytes: some ten thousand people.
	MaxSize = 4 << 20
	// maxProblems bounds what is told at once.
	maxProblems = 200
	// placesDeep is how deep into a file places are kept; what is deeper has the place of what it is in.
	placesDeep = 32
	// exact is up to where every whole number is one to everybody who reads JSON.
	exact = 1 << 53
)

// Source is a file as it was read: what it says, what is wrong with it, and where things stand in its text.
type Source struct {
	File
	problems Problems
	places   map[string]place
	// wrong are the paths that problems are at, and broken the entries they are in; of a broken entry only what could be read is
	// in File.
	wrong, broken map[string]bool
}

// Parse reads a file. It must fit the API's document entry by entry; what it refers to is not looked at. The error is Problems:
// everything that is wrong.
func Parse(text []byte) (File, error) {
	s := Read(text)
	if len(s.problems) > 0 {
		return s.File, s.Problems(nil)
	}
	return s.File, nil
}

// Read is Parse for those who go on to compare the file with what there is, so that all problems are told at once.
func Read(text []byte) *Source {
	s := &Source{places: map[string]place{}, wrong: map[string]bool{}, broken: map[string]bool{}}
	root, problem := rootOf(text)
	if problem != nil {
		s.problems = Problems{*problem}
		return s
	}
	value := s.value(root, "", 0)
	s.fit(value)
	s.decode(value)
	return s
}

// Problems are those that reading found and more, each with its place.
func (s *Source) Problems(more Problems) Problems {
	all := s.Locate(slices.Concat(s.problems, more))
	if more := len(all) - maxProblems; more > 0 {
		all = append(all[:maxProblems], Problem{Words: fmt.Sprintf("and %d problems more", more)})
	}
	return all
}

// Locate says where things stand in the text, and puts them in its order.
func (s *Source) Locate(all Problems) Problems {
	for i := range all {
		if p, known := s.placeOf(all[i].At); known && all[i].Line == 0 {
			all[i].Line, all[i].Column = p.line, p.column
		}
	}
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return all
}

// placeOf is where a path stands, or the nearest thing around it.
func (s *Source) placeOf(at string) (place, bool) {
	for {
		if p, known := s.places[at]; known {
			return p, true
		}
		end := strings.LastIndexAny(at, ".[")
		if end < 0 {
			return place{}, false
		}
		at = at[:end]
	}
}

func (s *Source) add(at string, where place, format string, args ...any) {
	s.wrong[at], s.broken[entryOf(at)] = true, true
	s.problems = append(s.problems, Problem{At: at, Line: where.line, Column: where.column, Words: fmt.Sprintf(format, args...)})
}

// rootOf reads the one document a file holds.
func rootOf(text []byte) (*yaml.Node, *Problem) {
	if len(text) > MaxSize {
		return nil, &Problem{Words: fmt.Sprintf("the file is larger than %d MB, which is the most that is read", MaxSize>>20)}
	}
	if at := invalid(text); at >= 0 {
		before := text[:at]
		line := bytes.Count(before, []byte("\n"))
		return nil, &Problem{Line: line + 1, Column: utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1, Words: "this is not text in UTF-8, or a control character"}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && document.Kind == 0 {
		return nil, &Problem{Words: "the file is empty"}
	}
	if err != nil {
		return nil, syntaxProblem(err)
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, &Problem{Line: root.Line, Column: root.Column, Words: "a routing file begins with a list's name: skills, presences, queues, plans or people"}
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return nil, syntaxProblem(err)
	default:
		return nil, &Problem{Line: second.Line, Column: second.Column, Words: "a second document begins here (---); a routing file is one"}
	}
}

// invalid is where text stops being one in UTF-8 without control characters; -1: nowhere.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) {
			return i
		}
		i += size
	}
	return -1
}

var (
	yamlError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)
	// expected begins what YAML's parser says, as opposed to its scanner: it counts lines from 0.
	expected = regexp.MustCompile(`^did not find expected (<|node|'|,|key)`)
)

// syntaxProblem puts what YAML's reader says into ours.
func syntaxProblem(err error) *Problem {
	found := yamlError.FindStringSubmatch(err.Error())
	// The first line has no number there.
	line, _ := strconv.Atoi(found[1])
	if line == 0 || expected.MatchString(found[2]) {
		line++
	}
	return &Problem{Line: line, Column: 1, Words: "this is not YAML: " + found[2]}
}

// value is what a node means, as JSON has it. Numbers are json.Number.
func (s *Source) value(n *yaml.Node, at string, depth int) any {
	here, known := s.places[at]
	if !known {
		here = place{n.Line, n.Column}
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		s.add(at, here, "anchors (&) and aliases (*) are not read here; write it out")
		return nil
	}
	if n.Style&yaml.TaggedStyle != 0 && !slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq"}, n.ShortTag()) {
		s.add(at, here, "the tag %s is not read here", n.Tag)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return s.mapping(n, at, depth)
	case yaml.SequenceNode:
		all := make([]any, len(n.Content))
		for i, inner := range n.Content {
			path := item(at, i)
			if depth < placesDeep {
				s.places[path] = place{inner.Line, inner.Column}
			}
			all[i] = s.value(inner, path, depth+1)
		}
		return all
	default:
		value, wrong := scalar(n)
		if wrong != "" {
			s.add(at, here, "%s", wrong)
		}
		return value
	}
}

func (s *Source) mapping(n *yaml.Node, at string, depth int) any {
	all := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, inner := n.Content[i], n.Content[i+1]
		where := place{key.Line, key.Column}
		path := field(at, key.Value)
		_, twice := all[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Anchor != "" || key.ShortTag() == "!!merge":
			s.add(at, where, "only plain words are names of fields here")
			continue
		case strings.Contains(key.Value, "\x00"):
			s.add(at, where, "the name of the field holds a null character, which cannot be stored")
			continue
		case twice:
			first := s.places[path]
			s.add(path, where, "is there twice; it stands in line %d already", first.line)
			continue
		}
		if depth < placesDeep {
			s.places[path] = where
		}
		all[key.Value] = s.value(inner, path, depth+1)
	}
	return all
}

// zeroed is a number whose leading zero means one thing to some readers of YAML and another to others.
var zeroed = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

// scalar is the value of a single word, and what is wrong with it.
func scalar(n *yaml.Node) (value any, wrong string) {
	switch n.ShortTag() {
	case "!!null":
		return nil, ""
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, words(err, "this is neither true nor false")
	case "!!int":
		if zeroed.MatchString(n.Value) {
			return nil, n.Value + " means different numbers to different readers; leave out the leading zero, or put it in quotes"
		}
		number, isNumber := new(big.Int).SetString(strings.ReplaceAll(n.Value, "_", ""), 0)
		if !isNumber {
			return nil, "this is no whole number"
		}
		if number.CmpAbs(big.NewInt(exact)) > 0 {
			return nil, n.Value + " is too large to be kept exactly; put it in quotes"
		}
		return json.Number(number.String()), ""
	case "!!float":
		var f float64
		if err := n.Decode(&f); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, n.Value + " is no number that can be kept"
		}
		if f == math.Trunc(f) && math.Abs(f) <= exact {
			return json.Number(strconv.FormatFloat(f, 'f', 0, 64)), ""
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), ""
	default:
		if strings.Contains(n.Value, "\x00") {
			return nil, "the text holds a null character, which cannot be stored"
		}
		return n.Value, ""
	}
}

func words(err error, text string) string {
	if err == nil {
		return ""
	}
	return text
}

// fit finds what does not fit the API's document, and fills in the document's defaults.
func (s *Source) fit(value any) {
	d := theDocument()
	s.known(d, d.root, value, "")
	s.collect(d.root.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.MultiErrors(), openapi3.DefaultsSet(func() {})), value)
}

// known finds fields that the document does not know.
func (s *Source) known(d *document, schema *openapi3.Schema, value any, at string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			path := field(at, name)
			switch property, isProperty := schema.Properties[name]; {
			case isProperty:
				s.known(d, property.Value, v[name], path)
			case schema.AdditionalProperties.Schema != nil:
				s.known(d, schema.AdditionalProperties.Schema.Value, v[name], path)
			case d.omitted[schema][name] != "":
				s.add(path, s.places[path], "%s", d.omitted[schema][name])
			case len(schema.Properties) > 0:
				s.add(path, s.places[path], "is not known here; known are %s", strings.Join(slices.Sorted(maps.Keys(schema.Properties)), ", "))
			}
		}
	case []any:
		if schema.Items != nil {
			for i := range v {
				s.known(d, schema.Items.Value, v[i], item(at, i))
			}
		}
	}
}

// collect puts the document's findings into words, but for values that something is wrong with already.
func (s *Source) collect(err error, value any) {
	var many openapi3.MultiError
	var one *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &many):
		for _, inner := range many {
			s.collect(inner, value)
		}
	case errors.As(err, &one):
		at := pathOf(one.JSONPointer(), value)
		if one.SchemaField == "properties" || s.wrong[at] {
			return
		}
		where, _ := s.placeOf(at)
		s.add(at, where, "%s", spec.Words(one))
	default:
		s.add("", place{}, "cannot be read")
	}
}

// pathOf writes a pointer into a value as a path.
func pathOf(pointer []string, value any) string {
	at := ""
	for _, part := range pointer {
		switch v := value.(type) {
		case []any:
			i, _ := strconv.Atoi(part)
			at = item(at, i)
			if value = nil; i < len(v) {
				value = v[i]
			}
		case map[string]any:
			at, value = field(at, part), v[part]
		default:
			at, value = field(at, part), nil
		}
	}
	return at
}

// decode makes the file's entries of its lists.
func (s *Source) decode(value any) {
	all, _ := value.(map[string]any)
	s.Skills = decodeList(s, all, lists[0], func(e *spec.Skill) *string { return &e.Id })
	s.Presences = decodeList(s, all, lists[1], func(e *spec.Presence) *string { return &e.Id })
	s.Queues = decodeList(s, all, lists[2], func(e *spec.Queue) *string { return &e.Id })
	s.Plans = decodeList(s, all, lists[3], func(e *spec.Plan) *string { return &e.Id })
	s.People = decodeList(s, all, lists[4], func(e *spec.PersonInput) *string { return &e.Email })
}

func decodeList[T any](s *Source, value map[string]any, l list, id func(*T) *string) []T {
	entries, isList := value[l.key].([]any)
	if !isList {
		return nil
	}
	all := make([]T, len(entries))
	for i, entry := range entries {
		at := item(l.key, i)
		s.decodeEntry(entry, at, &all[i])
		fields, _ := entry.(map[string]any)
		*id(&all[i]), _ = fields[l.id].(string)
	}
	return all
}

// decodeEntry reads an entry, as far as it can be. What is wrong with one that fits the document is a number that no counter holds.
func (s *Source) decodeEntry(entry any, at string, into any) {
	text, err := json.Marshal(entry)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err == nil || s.broken[at] {
		return
	}
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		at += "." + typed.Field
	}
	where, _ := s.placeOf(at)
	s.add(at, where, "cannot be read: it is no number, or too large a one")
}
