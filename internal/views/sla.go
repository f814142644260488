package views

import (
	"time"

	"seax/api/spec"
	"seax/internal/sla"
)

// slaOf puts the clocks of a conversation into the API's type; nil: none is under way.
func slaOf(s *sla.State, now time.Time) *spec.Sla {
	if s == nil || len(s.Clocks) == 0 {
		return nil
	}
	shown := &spec.Sla{State: spec.SlaState(s.Status()), DueAt: optionalTime(s.Mark().Due), Clocks: make([]spec.SlaClock, len(s.Clocks))}
	for i := range s.Clocks {
		c := &s.Clocks[i]
		shown.Clocks[i] = spec.SlaClock{
			Target: spec.SlaClockTarget(c.Target), State: spec.SlaState(c.Status()), StartedAt: c.StartedAt, WarnAt: optionalTime(c.WarnAt), DueAt: optionalTime(c.DueAt),
			TargetS: int(s.Promised(c.Target).Seconds()), LeftS: int(s.Left(c, now).Seconds()),
		}
	}
	return shown
}

func optionalTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
