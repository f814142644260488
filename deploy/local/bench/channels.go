package main

import (
	"context"
	"fmt"
	"time"

	"seax/connectors/fake"
	"seax/deploy/local/crowd"
	"seax/deploy/local/lab"
)

// channels asks whether a provider that is down slows the others: customers write text messages and are answered by the bot, first while
// all is well, then while as many write on Telegram, which takes calls and does not answer them.
func (b *bench) channels(ctx context.Context) error {
	const rate = 10.0
	l, err := lab.New(ctx, lab.Options{Pool: b.Pool, PublicURL: b.BaseURL, Quiet: true})
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	l.Serve(b.providers)
	if err := l.Open(ctx, "assistant", "support"); err != nil {
		return err
	}
	n := int(rate * b.each.Seconds())
	well, err := answers(ctx, l, n, rate, 0, "sms")
	if err != nil {
		return err
	}
	l.Telegram.SetMood(fake.Mood{Delay: int(time.Minute.Milliseconds())})
	down, err := answers(ctx, l, n, rate, n, "sms", "telegram")
	l.Telegram.SetMood(fake.Mood{})
	if err != nil {
		return err
	}
	r := row{
		What:     fmt.Sprintf("text message → the bot's answer at the provider, at %v/s, while Telegram is down and as many write there", rate),
		Measured: times(down), Compared: "all well: " + times(well), Goal: "p50 ≤ 1.5 ×, p99 ≤ 2 ×", Values: values(down),
		Met: met(ms(down.P50) <= 1.5*ms(well.P50) && ms(down.P99) <= 2*ms(well.P99)),
	}
	r.Values["well_p50_ms"], r.Values["well_p99_ms"] = ms(well.P50), ms(well.P99)
	b.add(r)
	return nil
}

// answers has new customers write on every one of the channels, and sums up how long those of the first waited for an answer.
func answers(ctx context.Context, l *lab.Lab, n int, rate float64, first int, kinds ...string) (crowd.Measured, error) {
	account, ok := l.Account(lab.ID(kinds[0]))
	if !ok {
		return crowd.Measured{}, fmt.Errorf("there is no %s account", kinds[0])
	}
	due := make([]time.Time, n)
	phone := func(i int) string { return fmt.Sprintf("+8210%08d", first+i) }
	if err := pace(ctx, rate, n, func(i int, at time.Time) error {
		due[i] = at
		for _, kind := range kinds {
			if _, err := l.Act(lab.ID(kind), phone(i), fake.Act{Type: "message", Name: "Bench", Text: "How can I return an item?"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return crowd.Measured{}, err
	}
	var took []time.Duration
	for i := range n {
		for {
			sent := l.Of(kinds[0]).Sent(l.Address(account, phone(i)))
			if len(sent) > 0 {
				took = append(took, sent[0].At.Sub(due[i]))
				break
			}
			select {
			case <-ctx.Done():
				return crowd.Measured{}, ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return crowd.Sum("answer", took), nil
}
