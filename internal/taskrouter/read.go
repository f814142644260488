package taskrouter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Source is a file that was given.
type Source struct {
	Name string
	Text []byte
}

// What TaskRouter's REST API lists, as far as routing goes by it.
type (
	given struct {
		workflows      []workflow
		taskQueues     []taskQueue
		workers        []worker
		activities     []activity
		workerChannels []workerChannel
	}
	workflow struct {
		name string
		// offerTimeout is TaskReservationTimeout, in seconds.
		offerTimeout int
		filters      []filter
		// queue is the default filter's; "": there is none.
		queue string
	}
	filter struct {
		// where is which it is, for people.
		where, name, expression string
		targets                 []target
	}
	target struct {
		queue, expression, orderBy, skipIf string
		priority, timeout                  *int
		// known is the attribute that names the known worker; bySid: by sid.
		known string
		bySid bool
	}
	taskQueue struct {
		sid, name, workers string
		width              int
	}
	worker struct {
		sid, name string
		activity  activity
		// attributes are nil when they were not in what was given.
		attributes map[string]any
	}
	activity struct {
		sid, name string
		available bool
	}
	workerChannel struct {
		worker, channel string
		capacity        int
	}
)

// defaultOfferTimeout is the API's, in seconds.
const defaultOfferTimeout = 120

// exact is up to where whole numbers are the same to everybody who reads JSON.
const exact = 1 << 53

// maxDepth bounds the nesting of a worker's attributes.
const maxDepth = 50

// reader gathers resources, with all that is wrong with them and all that is worth telling.
type reader struct {
	given
	wrong    InputErrors
	findings []Finding
	// seen says where a sid was; bySid which of the workers has it.
	seen  map[string]string
	bySid map[string]int
}

func (r *reader) problem(where, format string, args ...any) {
	r.wrong = append(r.wrong, where+": "+fmt.Sprintf(format, args...))
}

func (r *reader) note(kind Kind, where, format string, args ...any) {
	r.findings = append(r.findings, Finding{Kind: kind, Where: where, Words: fmt.Sprintf(format, args...)})
}

// read takes in a file: resources as the API or Twilio's command-line tool writes them, one or a list or several lists by name, or
// a workflow's configuration by itself.
func (r *reader) read(s Source) {
	var whole json.RawMessage
	if err := json.Unmarshal(s.Text, &whole); err != nil {
		r.problem(s.Name, "%s", inJSON(s.Text, err))
		return
	}
	if whole[0] == '[' {
		r.list(s.Name, whole)
		return
	}
	f, ok := r.fields(s.Name, whole)
	if !ok {
		return
	}
	if f.has("task_routing") {
		w := workflow{name: strings.TrimSuffix(path.Base(s.Name), path.Ext(s.Name)), offerTimeout: defaultOfferTimeout}
		r.configuration(w, f)
		return
	}
	lists := 0
	for _, name := range []string{"workflows", "task_queues", "activities", "workers", "channels", "task_channels", "worker_channels", "workspaces"} {
		if f.has(name) {
			lists++
			r.list(s.Name+": "+name, f.values[name])
		}
	}
	if lists == 0 {
		r.resource(s.Name, whole)
	}
}

