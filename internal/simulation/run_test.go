package simulation_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/plan"
	"seax/internal/simulation"
)

func minutes(n int) simulation.Distribution {
	return simulation.Distribution{Mean: simulation.Duration(time.Duration(n) * time.Minute)}
}

func hours(n int) simulation.Duration { return simulation.Duration(time.Duration(n) * time.Hour) }

func shift(t *testing.T, text string) simulation.Shift {
	t.Helper()
	var s simulation.Shift
	require.NoError(t, s.UnmarshalText([]byte(text)))
	return s
}

// small is a shop with four agents.
func small(agents int) simulation.Scenario {
	patience := minutes(2)
	accept := simulation.Distribution{Mean: simulation.Duration(5 * time.Second)}
	return simulation.Scenario{
		Name: "small", Duration: hours(8), Start: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		Arrivals: []simulation.Arrivals{
			{Customer: simulation.Customer{Queue: "support"}, PerHour: 40, Handle: minutes(5), Patience: &patience},
			{Customer: simulation.Customer{Queue: "support", Skills: map[string]int{"ko": 50}}, PerHour: 5, Handle: minutes(5)},
		},
		Agents: []simulation.Agents{{
			Name: "day", Count: agents, Queues: map[string]int{"support": 1}, Skills: map[string]int{"ko": 80},
			Habits: simulation.Habits{Accept: &accept, Rejects: 0.1, Misses: 0.02},
		}},
	}
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		s := drawFloor(rand.New(rand.NewPCG(seed, 1)))
		s.Customers = 2000
		first := run(t, s, seed)
		require.Equal(t, first, run(t, s, seed))
	}
	require.NotEqual(t, run(t, small(4), 1), run(t, small(4), 2))
}

// What is compared must differ by the settings alone: the same customers come at the same times, whatever becomes of them.
func TestTwoPlansMeetTheSameCustomers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		before := drawFloor(rand.New(rand.NewPCG(seed, 2)))
		before.Customers = 500
		after := before
		after.Plans = drawFloor(rand.New(rand.NewPCG(seed, 3))).Plans
		require.NoError(t, before.Complete())
		require.NoError(t, after.Complete())
		first, _, err := simulation.Trace(t.Context(), before, seed)
		require.NoError(t, err)
		second, _, err := simulation.Trace(t.Context(), after, seed)
		require.NoError(t, err)
		for i := range first {
			first[i].Contact, second[i].Contact = nil, nil
		}
		require.Equal(t, first, second)
		compared, err := simulation.Compare(t.Context(), before, after, seed)
		require.NoError(t, err)
		require.True(t, compared.Paired)
		require.Equal(t, compared.Before.Fingerprint, compared.After.Fingerprint)
	}
}

// With the same customers a change is seen that two independent runs could not tell from chance.
func TestDifferencesArePaired(t *testing.T) {
	t.Parallel()
	find := func(all []simulation.Difference, what string) simulation.Difference {
		for _, d := range all {
			if d.What == what {
				return d
			}
		}
		t.Fatalf("there is no %s", what)
		return simulation.Difference{}
	}
	before, after := small(5), small(5)
	after.Arrivals = append([]simulation.Arrivals(nil), after.Arrivals...)
	after.Agents = append(after.Agents, simulation.Agents{Name: "one more for an hour", Queues: map[string]int{"support": 1}, Habits: simulation.Habits{Shifts: []simulation.Shift{shift(t, "10:00-12:00")}}})
	require.NoError(t, before.Complete())
	require.NoError(t, after.Complete())
	c, err := simulation.Compare(t.Context(), before, after, 5)
	require.NoError(t, err)
	wait := find(c.All, "mean_wait_s")
	require.Negative(t, wait.Change)
	require.InDelta(t, wait.After-wait.Before, wait.Change, 1e-9)
	independent := math.Hypot(c.Before.All.MeanWaitWithin.Margin(), c.After.All.MeanWaitWithin.Margin())
	require.Less(t, wait.Within.Margin(), independent)
	same, err := simulation.Compare(t.Context(), before, before, 5)
	require.NoError(t, err)
	for _, d := range same.All {
		require.Zero(t, d.Change, d.What)
		require.False(t, d.Certain(), d.What)
	}
	other := before
	other.Arrivals = append([]simulation.Arrivals(nil), before.Arrivals...)
	other.Arrivals[0].PerHour = 45
	c, err = simulation.Compare(t.Context(), before, other, 5)
	require.NoError(t, err)
	require.False(t, c.Paired)
	require.NotNil(t, find(c.All, "mean_wait_s").Within)
}

