package views

import (
	"time"

	"seax/internal/hours"
)

// opening is a queue's schedule as stored.
type opening struct {
	zone     string
	hours    map[string][][]string
	holidays []string
}

func (o opening) open(at time.Time) bool {
	return hours.Schedule{Zone: o.zone, Hours: o.hours, Holidays: o.holidays}.Open(at)
}
