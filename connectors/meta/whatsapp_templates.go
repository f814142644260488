package meta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"seax/connectors"
	"seax/internal/conversation"
)

// A template's variables are called as WhatsApp calls those of its body ("1", "2", or names). Those elsewhere have a prefix, which no
// name of WhatsApp's has because of the dot: "header.1", "header.image" (an address), "button.0" (the end of its address, or a code).
const (
	headerPrefix = "header."
	buttonPrefix = "button."
)

// listed bounds how many templates are listed, perPage how many come at once.
const (
	listed  = 1000
	perPage = 100
)

// approvedTemplate is a template as WhatsApp lists it.
type approvedTemplate struct {
	Name       string              `json:"name"`
	Language   string              `json:"language"`
	Status     string              `json:"status"`
	Category   string              `json:"category"`
	Components []templateComponent `json:"components"`
}

type templateComponent struct {
	Type    string           `json:"type"`
	Format  string           `json:"format"`
	Text    string           `json:"text"`
	Buttons []templateButton `json:"buttons"`
	Example struct {
		Header []string   `json:"header_text"`
		Body   [][]string `json:"body_text"`
		// Named are the examples of variables with names.
		NamedHeader []namedExample `json:"header_text_named_params"`
		NamedBody   []namedExample `json:"body_text_named_params"`
	} `json:"example"`
}

type namedExample struct {
	Name    string `json:"param_name"`
	Example string `json:"example"`
}

type templateButton struct {
	Type    string   `json:"type"`
	Text    string   `json:"text"`
	URL     string   `json:"url"`
	Example examples `json:"example"`
}

// examples are a list of texts, or one.
type examples []string

// UnmarshalJSON implements json.Unmarshaler.
func (e *examples) UnmarshalJSON(raw []byte) error {
	var many []string
	if err := json.Unmarshal(raw, &many); err == nil {
		*e = many
		return nil
	}
	var one string
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*e = []string{one}
	return nil
}

// Templates implements connectors.Templater: those that WhatsApp has approved and that consist of what we can fill in.
func (w *WhatsApp) Templates(ctx context.Context, account connectors.Account) ([]connectors.Template, error) {
	g := w.graph(account)
	query := url.Values{"status": {"APPROVED"}, "fields": {"name,language,status,category,components"}, "limit": {strconv.Itoa(perPage)}}
	var out []connectors.Template
	for seen := 0; seen < listed; {
		var page struct {
			Data   []approvedTemplate `json:"data"`
			Paging struct {
				Cursors struct {
					After string `json:"after"`
				} `json:"cursors"`
				Next string `json:"next"`
			} `json:"paging"`
		}
		if err := g.get(ctx, &page, query, w.setting(account, settingBusiness), "message_templates"); err != nil {
			return nil, err
		}
		for _, t := range page.Data {
			if described, ok := t.describe(); ok && t.Status == "APPROVED" {
				out = append(out, described)
			}
		}
		seen += len(page.Data)
		if page.Paging.Next == "" || page.Paging.Cursors.After == "" || len(page.Data) == 0 {
			break
		}
		query.Set("after", page.Paging.Cursors.After)
	}
	return out, nil
}

// hole matches a variable in a template's text.
var hole = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// holes are the names of the variables in a text, in order.
func holes(text string) []string {
	var names []string
	for _, found := range hole.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, found[1]) {
			names = append(names, found[1])
		}
	}
	return names
}

// describe says what a template looks like; ok is false if it has a component that nothing here can fill.
func (t approvedTemplate) describe() (out connectors.Template, ok bool) {
	out = connectors.Template{ID: t.Name + "/" + t.Language, Name: t.Name, Language: t.Language, Category: strings.ToLower(t.Category)}
	for _, c := range t.Components {
		switch c.Type {
		case "HEADER":
			if !c.describeHeader(&out) {
				return out, false
			}
		case "BODY":
			out.Body = hole.ReplaceAllString(c.Text, "{{$1}}")
			for i, name := range holes(c.Text) {
				out.Variables = append(out.Variables, connectors.TemplateVariable{Name: name, Example: example(c.Example.NamedBody, first(c.Example.Body), name, i)})
			}
		case "FOOTER":
			out.Footer = c.Text
		case "BUTTONS":
			for i, b := range c.Buttons {
				if !b.describe(&out, i) {
					return out, false
				}
			}
		default:
			return out, false
		}
	}
	return out, out.Body != ""
}