func TestNobodyIsServedOutsideShiftsOrWithoutTheSkill(t *testing.T) {
	t.Parallel()
	patience := simulation.Distribution{Kind: "constant", Mean: simulation.Duration(10 * time.Minute)}
	profile := map[int]float64{}
	for hour := 9; hour < 17; hour++ {
		profile[hour] = 0
	}
	s := simulation.Scenario{
		Duration: hours(24),
		Arrivals: []simulation.Arrivals{
			{Customer: simulation.Customer{Queue: "night"}, PerHour: 10, Profile: profile, Handle: minutes(1), Patience: &patience},
			{Customer: simulation.Customer{Queue: "korean", Skills: map[string]int{"ko": 50}}, PerHour: 10, Handle: minutes(1), Patience: &patience},
		},
		Agents: []simulation.Agents{{
			Count: 3, Queues: map[string]int{"night": 1, "korean": 1}, Skills: map[string]int{"ko": 40}, Habits: simulation.Habits{Shifts: []simulation.Shift{shift(t, "09:00-17:00")}},
		}},
	}
	result := run(t, s, 1)
	require.Positive(t, result.Queues["night"].Abandoned)
	require.LessOrEqual(t, result.Queues["night"].Answered, 3, "who came in the last ten minutes before the shift")
	require.Zero(t, result.Queues["korean"].Answered)
	require.InDelta(t, 600, result.Queues["korean"].MeanWait, 1e-3)
	require.Equal(t, result.Queues["korean"].Customers, result.Skills["ko"].Customers)
	require.Zero(t, result.Staffing[8].Capacity)
	require.InDelta(t, 300, result.Staffing[9].Capacity, 1e-6)
}

// Everybody who comes is answered, leaves, is given back or waits in vain; nobody is loaded beyond their capacity; nobody is
// accepted by two, or by somebody to whom they were not offered; what is counted adds up.
func TestEverybodyIsAccountedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		s := drawFloor(rand.New(rand.NewPCG(seed, 4)))
		s.Customers = rapid.IntRange(1, 300).Draw(t, "customers")
		require.NoError(t, s.Complete())
		_, moments, err := simulation.Trace(context.Background(), s, seed)
		require.NoError(t, err)
		ends, offers := map[int]string{}, map[string]bool{}
		for _, m := range moments {
			require.LessOrEqual(t, m.Load, m.Capacity, "%+v", m)
			require.GreaterOrEqual(t, m.Load, 0, "%+v", m)
			key := fmt.Sprint(m.Customer, m.Agent)
			switch m.What {
			case "offered":
				require.False(t, offers[key], "offered twice at a time: %+v", m)
				require.Empty(t, ends[m.Customer], "offered after it was over: %+v", m)
				offers[key] = true
			case "rejected", "missed":
				require.True(t, offers[key], "%+v", m)
				delete(offers, key)
			case "accepted", "abandoned", "overflowed", "unserved":
				require.Empty(t, ends[m.Customer], "two ends: %+v", m)
				ends[m.Customer] = m.What
				if m.What == "accepted" {
					require.True(t, offers[key], "%+v", m)
				}
			}
			if m.What == "accepted" || m.What == "abandoned" {
				for other := range offers {
					if strings.HasPrefix(other, fmt.Sprint(m.Customer)+"agent") {
						delete(offers, other)
					}
				}
			}
		}
		require.Len(t, ends, s.Customers)
		result, err := simulation.Run(context.Background(), s, seed)
		require.NoError(t, err)
		all := result.All
		require.Equal(t, s.Customers, all.Customers)
		require.Equal(t, all.Customers, all.Answered+all.Abandoned+all.Overflowed+all.Unserved)
		served, queued, hourly := 0, 0, 0
		for _, w := range result.Agents {
			served += w.Served
			require.LessOrEqual(t, w.Occupancy, 1+1e-9)
		}
		for _, q := range result.Queues {
			queued += q.Customers
		}
		for _, h := range all.Hours {
			hourly += h.Customers
		}
		require.Equal(t, []int{all.Answered, s.Customers, s.Customers}, []int{served, queued, hourly})
	})
}

