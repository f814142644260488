package condition

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/parser"
	"google.golang.org/protobuf/types/known/structpb"
)

// scopes are the names that conditions of each scope may speak of.
var scopes = map[Scope][]string{
	OfRequest: {"request", "contact", "agents", "queue", "hours", "local", "now"},
	OfAgent:   {"agent", "request", "contact", "agents", "queue", "hours", "local", "now"},
	OfMember:  {"agent"},
}

// environments are what conditions of each scope are compiled in.
var environments = map[Scope]*cel.Env{
	OfRequest: environment(scopes[OfRequest]...), OfAgent: environment(scopes[OfAgent]...), OfMember: environment(scopes[OfMember]...),
}

func environment(names ...string) *cel.Env {
	registry, err := types.NewRegistry()
	if err != nil {
		panic(err)
	}
	options := []cel.EnvOption{
		cel.CustomTypeProvider(provider{registry}),
		cel.CustomTypeAdapter(adapter{registry}),
		cel.ClearMacros(),
		cel.Macros(presence, cel.AllMacro, cel.ExistsMacro, cel.ExistsOneMacro, cel.MapMacro, cel.FilterMacro),
		cel.CrossTypeNumericComparisons(true),
		cel.EnableMacroCallTracking(),
		cel.ParserRecursionLimit(50),
		unary("num", numberOf), unary("list", listOf), unary("text", textOf), unary("texts", textsOf),
		cel.Function("at", cel.Overload("at_dyn_string", []*cel.Type{cel.DynType, cel.StringType}, cel.DynType, cel.BinaryBinding(at))),
	}
	for _, name := range names {
		options = append(options, cel.Variable(name, variables[name]))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		panic(err)
	}
	return env
}

func unary(name string, fn func(ref.Val) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_dyn", []*cel.Type{cel.DynType}, cel.DynType, cel.UnaryBinding(fn)))
}

// presence is the macro has(a.b): whether there is such a thing. What is missing is null here, so that is what it asks.
var presence = cel.GlobalMacro(operators.Has, 1, func(factory parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	return factory.NewCall(operators.NotEquals, factory.NewCall("dyn", args[0]), factory.NewLiteral(types.NullValue)), nil
})

// provider tells the checker which fields objects have, and the evaluator how to read them.
type provider struct{ types.Provider }

func fieldsOf(name string) (map[string]field, bool) {
	short, prefixed := strings.CutPrefix(name, prefix)
	fields, known := objects[short]
	return fields, prefixed && known
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ours := fieldsOf(name); ours {
		return types.NewTypeTypeWithParam(cel.ObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ours := fieldsOf(name)
	if !ours {
		return p.Provider.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(fields))
	for f := range fields {
		names = append(names, f)
	}
	return names, true
}

func (p provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	fields, ours := fieldsOf(name)
	if !ours {
		return p.Provider.FindStructFieldType(name, fieldName)
	}
	f, found := fields[fieldName]
	if !found {
		return nil, false
	}
	return &types.FieldType{
		Type:    f.kind,
		IsSet:   func(any) bool { return true },
		GetFrom: func(object any) (any, error) { return f.get(object), nil },
	}, true
}

// adapter makes CEL values of ours.
type adapter struct{ types.Adapter }

func (a adapter) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case lenient:
		inner, isMap := a.Adapter.NativeToValue(v.of).(traits.Mapper)
		if !isMap {
			return types.NullValue
		}
		return forgiving{Mapper: inner, missing: types.NullValue}
	case presumed:
		return forgiving{Mapper: a.Adapter.NativeToValue(v.of).(traits.Mapper), missing: types.Int(v.missing)}
	case map[string]any:
		return forgiving{Mapper: a.Adapter.NativeToValue(v).(traits.Mapper), missing: types.NullValue}
	case json.Number:
		number, err := v.Float64()
		if err != nil {
			return types.NullValue
		}
		return types.Double(number)
	default:
		return a.Adapter.NativeToValue(value)
	}
}

// lenient is a map in which what is missing is null; presumed one in which it is a certain number.
type (
	lenient  struct{ of any }
	presumed struct {
		of      map[string]int
		missing int
	}
)

