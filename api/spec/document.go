package spec

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

// checkFormats makes the document's formats ones that are checked, once for the whole program.
var checkFormats = sync.OnceFunc(func() {
	openapi3.DefineStringFormatValidator("uuid", openapi3.NewCallbackValidator(uuid.Validate))
	openapi3.DefineStringFormatValidator("date", openapi3.NewCallbackValidator(func(text string) error {
		_, err := time.Parse(time.DateOnly, text)
		return err
	}))
})

// Document returns the API's document, a copy of one's own. What is checked against it is checked for its formats, too. It
// fails only when the program itself is broken.
func Document() (*openapi3.T, error) {
	checkFormats()
	doc, err := GetSwagger()
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	return doc, nil
}

// Words says what is wrong with a value that does not fit the document, to be read behind the value's name: "must be at least 5".
func Words(e *openapi3.SchemaError) string {
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
		if words, known := formats[s.Format]; known {
			return "must be " + words
		}
		return "must be of the format " + s.Format
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