func first(all [][]string) []string {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

func example(named []namedExample, inOrder []string, name string, i int) string {
	for _, n := range named {
		if n.Name == name {
			return n.Example
		}
	}
	if i < len(inOrder) {
		return inOrder[i]
	}
	return ""
}

func (c templateComponent) describeHeader(out *connectors.Template) bool {
	switch c.Format {
	case "TEXT", "":
		out.Header = hole.ReplaceAllString(c.Text, "{{"+headerPrefix+"$1}}")
		for i, name := range holes(c.Text) {
			out.Variables = append(out.Variables, connectors.TemplateVariable{Name: headerPrefix + name, Example: example(c.Example.NamedHeader, c.Example.Header, name, i)})
		}
	case "IMAGE", "VIDEO", "DOCUMENT":
		name := headerPrefix + strings.ToLower(c.Format)
		out.Header = "{{" + name + "}}"
		out.Variables = append(out.Variables, connectors.TemplateVariable{Name: name, Example: "https://"})
	default:
		return false
	}
	return true
}

func (b templateButton) describe(out *connectors.Template, i int) bool {
	switch b.Type {
	case "QUICK_REPLY", "PHONE_NUMBER":
	case "URL":
		if hole.MatchString(b.URL) {
			out.Variables = append(out.Variables, connectors.TemplateVariable{Name: buttonPrefix + strconv.Itoa(i), Example: strings.Join(b.Example, "")})
		}
	default:
		// A form, a catalogue, a code to copy: what they need is not a text.
		return false
	}
	out.Options = append(out.Options, conversation.Option{ID: strconv.Itoa(i), Label: b.Text})
	return true
}

// sentTemplate is a template with what fills it.
type sentTemplate struct {
	Name       string          `json:"name"`
	Language   sentLanguage    `json:"language"`
	Components []sentComponent `json:"components,omitempty"`
}

type sentLanguage struct {
	Policy string `json:"policy"`
	Code   string `json:"code"`
}

type sentComponent struct {
	Type       string          `json:"type"`
	SubType    string          `json:"sub_type,omitempty"`
	Index      string          `json:"index,omitempty"`
	Parameters []sentParameter `json:"parameters"`
}

type sentParameter struct {
	Type     string     `json:"type"`
	Name     string     `json:"parameter_name,omitempty"`
	Text     string     `json:"text,omitempty"`
	Image    *sentMedia `json:"image,omitempty"`
	Video    *sentMedia `json:"video,omitempty"`
	Document *sentMedia `json:"document,omitempty"`
}

var errTemplate = errors.New("templates are named like order_shipped/en_US")

// useTemplate makes a message of an approved template.
func useTemplate(use *conversation.TemplateUse) (*sentTemplate, error) {
	name, language, ok := strings.Cut(use.ID, "/")
	if !ok || name == "" || language == "" {
		return nil, &connectors.SendError{Code: rejected, Words: "There is no such template.", Cause: errTemplate}
	}
	t := &sentTemplate{Name: name, Language: sentLanguage{"deterministic", language}}
	var header, body []sentParameter
	var buttons []sentComponent
	for _, variable := range inOrder(use.Variables) {
		value := use.Variables[variable]
		if strings.ContainsAny(value, "\n\t") || strings.Contains(value, "     ") {
			return nil, &connectors.SendError{Code: rejected, Words: fmt.Sprintf("What fills {{%s}} must be one line without wide gaps.", variable)}
		}
		if in, ok := strings.CutPrefix(variable, headerPrefix); ok {
			header = append(header, headerParameter(in, value))
		} else if index, ok := strings.CutPrefix(variable, buttonPrefix); ok {
			buttons = append(buttons, sentComponent{Type: "button", SubType: "url", Index: index, Parameters: []sentParameter{{Type: "text", Text: value}}})
		} else {
			body = append(body, textParameter(variable, value))
		}
	}
	if len(header) > 0 {
		t.Components = append(t.Components, sentComponent{Type: "header", Parameters: header})
	}
	if len(body) > 0 {
		t.Components = append(t.Components, sentComponent{Type: "body", Parameters: body})
	}
	t.Components = append(t.Components, buttons...)
	return t, nil
}

func headerParameter(name, value string) sentParameter {
	media := &sentMedia{Link: value}
	switch name {
	case "image":
		return sentParameter{Type: name, Image: media}
	case "video":
		return sentParameter{Type: name, Video: media}
	case "document":
		return sentParameter{Type: name, Document: media}
	default:
		return textParameter(name, value)
	}
}

// textParameter fills a variable, which goes by its place or by its name.
func textParameter(name, value string) sentParameter {
	p := sentParameter{Type: "text", Text: value}
	if _, err := strconv.Atoi(name); err != nil {
		p.Name = name
	}
	return p
}

// inOrder lists variables: those with numbers by their number, the others by name.
func inOrder(variables map[string]string) []string {
	names := make([]string, 0, len(variables))
	for name := range variables {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		place := func(name string) int {
			n, err := strconv.Atoi(name[strings.LastIndexByte(name, '.')+1:])
			if err != nil {
				return 0
			}
			return n
		}
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}
