package taskrouter_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What follows is TaskRouter's language once more, by itself: how expressions are written, and what they say of a worker and a task.
// Where Twilio's documentation is silent the rules are those of docs/taskrouter.md.

// said is an expression.
type said interface {
	// holds evaluates it, written writes it in one of the ways it can be written.
	holds(w world) bool
	written(style *rand.Rand) string
}

// world is what an expression is evaluated on.
type world struct {
	worker, task map[string]any
	activity     string
	// assigned and capacity are by channel.
	assigned, capacity map[string]int
	at                 time.Time
	age                time.Duration
}

type joint struct {
	and   bool
	parts []said
}

func (j joint) holds(w world) bool {
	for _, part := range j.parts {
		if part.holds(w) != j.and {
			return !j.and
		}
	}
	return j.and
}

func (j joint) written(style *rand.Rand) string {
	parts := make([]string, len(j.parts))
	for i, part := range j.parts {
		parts[i] = part.written(style)
		inner, joined := part.(joint)
		if joined && (j.and && !inner.and || style.IntN(2) == 0) || style.IntN(5) == 0 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	word := " OR "
	if j.and {
		word = " AND "
	}
	if style.IntN(3) == 0 {
		word = strings.ToLower(word)
	}
	return strings.Join(parts, word)
}

type compared struct {
	left, right term
	op          string
}

// term is a side of a comparison: a constant, or what of finds in a world.
type term struct {
	constant any
	key      string
	// of is "worker", "task" or "" (neither: a number, or the name of a day or activity).
	of   string
	find func(w world) any
}

func (c compared) written(style *rand.Rand) string {
	op := c.op
	if op == "==" && style.IntN(4) == 0 {
		op = "="
	}
	if style.IntN(3) == 0 {
		op = strings.ToLower(op)
	}
	space := strings.Repeat(" ", 1+style.IntN(2))
	return c.left.written(style) + space + op + space + c.right.written(style)
}

func (t term) written(style *rand.Rand) string {
	if t.key != "" {
		return t.key
	}
	switch c := t.constant.(type) {
	case string:
		if style.IntN(2) == 0 && !strings.Contains(c, `"`) {
			return `"` + c + `"`
		}
		return "'" + strings.ReplaceAll(c, "'", `\'`) + "'"
	case []any:
		parts := make([]string, len(c))
		for i, item := range c {
			parts[i] = term{constant: item}.written(style)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case nil:
		return "NULL"
	case float64:
		text := strconv.FormatFloat(c, 'f', -1, 64)
		if style.IntN(3) == 0 && !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	default:
		text := fmt.Sprint(c)
		if style.IntN(3) == 0 {
			text = strings.ToUpper(text)
		}
		return text
	}
}

// value is the term in a world. A task's scalars are texts, however they came.
func (t term) value(w world) any {
	if t.find == nil {
		return t.constant
	}
	v := t.find(w)
	if t.of == "task" {
		return textual(v)
	}
	return v
}

func textual(v any) any {
	switch v := v.(type) {
	case nil, string:
		return v
	default:
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
}

func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil
	}
	return 0, false
}

// items is the term as a list: a text is the JSON list it spells, else its parts between commas; all else but a list has none.
func (t term) items(w world) []any {
	v := t.constant
	if t.find != nil {
		v = t.find(w)
	}
	top := t.of == "task" && !strings.ContainsAny(strings.TrimPrefix(t.key, "task."), ".[")
	if _, list := v.([]any); !list && top {
		// An attribute of a conversation is a text.
		v = textual(v)
	}
	switch v := v.(type) {
	case []any:
		return v
	case string:
		var spelled []any
		if json.Unmarshal([]byte(v), &spelled) == nil {
			return spelled
		}
		var parts []any
		for part := range strings.SplitSeq(v, ",") {
			parts = append(parts, strings.TrimSpace(part))
		}
		return parts
	}
	return nil
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return string(x) == string(y)
}

func (c compared) holds(w world) bool {
	byText := c.left.of == "task" || c.right.of == "task"
	switch c.op {
	case "IN", "HAS", "NOT IN", "NOT HAS":
		item, list := c.left, c.right
		if strings.HasSuffix(c.op, "HAS") {
			item, list = list, item
		}
		sought := item.value(w)
		found := slices.ContainsFunc(list.items(w), func(one any) bool {
			if byText {
				return same(textual(sought), textual(one))
			}
			return same(sought, one)
		})
		return found != strings.HasPrefix(c.op, "NOT")
	case "CONTAINS":
		text, one := c.left.value(w).(string)
		part, both := c.right.value(w).(string)
		return one && both && strings.Contains(text, part)
	case "==", "!=":
		return c.equal(w, byText) == (c.op == "==")
	}
	a, b := c.left.value(w), c.right.value(w)
	if byText && (c.left.find != nil && c.right.find != nil || numberOf(a) || numberOf(b)) {
		// A task's number is a text; everything it is compared with must be a number as well.
		x, one := asNumber(c.left, a)
		y, both := asNumber(c.right, b)
		return one && both && ordered(c.op, x, y)
	}
	switch a := a.(type) {
	case float64:
		b, both := b.(float64)
		return both && ordered(c.op, a, b)
	case string:
		b, both := b.(string)
		return both && ordered(c.op, a, b)
	case bool:
		// Of what order true and false could be, only those of two workers' attributes are compared.
		b, both := b.(bool)
		return both && c.left.find != nil && c.right.find != nil && ordered(c.op, map[bool]float64{true: 1}[a], map[bool]float64{true: 1}[b])
	}
	return false
}

func numberOf(v any) bool { _, is := v.(float64); return is }

func asNumber(t term, v any) (float64, bool) {
	if t.of == "task" {
		return numeric(v)
	}
	n, is := v.(float64)
	return n, is
}

func (c compared) equal(w world, byText bool) bool {
	a, b := c.left.value(w), c.right.value(w)
	for _, pair := range [][2]term{{c.left, c.right}, {c.right, c.left}} {
		if pair[0].find == nil && pair[0].constant == nil {
			return pair[1].value(w) == nil
		}
		if n, number := pair[0].constant.(float64); number && pair[1].of == "task" {
			m, is := numeric(pair[1].value(w))
			return is && n == m
		}
	}
	if a == nil || b == nil {
		return false
	}
	if byText {
		return same(textual(a), textual(b))
	}
	return same(a, b)
}

func ordered[T float64 | string](op string, a, b T) bool {
	return map[string]bool{"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
}

// The keys that expressions are made of: plain ones, nested ones, and parts of lists.
var paths = []string{"a", "b", "package", "obj.c", "obj.l", "list[0]", "list[7]", "list"}

func walk(v any, path string) any {
	for part := range strings.SplitSeq(strings.ReplaceAll(path, "[", ".["), ".") {
		if text, is := v.(string); is {
			var spelled any
			if json.Unmarshal([]byte(text), &spelled) != nil {
				return nil
			}
			v = spelled
		}
		switch inner := v.(type) {
		case map[string]any:
			v = inner[part]
		case []any:
			n, err := strconv.Atoi(strings.Trim(part, "[]"))
			if err != nil || n >= len(inner) {
				return nil
			}
			v = inner[n]
		default:
			return nil
		}
	}
	return v
}

func keyOf(of, path string) term {
	return term{key: of + "." + path, of: of, find: func(w world) any {
		if of == "worker" {
			return walk(w.worker, path)
		}
		return walk(w.task, path)
	}}
}
