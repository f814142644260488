// Package condition compiles and evaluates what plans and queues demand: short expressions in CEL over a request, its contact,
// an agent, a queue and the time. They are typed and checked when they are saved; at run time what is missing is null, a
// comparison that makes no sense is "no", and nothing can run for long.
package condition

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// Scope says what a condition may speak of.
type Scope int

// The scopes.
const (
	// OfRequest: request, contact, agents, queue, hours, local, now.
	OfRequest Scope = iota
	// OfAgent: the same, and agent.
	OfAgent
	// OfMember: agent alone.
	OfMember
)

const (
	// MaxLength bounds a condition's text, in bytes.
	MaxLength = 4096
	// maxCost bounds the work of one evaluation, in CEL's units (about one per operation).
	maxCost = 20_000
)

// Error says what is wrong with a condition, and where.
type Error struct {
	// Line and Column count from 1.
	Line, Column int
	// Words are in English. Code says for programs which kind of mistake it is, Args what its words are filled with.
	Words string
	Code  string
	Args  []string
	// Text is the line it is in.
	Text string
}

// Error shows the place.
func (e *Error) Error() string {
	where := fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Words)
	if e.Text == "" {
		return where
	}
	return where + "\n  " + e.Text + "\n  " + strings.Repeat(" ", max(e.Column-1, 0)) + "^"
}

// Condition is a compiled expression. Safe for concurrent use.
type Condition struct {
	text                string
	onlyAgent, constant bool
	// clauses are what is joined by && at the top, each with its own text.
	clauses []clause
}

type clause struct {
	text    string
	program cel.Program
}

// Compile checks an expression and prepares it. Errors are *Error.
func Compile(text string, scope Scope) (*Condition, error) {
	if len(text) > MaxLength {
		return nil, &Error{Line: 1, Column: 1, Code: Long, Args: []string{strconv.Itoa(MaxLength)}, Words: sentences[Long]([]string{strconv.Itoa(MaxLength)})}
	}
	if strings.TrimSpace(text) == "" {
		return nil, &Error{Line: 1, Column: 1, Code: Empty, Words: sentences[Empty](nil)}
	}
	env := environments[scope]
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, place(text, scope, issues.Errors())
	}
	if out := checked.OutputType(); !out.IsExactType(types.BoolType) && !out.IsExactType(types.DynType) {
		return nil, mistake(text, 1, 1, NotBoolean, kindOf(out.String()))
	}
	c := &Condition{text: text, onlyAgent: true, constant: true}
	native := checked.NativeRep()
	for _, e := range conjuncts(native.Expr()) {
		part, err := cel.ExprToString(e, native.SourceInfo())
		if err != nil {
			return nil, other("cannot be taken apart: " + err.Error())
		}
		compiled, issues := env.Compile(part)
		if issues.Err() != nil {
			return nil, place(part, scope, issues.Errors())
		}
		options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
		if loops(e) {
			// Without loops the text's length bounds the work, and counting it is not for free.
			options = append(options, cel.CostLimit(maxCost))
		}
		program, err := env.Program(compiled, options...)
		if err != nil {
			if wrong := unreadableIn(text, native); wrong != nil {
				return nil, wrong
			}
			return nil, other(err.Error())
		}
		c.clauses = append(c.clauses, clause{part, program})
	}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			name := nameOf(native, e)
			_, declared := variables[name]
			c.constant = c.constant && !declared
			c.onlyAgent = c.onlyAgent && (!declared || name == "agent")
		}
	}))
	return c, nil
}

func other(words string) *Error {
	return &Error{Line: 1, Column: 1, Words: words, Code: Other, Args: []string{words}}
}

// nameOf is what an identifier refers to: a variable of the scope, or one of a macro such as x in list.exists(x, …).
func nameOf(a *ast.AST, e ast.Expr) string {
	if reference, known := a.ReferenceMap()[e.ID()]; known && reference.Name != "" {
		return reference.Name
	}
	return e.AsIdent()
}

func loops(e ast.Expr) bool {
	found := false
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) { found = found || e.Kind() == ast.ComprehensionKind }))
	return found
}

func conjuncts(e ast.Expr) []ast.Expr {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd {
		var all []ast.Expr
		for _, arg := range e.AsCall().Args() {
			all = append(all, conjuncts(arg)...)
		}
		return all
	}
	return []ast.Expr{e}
}

func line(text string, n int) string {
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// String returns the condition's text; a nil condition has none.
func (c *Condition) String() string {
	if c == nil {
		return ""
	}
	return c.text
}

// OnlyAgent reports whether the condition speaks of the agent alone: then an agent meets it for every request or for none. A nil
// condition does.
func (c *Condition) OnlyAgent() bool { return c == nil || c.onlyAgent }

// Constant reports whether the condition speaks of nothing that could change: then it always holds or never. A nil condition does.
func (c *Condition) Constant() bool { return c == nil || c.constant }

// Holds reports whether the condition is met.
func (c *Condition) Holds(f *Facts) bool { return c.Unmet(f) == "" }

// Unmet returns the first clause that is not met; "" if all are. A nil condition is always met.
func (c *Condition) Unmet(f *Facts) string {
	if c == nil {
		return ""
	}
	for _, cl := range c.clauses {
		out, _, err := cl.program.Eval(f)
		if err != nil || out != types.True {
			return cl.text
		}
	}
	return ""
}