// forgiving is a map that answers for keys it does not have.
type forgiving struct {
	traits.Mapper
	missing ref.Val
}

func (m forgiving) Find(key ref.Val) (ref.Val, bool) {
	value, found := m.Mapper.Find(key)
	if !found {
		return m.missing, true
	}
	if inner, isMap := value.(traits.Mapper); isMap {
		return forgiving{Mapper: inner, missing: types.NullValue}, true
	}
	return value, true
}

func (m forgiving) Get(key ref.Val) ref.Val {
	value, _ := m.Find(key)
	return value
}

// numberOf is num(x): the number a text spells; null if it spells none.
func numberOf(value ref.Val) ref.Val {
	switch v := value.(type) {
	case types.Int, types.Uint, types.Double:
		return v
	case types.String:
		number, err := strconv.ParseFloat(strings.TrimSpace(string(v)), 64)
		if err != nil {
			return types.NullValue
		}
		return types.Double(number)
	default:
		return types.NullValue
	}
}

// listOf is list(x): a list as it is; a text as the JSON list it spells, else as its parts between commas; null as no parts.
func listOf(value ref.Val) ref.Val {
	switch v := value.(type) {
	case traits.Lister:
		return v
	case types.String:
		var parsed []any
		if json.Unmarshal([]byte(v), &parsed) == nil {
			return types.DefaultTypeAdapter.NativeToValue(parsed)
		}
		parts := strings.Split(string(v), ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		return types.DefaultTypeAdapter.NativeToValue(parts)
	default:
		return types.DefaultTypeAdapter.NativeToValue([]string{})
	}
}

// textOf is text(x): a value as it would be written, lists and maps as JSON; null stays null.
func textOf(value ref.Val) ref.Val {
	switch v := value.(type) {
	case types.String, types.Null:
		return v
	case types.Double:
		return types.String(strconv.FormatFloat(float64(v), 'f', -1, 64))
	case traits.Lister, traits.Mapper:
		native, err := value.ConvertToNative(reflect.TypeFor[*structpb.Value]())
		if err != nil {
			return types.NullValue
		}
		text, err := json.Marshal(native.(*structpb.Value).AsInterface())
		if err != nil {
			return types.NullValue
		}
		return types.String(text)
	default:
		return types.String(fmt.Sprint(v.Value()))
	}
}

// textsOf is texts(x): list(x) with every part as text(x).
func textsOf(value ref.Val) ref.Val {
	var texts []ref.Val
	for it := listOf(value).(traits.Lister).Iterator(); it.HasNext() == types.True; {
		texts = append(texts, textOf(it.Next()))
	}
	return types.DefaultTypeAdapter.NativeToValue(texts)
}

// at is at(x, path): what a path like customer.orders[0].state leads to, through texts that spell JSON as through maps and lists;
// null if it leads nowhere. A map that has the whole path as a key answers with that.
func at(value, path ref.Val) ref.Val {
	if m, isMap := value.(traits.Mapper); isMap {
		if whole, found := m.Find(path); found && whole != types.NullValue {
			return whole
		}
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(strings.ReplaceAll(string(path.(types.String)), "[", ".["), "."), ".") {
		if value = step(value, part); value == types.NullValue {
			return value
		}
	}
	return value
}

// step is one part of a path: a key, or [n].
func step(value ref.Val, part string) ref.Val {
	if text, isText := value.(types.String); isText {
		var spelled any
		if json.Unmarshal([]byte(text), &spelled) != nil {
			return types.NullValue
		}
		value = types.DefaultTypeAdapter.NativeToValue(spelled)
	}
	var found ref.Val
	switch v := value.(type) {
	case traits.Mapper:
		found, _ = v.Find(types.String(part))
	case traits.Lister:
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(part, "["), "]"))
		if err == nil && part[0] == '[' && n >= 0 && types.Int(n) < v.Size().(types.Int) {
			found = v.Get(types.Int(n))
		}
	}
	if found == nil {
		return types.NullValue
	}
	return found
}
