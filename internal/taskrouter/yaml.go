package taskrouter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

// YAML writes the file, with what there is to say of it as comments: all of it at the top, and each again where it belongs.
func (r Result) YAML() ([]byte, error) {
	d := document{comments: map[string][]Finding{}}
	d.text.WriteString("# Routing that came from Twilio TaskRouter; docs/taskrouter.md says what became what.\n")
	for _, f := range r.Findings {
		d.comment("", f)
		// Findings are kept by the item they are about: $.plans[0].rules[1] is about $.plans[0].
		item, _, _ := strings.Cut(f.At, "]")
		d.comments[item] = append(d.comments[item], f)
	}
	section(&d, "skills", r.File.Skills)
	section(&d, "presences", r.File.Presences)
	section(&d, "queues", r.File.Queues)
	section(&d, "plans", r.File.Plans)
	section(&d, "people", r.File.People)
	return d.text.Bytes(), d.err
}

// document is YAML while it is written.
type document struct {
	text     bytes.Buffer
	comments map[string][]Finding
	err      error
}

func (d *document) comment(indent string, f Finding) { fmt.Fprintf(&d.text, "%s# %s\n", indent, f) }

// section writes a list of the file, item by item.
func section[T any](d *document, name string, items []T) {
	if len(items) == 0 || d.err != nil {
		return
	}
	d.text.WriteByte('\n')
	for _, f := range d.comments["$."+name] {
		d.comment("", f)
	}
	d.text.WriteString(name + ":\n")
	for i, item := range items {
		at := fmt.Sprintf("$.%s[%d", name, i)
		inside, texts := yaml.CommentMap{}, map[string][]string{}
		for _, f := range d.comments[at] {
			within := strings.TrimPrefix(f.At, at+"]")
			if within == "" {
				d.comment("  ", f)
				continue
			}
			texts[within] = append(texts[within], " "+f.String())
			inside["$[0]"+within] = []*yaml.Comment{yaml.HeadComment(texts[within]...)}
		}
		text, err := yaml.MarshalWithOptions([]T{item}, yaml.WithComment(inside), yaml.IndentSequence(true), yaml.UseJSONMarshaler(), yaml.CustomMarshaler(scalar))
		if err != nil {
			d.err = fmt.Errorf("write %s[%d]: %w", name, i, err)
			return
		}
		d.text.Write(text)
	}
}

// scalar writes a text so that every reader of YAML reads a text, and this one: in quotes, unless it is plain beyond doubt.
func scalar(text string) ([]byte, error) {
	if plainText.MatchString(text) && !slices.Contains(wordsOfYAML, strings.ToLower(text)) {
		return []byte(text), nil
	}
	return json.Marshal(text)
}

var (
	plainText   = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9 _.,/@()+'&!|<>=*\[\]-]*[A-Za-z0-9)'\]])?$`)
	wordsOfYAML = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
)

// awkward reports whether a name of a field has characters that YAML cannot have there.
func awkward(name string) bool {
	return strings.HasPrefix(name, "?") || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}