// inJSON says what is wrong with JSON, and where.
func inJSON(text []byte, err error) string {
	var syntax *json.SyntaxError
	if len(bytes.TrimSpace(text)) == 0 {
		return "it is empty"
	}
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	before := text[:min(int(syntax.Offset), len(text))]
	return fmt.Sprintf("line %d, column %d: not JSON: %s", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')-1, syntax)
}

func (r *reader) list(where string, raw json.RawMessage) {
	for i, item := range r.items(where, raw) {
		r.resource(fmt.Sprintf("%s[%d]", where, i), item)
	}
}

// resource takes in one resource, told by its sid or by what only its kind has.
func (r *reader) resource(where string, raw json.RawMessage) {
	f, ok := r.fields(where, raw)
	if !ok {
		return
	}
	sid, name := f.text("sid"), f.text("friendly_name")
	if name == "" {
		name = f.text("unique_name")
	}
	if name != "" {
		f.where = fmt.Sprintf("%s %q", where, name)
	}
	if strings.Contains(name, "\x00") {
		r.problem(f.where, "the name has null characters")
		return
	}
	is := func(prefix string, fields ...string) bool {
		return strings.HasPrefix(sid, prefix) || sid == "" && slices.ContainsFunc(fields, f.has)
	}
	switch {
	case is("WW", "configuration"):
		if r.once(f.where, sid) {
			r.workflow(f, name)
		}
	case is("WQ", "target_workers", "max_reserved_workers"):
		if r.once(f.where, sid) {
			r.queue(f, sid, name)
		}
	case is("WC", "configured_capacity"):
		r.workerChannel(f)
	case is("WK", "attributes", "activity_name"):
		r.worker(f, sid, name)
	case is("TC", "channel_optimized_routing"):
		// What it says is said again by each worker's channels.
	case is("WS", "prioritize_queue_order"):
		r.workspace(f)
	case is("WA", "available"):
		if name == "" {
			r.problem(f.where, "friendly_name is missing")
		} else if r.once(f.where, sid) {
			r.activities = append(r.activities, activity{sid, name, f.yes("available")})
		}
	default:
		r.problem(where, "this is no workflow, task queue, worker, worker channel or activity of TaskRouter, and no list of them")
	}
}

// once reports whether a sid comes for the first time.
func (r *reader) once(where, sid string) bool {
	first, seen := r.seen[sid]
	if sid == "" {
		return true
	}
	if seen {
		r.problem(where, "%s was given before, by %s", sid, first)
		return false
	}
	r.seen[sid] = where
	return true
}

func (r *reader) workspace(f fields) {
	if f.text("prioritize_queue_order") == "LIFO" {
		r.note(Lost, f.where, "prioritize_queue_order LIFO: who is served first of several queues is said by each agent's level in them, 1 for all who are members by condition")
	}
	if name := f.text("timeout_activity_name"); name != "" {
		r.note(Changed, f.where, "the activity %q after a missed reservation: agents become Not responding, after two misses in a row", name)
	}
}

func (r *reader) queue(f fields, sid, name string) {
	q := taskQueue{sid: sid, name: name, workers: "1==1", width: 1}
	if f.given("target_workers") {
		q.workers = f.text("target_workers")
	}
	if width := f.number("max_reserved_workers"); width != nil {
		q.width = *width
	}
	if order := f.text("task_order"); strings.EqualFold(order, "LIFO") {
		r.note(Lost, f.where, "task_order LIFO: who has waited longest is served first, by priority")
	}
	for _, name := range []string{"reservation_activity_name", "assignment_activity_name"} {
		if was := f.text(name); was != "" {
			r.note(Lost, f.where, "%s %q: a presence says whether somebody may be offered work; that they are at work is seen by their load", name, was)
		}
	}
	if q.name == "" {
		r.problem(f.where, "friendly_name is missing")
	}
	r.taskQueues = append(r.taskQueues, q)
}

func (r *reader) workerChannel(f fields) {
	c := workerChannel{worker: f.text("worker_sid"), channel: f.text("task_channel_unique_name"), capacity: 1}
	if capacity := f.number("configured_capacity"); capacity != nil {
		c.capacity = *capacity
	}
	if c.worker == "" || c.channel == "" {
		r.problem(f.where, "a worker's channel needs worker_sid and task_channel_unique_name")
		return
	}
	if f.given("available") && !f.yes("available") {
		r.note(Check, f.where, "%s is switched off for %s; the limit is 0 until somebody raises it to %d", c.channel, c.worker, c.capacity)
		c.capacity = 0
	}
	r.workerChannels = append(r.workerChannels, c)
}

// worker takes in a worker; lists come without attributes, so one worker may come twice.
func (r *reader) worker(f fields, sid, name string) {
	w := worker{sid: sid, name: name}
	if f.given("available") {
		w.activity = activity{f.text("activity_sid"), f.text("activity_name"), f.yes("available")}
	}
	if name == "" {
		r.problem(f.where, "friendly_name is missing")
		return
	}
	if f.given("attributes") {
		w.attributes = r.attributes(f)
	}
	n, known := r.bySid[sid]
	switch {
	case !known:
		if sid != "" {
			r.bySid[sid] = len(r.workers)
		}
		r.workers = append(r.workers, w)
	case r.workers[n].attributes == nil:
		r.workers[n] = w
	case w.attributes != nil:
		r.problem(f.where, "%s was given before, with attributes", sid)
	}
}

// attributes reads a worker's, which are JSON in a text.
func (r *reader) attributes(f fields) map[string]any {
	raw := f.values["attributes"]
	if raw[0] == '"' {
		raw = json.RawMessage(f.text("attributes"))
	}
	if err := json.Unmarshal(raw, new(json.RawMessage)); err != nil {
		r.problem(f.where, "attributes: %s", inJSON(raw, err))
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var attributes any
	_ = decoder.Decode(&attributes) // It was read once already.
	m, ok := r.plain(f.where, attributes, maxDepth).(map[string]any)
	if !ok {
		r.problem(f.where, "attributes are an object, nested at most %d deep", maxDepth)
		return nil
	}
	return m
}

// tooDeep is in the place of what is nested deeper than it may be.
type tooDeep struct{}

// plain makes numbers of JSON's, whole ones if they are; tooDeep if it is nested deeper.
func (r *reader) plain(where string, v any, depth int) any {
	if depth == 0 {
		return tooDeep{}
	}
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "\x00") {
			r.note(Changed, where, "a text of an attribute loses its null characters")
		}
		return strings.ReplaceAll(v, "\x00", "")
	case json.Number:
		if n, err := v.Int64(); err == nil && n > -exact && n < exact {
			return n
		}
		n, _ := v.Float64()
		return n
	case map[string]any:
		for name, inner := range v {
			if awkward(name) {
				r.note(Lost, where, "the attribute %q, because of the characters in its name", name)
				delete(v, name)
			} else if v[name] = r.plain(where, inner, depth-1); v[name] == (tooDeep{}) {
				return tooDeep{}
			}
		}
	case []any:
		for i, inner := range v {
			if v[i] = r.plain(where, inner, depth-1); v[i] == (tooDeep{}) {
				return tooDeep{}
			}
		}
	}
	return v
}

