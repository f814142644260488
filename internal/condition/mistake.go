package condition

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
)

// Codes of what people get wrong most often; Error.Args has what their words are filled with, in this order. Everything else is Other.
const (
	// Other has the compiler's words.
	Other = "condition"
	Empty = "condition_empty"
	// Long: the longest there may be. Deep: it is nested too deep.
	Long = "condition_long"
	Deep = "condition_deep"
	// Unknown: the name, what was meant perhaps. Elsewhere: a name that is known in conditions that stand elsewhere.
	Unknown   = "condition_unknown"
	Elsewhere = "condition_elsewhere"
	// UnknownField: the field, what was meant perhaps, the object ("": one that is not known).
	UnknownField    = "condition_unknown_field"
	UnknownFunction = "condition_unknown_function"
	// Mismatch: the operator, the types at its left and right. Arguments: the function, the types it was given.
	Mismatch  = "condition_types"
	Arguments = "condition_arguments"
	// Seconds: a duration beside a number. NoFields: a type that has no fields.
	Seconds  = "condition_seconds"
	NoFields = "condition_no_fields"
	// NotBoolean: the type that is there instead.
	NotBoolean = "condition_not_boolean"
	// Unclosed: the bracket that is missing. Extra: the one that is too many. Unfinished: something must follow.
	Unclosed   = "condition_unclosed"
	Extra      = "condition_extra"
	Unfinished = "condition_unfinished"
	// Assigned: one = where there must be two. Quote: a text that does not end. Curly: quotes that are none. Word: "and", and what to write.
	Assigned = "condition_assigned"
	Quote    = "condition_quote"
	Curly    = "condition_curly"
	Word     = "condition_word"
	// Unexpected: what is not expected there.
	Unexpected = "condition_unexpected"
	// Zone, Hour, Clock, Weekday, Date: a value that never is one. Instant, Length: a text that timestamp() or duration() cannot read.
	Zone    = "condition_zone"
	Hour    = "condition_hour"
	Clock   = "condition_time"
	Weekday = "condition_weekday"
	Date    = "condition_date"
	Instant = "condition_timestamp"
	Length  = "condition_duration"
)

// sentences are the words behind the codes, for those who read English.
var sentences = map[string]func(a []string) string{
	Empty: func([]string) string { return "the condition is empty" },
	Long:  func(a []string) string { return "the condition is longer than " + a[0] + " characters" },
	Deep:  func([]string) string { return "the condition is too expensive: it is nested too deep" },
	Unknown: func(a []string) string {
		return fmt.Sprintf("%q is not known here", a[0]) + meant(a[1])
	},
	Elsewhere: func(a []string) string {
		return fmt.Sprintf("%q is not known here: this condition cannot speak of it", a[0])
	},
	UnknownField: func(a []string) string {
		if a[2] == "" {
			return fmt.Sprintf("undefined field '%s'", a[0]) + meant(a[1])
		}
		return fmt.Sprintf("undefined field '%s' of %s", a[0], a[2]) + meant(a[1])
	},
	UnknownFunction: func(a []string) string { return fmt.Sprintf("there is no function %s()", a[0]) + meant(a[1]) },
	Mismatch: func(a []string) string {
		return fmt.Sprintf("%s does not go between %s and %s", a[0], typeWords[a[1]], typeWords[a[2]])
	},
	Arguments: func(a []string) string {
		return fmt.Sprintf("%s does not take %s", a[0], strings.Join(typesInWords(strings.Split(a[1], ",")), ", "))
	},
	Seconds:  func([]string) string { return "a duration is compared with a number; write duration('120s')" },
	NoFields: func(a []string) string { return typeWords[a[0]] + " has no fields" },
	NotBoolean: func(a []string) string {
		return fmt.Sprintf("this is %s, not a yes or no", typeWords[a[0]])
	},
	Unclosed:   func(a []string) string { return fmt.Sprintf("%q is missing", a[0]) },
	Extra:      func(a []string) string { return fmt.Sprintf("%q is one too many", a[0]) },
	Unfinished: func([]string) string { return "it ends where something must follow" },
	Assigned:   func([]string) string { return "one = compares nothing; write ==" },
	Quote:      func([]string) string { return "the text that begins here has no closing quote" },
	Curly:      func([]string) string { return "these quotes are none here; write '" },
	Word:       func(a []string) string { return fmt.Sprintf("%q is no operator; write %s", a[0], a[1]) },
	Unexpected: func(a []string) string { return fmt.Sprintf("%q is not expected here", a[0]) },
	Zone: func(a []string) string {
		return fmt.Sprintf("there is no time zone %q; write one like Asia/Seoul", a[0])
	},
	Hour:  func(a []string) string { return a[0] + " is no hour; hours are from 0 to 23" },
	Clock: func(a []string) string { return fmt.Sprintf("%q is no time; write it like 09:30", a[0]) },
	Weekday: func(a []string) string {
		return fmt.Sprintf("%q is no day of the week; they are %s", a[0], strings.Join(weekdays[:], ", "))
	},
	Date: func(a []string) string { return fmt.Sprintf("%q is no date; write it like 2026-12-31", a[0]) },
	Instant: func(a []string) string {
		return fmt.Sprintf("%q is no time that timestamp() reads; write it like 2026-12-31T09:00:00Z", a[0])
	},
	Length: func(a []string) string {
		return fmt.Sprintf("%q is no time that duration() reads; write it like 90s, 5m or 2h", a[0])
	},
}