// Whoever nobody can ever serve does not keep a run from ending.
func TestWhoCannotBeServedIsToldApart(t *testing.T) {
	t.Parallel()
	s := small(4)
	s.Skills = []string{"ko", "fr"}
	s.Arrivals[1].Skills = map[string]int{"fr": 10}
	s.Agents[0].Shifts = []simulation.Shift{shift(t, "mon-fri 08:00-20:00")}
	result := run(t, s, 1)
	require.Equal(t, result.Skills["fr"].Customers, result.Skills["fr"].Unserved)
	require.Positive(t, result.All.Unserved)
}

func TestLimitsAndOverflow(t *testing.T) {
	t.Parallel()
	most := 3
	s := small(2)
	s.Queues = []simulation.Queue{{ID: "support", MaxWaiting: &most, Overflow: map[string]plan.Target{"full": {Queue: "spare"}}}, {ID: "spare"}}
	s.Agents = append(s.Agents, simulation.Agents{Name: "spare", Count: 1, Queues: map[string]int{"spare": 1}})
	result := run(t, s, 1)
	require.Zero(t, result.All.Overflowed)
	require.Positive(t, result.Agents["spare"].Served, "who finds the queue full goes to the other")
	require.LessOrEqual(t, result.Queues["support"].MostQueue, most+2, "so many wait, and so many are being offered to the two agents")
	s.Queues[0].Overflow = nil
	result = run(t, s, 1)
	require.Positive(t, result.All.Overflowed, "without a place to go to they are given back")
	for i := range s.Arrivals {
		s.Arrivals[i].WaitsAnyway = 1
	}
	require.Zero(t, run(t, s, 1).All.Overflowed)
}

func TestMissesSetAnAgentAside(t *testing.T) {
	t.Parallel()
	s := small(1)
	s.Arrivals = s.Arrivals[:1]
	s.Agents[0].Misses, s.Agents[0].Rejects = 0.9, 0
	s.Agents[0].Back = &simulation.Distribution{Kind: "constant", Mean: hours(1)}
	result := run(t, s, 1)
	missed := result.Agents["day"].Missed
	require.Greater(t, missed, 2)
	require.Less(t, missed, 25, "two in a row at a time, then an hour away")
}

func TestLengthsAndHoursAreWhereTheyBelong(t *testing.T) {
	t.Parallel()
	patience := simulation.Distribution{Kind: "constant", Mean: hours(1)}
	only := map[int]float64{}
	for hour := range 24 {
		only[hour] = 0
	}
	only[10] = 1
	s := simulation.Scenario{
		TimeZone: "Asia/Seoul", Duration: hours(48),
		Arrivals: []simulation.Arrivals{{Customer: simulation.Customer{Queue: "q"}, PerHour: 600, Profile: only, Handle: minutes(1), Patience: &patience}},
		Agents:   []simulation.Agents{{Queues: map[string]int{"q": 1}, Habits: simulation.Habits{Shifts: []simulation.Shift{shift(t, "00:00-00:01")}}}},
	}
	result := run(t, s, 1)
	for hour, h := range result.All.Hours {
		require.Equal(t, hour == 10, h.Customers > 0, hour)
	}
	q := result.Queues["q"]
	require.Zero(t, q.Lengths[39].Most)
	require.Positive(t, q.Lengths[40].Mean)
	require.Less(t, q.Lengths[40].Mean, q.Lengths[43].Mean)
	require.Greater(t, q.Lengths[44].Mean, q.Lengths[47].Mean)
	require.Zero(t, q.Lengths[49].Most, "an hour after the last they have all left")
	require.InDelta(t, q.MeanWait*float64(q.Customers)/(48*3600), q.MeanQueue, 1e-6, "Little's law, exactly")
}