func (r *reader) workflow(f fields, name string) {
	w := workflow{name: name, offerTimeout: defaultOfferTimeout}
	if seconds := f.number("task_reservation_timeout"); seconds != nil {
		w.offerTimeout = *seconds
	}
	for _, callback := range []string{"assignment_callback_url", "fallback_assignment_callback_url"} {
		if f.text(callback) != "" {
			r.note(Lost, f.where, "%s: an offer is answered by the agent, in the client or by the API", callback)
		}
	}
	if name == "" {
		r.problem(f.where, "friendly_name is missing")
	}
	raw := f.values["configuration"]
	if len(raw) > 0 && raw[0] == '"' {
		raw = json.RawMessage(f.text("configuration"))
	}
	if err := json.Unmarshal(raw, new(json.RawMessage)); err != nil {
		r.problem(f.where, "configuration: %s", inJSON(raw, err))
		return
	}
	if c, ok := r.fields(f.where+": configuration", raw); ok {
		r.configuration(w, c)
	}
}

// configuration takes in what a workflow does.
func (r *reader) configuration(w workflow, f fields) {
	where := fmt.Sprintf("workflow %q", w.name)
	routing, ok := f.object("task_routing")
	if !ok {
		r.problem(f.where, "task_routing is missing")
		return
	}
	routing.where = f.where + ": task_routing"
	for i, raw := range r.items(routing.where+".filters", routing.values["filters"]) {
		if one, ok := r.fields(fmt.Sprintf("%s, filter %d", where, i+1), raw); ok {
			w.filters = append(w.filters, r.filter(one, i))
		}
	}
	routing.read["filters"] = true
	if standard, ok := routing.object("default_filter"); ok {
		standard.where = where + ", default filter"
		w.queue = standard.text("queue")
		if w.queue == "" {
			r.problem(standard.where, "queue is missing")
		}
		r.unknown(standard)
	}
	r.unknown(routing)
	r.unknown(f)
	r.workflows = append(r.workflows, w)
}

func (r *reader) filter(f fields, i int) filter {
	one := filter{name: f.text("filter_friendly_name"), expression: f.text("expression")}
	if one.name == "" {
		one.name = f.text("friendly_name")
	}
	if one.name == "" {
		one.name = fmt.Sprintf("filter %d", i+1)
	} else {
		f.where += fmt.Sprintf(" %q", one.name)
	}
	one.where = f.where
	if strings.TrimSpace(one.expression) == "" {
		r.problem(f.where, "expression is missing")
	}
	targets := r.items(f.where+": targets", f.values["targets"])
	f.read["targets"] = true
	if len(targets) == 0 {
		r.problem(f.where, "there are no targets")
	}
	for n, raw := range targets {
		if t, ok := r.fields(fmt.Sprintf("%s, target %d", f.where, n+1), raw); ok {
			one.targets = append(one.targets, r.target(t))
		}
	}
	r.unknown(f)
	return one
}

