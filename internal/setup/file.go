// Package setup keeps an installation's routing in a file: what `seax export` writes and `seax apply` reads, compares with what
// is, and puts in place as a whole or not at all. It is pure: reading, writing, checking and comparing; internal/directory has
// the transaction. What it finds wrong with a queue, a plan or a person is what the admin API finds, which asks it, too.
package setup

import (
	"strings"

	"seax/api/spec"
	"seax/internal/identity"
	"seax/internal/plan"
)

// File is routing as code. What a list leaves out stays as it is; people are told apart by their email, the rest by id.
type File struct {
	Skills    []spec.Skill       `json:"skills,omitempty"`
	Presences []spec.Presence    `json:"presences,omitempty"`
	Queues    []spec.Queue       `json:"queues,omitempty"`
	Plans     []spec.Plan        `json:"plans,omitempty"`
	People    []spec.PersonInput `json:"people,omitempty"`
}

// list is one of a file's lists: its key there, what one of its entries is, the entries' schema in the API's document, and the
// field that tells them apart.
type list struct {
	key    string
	kind   spec.RoutingKind
	schema string
	id     string
}

// lists are a file's, in the order in which they are put in place: each refers only to those before it, but for overflows.
var lists = []list{
	{"skills", spec.RoutingKindSkill, "Skill", "id"},
	{"presences", spec.RoutingKindPresence, "Presence", "id"},
	{"queues", spec.RoutingKindQueue, "Queue", "id"},
	{"plans", spec.RoutingKindPlan, "Plan", "id"},
	{"people", spec.RoutingKindPerson, "PersonInput", "email"},
}

// WithoutVersions is the file without its entries' versions.
func (f File) WithoutVersions() File {
	return File{
		Skills:    each(f.Skills, func(e spec.Skill) spec.Skill { e.Version = nil; return e }),
		Presences: each(f.Presences, func(e spec.Presence) spec.Presence { e.Version = nil; return e }),
		Queues:    each(f.Queues, func(e spec.Queue) spec.Queue { e.Version = nil; return e }),
		Plans:     each(f.Plans, func(e spec.Plan) spec.Plan { e.Version = nil; return e }),
		People:    each(f.People, func(e spec.PersonInput) spec.PersonInput { e.Version = nil; return e }),
	}
}

// each makes something of every entry of a list. A list that is not there stays so.
func each[T, U any](all []T, of func(T) U) []U {
	if all == nil {
		return nil
	}
	made := make([]U, len(all))
	for i, one := range all {
		made[i] = of(one)
	}
	return made
}

func skillID(s spec.Skill) string        { return s.Id }
func presenceID(p spec.Presence) string  { return p.Id }
func queueID(q spec.Queue) string        { return q.Id }
func planID(p spec.Plan) string          { return p.Id }
func personID(p spec.PersonInput) string { return Email(p.Email) }

// Email is what tells people apart: their address, however it is written.
func Email(address string) string {
	normal, err := identity.NormalEmail(address)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(address))
	}
	return normal
}

// PlanOf is what routing makes of a plan.
func PlanOf(p spec.Plan) plan.Plan {
	return plan.Plan{
		ID: p.Id, Name: map[string]string{"en": p.Name.En}, Budget: string(value(p.Budget, "")),
		Rules: value(p.Rules, nil), Default: p.Default, Overflow: p.Overflow,
	}
}

func value[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}
