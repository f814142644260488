package taskrouter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"seax/internal/condition"
)

// An expression is what TaskRouter's filters, targets and queues demand:
//
//	any        = all { OR all }
//	all        = one { AND one }
//	one        = "(" any ")" | operand operator operand
//	operator   = "==" | "=" | "!=" | "<" | "<=" | ">" | ">=" | IN | NOT IN | HAS | NOT HAS | CONTAINS
//	operand    = key | text | number | TRUE | FALSE | NULL | "[" [ constant { "," constant } ] "]"
//	key        = word { "." word | "[" digits "]" }
//
// Words in capitals may be written in any case.
type expression interface{ expression() }

type (
	anyOf []expression
	allOf []expression
	// comparison is of two operands; text is how it was written.
	comparison struct {
		left, right operand
		op          string
		text        string
	}
)

func (anyOf) expression()      {}
func (allOf) expression()      {}
func (comparison) expression() {}

// The operators that are no signs.
const (
	opIn       = "IN"
	opNotIn    = "NOT IN"
	opHas      = "HAS"
	opNotHas   = "NOT HAS"
	opContains = "CONTAINS"
)

// operand is a constant or a key.
type operand interface{ operand() }

type (
	// constant is a string, float64, bool, nil, or []any of these.
	constant struct{ value any }
	// key is a path into attributes.
	key []segment
	// segment is a name, or the index of a list when name is "".
	segment struct {
		name  string
		index int
	}
)

func (constant) operand() {}
func (key) operand()      {}

// String writes a key as it was.
func (k key) String() string {
	var s strings.Builder
	for i, part := range k {
		switch {
		case part.name == "":
			fmt.Fprintf(&s, "[%d]", part.index)
		case i > 0:
			s.WriteString("." + part.name)
		default:
			s.WriteString(part.name)
		}
	}
	return s.String()
}

const (
	// maxExpression bounds an expression, in bytes; the condition it becomes must be shorter still.
	maxExpression = 32 << 10
	// maxNesting bounds parentheses within parentheses.
	maxNesting = 20
	// maxIndex bounds an index of a list.
	maxIndex = 1_000_000
)