func (r *reader) target(f fields) target {
	t := target{
		queue: f.text("queue"), expression: f.text("expression"), orderBy: f.text("order_by"), skipIf: f.text("skip_if"),
		priority: f.number("priority"), timeout: f.number("timeout"),
	}
	sid, name := f.text("known_worker_sid"), f.text("known_worker_friendly_name")
	if t.bySid = sid != ""; t.bySid && name != "" {
		r.note(Lost, f.where, "known_worker_friendly_name: a step has one known agent; known_worker_sid is taken")
	}
	if known := cmp.Or(sid, name); known != "" {
		t.known = r.knownBy(f.where, known)
	}
	r.unknown(f)
	return t
}

// knownBy is the attribute that names a known worker.
func (r *reader) knownBy(where, text string) string {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "{{"), "}}"))
	name, ofTask := strings.CutPrefix(text, "task.")
	if !ofTask || name == "" {
		r.problem(where, "a known worker is named by an attribute of the task, like task.agent; this is %q", text)
	}
	return name
}

// unknown tells of what is there and means nothing to SeaX.
func (r *reader) unknown(f fields) {
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if !f.read[name] && f.given(name) {
			r.note(Lost, f.where, "%s is not known", name)
		}
	}
}

// fields are those of an object, under the names that the API gives them.
type fields struct {
	r      *reader
	where  string
	values map[string]json.RawMessage
	read   map[string]bool
}

func (r *reader) fields(where string, raw json.RawMessage) (fields, bool) {
	f := fields{r: r, where: where, values: map[string]json.RawMessage{}, read: map[string]bool{}}
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil || values == nil {
		r.problem(where, "an object is needed, not %s", kindOf(raw))
		return f, false
	}
	for name, value := range values {
		f.values[underscored(name)] = value
	}
	return f, true
}

// underscored is a name as the API writes it; the command-line tool writes targetWorkers.
func underscored(name string) string {
	var s strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 {
			s.WriteByte('_')
		}
		s.WriteRune(unicode.ToLower(c))
	}
	return s.String()
}

func kindOf(raw json.RawMessage) string {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return "nothing"
	case raw[0] == '"':
		return "a text"
	case raw[0] == '[':
		return "a list"
	case raw[0] == '{':
		return "an object"
	case raw[0] == 't' || raw[0] == 'f':
		return "true or false"
	default:
		return "a number"
	}
}

// items are those of a list; nothing has none.
func (r *reader) items(where string, raw json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	if len(raw) > 0 && json.Unmarshal(raw, &items) != nil {
		r.problem(where, "a list is needed, not %s", kindOf(raw))
	}
	return items
}

// has reports whether there is such a field, given whether it says something.
func (f fields) has(name string) bool {
	_, has := f.values[name]
	return has
}

func (f fields) given(name string) bool { return f.has(name) && f.values[name][0] != 'n' }

// text reads a text; "" if there is none.
func (f fields) text(name string) string {
	f.read[name] = true
	var text string
	if f.given(name) && json.Unmarshal(f.values[name], &text) != nil {
		f.r.problem(f.where, "%s is a text, not %s", name, kindOf(f.values[name]))
	}
	return text
}

// yes reads true or false; false if there is neither.
func (f fields) yes(name string) bool {
	f.read[name] = true
	var yes bool
	if f.given(name) && json.Unmarshal(f.values[name], &yes) != nil {
		f.r.problem(f.where, "%s is true or false, not %s", name, kindOf(f.values[name]))
	}
	return yes
}

// number reads a whole number that is not negative, also one in quotes; nil if there is none.
func (f fields) number(name string) *int {
	f.read[name] = true
	if !f.given(name) {
		return nil
	}
	n, err := strconv.Atoi(strings.Trim(string(f.values[name]), `"`))
	if err != nil || n < 0 || n > 1<<31-1 {
		f.r.problem(f.where, "%s is a whole number from 0 to 2147483647, not %.40s", name, f.values[name])
		return nil
	}
	return &n
}

func (f fields) object(name string) (fields, bool) {
	f.read[name] = true
	if !f.given(name) {
		return fields{}, false
	}
	return f.r.fields(f.where+": "+name, f.values[name])
}
