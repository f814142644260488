package condition

import (
	"maps"
	"slices"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/interpreter"

	"seax/internal/hours"
	"seax/internal/routing"
)

// Facts are what a condition is evaluated on. Fields that a scope does not offer may be nil.
type Facts struct {
	Request *Request
	Contact *Contact
	Agent   *routing.Agent
	Queue   *Queue
	Agents  *Agents
	// Now is the moment; hours and local time are those of Schedule.
	Now      time.Time
	Schedule hours.Schedule
}

// Request is what waits for a person, as conditions see it.
type Request struct {
	// Channel is the kind ("webchat"), ChannelID the account.
	Queue, Channel, ChannelID, Language, Flow, Reason string
	Priority                                          int
	Skills                                            map[string]int
	// Attributes are the conversation's.
	Attributes map[string]string
	Since      time.Time
	// SLADue is when the customer is to be answered; zero: nothing is promised. SLALeft is how much of that time within the queue's
	// hours is left; negative: by how much it is over.
	SLADue  time.Time
	SLALeft time.Duration
}

// promised is a value that is null where nothing is promised.
func (r *Request) promised(value any) any {
	if r.SLADue.IsZero() {
		return nil
	}
	return value
}

// Contact is the customer, as conditions see them.
type Contact struct {
	Name, Locale string
	Attributes   map[string]string
	// Earlier counts their earlier conversations.
	Earlier int
}

// Queue is how a queue stands.
type Queue struct {
	ID      string
	Waiting int
	// LongestWait of those who wait now, and the estimated wait of one who comes now.
	LongestWait, Estimate time.Duration
}

// Agents count the people of a queue: those whose presence offers work and who are connected, and how many of them have room.
type Agents struct{ Available, WithCapacity int }

// ResolveName makes Facts what CEL reads variables from.
func (f *Facts) ResolveName(name string) (any, bool) {
	switch name {
	case "agent":
		return f.Agent, f.Agent != nil
	case "request":
		return f.Request, f.Request != nil
	case "contact":
		return f.Contact, f.Contact != nil
	case "queue":
		return f.Queue, f.Queue != nil
	case "agents":
		return f.Agents, f.Agents != nil
	case "hours":
		return opening{f}, true
	case "local":
		return local{f.Now.In(f.Schedule.Location())}, true
	case "now":
		return f.Now, true
	default:
		return nil, false
	}
}

// Parent makes Facts an activation of CEL.
func (f *Facts) Parent() interpreter.Activation { return nil }

// opening answers about a queue's hours, local about the time where it is.
type (
	opening struct{ facts *Facts }
	local   struct{ time.Time }
)

// field is one thing an object can be asked for.
type field struct {
	kind *cel.Type
	get  func(object any) any
}

func fieldOf[T any](kind *cel.Type, get func(T) any) field {
	return field{kind, func(object any) any { return get(object.(T)) }}
}

var (
	texts   = cel.MapType(cel.StringType, cel.DynType)
	numbers = cel.MapType(cel.StringType, cel.IntType)
)

