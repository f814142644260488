package taskrouter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// compare makes a condition of one comparison.
func (t translator) compare(c comparison) (formula, error) {
	left, err := t.value(c.left)
	if err != nil {
		return never, err
	}
	right, err := t.value(c.right)
	if err != nil {
		return never, err
	}
	if left.kind == ofConstant && right.kind == ofConstant {
		return t.fold(c, left.constant, right.constant), nil
	}
	switch c.op {
	case opIn, opNotIn:
		return t.contained(left, right, c.op == opNotIn)
	case opHas, opNotHas:
		return t.contained(right, left, c.op == opNotHas)
	case opContains:
		return contains(left, right)
	}
	if left.kind == ofConstant {
		left, right, c.op = right, left, mirrored[c.op]
	}
	if right.kind == ofConstant {
		return t.against(left, right.constant, c.op)
	}
	return between(left, right, c.op)
}

// mirrored is what an operator becomes when its sides change places.
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// fold works out what two constants are to each other.
func (t translator) fold(c comparison, left, right any) formula {
	if _, text := left.(string); text && c.op != opIn && c.op != opNotIn {
		t.changed(c.text + ": both sides are constants, so it is always the same; a key is written without quotes")
	}
	switch c.op {
	case opIn, opNotIn, opHas, opNotHas:
		item, list := left, right
		if c.op == opHas || c.op == opNotHas {
			item, list = right, left
		}
		items, _ := list.([]any)
		return either(slices.Contains(items, item) != (c.op == opNotIn || c.op == opNotHas))
	case opContains:
		text, one := left.(string)
		part, both := right.(string)
		return either(one && both && strings.Contains(text, part))
	case "==", "!=":
		_, oneList := left.([]any)
		_, otherList := right.([]any)
		same := !oneList && !otherList && left == right
		return either(same == (c.op == "=="))
	}
	switch a := left.(type) {
	case float64:
		b, both := right.(float64)
		return either(both && holds(c.op, a, b))
	case string:
		b, both := right.(string)
		return either(both && holds(c.op, a, b))
	default:
		return never
	}
}

func holds[T float64 | string](op string, a, b T) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	default:
		return a >= b
	}
}

// leaf is one comparison in CEL.
func leaf(moves bool, format string, args ...any) formula {
	return formula{text: fmt.Sprintf(format, args...), moves: moves}
}

// against compares with a constant.
func (t translator) against(v value, c any, op string) (formula, error) {
	if _, list := c.([]any); list {
		return never, noCounterpartError("a list is compared with IN and HAS")
	}
	equality := op == "==" || op == "!="
	text, isText := c.(string)
	n, isNumber := c.(float64)
	switch v.kind {
	case ofNumber:
		return v.againstNumber(c, op), nil
	case ofAge:
		if !isNumber {
			return never, noCounterpartError("a task's age is a number of seconds")
		}
		return leaf(true, "%s %s duration('%ss')", v.text, op, decimal(n)), nil
	case ofDay:
		day, err := t.day(c)
		if err == nil && !equality {
			err = noCounterpartError("days of the week have no order")
		}
		return leaf(true, "%s %s %d", v.text, op, day), err
	case ofPresence:
		if !isText || !equality {
			return never, noCounterpartError("an activity is == or != the name or sid of one, or IN several")
		}
		presence, known := t.presence(text)
		if !known {
			return either(op == "!="), nil
		}
		return leaf(true, "%s %s %s", v.text, op, quote(presence)), nil
	}
	switch {
	case isNumber && v.kind == ofTask:
		return leaf(false, "num(%s) %s %s", v.text, op, decimal(n)), nil
	case equality && v.kind == ofTask:
		return leaf(false, "%s %s %s", v.text, op, asText(c)), nil
	case equality || isNumber || isText:
		return leaf(false, "%s %s %s", v.text, op, literal(c)), nil
	default:
		return never, noCounterpartError("only numbers and texts have an order")
	}
}

// againstNumber compares a whole number with a constant.
func (v value) againstNumber(c any, op string) formula {
	n, isNumber := c.(float64)
	if text, isText := c.(string); isText {
		parsed, err := strconv.ParseFloat(text, 64)
		n, isNumber = parsed, err == nil
	}
	full := v.load != "" && n == 100
	switch {
	case !isNumber:
		return either(op == "!=")
	case full && (op == "==" || op == ">="):
		return leaf(v.moves, "%s == 0", v.load)
	case full && (op == "!=" || op == "<"):
		return leaf(v.moves, "%s > 0", v.load)
	case n != float64(int(n)) && (op == "==" || op == "!="):
		return either(op == "!=")
	default:
		return leaf(v.moves, "%s %s %s", v.text, op, decimal(n))
	}
}

// day is the number of a day of the week, as CEL counts them.
func (t translator) day(c any) (int, error) {
	name, _ := c.(string)
	days := []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	n := slices.IndexFunc(days, func(day string) bool { return strings.EqualFold(day, name) })
	if n < 0 {
		return 0, noCounterpartError(fmt.Sprintf("%v is no day of the week; TaskRouter calls them Mon, Tue, Wed, Thu, Fri, Sat and Sun", c))
	}
	if days[n] != name {
		t.changed(fmt.Sprintf("%q is read as %s", name, days[n]))
	}
	return n, nil
}

