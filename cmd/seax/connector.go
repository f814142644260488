package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed connector.go.tmpl
var connectorTemplate string

//go:embed connector_inbound.go.tmpl
var connectorInboundTemplate string

//go:embed connector_outbound.go.tmpl
var connectorOutboundTemplate string

//go:embed connector_fake.go.tmpl
var connectorFakeTemplate string

//go:embed connector_test.go.tmpl
var connectorTestTemplate string

// unusable are names that mean something else to Go, or in what is written.
var unusable = []string{
	"bytes", "clocktest", "connectors", "connectortest", "context", "conversation", "errors", "fake", "fetch", "fmt", "hex", "hmac", "http", "httptest", "internal", "io",
	"json", "main", "require", "sha256", "strconv", "sync", "testdata", "testing", "time", "url", "utf8", "vendor", "wire",
}

// newConnector writes a new connector, the fake of its provider and its conformance test below root. It is not registered: that is one line.
// Either all of it is written or nothing.
func newConnector(root, name string, out io.Writer) error {
	if !flowName.MatchString(name) {
		return fmt.Errorf("%q is no name for a connector; use lower-case letters and digits, like parcel", name)
	}
	if token.IsKeyword(name) || slices.Contains(unusable, name) {
		return fmt.Errorf("%q means something else in Go; choose another name", name)
	}
	dir := filepath.Join(root, "connectors")
	if _, err := os.Stat(filepath.Join(dir, "connector.go")); err != nil {
		return errors.New("run this in the repository: connectors/connector.go is not here")
	}
	if err := checkKind(dir, name); err != nil {
		return err
	}
	values := map[string]string{"Name": name, "Title": strings.ToUpper(name[:1]) + name[1:]}
	files := map[string][]byte{}
	for file, text := range map[string]string{
		name + ".go": connectorTemplate, "inbound.go": connectorInboundTemplate, "outbound.go": connectorOutboundTemplate, "conformance_test.go": connectorTestTemplate,
		filepath.Join(name+"fake", "fake.go"): connectorFakeTemplate,
	} {
		source, err := fill(file, text, values)
		if err != nil {
			return err
		}
		files[file] = source
	}
	if err := os.MkdirAll(filepath.Join(dir, name, name+"fake"), 0o755); err != nil {
		return fmt.Errorf("make connectors/%s: %w", name, err)
	}
	for file, source := range files {
		if err := os.WriteFile(filepath.Join(dir, name, file), source, 0o644); err != nil {
			return errors.Join(fmt.Errorf("write %s: %w", file, err), os.RemoveAll(filepath.Join(dir, name)))
		}
	}
	const told = `Wrote connectors/%[1]s, with the fake of its provider and its conformance test.
Try it: go test ./connectors/%[1]s
What is yours to change is marked: grep -rn CHANGE: connectors/%[1]s (docs/connectors.md goes through it)
When customers may write there, add this line to the registry in internal/platform/channels.go:
		%[1]s.New(deps),
`
	_, err := fmt.Fprintf(out, told, name)
	return err
}

// checkKind makes sure that neither the package nor the kind is taken.
func checkKind(dir, name string) error {
	if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
		return fmt.Errorf("connectors/%s exists already; choose another name", name)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.go"))
	if err != nil {
		return fmt.Errorf("list connectors: %w", err)
	}
	kind := regexp.MustCompile(`(?m)^(const )?\s*Kind\w*\s*=\s*"` + regexp.QuoteMeta(name) + `"$`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read connectors: %w", err)
		}
		if kind.Match(source) {
			return fmt.Errorf("%s is the kind of connectors/%s already; choose another name", name, filepath.Base(filepath.Dir(file)))
		}
	}
	return nil
}

// fill fills a template in. Imports are in order whatever the name is.
func fill(file, text string, values map[string]string) ([]byte, error) {
	t, err := template.New(file).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, values); err != nil {
		return nil, fmt.Errorf("fill in %s: %w", file, err)
	}
	source, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("fill in %s: %w", file, err)
	}
	return source, nil
}