func meant(suggestion string) string {
	if suggestion == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", suggestion)
}

// typeWords are types as they are called in sentences.
var typeWords = map[string]string{
	"number": "a number", "text": "a text", "yesno": "a yes or no", "duration": "a duration", "time": "a time", "list": "a list", "map": "a map",
	"object": "an object", "null": "null", "any": "anything",
}

func typesInWords(all []string) []string {
	words := make([]string, len(all))
	for i, one := range all {
		words[i] = typeWords[one]
	}
	return words
}

// kindOf is what a type is called in Args.
func kindOf(name string) string {
	switch name = strings.TrimSpace(name); {
	case name == "int", name == "uint", name == "double":
		return "number"
	case name == "string":
		return "text"
	case name == "bool":
		return "yesno"
	case name == "duration", name == "google.protobuf.Duration":
		return "duration"
	case name == "timestamp", name == "google.protobuf.Timestamp":
		return "time"
	case strings.HasPrefix(name, "list"):
		return "list"
	case strings.HasPrefix(name, "map"):
		return "map"
	case strings.HasPrefix(name, prefix):
		return "object"
	case strings.HasPrefix(name, "null"):
		return "null"
	default:
		return "any"
	}
}

// mistake is an error of a code at a place of a text.
func mistake(text string, lineNo, column int, code string, args ...string) *Error {
	return &Error{Line: lineNo, Column: column, Code: code, Args: args, Words: sentences[code](args), Text: line(text, lineNo)}
}

// How the compiler says things.
var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	noField    = regexp.MustCompile(`^undefined field '([^']*)'`)
	noOverload = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
	expected   = regexp.MustCompile(`^expected type 'bool' but found '([^']*)'`)
	fieldless  = regexp.MustCompile(`^type '([^']*)' does not support field selection`)
	missingEnd = regexp.MustCompile(`^missing '([)\]}])' at `)
	unreadable = regexp.MustCompile(`^token recognition error at: '`)
	extraneous = regexp.MustCompile(`^(?:extraneous|mismatched) input '(.*)' expecting (.*)$`)
	unviable   = regexp.MustCompile(`^no viable alternative at input '(.*)'$`)
	reserved   = regexp.MustCompile(`^reserved identifier: (.*)$`)
)

// wordFor is what is written here for words that other languages have.
var wordFor = map[string]string{"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!", "is": "==", "eq": "=="}

// place makes of the compiler's first error one that can be said in any language, as far as it is known.
func place(text string, scope Scope, errors []*cel.Error) *Error {
	first := errors[0]
	words := strings.TrimPrefix(first.Message, "Syntax error: ")
	at := max(first.Location.Line(), 1)
	column := max(first.Location.Column(), 0) + 1
	own := []rune(line(text, at))
	rest := string(own[min(column-1, len(own)):])
	before := string(own[:min(column-1, len(own))])
	say := func(code string, args ...string) *Error { return mistake(text, at, column, code, args...) }
	if m := undeclared.FindStringSubmatch(words); m != nil {
		if strings.HasPrefix(rest, "(") {
			// The place of a call is its bracket; that of the mistake is its name.
			name := m[1][strings.LastIndexByte(m[1], '.')+1:]
			column -= len([]rune(name))
			return say(UnknownFunction, name, nearest(name, functionNames))
		}
		return unknownName(text, at, column, m[1], scope)
	}
	if m := noField.FindStringSubmatch(words); m != nil {
		return unknownField(text, at, column, m[1], before)
	}
	if m := noOverload.FindStringSubmatch(words); m != nil {
		return mismatched(text, at, column, m[1], m[2])
	}
	if m := expected.FindStringSubmatch(words); m != nil {
		return say(NotBoolean, kindOf(m[1]))
	}
	if m := fieldless.FindStringSubmatch(words); m != nil {
		return say(NoFields, kindOf(m[1]))
	}
	if m := missingEnd.FindStringSubmatch(words); m != nil {
		return say(Unclosed, m[1])
	}
	if m := reserved.FindStringSubmatch(words); m != nil {
		return say(Unexpected, m[1])
	}
	if strings.Contains(words, "recursion limit") {
		return say(Deep)
	}
	if unreadable.MatchString(words) {
		switch {
		case strings.HasPrefix(rest, "="):
			return say(Assigned)
		case rest != "" && strings.ContainsRune("“”‘’«»「」", []rune(rest)[0]):
			return say(Curly)
		case strings.HasPrefix(rest, "'"), strings.HasPrefix(rest, `"`):
			return say(Quote)
		case rest != "":
			return say(Unexpected, string([]rune(rest)[:1]))
		}
	}
	if m := extraneous.FindStringSubmatch(words); m != nil {
		return unexpected(text, at, column, m[1], m[2])
	}
	if m := unviable.FindStringSubmatch(words); m != nil {
		return say(Unexpected, m[1])
	}
	return &Error{Line: at, Column: column, Words: words, Text: line(text, at), Code: Other, Args: []string{words}}
}

