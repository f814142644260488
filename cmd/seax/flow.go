package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed flow.go.tmpl
var flowTemplate string

//go:embed flow_test.go.tmpl
var flowTestTemplate string

var flowName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// newFlow writes a new flow and its test below root, and adds it to the list of flows.
func newFlow(root, name string) error {
	if !flowName.MatchString(name) {
		return fmt.Errorf("%q is no name for a flow; use lower-case letters and digits, like refunds", name)
	}
	dir := filepath.Join(root, "workflows", "flows")
	list := filepath.Join(dir, "flows.go")
	source, err := os.ReadFile(list)
	if err != nil {
		return errors.New("run this in the repository: workflows/flows/flows.go is not here")
	}
	function := strings.ToUpper(name[:1]) + name[1:]
	entry := fmt.Sprintf("\t\t{Name: %q, Run: %s},\n", name, function)
	const end = "\t}\n}\n"
	i := strings.LastIndex(string(source), end)
	if i < 0 || strings.Contains(string(source), entry) {
		return fmt.Errorf("%s already lists %s, or does not end as expected; add the flow by hand", list, name)
	}
	values := map[string]string{"Name": name, "Function": function}
	for file, text := range map[string]string{name + ".go": flowTemplate, name + "_test.go": flowTestTemplate} {
		if err := write(filepath.Join(dir, file), text, values); err != nil {
			return err
		}
	}
	if err := os.WriteFile(list, []byte(string(source[:i])+entry+end), 0o644); err != nil {
		return fmt.Errorf("add flow to %s: %w", list, err)
	}
	fmt.Printf("Wrote workflows/flows/%s.go and its test, and added it to the list.\nTry it: go test ./workflows/flows -run %s\nThen choose it for a channel in the admin pages.\n", name, function)
	return nil
}

func write(path, text string, values map[string]string) error {
	t, err := template.New(path).Parse(text)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("%s exists already", path)
	}
	if err := t.Execute(f, values); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close())
	}
	return f.Close()
}
