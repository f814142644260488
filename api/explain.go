package api

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"seax/api/spec"
)

// explainInvalid puts the validator's findings into words, per field.
func explainInvalid(err error) *Problem {
	fields := map[string]string{}
	collect(err, "", fields)
	p := problem(http.StatusBadRequest, "invalid", "The request does not fit the API.")
	if len(fields) > 0 {
		first := slices.Min(slices.Collect(maps.Keys(fields)))
		p.Fields = &fields
		p.Detail = fmt.Sprintf("The request does not fit the API: %s %s.", first, fields[first])
	}
	return p
}

func collect(err error, field string, into map[string]string) {
	var schema *openapi3.SchemaError
	switch e := err.(type) { //nolint:errorlint // the nesting is walked step by step
	case openapi3.MultiError:
		for _, inner := range e {
			collect(inner, field, into)
		}
		return
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			field = e.Parameter.Name
		}
		if e.Err == nil || errors.Is(e.Err, openapi3filter.ErrInvalidRequired) || errors.Is(e.Err, openapi3filter.ErrInvalidEmptyValue) {
			into[or(field, "body")] = "is missing"
			return
		}
		collect(e.Err, field, into)
	default:
		if errors.As(err, &schema) {
			name := strings.Join(schema.JSONPointer(), ".")
			into[or(or(name, field), "body")] = spec.Words(schema)
			return
		}
		into[or(field, "body")] = "cannot be read"
	}
}

// asSentence makes words that are one but for its beginning and end a sentence.
func asSentence(words string) string {
	words = strings.TrimSuffix(strings.TrimSpace(words), ":")
	first, size := utf8.DecodeRuneInString(words)
	words = string(unicode.ToUpper(first)) + words[size:]
	if !strings.HasSuffix(words, ".") {
		words += "."
	}
	return words
}

// sentence is what a sentinel was wrapped with by those who know, without the operations around it.
func sentence(err, sentinel error) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if words, ok := strings.CutPrefix(e.Error(), sentinel.Error()); ok {
			return asSentence(sentinel.Error() + words)
		}
	}
	return asSentence(sentinel.Error())
}