func unexpected(text string, at, column int, what, wanted string) *Error {
	if what == "<EOF>" {
		for _, closing := range []string{"]", "}", ")"} {
			if strings.HasPrefix(wanted, "{'"+closing+"'") {
				return mistake(text, at, column, Unclosed, closing)
			}
		}
		return mistake(text, at, column, Unfinished)
	}
	if operator, known := wordFor[what]; known {
		return mistake(text, at, column, Word, what, operator)
	}
	if wanted == "<EOF>" && slices.Contains([]string{")", "]", "}"}, what) {
		return mistake(text, at, column, Extra, what)
	}
	return mistake(text, at, column, Unexpected, what)
}

func mismatched(text string, at, column int, function, signature string) *Error {
	operator := strings.Trim(strings.TrimPrefix(function, "@"), "_")
	receiver, given, method := strings.Cut(strings.TrimSuffix(signature, ")"), ".(")
	if !method {
		given = strings.TrimPrefix(receiver, "(")
	}
	kinds := argumentKinds(given)
	if method || operator == function {
		// The place of a call is its bracket.
		column = max(column-len([]rune(function)), 1)
		return mistake(text, at, column, Arguments, function, strings.Join(kinds, ","))
	}
	switch {
	case operator == "!" && len(kinds) == 1, operator == "?_:":
		return mistake(text, at, column, NotBoolean, kinds[0])
	case len(kinds) != 2:
		return mistake(text, at, column, Arguments, operator, strings.Join(kinds, ","))
	case slices.Contains(kinds, "duration") && slices.Contains(kinds, "number"):
		return mistake(text, at, column, Seconds)
	default:
		return mistake(text, at, column, Mismatch, operator, kinds[0], kinds[1])
	}
}

// argumentKinds reads "int, map(string, dyn)".
func argumentKinds(signature string) []string {
	kinds := []string{}
	depth, begin := 0, 0
	for i, r := range signature + "," {
		switch {
		case r == '(' || r == '<':
			depth++
		case r == ')' || r == '>':
			depth--
		case r == ',' && depth <= 0:
			if part := strings.TrimSpace(signature[begin:i]); part != "" {
				kinds = append(kinds, kindOf(part))
			}
			begin = i + 1
		}
	}
	return kinds
}

var receiverBefore = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)\s*$`)

func unknownField(text string, at, column int, name, before string) *Error {
	object := ""
	if m := receiverBefore.FindStringSubmatch(before); m != nil && objects[m[1]] != nil {
		object = m[1]
	}
	var names []string
	if object != "" {
		names = slices.Sorted(maps.Keys(objects[object]))
	}
	return mistake(text, at, column, UnknownField, name, nearest(name, names), object)
}

func unknownName(text string, at, column int, name string, scope Scope) *Error {
	here := scopes[scope]
	if _, declared := variables[name]; declared && !slices.Contains(here, name) {
		return mistake(text, at, column, Elsewhere, name)
	}
	// A field without what it is of.
	for _, object := range here {
		if _, has := objects[object][name]; has {
			return mistake(text, at, column, Unknown, name, object+"."+name)
		}
	}
	return mistake(text, at, column, Unknown, name, nearest(name, here))
}

// functionNames are what can be called.
var functionNames = []string{
	"all", "at", "bool", "contains", "double", "duration", "dyn", "endsWith", "exists", "exists_one", "filter", "getDate", "getDayOfMonth", "getDayOfWeek",
	"getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "has", "int", "list", "map", "matches", "num",
	"size", "startsWith", "string", "text", "texts", "timestamp", "type", "uint",
}

// nearest is the name that was meant perhaps: the one with the fewest letters that differ, if they are few; "": none.
func nearest(name string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	distance := func(to string) int { return levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(to)) }
	best := slices.MinFunc(names, func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
	if distance(best) > max(1, len([]rune(name))/3) {
		return ""
	}
	return best
}

// mistakeAt is an error at the place of an expression.
func mistakeAt(text string, native *ast.AST, e ast.Expr, code string, args ...string) *Error {
	at := native.SourceInfo().GetStartLocation(e.ID())
	return mistake(text, max(at.Line(), 1), max(at.Column(), 0)+1, code, args...)
}
