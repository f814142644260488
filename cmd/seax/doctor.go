package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/config"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/invariants"
	"seax/internal/sla"
	"seax/internal/store"
)

func open(ctx context.Context, c config.Config) (*pgxpool.Pool, error) {
	if err := c.NeedDatabase(); err != nil {
		return nil, err
	}
	return store.Open(ctx, c.DatabaseURL, 4)
}

// doctor says what a conversation waits for. id is its id or its number.
func doctor(ctx context.Context, c config.Config, id string, out io.Writer) error {
	pool, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer pool.Close()
	conv, err := find(ctx, pool, id)
	if err != nil {
		return err
	}
	desk := dispatch.New(conversation.NewLog(pool, time.Now), dispatch.Timings{Lease: c.Lease, ReturnGrace: c.ReturnGrace})
	x, err := desk.Explain(ctx, conv)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
	say("Conversation #%d  %s\n%s\n", x.Conversation.Number, x.Conversation.ID, x.Summary)
	if x.Conversation.Attention != "" {
		say("Needs attention: %s\n", x.Conversation.Attention)
	}
	if s := x.Conversation.SLA; s != nil {
		clocks(say, s, time.Now())
	}
	behind, oldest, err := backlog(ctx, pool, conv)
	if err != nil {
		return err
	}
	if behind > 0 {
		say("Its workflow has not been told of %d events; the oldest is %s old. Is a worker or API process running, and Temporal reachable?\n",
			behind, time.Since(oldest).Round(time.Second))
	}
	if x.Request != nil {
		explain(say, x)
	}
	explainOffers(say, x.Offers)
	return w.Flush()
}

func explain(say func(format string, args ...any), x dispatch.Explanation) {
	say("\nQueue %s, position %d, priority %d%s, waiting for %s.\n", x.Request.Queue, x.Place.Position, x.Request.Priority,
		needs(x.Request.Skills), time.Since(x.Request.WaitingSince).Round(time.Second))
	if x.Request.Anyone {
		say("Agents of every queue are asked.\n")
	}
	if x.Request.Condition != "" {
		say("Agents must meet: %s\n", x.Request.Condition)
	}
	if x.Request.Known != nil {
		say("Until %s only %s is asked.\n", clock(x.Request.KnownUntil), x.Request.Known.Name)
	}
	if p := x.Request.Plan; p != nil {
		next := "for as long as it takes"
		if p.Until != nil {
			next = "the next one at " + clock(*p.Until)
		}
		say("Plan %s, rule %s, step %d of %d since %s, %s.\n", p.ID, p.Rule, p.Step+1, p.Steps, clock(p.Since), next)
	}
	explainWay(say, x.Way)
	say("\nAgent\tWhy not\n")
	for _, a := range x.Agents {
		why := make([]string, len(a.Obstacles))
		for i, o := range a.Obstacles {
			why[i] = o.Text
		}
		if len(why) == 0 {
			why = []string{"could take it now"}
		}
		say("%s\t%s\n", a.Agent.Name, strings.Join(why, "; "))
	}
}

// needs names skills with their least levels, as ", needs en 60, ko 40".
func needs(skills map[string]int) string {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(skills)) {
		_, _ = fmt.Fprintf(&b, "%s %s %d", []string{", needs", ","}[min(i, 1)], name, skills[name])
	}
	return b.String()
}

// explainWay prints the steps of a plan that a request went through, if it went through any.
func explainWay(say func(format string, args ...any), way []dispatch.Stop) {
	if len(way) == 0 || way[0].Plan == "" {
		return
	}
	say("\nAt\tStep\tBecause\tPassed over\n")
	for _, s := range way {
		skipped := make([]string, len(s.Skipped))
		for i, skip := range s.Skipped {
			skipped[i] = fmt.Sprintf("step %d: %s", skip.Step+1, skip.Reason)
		}
		say("%s\t%s, step %d in %s\t%s\t%s\n", clock(s.At), s.Rule, s.Step+1, s.Queue, s.Reason, strings.Join(skipped, "; "))
	}
}

// explainOffers prints to whom a conversation was offered and who else was looked at then.
func explainOffers(say func(format string, args ...any), offers []dispatch.PastOffer) {
	for _, o := range offers {
		say("\nOffered to %s at %s (%s), because: %s.\n", o.Agent.Name, clock(o.At), o.State, texts(o.Why))
		for _, other := range o.Others {
			rank := "not"
			if other.Could {
				rank = "later"
			}
			say("  %s\t%s\t%s\n", other.Agent.Name, rank, texts(other.Why))
		}
	}
}

func texts(why []conversation.Why) string {
	all := make([]string, len(why))
	for i, w := range why {
		all[i] = w.Text
	}
	return strings.Join(all, "; ")
}

func clock(t time.Time) string { return t.Local().Format(time.TimeOnly) }

// clocks says how those of a conversation's service levels stand.
func clocks(say func(format string, args ...any), s *sla.State, now time.Time) {
	for i := range s.Clocks {
		c := &s.Clocks[i]
		when := "it stands"
		if !c.DueAt.IsZero() {
			when = "due " + c.DueAt.UTC().Format(time.RFC3339)
		}
		say("SLA %s: %s, %s of %s left, %s\n", c.Target, c.Status(), s.Left(c, now).Round(time.Second), s.Promised(c.Target), when)
	}
}

func find(ctx context.Context, pool *pgxpool.Pool, id string) (uuid.UUID, error) {
	if parsed, err := uuid.Parse(id); err == nil {
		return parsed, nil
	}
	var found uuid.UUID
	err := pool.QueryRow(ctx, `select id from conversations where number::text = $1`, strings.TrimPrefix(id, "#")).Scan(&found)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, fmt.Errorf("there is no conversation %s; give its id or its number", id)
	}
	return found, err
}

// backlog counts inputs that have not been carried to the workflow yet.
func backlog(ctx context.Context, pool *pgxpool.Pool, id uuid.UUID) (n int, oldest time.Time, err error) {
	err = pool.QueryRow(ctx, `select count(*), coalesce(min(at), now()) from outbox where conversation_id = $1 and at < now() - interval '2 seconds'`, id).Scan(&n, &oldest)
	return n, oldest, err
}

// check looks for violations of the invariants in the whole database.
func check(ctx context.Context, c config.Config, out io.Writer) error {
	pool, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer pool.Close()
	found, err := invariants.Check(ctx, pool)
	if err != nil {
		return err
	}
	for _, v := range found {
		_, _ = fmt.Fprintln(out, v)
	}
	if len(found) > 0 {
		return fmt.Errorf("%d violations", len(found))
	}
	_, err = fmt.Fprintln(out, "All invariants hold.")
	return err
}