func TestRecordedCustomersComeAsTheyCame(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return from.Add(time.Duration(minute) * time.Minute) }
	customer := simulation.Customer{Queue: "q", Cost: 100}
	recording := &simulation.Recording{From: from, To: from.Add(time.Hour), Arrivals: []simulation.Arrival{
		{At: at(0), Customer: customer, Contact: "a", Answered: true, Waited: 0, Handle: simulation.Duration(10 * time.Minute), LastAgent: "two@test"},
		{At: at(1), Customer: customer, Contact: "b", Answered: true, Handle: simulation.Duration(30 * time.Minute)},
		{At: at(2), Customer: customer, Waited: simulation.Duration(3 * time.Minute)},
		{At: at(15), Customer: customer, Contact: "b", Answered: true, Handle: simulation.Duration(time.Minute)},
	}}
	var file bytes.Buffer
	require.NoError(t, recording.Write(&file))
	read, err := simulation.ReadRecording(&file)
	require.NoError(t, err)
	require.Equal(t, recording, read)
	s := simulation.Scenario{Recorded: &simulation.Recorded{Recording: read}, Agents: []simulation.Agents{
		{Name: "one", Email: "one@test", Queues: map[string]int{"q": 1}}, {Name: "two", Email: "two@test", Queues: map[string]int{"q": 1}},
	}}
	require.NoError(t, s.Complete())
	came, moments, err := simulation.Trace(t.Context(), s, 1)
	require.NoError(t, err)
	require.Len(t, came, 4)
	require.Equal(t, 3*time.Minute, came[2].Patience)
	require.Equal(t, 10*time.Minute, came[0].Handle)
	by := map[int]string{}
	for _, m := range moments {
		if m.What == "accepted" {
			by[m.Customer] = m.Agent
		}
	}
	require.Equal(t, "two", by[1], "who had them last is asked first")
	require.Equal(t, "one", by[2])
	require.NotContains(t, by, 3, "who left waits as long as they did then")
	require.Equal(t, "two", by[4], "who has them last in the simulation is busy until minute 31, and is waited for half a minute only")
	result := run(t, s, 1)
	require.Equal(t, 4, result.All.Customers)
	require.Equal(t, time.Hour, result.To.Sub(result.From))
}

func TestShifts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"09:00-17:30":             "09:00-17:30",
		"mon-fri 09:00-17:30":     "mon,tue,wed,thu,fri 09:00-17:30",
		"fri-mon,wed 22:00-06:00": "fri,sat,sun,mon,wed 22:00-06:00",
		"2026-03-02T09:00:00+09:00/2026-03-02T17:00:00+09:00": "2026-03-02T00:00:00Z/2026-03-02T08:00:00Z",
		"00:00-24:00": "00:00-24:00",
	} {
		s := shift(t, text)
		got, err := s.MarshalText()
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		require.Equal(t, s.From, shift(t, want).From)
	}
	for _, text := range []string{"", "9-17", "09:00", "09:00-09:00", "09:00-25:00", "xyz 09:00-17:00", "mon 09:0-17:00", "2026-03-02T09:00:00Z/2026-03-02T08:00:00Z", "a/b"} {
		var s simulation.Shift
		require.Error(t, s.UnmarshalText([]byte(text)), text)
	}
}

