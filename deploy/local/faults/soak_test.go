package faults

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/connectors/fake"
	"seax/deploy/local/crowd"
	"seax/deploy/local/lab"
	"seax/deploy/local/stack"
)

var soakMessages = flag.Int("messages", 300, "how many messages customers write in the soak test")

// kinds are all channel kinds that providers carry; email twice, as it comes in by a webhook and in a mailbox.
var kinds = []string{"sms", "whatsapp-twilio", "messenger-twilio", "whatsapp", "messenger", "instagram", "line", "telegram", "discord", "rcs", "gbm", "email", lab.ByIMAP}

// Every provider misbehaves like this all the time.
var (
	soakWeather = fake.Weather{Duplicate: 0.1, Delay: 300, Retries: 400, RetryAfter: 250}
	soakMood    = fake.Mood{Break: 0.05, Cut: 0.02, RetryAfter: 1}
)

// perCustomer is how much one customer writes: providers hold back those who write more.
const perCustomer = 4

// soak is a world with all providers beside it.
type soak struct {
	*world
	*lab.Lab
	mu   sync.Mutex
	acks []span
	// away is when one of our processes was gone or starting.
	away []span
	// wrote are the texts that customers have sent, by channel.
	wrote map[string][]string
}

// span is a time that something took.
type span struct {
	from time.Time
	took time.Duration
}

func (s span) meets(other span) bool {
	return s.from.Before(other.from.Add(other.took)) && other.from.Before(s.from.Add(s.took))
}

// newSoak starts a world whose calls to providers come to a lab.
func newSoak(t *testing.T, most time.Duration) *soak {
	t.Helper()
	if !testing.Short() {
		// Before the clock runs.
		_, err := build()
		require.NoError(t, err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	certificate, authority, err := lab.MailCertificate()
	require.NoError(t, err)
	authorities := filepath.Join(t.TempDir(), "mail.pem")
	require.NoError(t, os.WriteFile(authorities, authority, 0o600))
	s := &soak{wrote: map[string][]string{}}
	s.world = newWorld(t, most, "SEAX_PROVIDER_PROXY=http://"+listener.Addr().String(), "SEAX_PROVIDER_CA="+authorities, "SEAX_LEASE=6s", "SEAX_RETURN_GRACE=4s")
	s.Lab, err = lab.New(s.ctx, lab.Options{Pool: s.Pool, PublicURL: s.BaseURL, Certificate: &certificate, Quiet: true, Acked: func(_ string, took time.Duration) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.acks = append(s.acks, span{time.Now().Add(-took), took})
	}})
	require.NoError(t, err)
	s.Serve(listener)
	t.Cleanup(func() { require.NoError(t, s.Lab.Close()) })
	return s
}

// TestSoak lets customers write on every channel at once while providers deliver twice and in any order, answer 429 and 500 and lose
// connections after they have done what they were asked, and while our processes are killed. Afterwards every message is accounted
// for: each that was written is in the log once; each that was answered has reached its customer once, or is shown as
// unconfirmed, or as failed with a reason.
func TestSoak(t *testing.T) {
	most := 10*time.Minute + time.Duration(*soakMessages)*200*time.Millisecond
	s := newSoak(t, most)
	require.NoError(t, crowd.Desk{ID: "front", OfferSeconds: 10, WrapUpSeconds: 5}.Open(s.ctx, s.admin))
	require.NoError(t, s.Open(s.ctx, "assistant", "front"))
	names := make([]string, 8)
	for i := range names {
		names[i] = fmt.Sprintf("agent%02d", i+1)
	}
	staff, err := crowd.Hire(s.ctx, s.admin, s.BaseURL, names, 100, []string{"front"}, nil)
	require.NoError(t, err)
	working := s.work(staff, crowd.Policy{Messages: 1, Patience: 2 * time.Second, Thinks: 50 * time.Millisecond})
	require.NoError(t, s.eventually(30*time.Second, func() (bool, error) {
		a, _ := s.Account(lab.ID("discord"))
		fresh, _ := s.Discord.Sessions(a)
		return fresh > 0, nil
	}), "the bot is connected to Discord's gateway")
	require.NoError(t, s.eventually(30*time.Second, func() (listens bool, err error) {
		err = s.Pool.QueryRow(s.ctx, `select exists (select from channel_states where channel_id = $1)`, lab.ID(lab.ByIMAP)).Scan(&listens)
		return listens, err
	}), "the mailbox is read from its end, which is now")
	for _, p := range s.Providers() {
		p.SetWeather(soakWeather)
		p.SetMood(soakMood)
	}
	calm := s.bursts()

	begun := time.Now()
	written := make(chan error, 1)
	go func() { written <- s.write(*soakMessages, 20) }()
	s.kill(written)
	t.Logf("%d messages were written in %s", *soakMessages, time.Since(begun).Round(time.Second))
	s.requireTakenIn(time.Minute)
	s.requireDelivered(5*time.Minute + time.Duration(*soakMessages)*60*time.Millisecond)
	calm()
	t.Logf("all of them were answered after %s", time.Since(begun).Round(time.Second))
	s.requireInvariants(30 * time.Second)
	require.NoError(t, working())
	s.report()
}

// kill ends each of our processes, and then one every half a minute until everything is written.
func (s *soak) kill(written <-chan error) {
	parts := []string{stack.Worker, stack.API, stack.Temporal, stack.Postgres}
	begun := time.Now()
	for i := 0; ; i++ {
		pause := 5 * time.Second
		if i >= len(parts) {
			pause = 30 * time.Second
		}
		f := fault{part: parts[i%len(parts)], kill: true, away: time.Second}
		require.NoError(s.t, until(s.ctx, time.Now().Add(pause)))
		from := time.Now()
		s.strike(f, 0)
		s.t.Logf("%s after %s", f, time.Since(begun).Round(time.Second))
		s.mu.Lock()
		s.away = append(s.away, span{from, time.Since(from)})
		s.mu.Unlock()
		if i < len(parts)-1 {
			continue
		}
		select {
		case err := <-written:
			require.NoError(s.t, err)
			return
		default:
		}
	}
}

// bursts has providers refuse everything for a second, one after the other, until the function returned is called; then they answer
// calls as they should.
func (s *soak) bursts() func() {
	ctx, stop := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ; i++ {
			p := s.Providers()[i%len(s.Providers())]
			refusing := soakMood
			refusing.Throttle = 1
			p.SetMood(refusing)
			if p == s.Mail {
				s.Mail.Disconnect()
			}
			err := until(ctx, time.Now().Add(time.Second))
			p.SetMood(soakMood)
			if err != nil || until(ctx, time.Now().Add(time.Second)) != nil {
				return
			}
		}
	})
	return func() {
		stop()
		all.Wait()
		for _, p := range s.Providers() {
			p.SetMood(fake.Mood{})
		}
	}
}

