package connectortest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
)

// SpecsVariable names the folder with providers' own OpenAPI documents. They belong to the providers and are not part of this
// repository; without the variable they are looked for in ../shared/specs beside it.
const SpecsVariable = "SEAX_PROVIDER_SPECS"

// SpecFolder is where providers' documents are, or "".
func SpecFolder() string {
	folder := os.Getenv(SpecsVariable)
	if folder == "" {
		_, file, _, _ := runtime.Caller(0)
		folder = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "specs")
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return ""
	}
	return folder
}

// Specs are documents of a provider, by which calls to its API are checked. Loaded documents are kept.
type Specs struct{ documents []*document }

type document struct {
	doc    *openapi3.T
	router routers.Router
}

var loaded sync.Map

// LoadSpecs loads documents of a provider. It skips the test, and says so, if they are not there.
func LoadSpecs(t testing.TB, names ...string) *Specs {
	t.Helper()
	folder := SpecFolder()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(folder, name)); folder == "" || err != nil {
			t.Skipf("the provider's own document %s is not there, so nothing was checked against it; set %s to the folder it is in", name, SpecsVariable)
		}
	}
	s := &Specs{}
	for _, name := range names {
		s.documents = append(s.documents, load(t, filepath.Join(folder, name)))
	}
	return s
}

// FindSpecs is LoadSpecs for tests that go on without: it returns nil then.
func FindSpecs(t testing.TB, names ...string) *Specs {
	t.Helper()
	folder := SpecFolder()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(folder, name)); folder == "" || err != nil {
			t.Logf("without the provider's own document %s (%s) calls are not checked against it", name, SpecsVariable)
			return nil
		}
	}
	return LoadSpecs(t, names...)
}

func load(t testing.TB, path string) *document {
	t.Helper()
	once, _ := loaded.LoadOrStore(path, sync.OnceValues(func() (*document, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		doc, err := openapi3.NewLoader().LoadFromData(withoutConst(content))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		// Patterns and formats are the providers' business; routes and schemas are what is looked at.
		router, err := gorillamux.NewRouter(doc)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		return &document{doc, router}, nil
	}))
	get, ok := once.(func() (*document, error))
	require.True(t, ok)
	d, err := get()
	require.NoError(t, err)
	return d
}

// Schema returns a schema of the documents by name.
func (s *Specs) Schema(t testing.TB, name string) *openapi3.Schema {
	t.Helper()
	for _, d := range s.documents {
		if ref, ok := d.doc.Components.Schemas[name]; ok {
			return ref.Value
		}
	}
	t.Fatalf("the provider's documents have no schema %s", name)
	return nil
}

// Operation returns what the documents say of a call to a path, which is written as they write it. Documents whose paths differ only in
// their parameters' names have no other way.
func (s *Specs) Operation(t testing.TB, method, path string) *openapi3.Operation {
	t.Helper()
	for _, d := range s.documents {
		if item := d.doc.Paths.Value(path); item != nil && item.GetOperation(method) != nil {
			return item.GetOperation(method)
		}
	}
	t.Fatalf("the provider's documents have no %s %s", method, path)
	return nil
}

// Checked returns a transport that holds every call to the documents, and every answer. Calls to routes that are in none of them
// are an error, but for those whose path known says are documented elsewhere. A nil Specs checks nothing.
func (s *Specs) Checked(t testing.TB, base http.RoundTripper, known func(r *http.Request) bool) http.RoundTripper {
	if s == nil {
		return base
	}
	return checked{t, s, base, known}
}

type checked struct {
	t     testing.TB
	specs *Specs
	base  http.RoundTripper
	known func(r *http.Request) bool
}

func options() *openapi3filter.Options {
	return &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
}

// RoundTrip implements http.RoundTripper.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	input := c.input(r, body)
	if input == nil && !c.known(r) {
		c.t.Errorf("the provider has no route %s %s", r.Method, r.URL.Redacted())
	}
	if input != nil {
		if err := allowed(r, input, body); err != nil {
			c.t.Errorf("%s %s: the provider's document does not allow this call: %v\n%s", r.Method, r.URL.Redacted(), err, body)
		}
	}
	res, err := c.base.RoundTrip(r)
	if err != nil || input == nil || res.StatusCode >= 300 {
		return res, err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(answer))
	output := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Options: options()}
	if err := openapi3filter.ValidateResponse(r.Context(), output.SetBodyBytes(answer)); err != nil {
		c.t.Errorf("%s %s: the fake answers what the provider's document does not allow: %v\n%s", r.Method, r.URL.Redacted(), err, answer)
	}
	return res, nil
}

const formType = "application/x-www-form-urlencoded"

// allowed holds a call to its route. Forms are read here: kin-openapi takes what is not in a form for null.
func allowed(r *http.Request, input *openapi3filter.RequestValidationInput, body []byte) error {
	form := strings.HasPrefix(r.Header.Get("Content-Type"), formType) && input.Route.Operation.RequestBody != nil
	input.Options.ExcludeRequestBody = form
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil || !form {
		return err
	}
	media := input.Route.Operation.RequestBody.Value.Content.Get(formType)
	if media == nil {
		return errors.New("the route takes no form")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	object := map[string]any{}
	for name, all := range values {
		property, ok := media.Schema.Value.Properties[name]
		if !ok {
			return fmt.Errorf("there is no field %s", name)
		}
		object[name] = fieldValue(property.Value, all)
	}
	return media.Schema.Value.VisitJSON(object, openapi3.MultiErrors(), openapi3.VisitAsRequest())
}

// fieldValue is what a form's field says, by its schema.
func fieldValue(schema *openapi3.Schema, all []string) any {
	switch {
	case schema.Type.Is("array"):
		list := make([]any, len(all))
		for i, one := range all {
			list[i] = fieldValue(schema.Items.Value, []string{one})
		}
		return list
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		if n, err := strconv.ParseFloat(all[0], 64); err == nil {
			return n
		}
	case schema.Type.Is("boolean"):
		if b, err := strconv.ParseBool(all[0]); err == nil {
			return b
		}
	}
	return all[0]
}

func (c checked) input(r *http.Request, body []byte) *openapi3filter.RequestValidationInput {
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	for _, d := range c.specs.documents {
		if route, params, err := d.router.FindRoute(copied); err == nil {
			return &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route, Options: options()}
		}
	}
	return nil
}