// parse reads an expression. Errors are *condition.Error and show the place.
func parse(text string) (expression, error) {
	p := parser{text: text}
	if len(text) > maxExpression {
		return nil, p.wrong(0, "the expression is longer than %d characters", maxExpression)
	}
	if !utf8.ValidString(text) {
		return nil, p.wrong(0, "the expression is not UTF-8 text")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	e, err := p.any(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind != end {
		return nil, p.unexpected("AND, OR or the end")
	}
	return e, nil
}

type tokenKind int

const (
	end tokenKind = iota
	word
	number
	quoted
	sign
)

type token struct {
	kind tokenKind
	// text is the word, the sign, what is between quotes, or the number.
	text string
	// from and to are where it is.
	from, to int
}

type parser struct {
	text string
	// at is behind token, done behind the one before it.
	at, done int
	token    token
}

func (p *parser) any(depth int) (expression, error) {
	var parts anyOf
	for {
		part, err := p.all(depth)
		if err != nil {
			return nil, err
		}
		if parts = append(parts, part); !p.keyword("OR") {
			break
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) all(depth int) (expression, error) {
	var parts allOf
	for {
		part, err := p.one(depth)
		if err != nil {
			return nil, err
		}
		if parts = append(parts, part); !p.keyword("AND") {
			break
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) one(depth int) (expression, error) {
	if !p.sign("(") {
		return p.comparison()
	}
	if depth == maxNesting {
		return nil, p.wrong(p.token.from, "there are more than %d parentheses within each other", maxNesting)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	inner, err := p.any(depth + 1)
	if err != nil {
		return nil, err
	}
	if !p.sign(")") {
		return nil, p.unexpected(`")"`)
	}
	return inner, p.next()
}

func (p *parser) comparison() (expression, error) {
	from := p.token.from
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	return comparison{left, right, op, strings.Join(strings.Fields(p.text[from:p.done]), " ")}, nil
}

func (p *parser) operator() (string, error) {
	switch {
	case p.token.kind == sign && slices.Contains([]string{"==", "=", "!=", "<", "<=", ">", ">="}, p.token.text):
		op := p.token.text
		if op == "=" {
			op = "=="
		}
		return op, p.next()
	case p.keyword(opIn), p.keyword(opHas), p.keyword(opContains):
		op := strings.ToUpper(p.token.text)
		return op, p.next()
	case p.keyword("NOT"):
		if err := p.next(); err != nil {
			return "", err
		}
		if !p.keyword(opIn) && !p.keyword(opHas) {
			return "", p.unexpected("IN or HAS after NOT")
		}
		op := "NOT " + strings.ToUpper(p.token.text)
		return op, p.next()
	case p.token.text == "&&" || p.token.text == "||" || p.token.text == "<>":
		return "", p.wrong(p.token.from, "TaskRouter has AND, OR and != instead of %s", p.token.text)
	default:
		return "", p.unexpected("a comparison: ==, !=, <, <=, >, >=, IN, NOT IN, HAS or CONTAINS")
	}
}

func (p *parser) operand() (operand, error) {
	if p.sign("[") {
		return p.list()
	}
	if p.token.kind == word && !p.reserved() {
		return p.key()
	}
	value, err := p.constant()
	return constant{value}, err
}

// constant reads one that is no list.
func (p *parser) constant() (any, error) {
	switch {
	case p.token.kind == quoted:
		value := p.token.text
		return value, p.next()
	case p.token.kind == number:
		value, err := strconv.ParseFloat(p.token.text, 64)
		if err != nil {
			return nil, p.wrong(p.token.from, "%s is too large", p.token.text)
		}
		return value, p.next()
	case p.keyword("TRUE"), p.keyword("FALSE"):
		value := p.keyword("TRUE")
		return value, p.next()
	case p.keyword("NULL"):
		return nil, p.next()
	default:
		return nil, p.unexpected("a key, a text in quotes, a number, true, false or a list")
	}
}

func (p *parser) list() (operand, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	items := []any{}
	for !p.sign("]") {
		if len(items) > 0 {
			if !p.sign(",") {
				return nil, p.unexpected(`"," or "]"`)
			}
			if err := p.next(); err != nil {
				return nil, err
			}
		}
		item, err := p.constant()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return constant{items}, p.next()
}

func (p *parser) key() (operand, error) {
	k := key{{name: p.token.text}}
	if err := p.next(); err != nil {
		return nil, err
	}
	for {
		switch {
		case p.sign("."):
			if err := p.next(); err != nil {
				return nil, err
			}
			if p.token.kind != word {
				return nil, p.unexpected(`a name after "."`)
			}
			k = append(k, segment{name: p.token.text})
		case p.sign("["):
			if err := p.next(); err != nil {
				return nil, err
			}
			n, err := strconv.Atoi(p.token.text)
			if p.token.kind != number || err != nil || n < 0 || n > maxIndex {
				return nil, p.unexpected("an index, like [0]")
			}
			if err := p.next(); err != nil {
				return nil, err
			}
			if !p.sign("]") {
				return nil, p.unexpected(`"]"`)
			}
			k = append(k, segment{index: n})
		default:
			return k, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) sign(text string) bool { return p.token.kind == sign && p.token.text == text }
func (p *parser) keyword(text string) bool {
	return p.token.kind == word && strings.EqualFold(p.token.text, text)
}

func (p *parser) reserved() bool {
	return slices.ContainsFunc([]string{"AND", "OR", "NOT", opIn, opHas, opContains, "TRUE", "FALSE", "NULL"}, p.keyword)
}

// next reads a token.
func (p *parser) next() error {
	p.done = p.at
	rest := strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace)
	from := len(p.text) - len(rest)
	p.token = token{from: from}
	first, size := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "":
		p.at = from
		return nil
	case first == '"' || first == '\'':
		return p.quote(from, rest)
	case first == '_' || unicode.IsLetter(first):
		p.take(word, rest, span(rest, func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }))
		if after := p.text[p.at:]; strings.HasPrefix(after, "-") {
			return p.wrong(p.at, "a key cannot have a hyphen")
		}
		return nil
	case digit(first) || first == '-' && len(rest) > 1 && digit(rune(rest[1])):
		n := 1 + span(rest[1:], digit)
		if n+1 < len(rest) && rest[n] == '.' && digit(rune(rest[n+1])) {
			n += 1 + span(rest[n+1:], digit)
		}
		p.take(number, rest, n)
		return nil
	case strings.ContainsRune("()[],.", first):
		p.take(sign, rest, 1)
		return nil
	case strings.ContainsRune("=!<>&|", first):
		p.take(sign, rest, span(rest, func(r rune) bool { return strings.ContainsRune("=!<>&|", r) }))
		return nil
	default:
		return p.wrong(from, "%q is not expected here", rest[:size])
	}
}

func (p *parser) take(kind tokenKind, rest string, n int) {
	p.token.kind, p.token.text, p.token.to = kind, rest[:n], p.token.from+n
	p.at = p.token.to
}

// quote reads a text in quotes. A backslash keeps a quote, or a backslash, from meaning something.
func (p *parser) quote(from int, rest string) error {
	var text strings.Builder
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == rest[0]:
			p.take(quoted, rest, i+1)
			p.token.text = text.String()
			return nil
		case rest[i] == '\\' && i+1 < len(rest) && strings.IndexByte(`\'"`, rest[i+1]) >= 0:
			i++
		}
		text.WriteByte(rest[i])
	}
	return p.wrong(from, "this quote is not closed")
}

func digit(r rune) bool { return '0' <= r && r <= '9' }

// span is how many bytes from the beginning are of a kind.
func span(s string, of func(rune) bool) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !of(r) }); n >= 0 {
		return n
	}
	return len(s)
}

func (p *parser) unexpected(wanted string) error {
	if p.token.kind == end {
		return p.wrong(p.token.from, "it ends where %s should be", wanted)
	}
	return p.wrong(p.token.from, "%s is where %s should be", p.text[p.token.from:p.token.to], wanted)
}

// wrong says what is wrong at a byte.
func (p *parser) wrong(at int, format string, args ...any) error {
	before := strings.ToValidUTF8(p.text[:at], "?")
	begin := strings.LastIndexByte(before, '\n') + 1
	text := strings.ToValidUTF8(p.text[strings.LastIndexByte(p.text[:at], '\n')+1:], "?")
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > maxShown {
		text = ""
	}
	return &condition.Error{
		Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[begin:]) + 1, Words: fmt.Sprintf(format, args...), Text: text,
	}
}

// maxShown is how long a line may be that is shown with an error.
const maxShown = 1000
