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
			into[or(or(name, field), "body")] = wrong(schema)
			return
		}
		into[or(field, "body")] = "cannot be read"
	}
}

// wrong says what is wrong with a value, behind its name.
func wrong(e *openapi3.SchemaError) string {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "is missing"
	case "nullable":
		return "must not be null"
	case "type":
		return "must be of type " + strings.Join(s.Type.Slice(), " or ")
	case "enum":
		return fmt.Sprintf("must be one of %v", s.Enum)
	case "minLength":
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case "maxLength":
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	case "minimum":
		return fmt.Sprintf("must be at least %v", *s.Min)
	case "maximum":
		return fmt.Sprintf("must be at most %v", *s.Max)
	case "minItems":
		return fmt.Sprintf("must have at least %d entries", s.MinItems)
	case "maxItems":
		return fmt.Sprintf("must have at most %d entries", *s.MaxItems)
	case "format":
		return "must be " + or(formats[s.Format], "of the format "+s.Format)
	case "pattern":
		if s.Pattern == `\S` {
			return "must not be blank"
		}
		return "must look like " + s.Pattern
	default:
		return "is not as the document says"
	}
}

// formats are the document's formats in words.
var formats = map[string]string{
	"uuid": "a UUID", "date": "a date like 2026-12-25", "date-time": "a date and time like 2026-12-25T09:00:00Z", "int64": "a whole number",
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