// write lets customers write, on all channels in turn, so many messages a second. The last of each asks for a person.
func (s *soak) write(messages, perSecond int) error {
	questions := []string{"How long does shipping take?", "Can I return it?", "What does delivery cost?"}
	begun := time.Now()
	for i := range messages {
		if err := until(s.ctx, begun.Add(time.Duration(i)*time.Second/time.Duration(perSecond))); err != nil {
			return err
		}
		kind, turn := kinds[i%len(kinds)], i/len(kinds)
		// Eight customers of a kind take turns, then come the next eight.
		group, inGroup := turn/(8*perCustomer), turn%(8*perCustomer)
		customer, n := group*8+inGroup%8, inGroup/8
		text := fmt.Sprintf("%s (%d)", questions[rand.IntN(len(questions))], i)
		if n == perCustomer-1 {
			text = fmt.Sprintf("%s (%d)", crowd.AskForPerson, i)
		}
		phone := fmt.Sprintf("+8210%02d%06d", i%len(kinds), customer)
		if _, err := s.Act(lab.ID(kind), phone, fake.Act{Type: "message", Name: "Soak", Text: text, ReplyTo: s.newestEmail(kind, phone)}); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		s.mu.Lock()
		s.wrote[lab.ID(kind)] = append(s.wrote[lab.ID(kind)], text)
		s.mu.Unlock()
	}
	return nil
}

// newestEmail is what a customer answers who writes an email, once there is one; on other channels nobody answers anything.
func (s *soak) newestEmail(kind, phone string) string {
	account, ok := s.Account(lab.ID(kind))
	if !ok || account.Kind != "email" {
		return ""
	}
	id := ""
	for _, m := range s.Mail.Sent(s.Address(account, phone)) {
		if m.Account == account.ID {
			id = m.ID
		}
	}
	return id
}

// requireTakenIn waits until everything that was written is in the log, and makes sure that nothing is there twice.
func (s *soak) requireTakenIn(most time.Duration) {
	s.t.Helper()
	var missing, twice []string
	err := s.eventually(most, func() (bool, error) {
		rows, err := s.Pool.Query(s.ctx, `select c.channel_id || ' ' || (e.body ->> 'text'), count(*) from conversation_events e join conversations c on c.id = e.conversation_id
			where e.kind = 'customer.message' and c.channel_id like 'lab-%' group by 1`)
		if err != nil {
			return false, err
		}
		logged := map[string]int{}
		var text string
		var n int
		if _, err := pgx.ForEachRow(rows, []any{&text, &n}, func() error { logged[text] = n; return nil }); err != nil {
			return false, err
		}
		missing, twice = nil, nil
		s.mu.Lock()
		defer s.mu.Unlock()
		for channel, texts := range s.wrote {
			for _, text := range texts {
				switch logged[channel+" "+text] {
				case 0:
					missing = append(missing, channel+" "+text)
				case 1:
				default:
					twice = append(twice, channel+" "+text)
				}
			}
		}
		return len(missing) == 0, nil
	})
	require.Empty(s.t, twice, "messages that are in the log twice")
	require.NoError(s.t, err, "%d messages are not in the log, among them %v", len(missing), missing[:min(len(missing), 10)])
}

// unit is what is handed to a provider at once: a message, or a part of one that is too long.
type unit struct {
	Channel, Address, Status string
	ProviderID               *string
	Reason                   *string
	Text                     string
}