// objects are the types of what conditions speak of, with their fields. docs/routing.md lists them.
var objects = map[string]map[string]field{
	"request": {
		"queue":      fieldOf(cel.StringType, func(r *Request) any { return r.Queue }),
		"channel":    fieldOf(cel.StringType, func(r *Request) any { return r.Channel }),
		"channel_id": fieldOf(cel.StringType, func(r *Request) any { return r.ChannelID }),
		"language":   fieldOf(cel.StringType, func(r *Request) any { return r.Language }),
		"flow":       fieldOf(cel.StringType, func(r *Request) any { return r.Flow }),
		"reason":     fieldOf(cel.StringType, func(r *Request) any { return r.Reason }),
		"priority":   fieldOf(cel.IntType, func(r *Request) any { return r.Priority }),
		"skills":     fieldOf(numbers, func(r *Request) any { return lenient{r.Skills} }),
		"attributes": fieldOf(texts, func(r *Request) any { return lenient{r.Attributes} }),
		"since":      fieldOf(cel.TimestampType, func(r *Request) any { return r.Since }),
		"sla_due":    fieldOf(cel.TimestampType, func(r *Request) any { return r.promised(r.SLADue) }),
		"sla_left":   fieldOf(cel.DurationType, func(r *Request) any { return r.promised(r.SLALeft) }),
	},
	"contact": {
		"name":       fieldOf(cel.StringType, func(c *Contact) any { return c.Name }),
		"locale":     fieldOf(cel.StringType, func(c *Contact) any { return c.Locale }),
		"attributes": fieldOf(texts, func(c *Contact) any { return lenient{c.Attributes} }),
		"earlier":    fieldOf(cel.IntType, func(c *Contact) any { return c.Earlier }),
	},
	"agent": {
		"id":           fieldOf(cel.StringType, func(a *routing.Agent) any { return a.ID.String() }),
		"name":         fieldOf(cel.StringType, func(a *routing.Agent) any { return a.Name }),
		"presence":     fieldOf(cel.StringType, func(a *routing.Agent) any { return a.Presence }),
		"capacity":     fieldOf(cel.IntType, func(a *routing.Agent) any { return a.Capacity }),
		"load":         fieldOf(cel.IntType, func(a *routing.Agent) any { return a.Load }),
		"free":         fieldOf(cel.IntType, func(a *routing.Agent) any { return a.Capacity - a.Load }),
		"idle_since":   fieldOf(cel.TimestampType, func(a *routing.Agent) any { return a.IdleSince }),
		"skills":       fieldOf(numbers, func(a *routing.Agent) any { return lenient{map[string]int(a.Skills)} }),
		"queues":       fieldOf(cel.ListType(cel.StringType), func(a *routing.Agent) any { return slices.Sorted(maps.Keys(a.Queues)) }),
		"channel_load": fieldOf(numbers, func(a *routing.Agent) any { return presumed{a.ChannelLoad, 0} }),
		// By channel kind: how many at once, as far as that is limited, and how much of that is free, in percent.
		"channel_limits": fieldOf(numbers, func(a *routing.Agent) any { return lenient{a.ChannelLimits} }),
		"channel_free":   fieldOf(numbers, func(a *routing.Agent) any { return presumed{free(a), 100} }),
		"attributes":     fieldOf(texts, func(a *routing.Agent) any { return lenient{a.Attributes} }),
	},
	"queue": {
		"id":           fieldOf(cel.StringType, func(q *Queue) any { return q.ID }),
		"waiting":      fieldOf(cel.IntType, func(q *Queue) any { return q.Waiting }),
		"longest_wait": fieldOf(cel.DurationType, func(q *Queue) any { return q.LongestWait }),
		"eta":          fieldOf(cel.DurationType, func(q *Queue) any { return q.Estimate }),
	},
	"agents": {
		"available":     fieldOf(cel.IntType, func(a *Agents) any { return a.Available }),
		"with_capacity": fieldOf(cel.IntType, func(a *Agents) any { return a.WithCapacity }),
	},
	"hours": {
		"open":    fieldOf(cel.BoolType, func(o opening) any { return o.facts.Schedule.Open(o.facts.Now) }),
		"holiday": fieldOf(cel.BoolType, func(o opening) any { return o.facts.Schedule.Holiday(o.facts.Now) }),
	},
	"local": {
		"hour":    fieldOf(cel.IntType, func(t local) any { return t.Hour() }),
		"minute":  fieldOf(cel.IntType, func(t local) any { return t.Minute() }),
		"weekday": fieldOf(cel.StringType, func(t local) any { return weekdays[t.Weekday()] }),
		"date":    fieldOf(cel.StringType, func(t local) any { return t.Format(time.DateOnly) }),
		"time":    fieldOf(cel.StringType, func(t local) any { return t.Format("15:04") }),
	},
}

// free is the share of each limited channel that is free, in percent.
func free(a *routing.Agent) map[string]int {
	shares := make(map[string]int, len(a.ChannelLimits))
	for kind, limit := range a.ChannelLimits {
		shares[kind] = 100 * max(limit-a.ChannelLoad[kind], 0) / max(limit, 1)
	}
	return shares
}

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// prefix keeps the names of our types apart from those of the variables.
const prefix = "seax."

// variables are the names at the top, with their types.
var variables = func() map[string]*cel.Type {
	all := map[string]*cel.Type{"now": cel.TimestampType}
	for name := range objects {
		all[name] = cel.ObjectType(prefix + name)
	}
	return all
}()
