package condition

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// unreadableIn finds a text that timestamp() or duration() cannot read, of an expression that does not become a program; nil: none.
func unreadableIn(text string, native *ast.AST) *Error {
	var found *Error
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if found != nil || e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 1 {
			return
		}
		literal := e.AsCall().Args()[0]
		said, isText := textIn(literal)
		code, into := Instant, types.TimestampType
		if e.AsCall().FunctionName() == "duration" {
			code, into = Length, types.DurationType
		} else if e.AsCall().FunctionName() != "timestamp" {
			return
		}
		if isText && types.IsError(types.String(said).ConvertToType(into)) {
			found = mistakeAt(text, native, literal, code, said)
		}
	}))
	return found
}

// Check finds what in a condition is written so that it compiles, but compares with what never is: an hour 25, a day called "monday", a
// time zone that does not exist. nil: nothing, or it does not compile. Errors are *Error.
func Check(text string, scope Scope) error {
	checked, issues := environments[scope].Compile(text)
	if len(issues.Errors()) > 0 {
		return nil
	}
	native := checked.NativeRep()
	var found *Error
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if found != nil || e.Kind() != ast.CallKind {
			return
		}
		code, literal, value := impossible(e.AsCall())
		if code == "" {
			return
		}
		found = mistakeAt(text, native, literal, code, value)
	}))
	if found == nil {
		return nil
	}
	return found
}

// comparisons are the operators whose sides are of one kind.
var comparisons = []string{operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals}

// impossible finds the literal of a call that never is what it is compared with.
func impossible(call ast.CallExpr) (code string, literal ast.Expr, value string) {
	args := call.Args()
	if call.IsMemberFunction() && strings.HasPrefix(call.FunctionName(), "get") && len(args) == 1 {
		if zone, isText := textIn(args[0]); isText && !isZone(zone) {
			return Zone, args[0], zone
		}
		return "", nil, ""
	}
	var pairs [][2]ast.Expr
	switch {
	case slices.Contains(comparisons, call.FunctionName()) && len(args) == 2:
		pairs = [][2]ast.Expr{{args[0], args[1]}, {args[1], args[0]}}
	case call.FunctionName() == operators.In && len(args) == 2 && args[1].Kind() == ast.ListKind:
		for _, one := range args[1].AsList().Elements() {
			pairs = append(pairs, [2]ast.Expr{args[0], one})
		}
	}
	for _, pair := range pairs {
		if code, value := wrongFor(localField(pair[0]), pair[1]); code != "" {
			return code, pair[1], value
		}
	}
	return "", nil, ""
}

// localField is the field of local that an expression is; "": none.
func localField(e ast.Expr) string {
	if e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.IdentKind || e.AsSelect().Operand().AsIdent() != "local" {
		return ""
	}
	return e.AsSelect().FieldName()
}

var clock = regexp.MustCompile(`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)

// wrongFor says what is wrong with comparing a field of local with a literal; "": nothing.
func wrongFor(field string, e ast.Expr) (code, value string) {
	if field == "hour" && e.Kind() == ast.LiteralKind {
		// 24 is a bound, if no hour.
		if n, isNumber := e.AsLiteral().(types.Int); isNumber && (n < 0 || n > 24) {
			return Hour, strconv.FormatInt(int64(n), 10)
		}
		return "", ""
	}
	text, isText := textIn(e)
	if !isText {
		return "", ""
	}
	switch field {
	case "time":
		if !clock.MatchString(text) {
			return Clock, text
		}
	case "weekday":
		if !slices.Contains(weekdays[:], text) {
			return Weekday, text
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return Date, text
		}
	}
	return "", ""
}

func textIn(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, isText := e.AsLiteral().(types.String)
	return string(text), isText
}

var offset = regexp.MustCompile(`^[+-]?([01][0-9]|2[0-3]):[0-5][0-9]$`)

func isZone(name string) bool {
	if offset.MatchString(name) {
		return true
	}
	_, err := time.LoadLocation(name)
	return err == nil && name != ""
}