// requireDelivered waits until nothing is queued, and settles accounts with the providers. A message that a worker was sending when it was
// killed, or of which Temporal did not hear how it went, is known to be unconfirmed only after the two minutes an attempt may take.
func (s *soak) requireDelivered(most time.Duration) {
	s.t.Helper()
	var units []unit
	// What a customer has before we look at our side must be known there, and what we sent by then they must have afterwards: conversations
	// go on meanwhile.
	var before map[string][2]string
	err := s.eventually(most, func() (bool, error) {
		before = s.reached()
		rows, err := s.Pool.Query(s.ctx, `select d.channel_id, c.address, coalesce(p.status, d.status), case when p.id is null then d.provider_id else p.provider_id end,
				coalesce(p.error, d.error) ->> 'words', coalesce(e.body ->> 'text', '')
			from deliveries d join conversations c on c.id = d.conversation_id join conversation_events e on e.id = d.event_id
			left join delivery_parts p on p.event_id = d.event_id where d.channel_id like 'lab-%'`)
		if err != nil {
			return false, err
		}
		if units, err = pgx.CollectRows(rows, pgx.RowToStructByPos[unit]); err != nil {
			return false, err
		}
		return !slices.ContainsFunc(units, func(u unit) bool { return u.Status == "queued" }), nil
	})
	require.NoError(s.t, err, "messages still wait: %s", s.waiting(units))

	type customer struct{ channel, address string }
	open := map[customer]int{}
	claimed := map[string]bool{}
	counts := map[string]map[string]int{}
	after := s.reached()
	for _, u := range units {
		if counts[u.Channel] == nil {
			counts[u.Channel] = map[string]int{}
		}
		counts[u.Channel][u.Status]++
		if u.Status == "failed" {
			require.NotNil(s.t, u.Reason, "a failed message without a reason: %+v", u)
		}
		if u.Status == "failed" || u.Status == "unconfirmed" {
			open[customer{u.Channel, u.Address}]++
			continue
		}
		require.NotNil(s.t, u.ProviderID, "sent, but the provider's id is not known: %+v", u)
		id := u.Channel + " " + last(*u.ProviderID)
		require.False(s.t, claimed[id], "two messages are one at the provider: %+v", u)
		claimed[id] = true
		require.Contains(s.t, after, id, "sent, but the provider has never taken it: %+v", u)
	}
	for id, at := range before {
		if !claimed[id] {
			// It is one that is shown as unconfirmed (or failed), or it was sent twice.
			c := customer{at[0], at[1]}
			open[c]--
			require.GreaterOrEqual(s.t, open[c], 0, "customer %v has received something twice, or what we do not know of: %s\n%s", c, id, s.explain(at[1]))
		}
	}
	unsure := 0
	for _, kind := range kinds {
		unsure += counts[lab.ID(kind)]["unconfirmed"] + counts[lab.ID(kind)]["failed"]
		s.t.Logf("%-17s %v", kind, counts[lab.ID(kind)])
		require.NotEmpty(s.t, counts[lab.ID(kind)], "nothing was answered on %s", kind)
	}
	require.Positive(s.t, unsure, "nothing went wrong at the providers, so nothing was tried")
}

// waiting says what messages wait for, for errors.
func (s *soak) waiting(units []unit) string {
	n := map[string]int{}
	var lines []string
	for _, u := range units {
		if u.Status != "queued" {
			continue
		}
		if n[u.Channel]++; n[u.Channel] == 1 {
			lines = append(lines, u.Channel+" "+s.explain(u.Address))
		}
	}
	return fmt.Sprint(n, "\n", strings.Join(lines, "\n"))
}

// reached are the messages that providers have taken, with channel and customer. No id comes twice.
func (s *soak) reached() map[string][2]string {
	all := map[string][2]string{}
	for _, kind := range kinds {
		channel := lab.ID(kind)
		account, ok := s.Account(channel)
		require.True(s.t, ok, channel)
		for _, m := range s.Of(account.Kind).Sent("") {
			if m.Account == channel || m.Account == kind {
				id := channel + " " + last(m.ID)
				// An email keeps its id however often it is sent.
				require.NotContains(s.t, all, id, "customer %s has received something twice", m.To)
				all[id] = [2]string{channel, m.To}
			}
		}
	}
	return all
}

// last is the end of an id that has the chat's in front.
func last(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// report says how long providers waited for an answer to their webhooks: all of them, and those who asked while all of our processes ran.
func (s *soak) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(s.t, s.acks)
	var all, calm []time.Duration
	for _, ack := range s.acks {
		all = append(all, ack.took)
		if !slices.ContainsFunc(s.away, ack.meets) {
			calm = append(calm, ack.took)
		}
	}
	s.t.Logf("webhooks acknowledged: %s; while all of our processes ran: %s", percentiles(all), percentiles(calm))
}

func percentiles(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(share float64) time.Duration {
		return all[min(len(all)-1, int(share*float64(len(all))))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("%d, p50 %s, p90 %s, p99 %s, most %s", len(all), at(0.5), at(0.9), at(0.99), all[len(all)-1].Round(time.Millisecond))
}
