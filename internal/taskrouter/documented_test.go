package taskrouter_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/taskrouter"
)

// crew are queues and workers, written shortly: name: target_workers, and name: attributes.
type crew struct {
	queues, workers []string
	// more is anything else, by file.
	more map[string]string
}

func (c crew) sources(workflow string) []taskrouter.Source {
	queues := make([]string, len(c.queues))
	for i, q := range c.queues {
		name, demand, _ := strings.Cut(q, ": ")
		demand, more, _ := strings.Cut(demand, " | ")
		queues[i] = fmt.Sprintf(`{"sid": "WQ%d", "friendly_name": %q, "target_workers": %q%s}`, i+1, name, demand, more)
	}
	workers := make([]string, len(c.workers))
	for i, w := range c.workers {
		name, attributes, _ := strings.Cut(w, ": ")
		workers[i] = fmt.Sprintf(`{"sid": "WK%d", "friendly_name": %q, "activity_sid": "WA1", "activity_name": "Available", "available": true, "attributes": %q}`, i+1, name, attributes)
	}
	sources := []taskrouter.Source{
		{Name: "care.json", Text: []byte(workflow)},
		{Name: "queues.json", Text: []byte(`{"task_queues": [` + strings.Join(queues, ",") + `]}`)},
		{Name: "workers.json", Text: []byte(`{"workers": [` + strings.Join(workers, ",") + `]}`)},
	}
	for name, text := range c.more {
		sources = append(sources, taskrouter.Source{Name: name, Text: []byte(text)})
	}
	return sources
}

