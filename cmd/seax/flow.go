package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed flow.go.tmpl
var flowTemplate string

//go:embed flow_test.go.tmpl
var flowTestTemplate string

var flowName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// newFlow writes a new flow and its test below root, and adds it to the list of flows. Either all of it is done or nothing.
func newFlow(root, name string, out io.Writer) error {
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
	if err := checkFree(dir, name, function); err != nil {
		return err
	}
	const end = "\t}\n}\n"
	i := strings.LastIndex(string(source), end)
	if i < 0 {
		return fmt.Errorf("%s does not end as expected; add the flow by hand", list)
	}
	values := map[string]string{"Name": name, "Function": function}
	for file, text := range map[string]string{name + ".go": flowTemplate, name + "_test.go": flowTestTemplate} {
		if err := write(filepath.Join(dir, file), text, values); err != nil {
			return err
		}
	}
	entry := fmt.Sprintf("\t\t{Name: %q, Run: %s},\n", name, function)
	if err := os.WriteFile(list, []byte(string(source[:i])+entry+end), 0o644); err != nil {
		return fmt.Errorf("add flow to %s: %w", list, err)
	}
	_, err = fmt.Fprintf(out, "Wrote workflows/flows/%s.go and its test, and added it to the list.\nTry it: go test ./workflows/flows -run %s\nThen choose it for a channel in the admin pages.\n", name, function)
	return err
}

// checkFree makes sure that neither the files nor the function's name are taken.
func checkFree(dir, name, function string) error {
	for _, file := range []string{name + ".go", name + "_test.go"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			return fmt.Errorf("workflows/flows/%s exists already; choose another name", file)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return fmt.Errorf("list flows: %w", err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("read flows: %w", err)
		}
		if slices.Contains(declared(parsed), function) {
			return fmt.Errorf("%s in workflows/flows/%s has this name already; choose another one", function, filepath.Base(file))
		}
	}
	return nil
}

// declared lists the names that a file declares for its package.
func declared(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
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
