package taskrouter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oapi-codegen/runtime/types"

	"seax/api/spec"
)

const (
	usualWrapUp = 120
	usualBoost  = 600
	maxWidth    = 50
	minOffer    = 5
	maxOffer    = 3600
)

// madeQueue is a queue, with what it needs to be finished.
type madeQueue struct {
	*spec.Queue
	// moving is what target_workers demands that changes from moment to moment; each step in the queue asks for it.
	moving formula
	// offerTimeouts are those of the workflows that use it.
	offerTimeouts []int
}

// makeQueues makes queues of task queues.
func (m *maker) makeQueues() {
	m.file.Queues = make([]spec.Queue, 0, len(m.taskQueues))
	for i, q := range m.taskQueues {
		at, where := fmt.Sprintf("$.queues[%d]", i), fmt.Sprintf("queue %q", q.name)
		made := spec.Queue{
			Id: m.id("queue", q.name, q.sid), Name: spec.LocalText{En: m.clip(where, at, q.name)}, OfferTimeoutS: defaultOfferTimeout, WrapupS: usualWrapUp, BoostS: usualBoost, Strict: true,
			TimeZone: "UTC", Hours: map[string][][]string{}, Holidays: []types.Date{}, Outcomes: []spec.Outcome{},
		}
		width := min(max(q.width, 1), maxWidth)
		if width != q.width {
			m.note(Changed, where, at, "max_reserved_workers %d becomes %d", q.width, width)
		}
		if width > 1 {
			made.Width = &width
		}
		members := never
		if strings.TrimSpace(q.workers) == "" {
			m.note(Check, where, at, "target_workers is empty, so nobody is a member until somebody is named")
		} else {
			members = m.expression(where+", target_workers", at, q.workers, inQueue)
		}
		if text := members.still().String(); text != "false" {
			made.MembersWhen = &text
		}
		if members.moves {
			m.note(Changed, where, at, "target_workers asks for what changes from moment to moment (%s): each step of a plan in this queue asks for it, a conversation that waits in it without a plan does not", members.moving())
		}
		m.file.Queues = append(m.file.Queues, made)
		m.queues[q.sid] = &madeQueue{&m.file.Queues[i], members.moving(), nil}
		if m.queues[q.name] == nil {
			m.queues[q.name] = m.queues[q.sid]
		}
	}
}

// queue finds a task queue by sid or name.
func (m *maker) queue(where, name string) *madeQueue {
	q := m.queues[name]
	switch {
	case q != nil:
	case len(m.taskQueues) == 0:
		m.problem(where, "there is no queue %q: no task queues were given; give what GET /v1/Workspaces/WS…/TaskQueues answers with too", name)
	default:
		m.problem(where, "there is no queue %q among those given", name)
	}
	return q
}

// settleOffers gives queues the offer timeout of the workflows that use them. Where these differ the steps have their own.
func (m *maker) settleOffers() {
	for i, w := range m.workflows {
		offer := min(max(w.offerTimeout, minOffer), maxOffer)
		if offer != w.offerTimeout {
			m.note(Changed, fmt.Sprintf("workflow %q", w.name), fmt.Sprintf("$.plans[%d]", i), "task_reservation_timeout %d becomes %d seconds", w.offerTimeout, offer)
			m.workflows[i].offerTimeout = offer
		}
		for _, q := range m.used(w) {
			if !slices.Contains(q.offerTimeouts, offer) {
				q.offerTimeouts = append(q.offerTimeouts, offer)
			}
			q.OfferTimeoutS = q.offerTimeouts[0]
		}
	}
}

// used are the queues of a workflow.
func (m *maker) used(w workflow) (all []*madeQueue) {
	names := []string{w.queue}
	for _, f := range w.filters {
		for _, t := range f.targets {
			names = append(names, t.queue)
		}
	}
	for _, name := range names {
		if q := m.queues[name]; q != nil {
			all = append(all, q)
		}
	}
	return all
}
