package reports

import (
	"time"

	"github.com/google/uuid"
)

// stand is how an agent stood, from a moment on.
type stand struct {
	Agent      uuid.UUID
	At         time.Time
	Presence   string
	OffersWork bool
	Connected  bool
	Handling   int
}

// spend adds the time an agent stood like this, until another moment, to the numbers. Only time with a connection counts.
func (s stand) spend(until time.Time, add func(at timePlace, t Times)) {
	if !s.Connected {
		return
	}
	for from := s.At.UTC(); from.Before(until); {
		step := stepOf(from)
		to := step.Add(Step)
		if until.Before(to) {
			to = until
		}
		add(timePlace{Agent: s.Agent, At: step, Presence: s.Presence}, s.times(to.UnixMilli()-from.UnixMilli()))
		from = to
	}
}

func (s stand) times(ms int64) Times {
	t := Times{Connected: ms}
	if s.OffersWork || s.Handling > 0 {
		t.Staffed = ms
	}
	if s.Handling > 0 {
		t.Busy, t.Worked = ms, ms*int64(s.Handling)
	}
	return t
}
