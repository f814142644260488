package api_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
)

func accept(s *server, by who, reservation uuid.UUID) reply {
	s.t.Helper()
	return s.api(http.MethodPost, "/reservations/"+reservation.String()+"/accept", nil, as(by))
}

func reject(s *server, by who, reservation uuid.UUID) reply {
	s.t.Helper()
	return s.api(http.MethodPost, "/reservations/"+reservation.String()+"/reject", `{"reason":"lunch"}`, as(by))
}

func TestAnOfferIsListedAndAcceptedOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.Waiting("support")
	reservation, _ := s.Offer(id)
	var offers struct {
		Items []spec.Offer `json:"items"`
	}
	s.api(http.MethodGet, "/reservations", nil, as(agent)).ok(http.StatusOK).json(&offers)
	require.Len(t, offers.Items, 1)
	require.Equal(t, reservation, offers.Items[0].Id)
	require.True(t, offers.Items[0].Deadline.After(offers.Items[0].ServerNow))
	require.Equal(t, "assigned", accept(s, agent, reservation).ok(http.StatusOK).field("phase"))
	accept(s, agent, reservation).ok(http.StatusOK)
	p := reject(s, agent, reservation).refused(http.StatusConflict, "offer_gone")
	require.Equal(t, agent.Name, p.TakenBy)
}

func TestAcceptAfterTheTimeIsOver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.Waiting("support")
	reservation, _ := s.Offer(id)
	s.Exec(`update reservations set deadline = now() - interval '1 second' where id = $1`, reservation)
	p := accept(s, agent, reservation).refused(http.StatusConflict, "offer_gone")
	require.Equal(t, "timed_out", p.State)
	require.Empty(t, p.TakenBy)
	p = accept(s, agent, reservation).refused(http.StatusConflict, "offer_gone")
	require.Equal(t, "timed_out", p.State)
}

func TestAcceptAfterSomebodyElseHasIt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	late := s.person(auth.Agent, "support")
	id := s.Waiting("support")
	first, _ := s.Offer(id)
	quick := s.person(auth.Supervisor, "support")
	s.Exec(`update people set name = 'Quick <b>Lee</b>' where id = $1`, quick.ID)
	reject(s, late, first).ok(http.StatusNoContent)
	reject(s, late, first).ok(http.StatusNoContent)
	second, offered := s.Offer(id)
	require.Equal(t, quick.ID, offered)
	accept(s, quick, second).ok(http.StatusOK)
	p := accept(s, late, first).refused(http.StatusConflict, "offer_gone")
	require.Equal(t, "rejected", p.State)
	require.Equal(t, "Quick <b>Lee</b>", p.TakenBy)
	require.Contains(t, p.Detail, p.TakenBy)
	// What was offered to one is nothing to another.
	accept(s, late, second).refused(http.StatusNotFound, "not_found")
	reject(s, late, second).refused(http.StatusNotFound, "not_found")
	accept(s, late, uuid.New()).refused(http.StatusNotFound, "not_found")
}

func TestAcceptAfterASupervisorTookOver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.Waiting("support")
	reservation, _ := s.Offer(id)
	supervisor := s.person(auth.Supervisor)
	s.api(http.MethodPost, "/conversations/"+id.String()+"/take-over", nil, as(supervisor)).ok(http.StatusOK)
	p := accept(s, agent, reservation).refused(http.StatusConflict, "offer_gone")
	require.Equal(t, "rescinded", p.State)
	require.Equal(t, supervisor.Name, p.TakenBy)
}

func TestAcceptAndRejectAtTheSameTimeHaveOneOutcome(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.Waiting("support")
	reservation, _ := s.Offer(id)
	answers := make([]reply, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			if i%2 == 0 {
				answers[i] = accept(s, agent, reservation)
			} else {
				answers[i] = reject(s, agent, reservation)
			}
		})
	}
	wg.Wait()
	accepted, rejected := 0, 0
	for _, r := range answers {
		switch r.Status {
		case http.StatusOK:
			accepted++
		case http.StatusNoContent:
			rejected++
		default:
			r.refused(http.StatusConflict, "offer_gone")
		}
	}
	require.Contains(t, [][2]int{{4, 0}, {0, 4}}, [2]int{accepted, rejected}, "all of one kind")
}
