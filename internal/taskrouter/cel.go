package taskrouter

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// place is where an expression stands, which says what its keys mean.
type place int

const (
	// inFilter: bare keys are the task's.
	inFilter place = iota
	// inTarget: worker.x and task.x; bare keys are the task's.
	inTarget
	// inSkip: workers.available and the like; bare keys are the task's.
	inSkip
	// inQueue: bare keys are the worker's.
	inQueue
)

// translator makes conditions of expressions.
type translator struct {
	place place
	names *names
	// lost is told of what has no counterpart, changed of what is read another way than it may have been meant.
	lost, changed func(words string)
}

// names are what expressions may refer to by other names than SeaX does, and what they have referred to.
type names struct {
	// activities are presences by activity sid and by name.
	activities map[string]string
	// channels are channel kinds by task channel, where they differ.
	channels map[string]string
	// taskKeys are the attributes of tasks that expressions ask for, byChannel whether they ask for agents' channels.
	taskKeys  map[string]bool
	byChannel bool
}

func (n *names) channel(name string) string {
	if kind, known := n.channels[name]; known {
		return kind
	}
	return name
}

// translate makes a condition of an expression. What has no counterpart is never so.
func (t translator) translate(e expression) formula {
	switch e := e.(type) {
	case anyOf:
		return or(t.each(e)...)
	case allOf:
		return and(t.each(e)...)
	case comparison:
		f, err := t.compare(e)
		if err != nil {
			t.lost(fmt.Sprintf("%s: %s; it counts as not met", e.text, err))
			return never
		}
		return f
	}
	panic(fmt.Sprintf("taskrouter: %T is no expression", e))
}

func (t translator) each(parts []expression) []formula {
	all := make([]formula, len(parts))
	for i, part := range parts {
		all[i] = t.translate(part)
	}
	return all
}

// kind is what an operand is made of.
type kind int

const (
	// ofWorker is an agent's attribute: any JSON. ofTask is a conversation's: a text.
	ofWorker kind = iota
	ofTask
	// ofNumber is a whole number that is always there, ofAge a number of seconds.
	ofNumber
	ofAge
	ofDay
	ofPresence
	ofConstant
)

// value is an operand in CEL.
type value struct {
	kind kind
	// text is the operand, list the operand where a list is meant.
	text, list string
	// load is how many conversations a channel holds, of its free share in percent.
	load string
	// constant is an ofConstant's value.
	constant any
	moves    bool
}

// noCounterpartError says why an operand or a comparison has no counterpart.
type noCounterpartError string

func (e noCounterpartError) Error() string { return string(e) }

func (t translator) value(o operand) (value, error) {
	if c, is := o.(constant); is {
		return value{kind: ofConstant, constant: c.value}, nil
	}
	k := o.(key)
	first, rest := k[0].name, k[1:]
	named := len(rest) > 0 && rest[0].name != ""
	switch {
	case first == "taskrouter" && named:
		return clock(k)
	case first == "taskage" && len(rest) == 0, first == "task" && rest.String() == "taskage":
		if t.place == inQueue {
			return value{}, noCounterpartError("a queue does not look at tasks")
		}
		return value{kind: ofAge, text: "now - request.since", moves: true}, nil
	case first == "workers" && named:
		return t.count(rest)
	case first == "worker" && named:
		return t.worker(rest)
	case first == "task" && named:
		return t.task(rest)
	case t.place == inQueue:
		return t.worker(k)
	default:
		return t.task(k)
	}
}

// clock is taskrouter.x: the time in UTC.
func clock(k key) (value, error) {
	text := map[string]string{
		"taskrouter.currentTime": "now.getHours() * 100 + now.getMinutes()",
		"taskrouter.currentHour": "now.getHours()",
		"taskrouter.currentMin":  "now.getMinutes()",
	}[k.String()]
	switch {
	case text != "":
		return value{kind: ofNumber, text: text, moves: true}, nil
	case k.String() == "taskrouter.dayOfWeek":
		return value{kind: ofDay, text: "now.getDayOfWeek()", moves: true}, nil
	default:
		return value{}, noCounterpartError("there is no " + k.String())
	}
}