// Staff keep to the clock on the wall, also when it is put forward.
func TestShiftsWhenClocksChange(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	s := small(1)
	s.TimeZone, s.Start, s.Duration = "Europe/Berlin", time.Date(2026, 3, 28, 0, 0, 0, 0, zone), hours(48)
	s.Agents[0].Shifts = []simulation.Shift{shift(t, "09:00-10:00")}
	result := run(t, s, 1)
	for hour, staffing := range result.Staffing {
		require.Equal(t, hour == 9, staffing.Capacity > 0, "%d: %v", hour, staffing)
	}
	require.InDelta(t, 100, result.Staffing[9].Capacity, 1e-6)
}

func TestWhatIsWrongWithAScenario(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	patience := minutes(0)
	below := -1
	for name, c := range map[string]struct {
		change func(*simulation.Scenario)
		want   string
	}{
		"no extent":     {func(s *simulation.Scenario) { s.Duration = 0 }, "duration: duration or customers is needed"},
		"time zone":     {func(s *simulation.Scenario) { s.TimeZone = "Mars/Olympus" }, `time_zone: there is no time zone "Mars/Olympus"`},
		"no arrivals":   {func(s *simulation.Scenario) { s.Arrivals = nil }, "arrivals: there are no arrivals"},
		"no agents":     {func(s *simulation.Scenario) { s.Agents = nil }, "agents: there are no agents"},
		"no queue":      {func(s *simulation.Scenario) { s.Agents[0].Queues = nil }, "agents: none of them is in a queue"},
		"unknown queue": {func(s *simulation.Scenario) { s.Queues = []simulation.Queue{{ID: "sales"}} }, `arrivals[0].queue: there is no queue "support"`},
		"unknown skill": {func(s *simulation.Scenario) { s.Arrivals[1].Skills = map[string]int{"fr": 5} }, `arrivals[1].skills: there is no skill "fr"`},
		"unknown plan":  {func(s *simulation.Scenario) { s.Arrivals[0].Plan = "care" }, `arrivals[0].plan: there is no plan "care"`},
		"rate":          {func(s *simulation.Scenario) { s.Arrivals[0].PerHour = 0 }, "arrivals[0].per_hour: must be more than 0"},
		"rate nan":      {func(s *simulation.Scenario) { s.Arrivals[0].PerHour = nan }, "arrivals[0].per_hour: must be more than 0"},
		"rate inf":      {func(s *simulation.Scenario) { s.Arrivals[0].PerHour = inf }, "arrivals[0].per_hour: must be more than 0"},
		"too many":      {func(s *simulation.Scenario) { s.Arrivals[0].PerHour = 1e12 }, "customers would come"},
		"profile":       {func(s *simulation.Scenario) { s.Arrivals[0].Profile = map[int]float64{25: 1} }, "arrivals[0].profile: hour 25 has 1"},
		"handle":        {func(s *simulation.Scenario) { s.Arrivals[0].Handle.Mean = 0 }, "arrivals[0].handle.mean: must be more than 0"},
		"kind":          {func(s *simulation.Scenario) { s.Arrivals[0].Handle.Kind = "odd" }, `arrivals[0].handle.kind: there is no kind "odd"`},
		"cv":            {func(s *simulation.Scenario) { s.Arrivals[0].Handle.CV = -1 }, "arrivals[0].handle.cv: must be from 0"},
		"patience":      {func(s *simulation.Scenario) { s.Arrivals[0].Patience = &patience }, "arrivals[0].patience.mean: must be more than 0"},
		"rejects":       {func(s *simulation.Scenario) { s.Agents[0].Rejects = 1 }, "agents[0].rejects: rejects and misses must be"},
		"queue level":   {func(s *simulation.Scenario) { s.Agents[0].Queues = map[string]int{"support": 0} }, "agents[0].queues: support has level 0"},
		"count":         {func(s *simulation.Scenario) { s.Agents[0].Count = -1 }, "agents[0].count: must be from 1"},
		"queue's zone":  {func(s *simulation.Scenario) { s.Queues = []simulation.Queue{{ID: "support", TimeZone: "X"}} }, `queues[0].hours: there is no time zone "X"`},
		"offer timeout": {func(s *simulation.Scenario) { s.Queues = []simulation.Queue{{ID: "support", OfferTimeout: -3}} }, "queues[0].offer_timeout_s: must be from 5"},
		"rank":          {func(s *simulation.Scenario) { s.Queues = []simulation.Queue{{ID: "support", RankBy: "age"}} }, `queues[0].rank_by: "age" is none of arrival and sla`},
		"promise":       {func(s *simulation.Scenario) { s.Queues = []simulation.Queue{{ID: "support", RankBy: "sla"}} }, "queues[0].rank_by: to serve by due time"},
		"max waiting":   {func(s *simulation.Scenario) { s.Queues = []simulation.Queue{{ID: "support", MaxWaiting: &below}} }, "queues[0].max_waiting: is negative"},
		"members condition": {func(s *simulation.Scenario) {
			s.Queues = []simulation.Queue{{ID: "support", MembersWhen: "agent.nothing"}}
		}, "queues[0].members_when: line 1, column"},
		"plan": {func(s *simulation.Scenario) {
			s.Plans = []plan.Plan{{ID: "care", Default: plan.Rule{Steps: []plan.Step{{Queue: "nowhere", Timeout: -5}}}}}
		}, `plans[0].default.steps[0].queue: there is no queue "nowhere"`},
		"negative timeout": {func(s *simulation.Scenario) {
			s.Plans = []plan.Plan{{ID: "care", Default: plan.Rule{Steps: []plan.Step{{Timeout: -5}}}}}
		}, "plans[0].default.steps[0].timeout_s: must be from 0"},
		"circle": {func(s *simulation.Scenario) {
			s.Queues = []simulation.Queue{{ID: "support", Overflow: map[string]plan.Target{"full": {Plan: "care"}}}}
			s.Plans = []plan.Plan{{ID: "care", Default: plan.Rule{Steps: []plan.Step{{}}}, Overflow: &plan.Target{Queue: "support"}}}
		}, "overflow: the overflows go in a circle"},
		"recording": {func(s *simulation.Scenario) {
			s.Recorded = &simulation.Recorded{Recording: &simulation.Recording{Arrivals: []simulation.Arrival{{Customer: simulation.Customer{Queue: "nowhere"}}}}}
			s.Queues = []simulation.Queue{{ID: "support"}}
		}, `recorded.arrivals[0].queue: there is no queue "nowhere"`},
		"nothing handled": {func(s *simulation.Scenario) {
			s.Recorded = &simulation.Recorded{Recording: &simulation.Recording{Arrivals: []simulation.Arrival{{Customer: simulation.Customer{Queue: "support"}}}}}
		}, "recorded.handle: nobody was answered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := small(4)
			c.change(&s)
			err := s.Complete()
			require.ErrorIs(t, err, simulation.ErrScenario)
			require.ErrorContains(t, err, c.want)
			require.ErrorAs(t, err, new(plan.Problems))
		})
	}
}

func TestRecordingsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	begins := `{"recorded": {"from": "2026-03-02T08:00:00Z", "to": "2026-03-09T08:00:00Z"}}` + "\n"
	for text, want := range map[string]string{
		"":                      "does not say from when",
		"arrivals: []":          "line 1 of the recording",
		begins + `{}`:           "line 2 of the recording: it is neither",
		begins + "{\"arrival\"": "line 2 of the recording",
		`{"recorded": {"from": "2026-03-02T08:00:00Z", "to": "2026-03-02T08:00:00Z"}}`: "ends before it begins",
		begins + `{"arrival": {"waited": "-5s"}}`:                                      "line 2 of the recording: -5s is negative",
		begins + strings.Repeat("x", 2<<20):                                            "longer than",
	} {
		_, err := simulation.ReadRecording(strings.NewReader(text))
		require.ErrorIs(t, err, simulation.ErrScenario, text[:min(len(text), 60)])
		require.ErrorContains(t, err, want)
	}
}

func TestARunThatIsCanceledEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := small(4)
	require.NoError(t, s.Complete())
	_, err := simulation.Run(ctx, s, 1)
	require.ErrorIs(t, err, context.Canceled)
}
