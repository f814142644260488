package platform

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/realtime"
)

// latePusher is a pusher that connectors get before the one behind it exists.
type latePusher struct {
	teller atomic.Pointer[realtime.Teller]
}

func (l *latePusher) set(t *realtime.Teller) { l.teller.Store(t) }

// Push implements the connectors' Pusher.
func (l *latePusher) Push(ctx context.Context, channel string, payload any) {
	if t := l.teller.Load(); t != nil {
		t.Push(ctx, channel, payload)
	}
}

func (l *latePusher) accessChanged(person uuid.UUID) {
	if t := l.teller.Load(); t != nil {
		t.AccessChanged(person)
	}
}

// stateShower shows customers whom they talk with, on channels that can.
type stateShower struct {
	registry *connectors.Registry
	accounts connectors.Accounts
	people   *pgxpool.Pool
	logger   *slog.Logger
}

// showTimeout bounds one such courtesy.
const showTimeout = 5 * time.Second

// Committed implements conversation.Sink.
func (s *stateShower) Committed(commit conversation.Commit) {
	for _, change := range commit.Changes {
		c := change.Conversation
		sameAgent := (c.AgentID == nil) == (change.Before.AgentID == nil) && (c.AgentID == nil || *c.AgentID == *change.Before.AgentID)
		if c.Phase == change.Before.Phase && sameAgent {
			continue
		}
		connector, ok := s.registry.Get(c.ChannelKind)
		if !ok {
			continue
		}
		if shower, ok := connector.(connectors.StateShower); ok {
			go s.show(shower, c)
		}
	}
}

func (s *stateShower) show(shower connectors.StateShower, c conversation.Conversation) {
	ctx, cancel := context.WithTimeout(context.Background(), showTimeout)
	defer cancel()
	account, err := s.accounts.Account(ctx, c.ChannelID)
	if err != nil {
		return
	}
	// What is true now, not what was at this commit: of two courtesies that overtake each other the later is right.
	var phase conversation.Phase
	var name string
	err = s.people.QueryRow(ctx, `select c.phase, coalesce(case when c.phase in ('assigned', 'wrapping') then p.name end, '')
		from conversations c left join people p on p.id = c.agent_id where c.id = $1`, c.ID).Scan(&phase, &name)
	if err != nil {
		s.logger.Debug("show state", "conversation", c.ID, "error", err)
		return
	}
	if err := shower.ShowState(ctx, account, c.Address, phase, name); err != nil {
		s.logger.Debug("show state", "conversation", c.ID, "error", err)
	}
}