// count is workers.x.
func (t translator) count(k key) (value, error) {
	switch {
	case t.place != inSkip:
		return value{}, noCounterpartError("workers are counted in skip_if alone")
	case k.String() == "available":
		return value{kind: ofNumber, text: "agents.available", moves: true}, nil
	default:
		return value{}, noCounterpartError("SeaX counts who is there (agents.available) and who has room (agents.with_capacity), not who is in a certain presence")
	}
}

func (t translator) worker(k key) (value, error) {
	if t.place == inFilter || t.place == inSkip {
		return value{}, noCounterpartError("there is no worker yet where this is asked")
	}
	switch name := k.String(); {
	case name == "activity_name" || name == "activity_sid":
		return value{kind: ofPresence, text: "agent.presence", moves: true}, nil
	case len(k) == 3 && k[0].name == "channel" && k[1].name != "":
		return t.channel(k[1].name, k[2].name)
	default:
		return attribute(ofWorker, "agent.attributes", k), nil
	}
}

// channel is worker.channel.x.y.
func (t translator) channel(channel, property string) (value, error) {
	t.names.byChannel = true
	of := func(field string) string { return "agent." + field + member(t.names.channel(channel)) }
	v := value{kind: ofNumber, moves: true}
	switch property {
	case "assigned_tasks":
		v.text = of("channel_load")
	case "configured_capacity":
		v.text, v.moves = of("channel_limits"), false
	case "available_capacity_percentage":
		v.text, v.load = of("channel_free"), of("channel_load")
	default:
		return v, noCounterpartError("SeaX knows how many conversations an agent has on a channel, how many at most, and the share that is free")
	}
	return v, nil
}

func (t translator) task(k key) (value, error) {
	if t.place == inQueue {
		return value{}, noCounterpartError("a queue does not look at tasks")
	}
	t.names.taskKeys[k.String()] = true
	v := attribute(ofTask, "request.attributes", k)
	if len(k) > 1 {
		// What JSON spells may be a number.
		v.text = "text(" + v.list + ")"
	}
	return v, nil
}

// attribute is a path into attributes.
func attribute(kind kind, of string, k key) value {
	text := of + member(k[0].name)
	if len(k) > 1 {
		text = fmt.Sprintf("at(%s, %s)", of, quote(k.String()))
	}
	return value{kind: kind, text: text, list: text}
}

// reservedWords cannot be written behind a dot in CEL.
var reservedWords = strings.Fields("true false null in as break const continue else for function if import let loop package namespace return var void while")

// member is the access to a field.
func member(name string) string {
	ascii := span(name, func(r rune) bool { return r == '_' || r < 0x80 && (digit(r) || 'a' <= r|0x20 && r|0x20 <= 'z') }) == len(name)
	if !ascii || digit(rune(name[0])) || slices.Contains(reservedWords, name) {
		return "[" + quote(name) + "]"
	}
	return "." + name
}

// quote writes a text in CEL.
func quote(text string) string {
	var s strings.Builder
	s.WriteByte('\'')
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\':
			s.WriteByte('\\')
			s.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&s, `\u%04x`, r)
		default:
			s.WriteRune(r)
		}
	}
	return s.String() + "'"
}

// literal writes a constant that is no list in CEL, as JSON has it.
func literal(constant any) string {
	switch c := constant.(type) {
	case string:
		return quote(c)
	case float64:
		return decimal(c)
	case bool:
		return strconv.FormatBool(c)
	default:
		return "null"
	}
}

// decimal writes a number, whole ones without a point.
func decimal(n float64) string {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	if math.Abs(n) >= 1<<62 {
		return text + ".0"
	}
	return text
}

// asText writes a constant as a text: conversations' attributes are texts.
func asText(constant any) string {
	switch c := constant.(type) {
	case float64, bool:
		return quote(literal(c))
	default:
		return literal(c)
	}
}
