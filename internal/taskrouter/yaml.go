package taskrouter

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// YAML writes the file, with what there is to say of it as comments: all of it at the top, and each again where it belongs.
func (r Result) YAML() ([]byte, error) {
	comments := yaml.CommentMap{}
	texts := map[string][]string{}
	var at []string
	for _, f := range r.Findings {
		if f.At == "" {
			continue
		}
		if texts[f.At] == nil {
			at = append(at, f.At)
		}
		texts[f.At] = append(texts[f.At], " "+f.String())
	}
	for _, place := range at {
		comments[place] = []*yaml.Comment{yaml.HeadComment(texts[place]...)}
	}
	text, err := yaml.MarshalWithOptions(r.File, yaml.WithComment(comments), yaml.IndentSequence(true), yaml.UseJSONMarshaler())
	if err != nil {
		return nil, fmt.Errorf("write routing: %w", err)
	}
	var head strings.Builder
	head.WriteString("# Routing that came from Twilio TaskRouter; docs/taskrouter.md says what became what.\n")
	for _, f := range r.Findings {
		fmt.Fprintf(&head, "# %s\n", f)
	}
	return []byte(head.String() + "\n" + strings.TrimSpace(string(text)) + "\n"), nil
}
