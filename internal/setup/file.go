// Package setup keeps an installation's routing in a file: what `seax export` writes and `seax apply` reads, compares with what
// is, and puts in place as a whole or not at all.
package setup

import "seax/api/spec"

// File is routing as code. What a list leaves out stays as it is; people are told apart by their email, the rest by id.
type File struct {
	Skills    []spec.Skill       `json:"skills,omitempty"`
	Presences []spec.Presence    `json:"presences,omitempty"`
	Queues    []spec.Queue       `json:"queues,omitempty"`
	Plans     []spec.Plan        `json:"plans,omitempty"`
	People    []spec.PersonInput `json:"people,omitempty"`
}