// presence is the presence that an activity became; false: there is no such activity, and so nobody in it.
func (t translator) presence(activity string) (string, bool) {
	presence, known := t.names.activities[activity]
	if !known {
		t.changed(fmt.Sprintf("no activity %q was given; as if nobody were ever in it", activity))
	}
	return presence, known
}

// between compares two values. What is missing equals nothing.
func between(a, b value, op string) (formula, error) {
	for _, v := range []value{a, b} {
		if v.kind == ofDay || v.kind == ofAge || v.kind == ofPresence {
			return never, noCounterpartError("an activity, a day of the week and a task's age are compared with constants")
		}
	}
	moves := a.moves || b.moves
	if op != "==" && op != "!=" {
		return leaf(moves, "%s %s %s", a.numeric(), op, b.numeric()), nil
	}
	if a.kind == ofWorker && b.kind == ofTask {
		a, b = b, a
	}
	left, right := a.text, b.text
	switch {
	case a.kind == ofTask && b.kind == ofWorker:
		right = "text(" + right + ")"
	case a.kind == ofNumber || b.kind == ofNumber:
		left, right = a.numeric(), b.numeric()
	}
	switch {
	case a.kind == ofNumber || b.kind == ofNumber:
		return leaf(moves, "%s %s %s", left, op, right), nil
	case op == "!=":
		return leaf(moves, "!(%s != null && %s == %s)", left, left, right), nil
	default:
		return and(leaf(moves, "%s != null", left), leaf(moves, "%s == %s", left, right)), nil
	}
}

// numeric is a value as a number, for what has an order.
func (v value) numeric() string {
	if v.kind == ofTask {
		return "num(" + v.text + ")"
	}
	return v.text
}

// contained makes a condition of an item's being in a list, or not.
func (t translator) contained(item, list value, not bool) (formula, error) {
	text, err := t.membership(item, list)
	if err != nil || text == "" {
		return either(not), err
	}
	if not {
		text = "!(" + text + ")"
	}
	return leaf(item.moves || list.moves, "%s", text), nil
}

// membership is an item's being in a list; "": it never is.
func (t translator) membership(item, list value) (string, error) {
	operand := item.text
	listed := list.list
	switch list.kind {
	case ofConstant:
		items, isList := list.constant.([]any)
		if !isList {
			return "", noCounterpartError("IN and HAS need a list")
		}
		texts, err := t.items(item, items)
		if err != nil || len(texts) == 0 {
			return "", err
		}
		return fmt.Sprintf("%s in [%s]", operand, strings.Join(texts, ", ")), nil
	case ofTask:
		listed = "texts(" + listed + ")"
		switch item.kind {
		case ofConstant:
			operand = asText(item.constant)
		case ofWorker, ofNumber:
			operand = "text(" + operand + ")"
		}
	case ofWorker:
		switch item.kind {
		case ofTask:
			listed = "texts(" + listed + ")"
		case ofConstant:
			operand = literal(item.constant)
			fallthrough
		default:
			listed = "list(" + listed + ")"
		}
	default:
		return "", noCounterpartError("IN and HAS need a list")
	}
	if _, isList := item.constant.([]any); isList || item.kind == ofDay || item.kind == ofAge || item.kind == ofPresence {
		return "", noCounterpartError("an item of a list is a text, a number, true or false")
	}
	return operand + " in " + listed, nil
}

// items are the constants that a value may equal.
func (t translator) items(v value, constants []any) ([]string, error) {
	var all []string
	for _, c := range constants {
		text, isText := c.(string)
		n, isNumber := c.(float64)
		if parsed, err := strconv.ParseFloat(text, 64); isText && err == nil {
			n, isNumber = parsed, v.kind == ofNumber
		}
		switch v.kind {
		case ofAge:
			return nil, noCounterpartError("a task's age is compared with one number")
		case ofDay:
			day, err := t.day(c)
			if err != nil {
				return nil, err
			}
			all = append(all, strconv.Itoa(day))
		case ofPresence:
			if presence, known := t.presence(text); known {
				all = append(all, quote(presence))
			}
		case ofNumber:
			if isNumber && n == float64(int(n)) {
				all = append(all, decimal(n))
			}
		case ofTask:
			all = append(all, asText(c))
		default:
			all = append(all, literal(c))
		}
	}
	return all, nil
}

// contains makes a condition of a text's containing another.
func contains(text, part value) (formula, error) {
	for _, v := range []value{text, part} {
		if _, is := v.constant.(string); v.kind == ofConstant && !is || v.kind == ofNumber || v.kind == ofAge || v.kind == ofDay || v.kind == ofPresence {
			return never, noCounterpartError("CONTAINS looks for a text in a text")
		}
	}
	in := func(v value) string {
		if v.kind == ofConstant {
			return literal(v.constant)
		}
		return v.text
	}
	return leaf(false, "%s.contains(%s)", in(text), in(part)), nil
}