// The uses that Twilio's documentation describes. Each is imported and then routed, and what the documentation says comes true.
func TestDocumentedUses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		workflow string
		crew     crew
		// findings are words of what is told, in order; names of workers' addresses and attributes that flows must set aside.
		findings []string
		then     func(c *center)
	}{
		{
			name: "lifecycle: the first filter that fits, its steps one after the other, else the default queue",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "Support", "expression": "type==\"Support\"", "targets": [
					{"queue": "WQ1", "timeout": 15, "expression": "worker.id IN task.preferred_agents"}, {"timeout": 15}]},
				{"filter_friendly_name": "Sales", "expression": "type==\"Sales\"", "targets": [{"queue": "WQ2", "timeout": 15}]}],
				"default_filter": {"queue": "WQ3"}}}`,
			crew: crew{
				queues:  []string{`Support: team == 'support'`, `Sales: team == 'sales'`, `Everyone: 1==1`},
				workers: []string{`Ann: {"team": "support", "id": "a"}`, `Bob: {"team": "support", "id": "b"}`, `Sue: {"team": "sales", "id": "s"}`},
			},
			then: func(c *center) {
				c.arrive("preferred", "webchat", "type=Support", `preferred_agents=["b","x"]`)
				c.wants("preferred", "in support: Bob")
				c.reject("preferred", "Bob")
				c.wants("preferred", "waits in support")
				c.pass(15 * time.Second)
				c.wants("preferred", "in support: Ann")
				c.presence("Sue", "offline")
				c.arrive("sale", "webchat", "type=Sales")
				c.pass(14 * time.Second)
				c.wants("sale", "waits in sales")
				c.pass(time.Second)
				c.wants("sale", "back to the flow")
				c.arrive("other", "webchat", "type=Complaint")
				c.accept("preferred", "Ann")
				c.wants("other", "in everyone: Ann")
			},
		},
		{
			name:     "timeouts add up: the second target ends when the task is 20 seconds old",
			workflow: `{"sid": "WW1", "friendly_name": "Care", "task_reservation_timeout": 5, "configuration": "{\"task_routing\": {\"filters\": [{\"expression\": \"1==1\", \"targets\": [{\"queue\": \"Q1\", \"timeout\": 10}, {\"queue\": \"Q2\", \"timeout\": 10}, {\"queue\": \"Q3\", \"timeout\": 10}]}]}}"}`,
			crew: crew{
				queues:  []string{`Q1: q HAS 1`, `Q2: q HAS 2`, `Q3: q HAS 3`},
				workers: []string{`Ann: {"q": [1]}`, `Bob: {"q": [2]}`, `Cat: {"q": [3]}`},
			},
			findings: []string{"no default filter"},
			then: func(c *center) {
				c.presence("Ann", "offline")
				c.arrive("a", "webchat")
				c.pass(3 * time.Second)
				c.presence("Ann", "available")
				c.wants("a", "in q1: Ann")
				c.pass(5 * time.Second)
				c.wants("a", "waits in q1")
				c.pass(2 * time.Second)
				c.wants("a", "in q2: Bob")
				c.pass(9 * time.Second)
				c.wants("a", "waits in q2")
				c.pass(time.Second)
				c.wants("a", "in q3: Cat")
				c.reject("a", "Cat")
				c.pass(9 * time.Second)
				c.wants("a", "waits in q3")
				c.pass(time.Second)
				c.wants("a", "back to the flow")
			},
		},
		{
			name: "skills, relaxed as time passes, with a priority that rises",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "Technical", "expression": "reason == 'technical'", "targets": [
				{"queue": "Tech", "expression": "worker.routing.levels.tech >= 4", "timeout": 30, "priority": 1},
				{"queue": "Tech", "expression": "worker.routing.levels.tech >= 2", "timeout": 30, "priority": 5},
				{"queue": "All", "priority": 10}]}], "default_filter": {"queue": "All"}}}`,
			crew: crew{
				queues: []string{`Tech: routing.skills HAS "tech"`, `All: 1==1`},
				workers: []string{
					`Novice: {"routing": {"skills": ["tech"], "levels": {"tech": 1}}}`, `Middle: {"routing": {"skills": ["tech"], "levels": {"tech": 3}}}`,
					`Expert: {"routing": {"skills": ["tech"], "levels": {"tech": 5}}}`, `Clerk: {}`,
				},
			},
			findings: []string{"5, the highest that anybody has, becomes 100"},
			then: func(c *center) {
				require.Equal(c.t, map[string]int{"tech": 60}, map[string]int(c.agent("Middle").Skills))
				c.presence("Expert", "offline")
				c.arrive("a", "webchat", "reason=technical")
				c.wants("a", "waits in tech")
				c.pass(30 * time.Second)
				c.wants("a", "in tech: Middle")
				c.presence("Middle", "offline")
				c.pass(29 * time.Second)
				c.wants("a", "waits in tech")
				c.pass(time.Second)
				c.wants("a", "in all: Novice")
				require.Equal(c.t, 10, c.call("a").demand.Priority)
			},
		},
		{
			name: "priority: who is more important is served first, however long others have waited; among equals the oldest",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "VIP", "expression": "vip == true", "targets": [{"queue": "All", "priority": 1000}]},
				{"filter_friendly_name": "Gold", "expression": "tier IN ['gold', 'platinum']", "targets": [{"queue": "All", "priority": "10"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew:     crew{queues: []string{`All: 1==1`}, workers: []string{`Ann: {}`}},
			findings: []string{"10 → 50, 1000 → 100"},
			then: func(c *center) {
				c.presence("Ann", "offline")
				c.arrive("old", "voice")
				c.pass(100 * time.Hour)
				c.arrive("gold", "voice", "tier=gold")
				c.pass(time.Minute)
				c.arrive("vip 1", "voice", "vip=true")
				c.pass(time.Minute)
				c.arrive("vip 2", "voice", "vip=true")
				c.presence("Ann", "available")
				for _, next := range []string{"vip 1", "vip 2", "gold", "old"} {
					c.accept(next, "Ann")
					c.finish(next)
				}
			},
		},
		{
			name: "a known agent is asked first, then the queue",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "Again", "expression": "1==1", "targets": [
				{"queue": "All", "known_worker_sid": "task.agent_sid", "timeout": 20},
				{"queue": "All", "known_worker_friendly_name": "task.agent_name", "timeout": 20},
				{"queue": "All"}]}], "default_filter": {"queue": "All"}}}`,
			crew: crew{
				queues:  []string{`All: 1==1`},
				workers: []string{`Ann: {}`, `ricky@example.com: {"full_name": "Ricky"}`},
			},
			findings: []string{"agent_sid must hold the agent's id"},
			then: func(c *center) {
				c.arrive("a", "webchat", "agent_sid=ricky@example.com")
				c.wants("a", "in all: Ricky")
				c.reject("a", "Ricky")
				c.wants("a", "waits in all")
				c.pass(40 * time.Second)
				c.wants("a", "in all: Ann")
				c.arrive("b", "webchat", "agent_name=ricky@example.com")
				c.wants("b", "in all: Ricky")
				c.presence("Ricky", "offline")
				c.arrive("c", "webchat", "agent_sid=ricky@example.com")
				c.wants("c", "in all: Ann")
			},
		},
		{
			name: "time of day, in UTC",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "Open",
				"expression": "(taskrouter.dayOfWeek IN ['Mon', 'Tue', 'THU'] AND taskrouter.currentTime > 800 AND taskrouter.currentTime < 1730) OR (taskrouter.dayOfWeek = 'Sat' AND taskrouter.currentHour >= '11' AND taskrouter.currentHour < 15)",
				"targets": [{"queue": "Open"}]}], "default_filter": {"queue": "Closed"}}}`,
			crew:     crew{queues: []string{`Open: 1==1`, `Closed: `}, workers: []string{`Ann: {}`}},
			findings: []string{`"THU" is read as Thu`, "target_workers is empty"},
			then: func(c *center) {
				for at, queue := range map[time.Duration]string{
					0: "open", -time.Hour: "closed", 8*time.Hour + 29*time.Minute: "open", 8*time.Hour + 30*time.Minute: "closed",
					48 * time.Hour: "closed", 72 * time.Hour: "open", 120 * time.Hour: "closed", 122 * time.Hour: "open", 126 * time.Hour: "closed",
				} {
					c.now = monday.Add(at)
					c.arrive(at.String(), "voice")
					require.Equal(c.t, queue, c.call(at.String()).demand.Queue, at)
				}
			},
		},
		{
			name: "language: of the queue, of the worker, of the task",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "Spanish", "expression": "language == 'es'", "targets": [{"queue": "Spanish", "timeout": 30}, {"queue": "All"}]},
				{"filter_friendly_name": "Others", "expression": "language IN ['fr', 'de']", "targets": [{"queue": "All", "expression": "worker.languages HAS task.language"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew: crew{
				queues:  []string{`Spanish: languages HAS "es"`, `All: 1==1`},
				workers: []string{`Ann: {"languages": ["en"]}`, `Eva: {"languages": ["en", "es"]}`, `Udo: {"languages": ["de"]}`},
			},
			then: func(c *center) {
				c.arrive("es", "voice", "language=es")
				c.wants("es", "in spanish: Eva")
				c.arrive("es 2", "voice", "language=es")
				c.wants("es 2", "waits in spanish")
				c.pass(30 * time.Second)
				c.wants("es 2", "in all: Ann")
				c.arrive("de", "voice", "language=de")
				c.wants("de", "in all: Udo")
				c.arrive("fr", "voice", "language=fr")
				c.wants("fr", "waits in all")
				c.arrive("none", "voice")
				c.accept("es 2", "Ann")
				c.finish("es 2")
				c.wants("none", "in all: Ann")
			},
		},
		{
			name:     "last in, first out is not carried over: the oldest is first",
			workflow: `{"task_routing": {"filters": [], "default_filter": {"queue": "Leads"}}}`,
			crew:     crew{queues: []string{`Leads: 1==1 | , "task_order": "LIFO"`}, workers: []string{`Ann: {}`}},
			findings: []string{"task_order LIFO"},
			then: func(c *center) {
				c.presence("Ann", "offline")
				c.arrive("old", "voice")
				c.pass(time.Minute)
				c.arrive("new", "voice")
				c.presence("Ann", "available")
				c.wants("old", "in leads: Ann")
			},
		},
		{
			name:     "several reservations at once: the first who accepts has it",
			workflow: `{"task_routing": {"filters": [], "default_filter": {"queue": "Urgent"}}}`,
			crew:     crew{queues: []string{`Urgent: 1==1 | , "max_reserved_workers": 2`}, workers: []string{`Alice: {}`, `Bob: {}`, `Cat: {}`}},
			then: func(c *center) {
				c.arrive("a", "voice")
				c.wants("a", "in urgent: Alice, Bob")
				c.reject("a", "Alice")
				c.wants("a", "in urgent: Bob, Cat")
				c.accept("a", "Bob")
				c.wants("a", "with Bob")
				c.arrive("b", "voice")
				c.wants("b", "in urgent: Alice, Cat")
			},
		},
		{
			name: "skip_if: nobody is there; a filter that is skipped to its end is as if it did not match",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "VIP", "expression": "vip == true", "targets": [
				{"queue": "VIP", "timeout": 60, "skip_if": "workers.available == 0"},
				{"queue": "Senior", "timeout": 60, "skip_if": "workers.available == 0"}]}], "default_filter": {"queue": "All"}}}`,
			crew: crew{queues: []string{`VIP: vip == true`, `Senior: senior == true`, `All: 1==1`}, workers: []string{`Val: {"vip": true}`, `Sam: {"senior": true}`, `Ann: {}`}},
			then: func(c *center) {
				c.arrive("a", "voice", "vip=true")
				c.accept("a", "Val")
				c.arrive("waits for Val", "voice", "vip=true")
				c.wants("waits for Val", "waits in vip")
				c.pass(60 * time.Second)
				c.wants("waits for Val", "in senior: Sam")
				c.pass(59 * time.Second)
				c.reject("waits for Val", "Sam")
				c.pass(time.Second)
				c.wants("waits for Val", "back to the flow")
				c.presence("Val", "offline")
				c.arrive("c", "voice", "vip=true")
				c.wants("c", "in senior: Sam")
				c.presence("Sam", "offline")
				c.arrive("d", "voice", "vip=true")
				c.wants("d", "in all: Ann")
				c.reject("d", "Ann")
				c.pass(time.Hour)
				c.wants("d", "in all: Ann")
			},
		},
		{
			name: "skip_if 1==1: nobody has room",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "All", "expression": "1==1", "targets": [
				{"queue": "First", "timeout": 60, "skip_if": "1==1"}, {"queue": "Second"}]}], "default_filter": {"queue": "Second"}}}`,
			crew: crew{
				queues: []string{`First: first == 1`, `Second: 1==1`}, workers: []string{`Ann: {"first": 1}`, `Bob: {}`},
				more: map[string]string{"channels.json": `{"channels": [{"sid": "WC1", "worker_sid": "WK1", "task_channel_unique_name": "chat", "configured_capacity": 2},
					{"sid": "WC2", "worker_sid": "WK1", "task_channel_unique_name": "voice", "configured_capacity": 1}]}`},
			},
			then: func(c *center) {
				c.arrive("a", "webchat")
				c.arrive("b", "webchat")
				c.arrive("c", "webchat")
				c.arrive("call", "voice")
				c.wants("a", "in first: Ann")
				c.wants("b", "in first: Ann")
				c.wants("c", "in second: Bob")
				c.wants("call", "in first: Ann")
			},
		},
		{
			name: "skip_if 1==1 behind a demand of its own: who meets it is asked at once, or nobody",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "Direct", "expression": "extension != null", "targets": [
				{"queue": "All", "timeout": 60, "skip_if": "1==1", "expression": "worker.extension == task.extension"}, {"queue": "Voicemail"}]}], "default_filter": {"queue": "All"}}}`,
			crew:     crew{queues: []string{`All: 1==1`, `Voicemail: robot == true`}, workers: []string{`Ann: {"extension": 12}`, `Bob: {"extension": 13}`, `Machine: {"robot": true}`}},
			findings: []string{"the next step follows within a second"},
			then: func(c *center) {
				c.arrive("a", "voice", "extension=13")
				c.wants("a", "in all: Bob")
				c.pass(10 * time.Second)
				c.accept("a", "Bob")
				c.arrive("b", "voice", "extension=13")
				c.pass(time.Second)
				c.wants("b", "in voicemail: Machine")
				c.arrive("c", "voice")
				c.wants("c", "in all: Ann")
			},
		},
		{
			name: "skip_if at the end of a filter, without timeouts",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "Demand", "expression": "a == 1", "targets": [{"queue": "All", "expression": "worker.first == 1", "timeout": 10},
					{"queue": "All", "expression": "worker.second == 1", "skip_if": "1==1"}]},
				{"filter_friendly_name": "Nobody", "expression": "a == 2", "targets": [{"queue": "Second", "skip_if": "workers.available < 2"}]},
				{"filter_friendly_name": "Never", "expression": "1==0", "targets": [{"queue": "All"}]},
				{"filter_friendly_name": "Rest", "expression": "1==1", "targets": [{"queue": "Third"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew:     crew{queues: []string{`All: 1==1`, `Second: second == 1`, `Third: third == 1`}, workers: []string{`Ann: {"first": 1}`, `Bob: {"second": 1}`, `Cat: {"third": 1}`}},
			findings: []string{"within a second", "here Third is next", "something behind it: it ends after a day"},
			then: func(c *center) {
				c.presence("Ann", "offline")
				c.arrive("a", "voice", "a=1")
				c.wants("a", "waits in all")
				c.pass(10 * time.Second)
				c.accept("a", "Bob")
				c.arrive("b", "voice", "a=1")
				c.pass(9 * time.Second)
				c.wants("b", "waits in all")
				c.pass(time.Second)
				c.wants("b", "in third: Cat")
				c.accept("b", "Cat")
				c.arrive("c", "voice", "a=2")
				c.wants("c", "waits in third")
				c.finish("a")
				c.arrive("d", "voice", "a=2")
				c.wants("d", "in second: Bob")
				c.pass(25 * time.Hour)
				c.wants("c", "waits in third")
				c.wants("d", "back to the flow")
			},
		},
		{
			name: "order_by: attributes one after the other, who lacks one last, whatever the direction",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "Up", "expression": "up == true", "targets": [{"queue": "All", "order_by": "worker.finance ASC, worker.support ASC"}]},
				{"filter_friendly_name": "Down", "expression": "up == false", "targets": [{"queue": "All", "order_by": "worker.finance DESC, worker.levels.support DESC"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew: crew{queues: []string{`All: 1==1`}, workers: []string{
				`None: {}`, `Alice: {"finance": 10, "support": 8, "levels": {"support": 1}}`, `Bob: {"finance": 10, "support": 5}`, `Carl: {"finance": 9}`,
			}},
			then: func(c *center) {
				c.arrive("any", "voice")
				c.accept("any", "None")
				c.finish("any")
				for _, next := range []struct{ up, agents string }{{"true", "Carl Bob Alice None"}, {"false", "Alice Bob Carl None"}} {
					for _, agent := range strings.Fields(next.agents) {
						name := next.up + agent
						c.arrive(name, "voice", "up="+next.up)
						c.accept(name, agent)
					}
					for _, agent := range strings.Fields(next.agents) {
						c.finish(next.up + agent)
					}
				}
			},
		},
		{
			name: "activities: some take only what is worth much",
			workflow: `{"task_routing": {"filters": [{"filter_friendly_name": "Worthy", "expression": "value > 1000", "targets": [
				{"queue": "All", "expression": "worker.activity_name in ['Available', 'High Value Tasks']", "order_by": "worker.activity_name ASC"}]},
				{"filter_friendly_name": "Plain", "expression": "1==1", "targets": [{"queue": "All", "expression": "worker.activity_sid == 'WA1'"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew: crew{
				queues: []string{`All: 1==1`, `Lunch: activity_name != 'Lunch' AND late == true`}, workers: []string{`Ann: {}`, `Bob: {}`},
				more: map[string]string{"activities.json": `{"activities": [{"sid": "WA1", "friendly_name": "Available", "available": true},
					{"sid": "WA2", "friendly_name": "High Value Tasks", "available": true}, {"sid": "WA3", "friendly_name": "Lunch", "available": false}]}`},
			},
			findings: []string{"order_by worker.activity_name", "agent.presence != 'lunch'"},
			then: func(c *center) {
				c.presence("Ann", "high-value-tasks")
				c.presence("Bob", "lunch")
				c.arrive("plain", "voice", "value=5")
				c.wants("plain", "waits in all")
				c.arrive("worthy", "voice", "value=2000.50")
				c.wants("worthy", "in all: Ann")
				c.presence("Bob", "available")
				c.wants("plain", "in all: Bob")
			},
		},
		{
			name: "channels: so many of each, and a call only for who has no chats",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "Calls", "expression": "channel == 'voice'", "targets": [{"queue": "All", "expression": "worker.channel.chat.assigned_tasks == 0"}]},
				{"filter_friendly_name": "Chats", "expression": "channel == 'chat'", "targets": [
					{"queue": "All", "expression": "worker.channel.voice.available_capacity_percentage == 100 AND worker.channel.chat.available_capacity_percentage > 40", "timeout": 10},
					{"queue": "All", "expression": "worker.channel.voice.available_capacity_percentage == 100"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew: crew{queues: []string{`All: 1==1`}, workers: []string{`Ann: {}`}, more: map[string]string{
				"channels.json": `[{"sid": "WC1", "worker_sid": "WK1", "task_channel_unique_name": "voice", "configured_capacity": 1},
					{"sid": "WC2", "worker_sid": "WK1", "task_channel_unique_name": "chat", "configured_capacity": 3},
					{"sid": "WC3", "worker_sid": "WK1", "task_channel_unique_name": "email", "configured_capacity": 2},
					{"sid": "WC4", "worker_sid": "WK1", "task_channel_unique_name": "default", "configured_capacity": 1}]`}},
			then: func(c *center) {
				c.arrive("chat 1", "webchat", "channel=chat")
				c.arrive("chat 2", "webchat", "channel=chat")
				c.arrive("chat 3", "webchat", "channel=chat")
				c.arrive("chat 4", "webchat", "channel=chat")
				c.arrive("call", "voice", "channel=voice")
				c.arrive("mail", "email")
				c.wants("chat 2", "in all: Ann")
				c.wants("chat 3", "waits in all")
				c.wants("mail", "in all: Ann")
				c.pass(10 * time.Second)
				c.wants("chat 3", "in all: Ann")
				c.wants("chat 4", "waits in all")
				c.wants("call", "waits in all")
				for _, chat := range []string{"chat 1", "chat 2", "chat 3"} {
					c.accept(chat, "Ann")
				}
				c.reject("mail", "Ann")
				c.presence("Ann", "offline")
				for _, chat := range []string{"chat 1", "chat 2", "chat 3"} {
					c.finish(chat)
				}
				c.presence("Ann", "available")
				c.wants("chat 4", "in all: Ann")
				c.accept("chat 4", "Ann")
				c.finish("chat 4")
				c.wants("call", "in all: Ann")
				c.arrive("chat 5", "webchat", "channel=chat")
				c.wants("chat 5", "waits in all")
			},
		},
		{
			name: "transfers: to somebody, or to all but those who were there",
			workflow: `{"task_routing": {"filters": [
				{"filter_friendly_name": "Somebody", "expression": "transferTargetType == 'worker'", "targets": [{"queue": "All", "expression": "worker.sid == task.transferTargetSid"}]},
				{"filter_friendly_name": "Others", "expression": "transferTargetType == 'queue'", "targets": [{"queue": "All", "expression": "worker.sid NOT IN task.present AND worker.away != true"}]}],
				"default_filter": {"queue": "All"}}}`,
			crew: crew{queues: []string{`All: 1==1`}, workers: []string{`Ann: {}`, `Bob: {"away": true}`, `Cat: {}`}},
			then: func(c *center) {
				c.arrive("a", "webchat", "transferTargetType=worker", "transferTargetSid=WK2")
				c.wants("a", "in all: Bob")
				c.arrive("b", "webchat", "transferTargetType=queue", `present=["WK1"]`)
				c.wants("b", "in all: Cat")
				c.arrive("c", "webchat", "transferTargetType=queue")
				c.wants("c", "in all: Ann")
			},
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			r, err := taskrouter.Import(one.crew.sources(one.workflow), taskrouter.Options{})
			require.NoError(t, err)
			var told []string
			for _, f := range r.Findings {
				if !strings.Contains(f.Words, "is made up") && f.Where != "attributes of tasks" && !strings.Contains(f.Words, "no workers' channels") {
					told = append(told, f.String())
				}
			}
			require.Len(t, told, len(one.findings), strings.Join(told, "\n"))
			for i, words := range one.findings {
				require.Contains(t, told[i], words)
			}
			one.then(open(t, written(t, r)))
		})
	}
}
